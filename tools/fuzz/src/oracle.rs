//! Whether a deployment was stopped with cause, said once more and in another way: from the raw event and from what ECS itself
//! tells, with nothing of the function's own types.
//!
//! It knows only what must be so for a stop. It asks of every JSON object within the event, however deep, whether it accuses
//! the service; one that does is enough. What the function may leave alone all the same is none of its business.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulator::{Aws, Operation, Request};

use crate::world::Variables;

/// An event, and when it came.
#[derive(Debug, Clone)]
pub struct Event {
    /// The event.
    pub json: Value,
    /// The time at the start of the invocation.
    pub at: Timestamp,
}

/// What made a stop right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// An alarm in ALARM.
    Alarm,
    /// An event of ECS.
    Ecs,
    /// A request by hand.
    Request,
}

impl Cause {
    /// How it is called in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "an alarm in ALARM",
            Self::Ecs => "an event of ECS",
            Self::Request => "a request by hand",
        }
    }
}

/// A service deployment that was stopped, and its service, as ECS shows them.
#[derive(Debug)]
pub struct Observed {
    arn: String,
    cluster: String,
    service: String,
    deployment: Value,
    described: Value,
    history: Vec<Value>,
    at: Timestamp,
}

/// An object that may accuse a service, and when the notification around it was published.
struct Accusation {
    object: Value,
    published: Option<Timestamp>,
}

impl Observed {
    /// Asks ECS about the deployment. `at` is when the invocation began that stopped it.
    ///
    /// # Panics
    /// When ECS does not know it.
    pub fn of(arn: &str, aws: &mut Aws, at: Timestamp) -> Self {
        let parts: Vec<&str> = arn.split('/').collect();
        let [.., cluster, service, _] = parts[..] else { panic!("{arn}") };
        let mut ask = |operation, body: Value| aws.handle(&Request::new(operation, &body)).json();
        let deployment = ask(Operation::DescribeServiceDeployments, json!({"serviceDeploymentArns": [arn]}));
        let described =
            ask(Operation::DescribeServices, json!({"cluster": cluster, "services": [service], "include": ["TAGS"]}));
        let mut history = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut body = json!({"cluster": cluster, "service": service, "maxResults": 100});
            if !token.is_null() {
                body["nextToken"] = token;
            }
            let page = ask(Operation::ListServiceDeployments, body);
            history.extend(page["serviceDeployments"].as_array().cloned().unwrap_or_default());
            token = page["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        Self {
            arn: arn.to_owned(),
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            deployment: deployment["serviceDeployments"][0].clone(),
            described: described["services"][0].clone(),
            history,
            at,
        }
    }

    /// What made the stop right.
    ///
    /// # Errors
    /// What it lacked.
    pub fn cause(&self, event: &Event, variables: &Variables) -> Result<Cause, String> {
        self.may_be_touched(variables)?;
        let mut objects = Vec::new();
        gather(&event.json, None, &mut objects);
        let mut why = vec!["nothing in the event is of a kind that accuses".to_owned()];
        for object in &objects {
            for (cause, accuses) in [
                (Cause::Request, self.requested(object)),
                (Cause::Ecs, self.reported(object, variables)),
                (Cause::Alarm, self.alarmed(object, variables)),
            ] {
                match accuses {
                    Some(Ok(())) => return Ok(cause),
                    Some(Err(lack)) => why.push(format!("{}: {lack}", cause.as_str())),
                    None => {}
                }
            }
        }
        Err(why.join("; "))
    }

    /// What the service and the settings must be like, whatever accuses.
    fn may_be_touched(&self, variables: &Variables) -> Result<(), String> {
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        let tags = self.described["tags"].as_array().cloned().unwrap_or_default();
        let tag = tags.iter().find(|tag| tag["key"] == "auto-rollback").map(|tag| tag["value"].clone());
        let allowed = variables.get("ROLLBACK_SERVICES").unwrap_or("*/*".to_owned());
        let path = format!("{}/{}", self.cluster, self.service);
        let is_allowed = match allowed.strip_suffix("/*") {
            Some("*") => true,
            Some(cluster) => cluster == self.cluster,
            None => allowed == path,
        };
        must(is_allowed, "the service is not among those that are allowed")?;
        if let Some(tag) = tag {
            must(tag == "enforce", "its tag does not say enforce")?;
        } else {
            let mode = variables.get("ROLLBACK_MODE");
            must(mode.is_none_or(|mode| mode == "enforce"), "the mode is not enforce")?;
            let opt_in = variables.get("ROLLBACK_OPT_IN");
            must(opt_in.is_none_or(|opt_in| opt_in == "all"), "it did not opt in")?;
        }
        must(self.described["status"] == "ACTIVE", "it is not ACTIVE")?;
        let controller = &self.described["deploymentController"]["type"];
        must(controller.is_null() || controller == "ECS", "ECS does not deploy it")?;
        let sources = self.deployment["sourceServiceRevisions"].as_array();
        must(sources.is_some_and(|sources| !sources.is_empty()), "it is a first deployment")
    }

    /// A request by hand, if the object is one.
    fn requested(&self, Accusation { object, .. }: &Accusation) -> Option<Result<(), String>> {
        let strange = ["detail-type", "alarmData", "NewStateValue"].iter().any(|key| object.get(key).is_some());
        let arn = &object["serviceDeploymentArn"];
        if strange || (object["service"].is_null() && arn.is_null()) {
            return None;
        }
        if !arn.is_null() && arn.as_str() != Some(&self.arn) {
            return Some(Err("it names another deployment".to_owned()));
        }
        let fields: &[&str] =
            if arn.is_null() { &["cluster", "service", "reason"] } else { &["serviceDeploymentArn", "reason"] };
        let is_exact = object.as_object().is_some_and(|object| object.keys().all(|key| fields.contains(&key.as_str())));
        if !is_exact || fields.iter().any(|field| object[field].as_str().is_none_or(str::is_empty)) {
            return Some(Err("it lacks a field, or has another".to_owned()));
        }
        Some(self.is_named_by(object))
    }

    /// One of ECS's events that are signals, if the object is one.
    fn reported(&self, Accusation { object, .. }: &Accusation, variables: &Variables) -> Option<Result<(), String>> {
        if object["source"] != "aws.ecs" {
            return None;
        }
        let detail = &object["detail"];
        match (object["detail-type"].as_str()?, detail["eventName"].as_str()?) {
            ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED") => {
                let failed = detail["deploymentId"].as_str().and_then(|id| id.strip_prefix("ecs-svc/"));
                let revision = self.deployment["targetServiceRevision"]["arn"].as_str();
                if failed != revision.and_then(|arn| arn.rsplit('/').next()) {
                    return Some(Err("another revision failed".to_owned()));
                }
            }
            ("ECS Service Action", "SERVICE_TASK_START_IMPAIRED" | "SERVICE_TASK_CONFIGURATION_FAILURE") => {
                let happened = ["createdAt", "updatedAt"].iter().find_map(|key| time(&detail[key]));
                let Some(happened) = happened.or(time(&object["time"])) else {
                    return Some(Err("it says no time".to_owned()));
                };
                if let Err(lack) = self.is_later(happened, "it", variables) {
                    return Some(Err(lack));
                }
            }
            _ => return None,
        }
        Some(
            self.is_young(&[time(&object["time"])], variables)
                .and_then(|()| self.is_within_limit(variables))
                .and_then(|()| self.is_named_by(object)),
        )
    }

    /// An alarm in one of its three dialects, if the object is one.
    fn alarmed(
        &self,
        Accusation { object, published }: &Accusation,
        variables: &Variables,
    ) -> Option<Result<(), String>> {
        let kinds = ["CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"];
        let is_event = object["source"] == "aws.cloudwatch"
            && object["detail-type"].as_str().is_some_and(|kind| kinds.contains(&kind));
        let (state, alarm, name, sent, entered, before) = if is_event || object["alarmData"].is_object() {
            let alarm = if is_event { &object["detail"] } else { &object["alarmData"] };
            let entered = time(&alarm["state"]["timestamp"]);
            let before =
                time(&alarm["previousState"]["timestamp"]).filter(|_| alarm["previousState"]["value"] == "ALARM");
            let sent = vec![time(&object["time"]), entered];
            (&alarm["state"]["value"], alarm, &alarm["alarmName"], sent, entered, before)
        } else if !object["NewStateValue"].is_null() {
            let changed = time(&object["StateChangeTime"]);
            let children = object["TriggeringChildren"].as_array().cloned().unwrap_or_default();
            let in_alarm = children.iter().filter(|child| child["State"]["Value"] == "ALARM");
            let before = in_alarm.filter_map(|child| time(&child["State"]["Timestamp"])).min();
            let before = before.filter(|_| object["OldStateValue"] == "ALARM");
            let entered = changed.or(*published);
            (&object["NewStateValue"], object, &object["AlarmName"], vec![changed, *published], entered, before)
        } else {
            return None;
        };
        if state != "ALARM" {
            return Some(Err("it is not in ALARM".to_owned()));
        }
        let quiet = alarm["state"]["actionsSuppressedBy"].is_null() && alarm["muteDetail"].is_null();
        if !quiet || name.as_str().is_none_or(|name| name.starts_with("TargetTracking-")) {
            return Some(Err("it is suppressed, muted, or one for scaling".to_owned()));
        }
        let Some(began) = [entered, before].into_iter().flatten().min().or(time(&object["time"])) else {
            return Some(Err("it does not say when it began".to_owned()));
        };
        Some(
            self.is_later(began, "it", variables)
                .and_then(|()| match evidence(&alarm["state"]["reasonData"]) {
                    // The end of a datapoint does not belong to it.
                    Some(ended) => self.is_later(ended - SignedDuration::from_nanos(1), "its data", variables),
                    None => Ok(()),
                })
                .and_then(|()| self.is_young(&sent, variables))
                .and_then(|()| self.is_within_limit(variables))
                .and_then(|()| self.is_named_by(object)),
        )
    }

    /// Whether a time is not before the deployment began: at `startedAt`, if it had started by then, else at `createdAt`.
    fn is_later(&self, moment: Timestamp, what: &str, variables: &Variables) -> Result<(), String> {
        let started = epoch(&self.deployment["startedAt"]).filter(|started| *started <= self.at);
        let began = started.or(epoch(&self.deployment["createdAt"]));
        let skew = SignedDuration::from_secs(variables.number("ROLLBACK_CLOCK_SKEW_SECONDS", 0));
        match began {
            Some(began) if moment + skew < began => {
                Err(format!("{what} is of {moment}, and the deployment of {began}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether at least one of the times that an event says of itself is within the age limit. None at all is no age.
    fn is_young(&self, sent: &[Option<Timestamp>], variables: &Variables) -> Result<(), String> {
        let limit = SignedDuration::from_secs(variables.number("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", 900));
        let mut sent = sent.iter().flatten().peekable();
        let is_young =
            limit.is_zero() || sent.peek().is_none() || sent.any(|sent| self.at.duration_since(*sent).abs() <= limit);
        if is_young { Ok(()) } else { Err("the event is too old".to_owned()) }
    }

    /// Whether the service was not rolled back too often in the hour before.
    fn is_within_limit(&self, variables: &Variables) -> Result<(), String> {
        let limit = variables.number("ROLLBACK_LIMIT", 3);
        let hour = SignedDuration::from_hours(1);
        let ended = self.history.iter().filter(|deployment| {
            let status = deployment["status"].as_str().unwrap_or_default();
            matches!(status, "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED")
                && epoch(&deployment["finishedAt"]).is_some_and(|at| at <= self.at && self.at.duration_since(at) < hour)
        });
        let count = i64::try_from(ended.count()).unwrap_or(i64::MAX);
        if limit == 0 || count < limit { Ok(()) } else { Err(format!("it was rolled back {count} times")) }
    }

    /// Whether the names of cluster and service, or their ARN, stand somewhere in the object.
    fn is_named_by(&self, object: &Value) -> Result<(), String> {
        let mut words = BTreeSet::new();
        leaves(object, &mut words);
        let path = format!("{}/{}", self.cluster, self.service);
        let has = |name: &str| words.iter().any(|word| word == name || word.rsplit('/').next() == Some(name));
        let is_named = words.contains(&self.arn)
            || words
                .iter()
                .any(|word| word.split_whitespace().any(|word| word == path || word.ends_with(&format!("/{path}"))))
            || (has(&self.cluster) && has(&self.service));
        if is_named { Ok(()) } else { Err("it does not name the service".to_owned()) }
    }
}

/// All objects in a value, those in JSON within strings as well.
fn gather(value: &Value, published: Option<Timestamp>, found: &mut Vec<Accusation>) {
    match value {
        Value::Object(map) => {
            found.push(Accusation { object: value.clone(), published });
            let published = if map.contains_key("Message") { time(&value["Timestamp"]) } else { published };
            map.values().for_each(|within| gather(within, published, found));
        }
        Value::Array(items) => items.iter().for_each(|within| gather(within, published, found)),
        Value::String(text) => {
            if let Ok(within @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                gather(&within, published, found);
            }
        }
        _ => {}
    }
}

/// All strings in a value that are no JSON themselves.
fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|within| leaves(within, found)),
        Value::Array(items) => items.iter().for_each(|within| leaves(within, found)),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(within @ (Value::Object(_) | Value::Array(_))) => leaves(&within, found),
            _ => drop(found.insert(text.clone())),
        },
        _ => {}
    }
}

/// A time as CloudWatch and ECS write it.
fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A time as ECS's API answers it: seconds since 1970.
fn epoch(value: &Value) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(value.as_f64()?).ok()?;
    // Whole milliseconds: what a binary fraction adds to them was never there.
    Timestamp::from_millisecond(
        i64::try_from(since.as_millis() + i128::from(since.subsec_micros() % 1_000 >= 500)).ok()?,
    )
    .ok()
}

/// When the newest datapoint ended that an alarm judged, where its `reasonData` is of the documented form.
fn evidence(data: &Value) -> Option<Timestamp> {
    let parsed: Value;
    let data = match data.as_str() {
        Some(text) => {
            parsed = serde_json::from_str(text).ok()?;
            &parsed
        }
        None => data,
    };
    let as_documented = (data["startDate"].is_null() || time(&data["startDate"]).is_some())
        && data.get("recentDatapoints").is_none_or(Value::is_array);
    let period = data["period"].as_f64().filter(|period| as_documented && *period > 0.0 && *period < 1e6)?;
    let evaluated = data["evaluatedDatapoints"].as_array()?;
    let times: Option<Vec<Timestamp>> = evaluated.iter().map(|datapoint| time(&datapoint["timestamp"])).collect();
    Some(times?.into_iter().max()? + SignedDuration::try_from_secs_f64(period).ok()?)
}
