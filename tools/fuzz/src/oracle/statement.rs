//! Statements within an event: JSON objects that may indicate a deployment.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Observed,
    reading::{evidence, leaves, time},
};
use crate::world::Variables;

/// A JSON object that may indicate a deployment, and when the notification around it was published.
pub(super) struct Statement {
    pub(super) object: Value,
    pub(super) published: Option<Timestamp>,
}

impl Observed {
    /// Checks a manual request. `None` if the object is none.
    pub(super) fn requested(&self, Statement { object, .. }: &Statement) -> Option<Result<(), String>> {
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

    /// Checks one of the events of ECS that are signals. `None` if the object is none.
    pub(super) fn reported(
        &self,
        Statement { object, .. }: &Statement,
        variables: &Variables,
    ) -> Option<Result<(), String>> {
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

    /// Checks an alarm in one of its three forms. `None` if the object is none.
    pub(super) fn alarmed(
        &self,
        Statement { object, published }: &Statement,
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
                    // A datapoint does not include its end.
                    Some(ended) => self.is_later(ended - SignedDuration::from_nanos(1), "its data", variables),
                    None => Ok(()),
                })
                .and_then(|()| self.is_young(&sent, variables))
                .and_then(|()| self.is_within_limit(variables))
                .and_then(|()| self.is_named_by(object)),
        )
    }

    /// Requires the names of cluster and service, or their ARN, somewhere in the object.
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
