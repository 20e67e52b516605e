//! What really happened: to the deployment, and to the alarm.

use std::collections::BTreeMap;

use ecs_auto_rollback::Found;
use jiff::{SignedDuration, Timestamp};
use judgement::{
    Location,
    observation::{Revision, Status},
};

use super::incident::Happened;
use crate::{
    alarm::{Alarm, Change},
    aws::{Deployment, History},
    past::Past,
};

/// The longest time between a change of state and the record of the action that follows it.
const ACTS_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// The changes and actions of each alarm, oldest first.
pub(super) struct Alarms<'a> {
    changes: BTreeMap<&'a str, Vec<&'a Change>>,
    acted: BTreeMap<&'a str, Vec<Timestamp>>,
}

impl<'a> Alarms<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut alarms = Self { changes: BTreeMap::new(), acted: BTreeMap::new() };
        for change in &history.changes {
            alarms.changes.entry(&change.alarm).or_default().push(change);
        }
        for executed in &history.actions {
            alarms.acted.entry(&executed.alarm).or_default().push(executed.at);
        }
        alarms
    }

    /// The time from a change to ALARM to the next change of the same series.
    pub(super) fn in_alarm_for(&self, change: &Change) -> Option<SignedDuration> {
        let is_next = |next: &&&Change| next.at > change.at && next.contributor == change.contributor;
        let next = self.changes.get(change.alarm.as_str())?.iter().find(is_next)?;
        Some(next.at.duration_since(change.at))
    }

    /// Whether the alarm did something after the change. `None` if it has nothing to do.
    pub(super) fn acted(&self, change: &Change, alarm: Option<&Alarm>) -> Option<bool> {
        let acted = self.acted.get(change.alarm.as_str()).is_some_and(|times| {
            times.iter().any(|at| *at >= change.at && at.duration_since(change.at) <= ACTS_WITHIN)
        });
        let has_actions = alarm.is_some_and(|alarm| alarm.actions_enabled && !alarm.actions.is_empty());
        (acted || has_actions).then_some(acted)
    }

    /// The services with the data that the children of a composite alarm judged then.
    pub(super) fn with_data_of_then(
        &self,
        mut found: Found,
        change: &Change,
        alarms: &BTreeMap<&str, &Alarm>,
        home: &Location,
    ) -> Found {
        for trouble in found.troubles.values_mut().flatten() {
            let until = trouble.began.unwrap_or(change.at).max(change.at);
            let last = self
                .changes
                .get(trouble.name.as_str())
                .and_then(|changes| changes.iter().rev().find(|child| child.at <= until && child.to == "ALARM"));
            let signal =
                last.zip(alarms.get(trouble.name.as_str())).and_then(|(child, alarm)| alarm.signal(child, home).ok());
            if let Some(signal) = signal {
                trouble.began = signal.began;
                trouble.run = signal.run;
            }
        }
        found
    }
}

/// What became of a deployment after a change to ALARM.
pub(super) fn happened(deployment: &Deployment, past: &Past, change: &Change, _: &Alarms<'_>) -> Happened {
    let after = |time: Timestamp| time.duration_since(change.at).as_secs();
    if let Some(rollback) = &deployment.rollback
        && let Some(started) = rollback.started.or(deployment.stopped).or(deployment.listed.finished)
    {
        return Happened::RolledBack { after_seconds: after(started), why: rollback.reason.clone() };
    }
    if matches!(deployment.listed.status, Status::RollbackSuccessful | Status::RollbackFailed) {
        let at = deployment.stopped.or(deployment.listed.finished).unwrap_or(change.at);
        return Happened::RolledBack { after_seconds: after(at), why: deployment.status_reason.clone() };
    }
    let later = past.deployments.iter().filter(|later| later.listed.created > deployment.listed.created);
    let next = later.min_by_key(|later| later.listed.created);
    let Some((next, at)) = next.and_then(|next| Some((next, next.listed.created?))) else { return Happened::Stayed };
    let task_definition = |arn: Option<&String>| {
        let revision = |revision: &&Revision| Some(&revision.arn) == arn;
        past.revisions.iter().find(revision).and_then(|revision| revision.task_definition.clone())
    };
    let before = task_definition(deployment.source_revisions.first());
    let brings = task_definition(next.listed.target_revision.as_ref());
    let goes_back = brings.is_some() && before == brings;
    if goes_back {
        Happened::UndoneByDeployment { after_seconds: after(at), at }
    } else {
        Happened::Replaced { after_seconds: after(at), at }
    }
}
