//! Rules that hold for any input, any world and any order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bolero::{Any as _, any, check, pick};
use ecs_auto_rollback::{Entry, Error, Report};
use jiff::SignedDuration;
use judgement::Outcome;
use serde_json::Value;
use signals::{Alarm, EcsEvent, Message, at, sns, sqs};
use simulator::{DeploymentSeed, Operation, ServiceSeed, Status};

use crate::support::{World, alarm, alarm_event_on, alarm_on, in_flight, request, web};

const KEYS: [&str; 18] = [
    "alarmArn",
    "alarmData",
    "AlarmName",
    "body",
    "cluster",
    "detail",
    "detail-type",
    "eventSource",
    "EventSource",
    "Message",
    "messageId",
    "NewStateValue",
    "Records",
    "resources",
    "service",
    "serviceDeploymentArn",
    "Sns",
    "source",
];

const WORDS: [&str; 9] =
    ["aws:sqs", "aws:sns", "aws.ecs", "aws.cloudwatch", "ALARM", "prod", "web", "2026-06-01T11:55:00Z", "{}"];

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// JSON that nests up to `depth` values.
fn any_json(depth: u8) -> Value {
    match (0..if depth == 0 { 6 } else { 10_u8 }).any() {
        0 => Value::Null,
        1 => any::<bool>().into(),
        2 => any::<i64>().into(),
        3 => any::<f64>().into(),
        4 => any::<String>().into(),
        5 => (*pick(&WORDS)).into(),
        6 | 7 => (0..(0..6_u8).any()).map(|_| any_json(depth - 1)).collect(),
        _ => (0..(0..8_u8).any()).map(|_| (any_key(), any_json(depth - 1))).collect(),
    }
}

fn any_key() -> String {
    if (0..8_u8).any() == 7 { any() } else { (*pick(&KEYS)).to_owned() }
}

/// Events of every kind that, as they are, roll back `prod/web`.
fn sound_events() -> Vec<Value> {
    let event = alarm_event_on("prod/web");
    vec![
        alarm(),
        event.clone(),
        sns([&event]),
        sqs([Message::from(&event), Message::enveloped(&event)]),
        EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/42").as_json(),
        EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json(),
        request(),
    ]
}

/// The JSON pointers of all values within `value`.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    let mut within = |key: &str, value: &Value| {
        places(value, &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| within(&index.to_string(), item)),
        Value::Object(map) => map.iter().for_each(|(key, value)| within(key, value)),
        _ => {}
    }
}

/// A sound event with up to three values changed.
fn changed_event() -> Value {
    let mut event = pick(&sound_events()).clone();
    for _ in 0..(0..4_u8).any() {
        let mut found = Vec::new();
        places(&event, "", &mut found);
        if let Some(spot) = event.pointer_mut(pick::<String>(&found)) {
            *spot = any_json(3);
        }
    }
    event
}

/// The deployments that the simulator began to roll back.
fn stopped(world: &World) -> BTreeSet<String> {
    let aws = world.aws();
    let accepted = aws.calls().iter().filter(|call| call.accepted);
    accepted.filter_map(|call| call.body["serviceDeploymentArn"].as_str().map(str::to_owned)).collect()
}

/// The deployments that a report calls rolled back.
fn reported(report: &Report) -> BTreeSet<String> {
    let rolled_back = report.entries().filter(|entry| entry.outcome() == Outcome::RolledBack);
    rolled_back.filter_map(|entry| entry.deployment().map(str::to_owned)).collect()
}

#[test]
fn random_json_is_rejected_or_rolls_nothing_back() {
    check!().with_iterations(512).run(|| {
        let event = any_json(5);
        run(async {
            let world = World::new();
            world.plant(web());
            let report = world.report(&event).await;
            // Random JSON names the service only if it happens to be a whole request.
            let is_request = event["cluster"] == "prod" && event["service"] == "web";
            assert!(is_request || stopped(&world).is_empty(), "{event}");
            assert_eq!(reported(&report), stopped(&world), "{event}");
            let is_empty = report.entries().next().is_none();
            match report.into_response() {
                Ok(response) if is_empty => {
                    assert!(response["batchItemFailures"][0].is_object(), "{response}: {event}");
                }
                Ok(response) => assert!(response.is_object(), "{response}: {event}"),
                Err(Error::Unrecognized(_)) => {}
                Err(failure @ Error::Failed { .. }) => panic!("{failure}: {event}"),
            }
        });
    });
}

#[test]
fn a_mutated_event_stops_at_most_the_service_that_it_still_names_and_reports_the_stop() {
    let mut stops = 0;
    check!().with_iterations(512).run(|| {
        let event = changed_event();
        run(async {
            let world = World::new();
            let of_web = world.plant(
                ServiceSeed::new("prod/web").deployed("app:41").with(DeploymentSeed::of("app:42").revision("42")),
            );
            world.plant(in_flight("prod/cart"));
            let report = world.report(&event).await;
            let stopped = stopped(&world);
            assert_eq!(reported(&report), stopped, "{event}");
            if let Some(arn) = stopped.first() {
                stops += 1;
                assert_eq!((arn.as_str(), stopped.len()), (of_web.deployment(), 1), "{event}");
                let text = event.to_string();
                assert!(text.contains("prod") && text.contains("web"), "{text}");
            }
        });
    });
    assert!(stops > 50, "most of the events still roll back: {stops}");
}

/// A world and an alarm.
#[derive(Debug, Clone)]
struct Incident {
    is_over: bool,
    began_after: i64,
    evidence_after: Option<i64>,
    status: &'static str,
    first: bool,
    tag: Option<&'static str>,
    mode: &'static str,
    opt_in: &'static str,
    service_status: &'static str,
}

impl Incident {
    fn any() -> Self {
        let statuses = [
            "PENDING",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "STOP_REQUESTED",
            "ROLLBACK_REQUESTED",
            "ROLLBACK_IN_PROGRESS",
            "SUCCESSFUL",
            "STOP_IN_PROGRESS",
        ];
        Self {
            is_over: (0..4_u8).any() == 3,
            began_after: (-90..300_i64).any(),
            evidence_after: any::<bool>().then(|| (-90..300_i64).any()),
            status: *pick::<&str>(&statuses),
            first: (0..10_u8).any() == 9,
            tag: *pick(&[None, None, None, Some("enforce"), Some("observe"), Some("off"), Some("yes")]),
            mode: *pick::<&str>(&["enforce", "enforce", "enforce", "observe", "off"]),
            opt_in: *pick::<&str>(&["all", "all", "tagged"]),
            service_status: *pick::<&str>(&["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE"]),
        }
    }

    /// The expected outcome, derived independently of the function.
    fn outcome(&self) -> Outcome {
        let would_be = self.indicates_the_deployment() && self.mode != "off";
        match self.tag {
            _ if !would_be => Outcome::Skipped,
            Some("enforce") => Outcome::RolledBack,
            Some("observe") => Outcome::WouldRollBack,
            Some(_) => Outcome::Skipped,
            None if self.opt_in == "tagged" => Outcome::Skipped,
            None if self.mode == "observe" => Outcome::WouldRollBack,
            None => Outcome::RolledBack,
        }
    }

    fn indicates_the_deployment(&self) -> bool {
        !self.is_over
            && self.began_after >= 0
            && self.evidence_after.is_none_or(|after| self.shows_trouble(after))
            // A PENDING deployment has not started, so it cannot be the cause.
            && self.status == "IN_PROGRESS"
            && !self.first
            && self.service_status == "ACTIVE"
    }

    /// At least a tenth of the datapoint's minute, cut at the alarm's own time, lies after the deployment's start.
    fn shows_trouble(&self, minute_ended_after: i64) -> bool {
        let start = minute_ended_after - 60;
        let end = minute_ended_after.min(self.began_after).max(start);
        end > 0 && 10 * end >= end - start
    }

    fn seed(&self) -> ServiceSeed {
        let status = match self.status {
            "PENDING" => Status::Pending,
            "IN_PROGRESS" => Status::InProgress,
            "STOP_REQUESTED" => Status::StopRequested,
            "ROLLBACK_REQUESTED" => Status::RollbackRequested,
            "ROLLBACK_IN_PROGRESS" => Status::RollbackInProgress,
            "SUCCESSFUL" => Status::Successful,
            other => Status::Other(other.to_owned()),
        };
        let mut deployment =
            DeploymentSeed::of("app:42").status(status).created(at("11:50:00")).started(at("11:50:00"));
        if self.first {
            deployment = deployment.sources(&[]);
        }
        let seed = ServiceSeed::new("prod/web").deployed("app:41").status(self.service_status).with(deployment);
        match self.tag {
            Some(tag) => seed.tag("auto-rollback", tag),
            None => seed,
        }
    }

    fn event(&self) -> Value {
        let after = |seconds| at("11:50:00") + SignedDuration::from_secs(seconds);
        let alarm = Alarm::on("prod/web").since(after(self.began_after));
        let alarm = match self.evidence_after {
            Some(end) => alarm.datapoints([(after(end - 60), 9.0)]),
            None => alarm.without_data(),
        };
        let alarm = if self.is_over { alarm.recovered(at("11:56:00")) } else { alarm };
        alarm.as_action()
    }
}

#[test]
fn a_deployment_is_stopped_if_and_only_if_every_condition_holds() {
    let mut outcomes: BTreeMap<Outcome, usize> = BTreeMap::new();
    check!().with_iterations(1_000).run(|| {
        let incident = Incident::any();
        run(async {
            let world = World::with(&[("ROLLBACK_MODE", incident.mode), ("ROLLBACK_OPT_IN", incident.opt_in)]);
            world.plant(incident.seed());
            let report = world.report(&incident.event()).await;
            let [outcome] = report.entries().map(Entry::outcome).collect::<Vec<_>>()[..] else {
                panic!("one outcome: {report:?}")
            };
            let decides = |outcome| matches!(outcome, Outcome::RolledBack | Outcome::WouldRollBack);
            if decides(outcome) || decides(incident.outcome()) {
                assert_eq!(outcome, incident.outcome(), "{incident:?}: {report:?}");
            }
            assert_eq!(world.rollbacks() == 1, outcome == Outcome::RolledBack, "{report:?}");
            assert_eq!(world.count(Operation::StopServiceDeployment), world.rollbacks());
            *outcomes.entry(outcome).or_default() += 1;
        });
    });
    for outcome in [Outcome::RolledBack, Outcome::WouldRollBack, Outcome::NoOp, Outcome::Skipped] {
        assert!(outcomes.contains_key(&outcome), "{outcome} is among the outcomes: {outcomes:?}");
    }
}

#[test]
fn events_in_any_order_and_repetition_stop_and_report_each_deployment_once() {
    let (of_web, of_cart) = (alarm_event_on("prod/web"), alarm_event_on("prod/cart"));
    let events = [
        alarm(),
        alarm_on("prod/cart"),
        of_web.clone(),
        sns([&of_web, &of_cart, &of_web]),
        sqs([Message::from(&of_cart), Message::from(&of_cart), Message::enveloped(&of_web)]),
        EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json(),
        request(),
    ];
    check!().with_iterations(128).run(|| {
        run(async {
            let world = World::new();
            world.plant(web());
            world.plant(in_flight("prod/cart"));
            let (mut deployments, mut services) = (Vec::new(), BTreeSet::new());
            for _ in 0..(1..12_u8).any() {
                let report = world.report(pick(&events)).await;
                for entry in report.entries() {
                    let service = entry.service().expect("a service").to_string();
                    match (entry.outcome(), entry.deployment()) {
                        (Outcome::RolledBack, Some(arn)) => {
                            deployments.push(arn.to_owned());
                            services.insert(service);
                        }
                        (Outcome::NoOp, _) => assert!(services.contains(&service), "too early: {entry:?}"),
                        _ => panic!("neither rolled back nor rolled back already: {entry:?}"),
                    }
                }
                tokio::time::sleep(Duration::from_millis((0..4_000).any())).await;
            }
            let once: BTreeSet<String> = deployments.iter().cloned().collect();
            assert_eq!((once.len(), &once), (deployments.len(), &stopped(&world)), "each is reported once");
            assert_eq!(world.rollbacks(), once.len(), "each is stopped once");
        });
    });
}
