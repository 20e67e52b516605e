//! An independent second judgement, from the raw event and ECS's own answers, without any of the function's types.
//!
//! [`Observed::cause`] checks that a stop had a cause: at least one JSON object within the event, however deep, must indicate the
//! service. [`Observed::must_be_rolled_back`] requires the stop itself, if an event is unambiguous.

mod reading;
mod statement;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulator::{Aws, Operation, Request};

use self::reading::{epoch, gather};
use crate::{sound::Sound, world::Variables};

/// An event and the time of its arrival.
#[derive(Debug, Clone)]
pub struct Event {
    /// The event.
    pub json: Value,
    /// The time at the start of the invocation.
    pub at: Timestamp,
}

/// The cause of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// An alarm in ALARM.
    Alarm,
    /// An event of ECS.
    Ecs,
    /// A request by hand.
    Request,
}

/// A service deployment and its service, as ECS shows them.
#[derive(Debug, Clone)]
pub struct Observed {
    arn: String,
    cluster: String,
    service: String,
    deployment: Value,
    described: Value,
    history: Vec<Value>,
    at: Timestamp,
}

impl Observed {
    /// Reads a deployment from ECS. `at` is the start of the invocation.
    ///
    /// # Panics
    /// If ECS does not list it.
    pub fn of(arn: &str, aws: &mut Aws, at: Timestamp) -> Self {
        let path = arn.split_once("service-deployment/").and_then(|(_, path)| path.rsplit_once('/')).expect("an ARN").0;
        let observed = Self::all_of(path, aws, at).into_iter().find(|observed| observed.arn == arn);
        observed.expect("a deployment that ECS lists")
    }

    /// The deployments of a service, `cluster/service`, that ECS lists.
    ///
    /// # Panics
    /// If `path` has no cluster.
    pub fn all_of(path: &str, aws: &mut Aws, at: Timestamp) -> Vec<Self> {
        let (cluster, service) = path.split_once('/').expect("a cluster and a service");
        let names = json!({"cluster": cluster, "services": [service], "include": ["TAGS"]});
        let described = ask(aws, Operation::DescribeServices, &names)["services"][0].clone();
        let history = history(cluster, service, aws);
        let arns: Vec<_> = history.iter().map(|listed| listed["serviceDeploymentArn"].clone()).collect();
        let deployments = arns.chunks(20).flat_map(|arns| {
            let described = ask(aws, Operation::DescribeServiceDeployments, &json!({"serviceDeploymentArns": arns}));
            described["serviceDeployments"].as_array().cloned().unwrap_or_default()
        });
        deployments
            .map(|deployment| Self {
                arn: deployment["serviceDeploymentArn"].as_str().unwrap_or_default().to_owned(),
                cluster: cluster.to_owned(),
                service: service.to_owned(),
                deployment,
                described: described.clone(),
                history: history.clone(),
                at,
            })
            .collect()
    }

    /// The ARN of the deployment.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The status of the deployment.
    #[must_use]
    pub fn status(&self) -> &str {
        self.deployment["status"].as_str().unwrap_or_default()
    }

    /// The cause of a stop.
    ///
    /// # Errors
    /// The conditions that are not met.
    pub fn cause(&self, event: &Event, variables: &Variables) -> Result<Cause, String> {
        self.may_be_touched(variables)?;
        let mut lacks = vec!["nothing in the event is of a kind that indicates a deployment".to_owned()];
        for statement in gather(&event.json) {
            for (cause, indicates) in [
                (Cause::Request, self.requested(&statement)),
                (Cause::Ecs, self.reported(&statement, variables)),
                (Cause::Alarm, self.alarmed(&statement, variables)),
            ] {
                match indicates {
                    Some(Ok(())) => return Ok(cause),
                    Some(Err(lack)) => lacks.push(format!("{cause:?}: {lack}")),
                    None => {}
                }
            }
        }
        Err(lacks.join("; "))
    }

    /// True if the function has to stop the deployment, given that AWS answers every call and that nothing happened before: all
    /// of the trouble began after the deployment started.
    #[must_use]
    pub fn must_be_rolled_back(&self, sound: &Sound, variables: &Variables) -> bool {
        let event = Event { json: sound.json.clone(), at: self.at };
        format!("{}/{}", self.cluster, self.service) == sound.service
            && self.status() == "IN_PROGRESS"
            && epoch(&self.deployment["startedAt"]).is_some_and(|started| started <= sound.trouble_since)
            && self.cause(&event, variables).is_ok()
    }

    /// Requires the conditions on the service and the settings that apply to every cause.
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
        let mode = variables.get("ROLLBACK_MODE").unwrap_or("observe".to_owned());
        must(mode != "off", "the mode is off")?;
        if let Some(tag) = tag {
            must(tag == "enforce", "its tag does not say enforce")?;
        } else {
            must(mode == "enforce", "the mode is not enforce")?;
            let opt_in = variables.get("ROLLBACK_OPT_IN");
            must(opt_in.is_none_or(|opt_in| opt_in == "all"), "it did not opt in")?;
        }
        must(self.described["status"] == "ACTIVE", "it is not ACTIVE")?;
        let controller = &self.described["deploymentController"]["type"];
        must(controller.is_null() || controller == "ECS", "ECS does not deploy it")?;
        let sources = self.deployment["sourceServiceRevisions"].as_array();
        must(sources.is_some_and(|sources| !sources.is_empty()), "it is a first deployment")
    }

    /// Requires a time not to be before the deployment began: at `startedAt`, if it had started, else at `createdAt`.
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

    /// Requires at least one of the times that an event states to be within the age limit. An event without times has no age.
    fn is_young(&self, sent: &[Option<Timestamp>], variables: &Variables) -> Result<(), String> {
        let limit = SignedDuration::from_secs(variables.number("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", 900));
        let mut sent = sent.iter().flatten().peekable();
        let is_young =
            limit.is_zero() || sent.peek().is_none() || sent.any(|sent| self.at.duration_since(*sent).abs() <= limit);
        if is_young { Ok(()) } else { Err("the event is too old".to_owned()) }
    }

    /// Requires that the service was not rolled back too often in the last hour.
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
}

fn ask(aws: &mut Aws, operation: Operation, body: &Value) -> Value {
    aws.handle(&Request::new(operation, body)).json()
}

/// All deployments of a service that ECS lists.
fn history(cluster: &str, service: &str, aws: &mut Aws) -> Vec<Value> {
    let mut history = Vec::new();
    let mut body = json!({"cluster": cluster, "service": service, "maxResults": 100});
    loop {
        let page = ask(aws, Operation::ListServiceDeployments, &body);
        history.extend(page["serviceDeployments"].as_array().cloned().unwrap_or_default());
        if page["nextToken"].is_null() {
            return history;
        }
        body["nextToken"] = page["nextToken"].clone();
    }
}
