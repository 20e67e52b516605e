//! Plays the month, step by step, on the simulator's clock.

use std::collections::BTreeMap;

use ecs_auto_rollback::{Entry, Function, Invocation, Settings};
use jiff::{SignedDuration, Timestamp};
use judgement::Location;
use serde_json::{Value, json};
use signals::{ACCOUNT, REGION};
use simulator::{AlarmState, AlarmType, Aws, Contributor, HistoryItem, Operation, Request, sdk::Network};
use tokio::time::sleep_until;

use super::{
    Handled, errors_at,
    estate::{On, Service, Watch},
    month::{Episode, MONTH, PENDING, Step},
};

/// What still has to happen, by its time and then by the order in which that became known.
type Agenda = BTreeMap<(i64, usize), Due>;

enum Due {
    Step(Step),
    /// An alarm leaves ALARM.
    Recovery {
        watch: usize,
        contributor: Option<usize>,
        since: i64,
    },
    /// A composite alarm goes to ALARM because of a child.
    Parent {
        watch: usize,
        child: usize,
        since: i64,
    },
    /// ECS learns of the state of one of a service's own alarms.
    Own {
        alarm: String,
        in_alarm: bool,
    },
}

/// Something that is in ALARM: an alarm, or one time series of it.
type InAlarm = (usize, Option<usize>);

pub(super) struct Player<'a> {
    network: &'a Network,
    began: Timestamp,
    services: &'a [Service],
    watches: &'a [Watch],
    function: Function,
    agenda: Agenda,
    added: usize,
    in_alarm: BTreeMap<InAlarm, i64>,
    forgotten: Vec<usize>,
    handled: Vec<Handled>,
}

impl<'a> Player<'a> {
    /// A player with a function that observes, and that has no channel.
    pub(super) fn new(network: &'a Network, began: Timestamp, services: &'a [Service], watches: &'a [Watch]) -> Self {
        let look_up = |name: &str| match name {
            "ROLLBACK_MODE" => Some("observe".to_owned()),
            "ROLLBACK_LOOK_UPS" => {
                Some("alarm-tags composite-children target-groups deployment-alarms evidence".to_owned())
            }
            _ => None,
        };
        let settings = Settings::read(look_up).expect("valid settings");
        Self {
            function: Function::new(settings, network.config()),
            network,
            began,
            services,
            watches,
            agenda: Agenda::new(),
            added: 0,
            in_alarm: BTreeMap::new(),
            forgotten: Vec::new(),
            handled: Vec::new(),
        }
    }

    /// Plays all steps, and lets the month end.
    pub(super) async fn play(mut self, steps: Vec<(i64, Step)>) -> Vec<Handled> {
        for (at, step) in steps {
            self.add(at, Due::Step(step));
        }
        while let Some(((at, _), due)) = self.agenda.pop_first() {
            sleep_until(self.network.clock().instant(self.time(at))).await;
            match due {
                Due::Step(Step::Alarm(episode)) => self.alarm(at, &episode).await,
                Due::Step(step) => self.step(&step),
                Due::Recovery { watch, contributor, since } => self.recovery(at, watch, contributor, since),
                Due::Parent { watch, child, since } => self.parent(at, watch, child, since).await,
                Due::Own { alarm, in_alarm } => self.network.lock().ecs.set_alarm(&alarm, in_alarm),
            }
        }
        sleep_until(self.network.clock().instant(self.time(MONTH))).await;
        self.network.lock().clear_calls();
        self.handled
    }

    fn add(&mut self, at: i64, due: Due) {
        self.added += 1;
        self.agenda.insert((at, self.added), due);
    }

    /// A second of the month, with the fraction that makes it look like one of CloudWatch.
    fn time(&self, at: i64) -> Timestamp {
        self.began + SignedDuration::from_secs(at) + SignedDuration::from_millis(1 + at % 997)
    }

    fn step(&mut self, step: &Step) {
        let mut aws = self.network.lock();
        match *step {
            Step::Deploy { service, version, launch, is_broken } => {
                let service = &self.services[service];
                let task_definition = service.task_definition(version);
                if is_broken {
                    aws.ecs.break_task_definition(&task_definition);
                }
                let timing = aws.ecs.timing_mut();
                timing.launch = launch;
                timing.pending = std::time::Duration::from_secs(PENDING.unsigned_abs());
                timing.task_failure = std::time::Duration::from_secs(40);
                timing.rollback = std::time::Duration::from_secs(90);
                aws.ecs.deploy(&service.path, &task_definition);
            }
            Step::Stop { service } => {
                let body = json!({"cluster": self.cluster(service), "service": self.services[service].name()});
                let listed = answer(&mut aws, Operation::ListServiceDeployments, &body);
                let newest = &listed["serviceDeployments"][0];
                if newest["status"] == "IN_PROGRESS" {
                    let body = json!({"serviceDeploymentArn": newest["serviceDeploymentArn"], "stopType": "ROLLBACK"});
                    answer(&mut aws, Operation::StopServiceDeployment, &body);
                }
            }
            Step::Create { service } => {
                aws.ecs.timing_mut().launch = std::time::Duration::from_secs(400);
                let name = self.services[service].name();
                let container = json!({"name": "app", "image": "app"});
                let body = json!({"family": name, "containerDefinitions": [container]});
                answer(&mut aws, Operation::RegisterTaskDefinition, &body);
                let body = json!({"cluster": self.cluster(service), "serviceName": name, "desiredCount": 2,
                    "taskDefinition": format!("{name}:1")});
                answer(&mut aws, Operation::CreateService, &body);
            }
            Step::Delete { service } => {
                let body =
                    json!({"cluster": self.cluster(service), "service": self.services[service].name(), "force": true});
                answer(&mut aws, Operation::DeleteService, &body);
            }
            Step::TagOff { service } => {
                let arn = aws.home().service_arn(&self.services[service].path);
                let body = json!({"resourceArn": arn, "tags": [{"key": "auto-rollback", "value": "off"}]});
                answer(&mut aws, Operation::TagResource, &body);
            }
            Step::Forget { watch } => {
                aws.cloudwatch.delete_alarm(&self.watches[watch].name);
                drop(aws);
                self.forgotten.push(watch);
            }
            Step::Alarm(_) => {}
        }
    }

    fn cluster(&self, service: usize) -> &str {
        self.services[service].path.split('/').next().unwrap_or_default()
    }

    /// An alarm goes to ALARM, unless it is there.
    async fn alarm(&mut self, at: i64, episode: &Episode) {
        let Episode { watch: number, lasts, trouble, contributor } = *episode;
        let watch = &self.watches[number];
        if self.in_alarm.contains_key(&(number, contributor)) || self.forgotten.contains(&number) {
            return;
        }
        let was_in_alarm = self.in_alarm.keys().any(|(other, _)| *other == number);
        self.in_alarm.insert((number, contributor), at);
        self.add(at + lasts, Due::Recovery { watch: number, contributor, since: at });
        if watch.name.ends_with("-lag") {
            self.add(at + 20, Due::Own { alarm: watch.name.clone(), in_alarm: true });
            self.add(at + lasts, Due::Own { alarm: watch.name.clone(), in_alarm: false });
        }
        let time = self.time(at);
        let signal = watch.signal().since(time).datapoints(self.points(at, watch.period, trouble));
        if let Some(service) = contributor {
            self.show(number);
            let path = &self.services[service].path;
            let series = signal.clone().contributor_on(path);
            self.record(watch, time, &series.as_event(), Some(path));
            self.invoke(watch, time, &series.as_event(), true).await;
        }
        if contributor.is_none() || !was_in_alarm {
            let event = signal.as_event();
            self.record(watch, time, &event, None);
            self.invoke(watch, time, &event, false).await;
        }
        for (parent, above) in self.watches.iter().enumerate() {
            if matches!(&above.on, On::Alarms { children, .. } if children.contains(&watch.name)) {
                self.add(at + 1, Due::Parent { watch: parent, child: number, since: at });
            }
        }
    }

    async fn parent(&mut self, at: i64, number: usize, child: usize, since: i64) {
        let (watch, child) = (&self.watches[number], &self.watches[child]);
        if self.in_alarm.contains_key(&(number, None)) {
            return;
        }
        self.in_alarm.insert((number, None), at);
        self.add(at + 300, Due::Recovery { watch: number, contributor: None, since: at });
        let signal = watch.signal().since(self.time(at)).triggered_by(&child.name, self.time(since));
        let is_suppressed = matches!(&watch.on, On::Alarms { suppressor: Some(_), .. });
        let signal = if is_suppressed { signal.suppressed_by("Alarm") } else { signal };
        let event = signal.as_event();
        self.record(watch, self.time(at), &event, None);
        self.invoke(watch, self.time(at), &event, false).await;
    }

    /// Puts a change to ALARM, and the action that follows, into the history and into the state of the alarm.
    fn record(&self, watch: &Watch, time: Timestamp, event: &Value, contributor: Option<&str>) {
        let state = &event["detail"]["state"];
        let reason = state["reason"].as_str().unwrap_or_default();
        let data = state["reasonData"].as_str().and_then(|data| serde_json::from_str(data).ok()).unwrap_or(Value::Null);
        let item = HistoryItem::state_update(&watch.name, time, AlarmState::Ok, AlarmState::Alarm);
        let item = self.typed(item.new_state(reason, &data), watch);
        let mut aws = self.network.lock();
        if let Some(path) = contributor {
            aws.cloudwatch.put_history(item.of_contributor(series(path)));
        } else {
            aws.cloudwatch.put_history(item);
            if !matches!(watch.on, On::Query) {
                aws.cloudwatch.put_alarm(watch.described().in_alarm().since(time).reason(reason, &data));
            }
        }
        let is_silent = watch.is_muted || state["actionsSuppressedBy"].is_string();
        if let Some(action) = watch.action().filter(|_| !is_silent) {
            let item = HistoryItem::action(&watch.name, time + SignedDuration::from_millis(300), action);
            let item = self.typed(item, watch);
            aws.cloudwatch.put_history(match contributor {
                Some(path) => item.of_contributor(series(path)),
                None => item,
            });
        }
    }

    /// Of the type of its alarm, which history keeps when the alarm is deleted.
    #[expect(clippy::unused_self, reason = "reads as a step of the player")]
    fn typed(&self, item: HistoryItem, watch: &Watch) -> HistoryItem {
        let is_composite = matches!(watch.on, On::Alarms { .. });
        item.of_type(if is_composite { AlarmType::Composite } else { AlarmType::Metric })
    }

    /// Describes the time series of an alarm that are in ALARM.
    fn show(&self, number: usize) {
        let watch = &self.watches[number];
        let in_alarm = self.in_alarm.iter().filter(|((other, _), _)| *other == number);
        let alarm = in_alarm.fold(watch.described(), |alarm, ((_, service), since)| {
            let path = service.map_or("", |service| self.services[service].path.as_str());
            alarm.in_alarm().since(self.time(*since)).contributor(series(path).since(self.time(*since)))
        });
        self.network.lock().cloudwatch.put_alarm(alarm);
    }

    fn recovery(&mut self, at: i64, number: usize, contributor: Option<usize>, since: i64) {
        if self.in_alarm.get(&(number, contributor)) != Some(&since) {
            return;
        }
        self.in_alarm.remove(&(number, contributor));
        let watch = &self.watches[number];
        let item = |item: HistoryItem| self.typed(item, watch);
        let back = HistoryItem::state_update(&watch.name, self.time(at), AlarmState::Alarm, AlarmState::Ok);
        let reason = "Threshold Crossed: 3 out of the last 3 datapoints were not greater than the threshold (5.0).";
        let back = item(back.new_state(reason, &Value::Null));
        let is_last = !self.in_alarm.keys().any(|(other, _)| *other == number);
        if let Some(service) = contributor {
            self.network
                .lock()
                .cloudwatch
                .put_history(back.clone().of_contributor(series(&self.services[service].path)));
            self.show(number);
        } else if !self.forgotten.contains(&number) {
            let alarm = watch.described().since(self.time(at)).reason(reason, &Value::Null);
            self.network.lock().cloudwatch.put_alarm(alarm);
        }
        if is_last {
            self.network.lock().cloudwatch.put_history(back);
        }
    }

    async fn invoke(&mut self, watch: &Watch, time: Timestamp, event: &Value, is_contributor: bool) {
        let home =
            Location::of_function(&format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback"), REGION);
        let report = self.function.handle(event, &Invocation { home, now: time, time_left: None }).await;
        let entry = |entry: &Entry| {
            let deployment = entry.deployment().map(str::to_owned);
            (entry.service().map(ToString::to_string), entry.reason(), deployment)
        };
        let entries = report.entries().map(entry).collect();
        self.handled.push(Handled { at: time, alarm: watch.name.clone(), is_contributor, entries });
    }

    /// The three datapoints before an alarm, if the trouble began at that second of the month.
    fn points(&self, at: i64, period: i64, trouble: i64) -> Vec<(Timestamp, f64)> {
        let newest = at.div_euclid(period) * period;
        let point = |back: i64| {
            let start = newest - back * period;
            let sum = (0..period / 60).map(|minute| errors_at(start + minute * 60, trouble)).sum();
            (self.began + SignedDuration::from_secs(start), sum)
        };
        (1..=3).rev().map(point).collect()
    }
}

fn series(path: &str) -> Contributor {
    let (cluster, name) = path.split_once('/').unwrap_or_default();
    Contributor::of(&[("ClusterName", cluster), ("ServiceName", name)])
}

/// The body of an answer.
fn answer(aws: &mut Aws, operation: Operation, body: &Value) -> Value {
    let answer = aws.handle(&Request::new(operation, body));
    assert_eq!(answer.status(), Some(200), "{operation} {body}");
    answer.json()
}
