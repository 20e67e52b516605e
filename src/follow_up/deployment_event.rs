//! ECS's events about the progress of deployments, and how things stand after each.
//!
//! ECS names no rollback in its events: when one ends, `SERVICE_DEPLOYMENT_COMPLETED` names the revision that runs again. The
//! newest service deployment shows what it was.

use jiff::{SignedDuration, Timestamp};
use judgement::{
    Signal,
    observation::{Latest, Status},
    signal::{About, Source},
};

/// An event about the progress of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeploymentEvent {
    progress: Progress,
    /// The number of the revision that it names.
    revision: String,
    /// When it happened, if the event says so.
    pub(super) at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Started,
    Completed,
    Failed,
}

/// The state of a service after such an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A deployment, and not a rollback, has started.
    Started,
    /// A rollback was successful.
    RolledBack,
    /// A rollback has failed.
    RollbackFailed,
}

impl DeploymentEvent {
    /// Reads a signal as such an event, if it is one.
    pub(super) fn of(signal: &Signal) -> Option<Self> {
        let (Source::Ecs, Some(About::Revision(revision))) = (signal.source, &signal.about) else { return None };
        let progress = match signal.name.as_str() {
            "SERVICE_DEPLOYMENT_IN_PROGRESS" => Progress::Started,
            "SERVICE_DEPLOYMENT_COMPLETED" => Progress::Completed,
            "SERVICE_DEPLOYMENT_FAILED" => Progress::Failed,
            _ => return None,
        };
        Some(Self { progress, revision: revision.clone(), at: signal.began })
    }

    /// The state that the event and the newest deployment show together. `None` if nobody needs to know.
    pub(super) fn state(&self, latest: &Latest) -> Option<State> {
        /// Events are dated in whole seconds.
        const GRAIN: SignedDuration = SignedDuration::from_secs(1);
        let deployment = &latest.candidate.deployment;
        let is_earlier = |(at, created): (Timestamp, Timestamp)| at.duration_until(created) > GRAIN;
        if self.at.zip(deployment.created).is_some_and(is_earlier) {
            return None;
        }
        let is_target = deployment.revision() == Some(&self.revision);
        match (self.progress, &deployment.status) {
            (Progress::Started, Status::Pending | Status::InProgress) if is_target => Some(State::Started),
            (Progress::Completed, Status::RollbackSuccessful) => Some(State::RolledBack),
            // The event may be ahead of the deployment that is read.
            (Progress::Completed, Status::RollbackRequested | Status::RollbackInProgress) if !is_target => {
                Some(State::RolledBack)
            }
            (Progress::Failed, Status::RollbackFailed) => Some(State::RollbackFailed),
            _ => None,
        }
    }
}
