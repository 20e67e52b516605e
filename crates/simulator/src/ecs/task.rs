//! Tasks: those that run follow from the deployments and are worked out when asked for; those that stopped are kept.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ecs::revision::Revision;
use crate::ids::{fingerprint, scatter};
use crate::time::{after, toml_time};

/// The time for which AWS shows a stopped task: "at least one hour".
const SHOWN_FOR: Duration = Duration::from_hours(1);

/// Of one service. Tasks that fail every few milliseconds must not fill the memory.
const MOST_KEPT: usize = 500;

/// `stopCode` of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the API's, and documented there")]
pub enum StopCode {
    TaskFailedToStart,
    EssentialContainerExited,
    UserInitiated,
    ServiceSchedulerInitiated,
    SpotInterruption,
    TerminationNotice,
    InfrastructureHealth,
}

/// The end of a task.
///
/// ```
/// # use simulator::{DeploymentSeed, StopCode, TaskFailure};
/// DeploymentSeed::of("web:42").stopped_task("Essential container in task exited", Some(1));
/// let pull = TaskFailure::new("CannotPullContainerError: not found", None).container_reason("CannotPullContainerError");
/// let unhealthy = TaskFailure::new("Task failed ELB health checks", Some(143)).code(StopCode::ServiceSchedulerInitiated);
/// DeploymentSeed::of("web:42").stopped(pull).stopped(unhealthy);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFailure {
    /// The task's `stoppedReason`.
    pub reason: String,
    /// The `exitCode` of its first container; none if it never ran.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// If left out, `EssentialContainerExited` with an exit code and `TaskFailedToStart` without one.
    #[serde(default)]
    pub stop_code: Option<StopCode>,
    /// The `reason` of its first container, such as `OutOfMemoryError: Container killed due to memory usage`.
    #[serde(default)]
    pub container_reason: Option<String>,
    /// The time when it stopped. If left out, a minute before the simulation begins, and a minute before the next one of
    /// a list.
    #[serde(default, deserialize_with = "toml_time")]
    pub stopped_at: Option<Timestamp>,
}

impl TaskFailure {
    /// A task that stopped for this reason, its first container with this exit code.
    #[must_use]
    pub fn new(reason: &str, exit_code: Option<i32>) -> Self {
        Self { reason: reason.to_owned(), exit_code, stop_code: None, container_reason: None, stopped_at: None }
    }

    /// Has this stop code.
    #[must_use]
    pub fn code(mut self, stop_code: StopCode) -> Self {
        self.stop_code = Some(stop_code);
        self
    }

    /// Has a first container that gives this reason.
    #[must_use]
    pub fn container_reason(mut self, reason: &str) -> Self {
        self.container_reason = Some(reason.to_owned());
        self
    }

    /// Stopped then.
    #[must_use]
    pub fn at(mut self, stopped_at: Timestamp) -> Self {
        self.stopped_at = Some(stopped_at);
        self
    }

    pub(crate) fn stop_code(&self) -> StopCode {
        let usual =
            if self.exit_code.is_some() { StopCode::EssentialContainerExited } else { StopCode::TaskFailedToStart };
        self.stop_code.unwrap_or(usual)
    }
}

impl Default for TaskFailure {
    /// A crash at start.
    fn default() -> Self {
        Self::new("Essential container in task exited", Some(1))
    }
}

/// A task that has stopped.
#[derive(Clone, Debug)]
pub(crate) struct StoppedTask {
    pub(crate) id: String,
    pub(crate) revision: Arc<Revision>,
    pub(crate) created_at: Timestamp,
    pub(crate) stopped_at: Timestamp,
    pub(crate) end: TaskFailure,
}

/// The tasks of one service that have stopped, in the order in which that became known.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoppedTasks {
    kept: Vec<Arc<StoppedTask>>,
    ever: u64,
}

impl StoppedTasks {
    /// Adds one, of the service at this path, and forgets those that are no longer shown.
    pub(crate) fn add(
        &mut self,
        path: &str,
        revision: &Arc<Revision>,
        created_at: Timestamp,
        stopped_at: Timestamp,
        end: TaskFailure,
    ) {
        self.kept.retain(|task| task.is_shown_at(stopped_at));
        if self.kept.len() >= MOST_KEPT {
            self.kept.remove(0);
        }
        self.ever += 1;
        let id = task_id(path, &format!("{} stopped {}", revision.number, self.ever));
        self.kept.push(Arc::new(StoppedTask { id, revision: Arc::clone(revision), created_at, stopped_at, end }));
    }

    /// Those that AWS still shows then.
    pub(crate) fn shown_at(&self, now: Timestamp) -> impl Iterator<Item = &StoppedTask> {
        self.kept.iter().map(AsRef::as_ref).filter(move |task| task.is_shown_at(now))
    }
}

impl StoppedTask {
    fn is_shown_at(&self, now: Timestamp) -> bool {
        after(self.stopped_at, SHOWN_FOR) > now
    }
}

/// The id of a task, with 32 digits as AWS's have. The first half stands for the service, so that a task is found without
/// looking through all services.
pub(crate) fn task_id(path: &str, which: &str) -> String {
    format!("{}{:016x}", task_ids_of(path), scatter(fingerprint(which)))
}

/// The beginning of the ids of a service's tasks.
pub(crate) fn task_ids_of(path: &str) -> String {
    format!("{:016x}", fingerprint(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stop_code_follows_from_the_exit_code_unless_it_is_said() {
        assert_eq!(TaskFailure::new("x", Some(1)).stop_code(), StopCode::EssentialContainerExited);
        assert_eq!(TaskFailure::new("x", None).stop_code(), StopCode::TaskFailedToStart);
        assert_eq!(TaskFailure::new("x", None).code(StopCode::UserInitiated).stop_code(), StopCode::UserInitiated);
    }

    #[test]
    fn task_ids_have_aws_s_length() {
        assert_eq!(task_id("prod/web", "1").len(), 32);
        assert_ne!(task_id("prod/web", "1"), task_id("prod/web", "2"));
    }
}
