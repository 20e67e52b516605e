//! The events that ECS would send to EventBridge, in the shapes that its developer guide documents. They follow from what a
//! service was before a change and what it is since; a service that is planted sends none, as it has been there all along.

mod deployment;
mod hook;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::ecs::deployment::Deployment;
use crate::ecs::service::Service;
use crate::ecs::status::Controller;
use crate::home::Home;
use crate::ids::Ids;

/// More would only fill the memory of a simulation whose events are never taken; the older half goes first.
const KEPT: usize = 20_000;

/// `eventType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Info,
    Warn,
    Error,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The events so far, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct EventLog {
    home: Home,
    /// Their own, so that recording events changes no other identifier.
    ids: Ids,
    kept: Vec<Value>,
}

impl EventLog {
    pub(crate) fn new(home: Home) -> Self {
        Self { home, ids: Ids::of_events(), kept: Vec::new() }
    }

    pub(crate) fn kept(&self) -> &[Value] {
        &self.kept
    }

    pub(crate) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.kept)
    }

    /// Records what ECS would send about this change of a service.
    pub(crate) fn note(&mut self, before: &Service, after: &Service, now: Timestamp) {
        // Deployments of the other controllers send events of task sets, which are not simulated.
        if after.controller != Controller::Ecs {
            return;
        }
        for (index, deployment) in after.deployments.iter().enumerate() {
            let earlier = before.deployments.get(index);
            if earlier.is_some_and(|earlier| Arc::ptr_eq(earlier, deployment)) {
                continue;
            }
            let change = Change { service: after, before: earlier.map(AsRef::as_ref), after: deployment, now };
            self.note_hooks(&change);
            self.note_failed_tasks(&change);
            self.note_deployment(&change);
        }
    }

    /// The first failing task is worth an event, and then fewer and fewer: ECS too waits longer from one to the next.
    fn note_failed_tasks(&mut self, change: &Change<'_>) {
        let failed = change.after.failed_tasks;
        if failed > change.before.map_or(0, |before| before.failed_tasks) && failed.is_power_of_two() {
            self.service_action(Kind::Warn, "SERVICE_TASK_START_IMPAIRED", change);
        }
    }

    /// `ECS Service Action`: it names no deployment.
    fn service_action(&mut self, kind: Kind, name: &str, change: &Change<'_>) {
        let detail = json!({
            "eventType": kind.as_str(),
            "eventName": name,
            "clusterArn": self.home.cluster_arn(&change.service.cluster),
            "createdAt": change.now,
        });
        self.send("ECS Service Action", &self.home.service_arn(&change.service.path()), detail, change.now);
    }

    fn send(&mut self, detail_type: &str, resource: &str, detail: Value, now: Timestamp) {
        if self.kept.len() == KEPT {
            self.kept.drain(..KEPT / 2);
        }
        let mut event = Map::new();
        let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
        put("version", "0".into());
        put("id", self.ids.uuid().into());
        put("detail-type", detail_type.into());
        put("source", "aws.ecs".into());
        put("account", self.home.account.as_str().into());
        put("time", whole_seconds(now).to_string().into());
        put("region", self.home.region.as_str().into());
        put("resources", json!([resource]));
        put("detail", detail);
        self.kept.push(event.into());
    }
}

/// A service deployment before and after.
struct Change<'a> {
    service: &'a Service,
    before: Option<&'a Deployment>,
    after: &'a Deployment,
    now: Timestamp,
}

/// EventBridge has no fractions of a second.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
