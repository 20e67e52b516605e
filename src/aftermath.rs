//! The aftermath: what an event of ECS about the course of a deployment means, when the newest deployment is looked at.
//!
//! ECS names no rollback in its events: when one ends, `SERVICE_DEPLOYMENT_COMPLETED` names the revision that runs again. The
//! newest service deployment tells what it was.

use jiff::{SignedDuration, Timestamp};

use crate::{
    observation::{Latest, Revision, ServiceDeployment, Status},
    signal::{About, Signal, Source},
    target::Target,
};

/// What ECS tells about a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Course {
    /// It has begun.
    Begun,
    /// It is complete.
    Completed,
    /// It has failed.
    Failed,
}

/// An event about the course of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn<'a> {
    /// What it tells.
    pub course: Course,
    /// The number of the revision that it names.
    pub revision: &'a str,
    /// When it happened, as far as the event tells.
    pub at: Option<Timestamp>,
}

impl<'a> Turn<'a> {
    /// Reads a signal as such an event, if it is one.
    #[must_use]
    pub fn of(signal: &'a Signal) -> Option<Self> {
        let (Source::Ecs, Some(About::Revision(revision))) = (signal.source, &signal.about) else { return None };
        let course = match signal.name.as_str() {
            "SERVICE_DEPLOYMENT_IN_PROGRESS" => Course::Begun,
            "SERVICE_DEPLOYMENT_COMPLETED" => Course::Completed,
            "SERVICE_DEPLOYMENT_FAILED" => Course::Failed,
            _ => return None,
        };
        Some(Self { course, revision, at: signal.began })
    }
}

/// How things stand after such an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A deployment, and not a rollback, has begun.
    Begun,
    /// A rollback has ended as it should.
    RolledBack,
    /// A rollback has failed.
    RollbackFailed,
}

/// How things stand after an event. `None`: nothing that anybody has to hear of.
#[must_use]
pub fn state(turn: &Turn<'_>, latest: &Latest) -> Option<State> {
    /// Events are dated in whole seconds.
    const GRAIN: SignedDuration = SignedDuration::from_secs(1);
    let deployment = &latest.candidate.deployment;
    let is_about_an_earlier_one = turn.at.zip(deployment.created).is_some_and(|(at, created)| at + GRAIN < created);
    if is_about_an_earlier_one {
        return None;
    }
    let is_target = deployment.revision() == Some(turn.revision);
    match (turn.course, &deployment.status) {
        (Course::Begun, Status::Pending | Status::InProgress) if is_target => Some(State::Begun),
        (Course::Completed, Status::RollbackSuccessful) => Some(State::RolledBack),
        // The event may be ahead of what is read.
        (Course::Completed, Status::RollbackRequested | Status::RollbackInProgress) if !is_target => {
            Some(State::RolledBack)
        }
        (Course::Failed, Status::RollbackFailed) => Some(State::RollbackFailed),
        _ => None,
    }
}

/// What came after a decision: the end of a rollback, or the beginning of a deployment that somebody should know about.
#[derive(Debug, Clone, PartialEq)]
pub struct Aftermath {
    /// What it is.
    pub event: Event,
    /// The service.
    pub service: Target,
    /// Its newest service deployment.
    pub latest: Latest,
    /// When ECS said so, or when it was seen.
    pub at: Timestamp,
}

/// The events that somebody should know about.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A rollback has ended, well or not.
    RollbackEnded {
        /// Whether the earlier revision runs again.
        is_successful: bool,
        /// How long it took.
        took: Option<SignedDuration>,
        /// The time since the signal for which this function asked for it, as far as that is remembered.
        since_signal: Option<SignedDuration>,
    },
    /// A deployment brings what was rolled back before.
    Redeployed {
        /// The deployment that was rolled back.
        before: ServiceDeployment,
    },
    /// A deployment has begun while alarms of it were in ALARM.
    Unprotected {
        /// Their names.
        alarms: Vec<String>,
    },
}

/// The service revisions that tell whether the newest deployment brings what was rolled back before: its own, and those of the
/// deployments before it, the newest first, so many in all.
#[must_use]
pub fn to_compare(latest: &Latest, history: &[ServiceDeployment], most: usize) -> Vec<String> {
    let mut arns: Vec<String> = Vec::new();
    for deployment in std::iter::once(&latest.candidate.deployment).chain(earlier(latest, history)) {
        let Some(arn) = &deployment.target_revision else { continue };
        if arns.len() < most && !arns.contains(arn) {
            arns.push(arn.clone());
        }
    }
    // With nothing rolled back there is nothing to compare.
    if earlier(latest, history).iter().any(|deployment| was_rolled_back(deployment)) { arns } else { Vec::new() }
}

/// The earlier deployment of what the newest one brings, if that was rolled back and has not succeeded since.
#[must_use]
pub fn rolled_back_before<'a>(
    latest: &Latest,
    history: &'a [ServiceDeployment],
    revisions: &[Revision],
) -> Option<&'a ServiceDeployment> {
    let brings = |deployment: &ServiceDeployment| {
        let arn = deployment.target_revision.as_ref()?;
        revisions.iter().find(|revision| revision.arn == *arn)?.task_definition.as_ref()
    };
    let brought = brings(&latest.candidate.deployment)?;
    let before = earlier(latest, history).into_iter().find(|deployment| brings(deployment) == Some(brought))?;
    was_rolled_back(before).then_some(before)
}

/// The deployments before the newest that came to an end of their own, the newest first. One that was superseded shows nothing.
fn earlier<'a>(latest: &Latest, history: &'a [ServiceDeployment]) -> Vec<&'a ServiceDeployment> {
    let newest = &latest.candidate.deployment;
    let mut earlier: Vec<_> = history
        .iter()
        .filter(|deployment| deployment.arn != newest.arn && deployment.created <= newest.created)
        .filter(|deployment| deployment.status == Status::Successful || was_rolled_back(deployment))
        .collect();
    earlier.sort_by_key(|deployment| std::cmp::Reverse(deployment.created));
    earlier
}

fn was_rolled_back(deployment: &ServiceDeployment) -> bool {
    matches!(deployment.status, Status::RollbackSuccessful | Status::RollbackFailed)
}

/// How long a rollback took, or has taken until `ended`.
#[must_use]
pub fn took(latest: &Latest, ended: Timestamp) -> Option<SignedDuration> {
    let started = latest.rollback.as_ref()?.started?;
    Some(ended.duration_since(started)).filter(|took| !took.is_negative())
}
