//! A service deployment as it is when the simulation begins.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::ecs::counts::RevisionCounts;
use crate::ecs::status::{RollbackEnd, Stage, Status};
use crate::ecs::task::TaskFailure;
use crate::time::{some_seconds, toml_time};

/// A service deployment. Members that are left out get plausible values.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentSeed {
    /// `family:revision`
    pub task_definition: Option<String>,
    /// `SUCCESSFUL` among the finished and `IN_PROGRESS` among the others if left out; also one that the API does not know.
    pub status: Option<Status>,
    /// The last part of the service deployment's ARN.
    pub id: Option<String>,
    /// The number of the service revision that is deployed: the `N` of `ecs-svc/N`.
    pub revision: Option<String>,
    /// If left out: a day ago for a finished one, ten minutes ago for one in flight.
    #[serde(deserialize_with = "toml_time")]
    pub created_at: Option<Timestamp>,
    /// Two seconds after it was created if left out, but never for a pending one.
    #[serde(deserialize_with = "toml_time")]
    pub started_at: Option<Timestamp>,
    /// True if `startedAt` is missing.
    pub never_started: Option<bool>,
    /// Six minutes after it was created if left out.
    #[serde(deserialize_with = "toml_time")]
    pub finished_at: Option<Timestamp>,
    /// If left out, what ECS writes for that status.
    pub status_reason: Option<String>,
    /// Numbers of its source revisions; if left out, the one that was deployed successfully before it, if any.
    pub sources: Option<Vec<String>>,
    /// The stage that it is in; `BAKE_TIME` if left out.
    pub stage: Option<Stage>,
    /// The number of seconds for which it stays as seeded, from the beginning of the simulation on. A day if left out.
    #[serde(deserialize_with = "some_seconds")]
    pub stays: Option<Duration>,
    /// The number of seconds after its creation in which it cannot be listed or described. None if left out.
    #[serde(deserialize_with = "some_seconds")]
    pub unlisted_for: Option<Duration>,
    /// The id of the PAUSE hook at which it waits, at the stage above.
    pub paused_by: Option<String>,
    /// The end of a rollback of it.
    pub rollback_ends: Option<RollbackEnd>,
    /// The image of its container; one in the account's own registry, named as the task definition, if left out.
    pub image: Option<String>,
    /// Tasks of it that have stopped, oldest first.
    pub stopped_tasks: Option<Vec<TaskFailure>>,
    /// `failedTasks` of its revision in `DescribeServices`; none if left out.
    pub failed_tasks: Option<u32>,
    /// The counts of its target revision, in place of those that follow from its stage, for as long as it stays as seeded.
    /// Members left out are not answered.
    pub target_counts: Option<RevisionCounts>,
    /// The same of its first source revision.
    pub source_counts: Option<RevisionCounts>,
    /// The ARNs of the target groups that its revision serves; those that follow from the strategy if left out.
    pub serves: Option<Vec<String>>,
    /// Further members of its service revision, as the API has them: they replace those of the service's seed.
    pub revision_members: Option<Map<String, Value>>,
}

impl DeploymentSeed {
    /// A deployment of this task definition (`family:revision`).
    #[must_use]
    pub fn of(task_definition: &str) -> Self {
        Self { task_definition: Some(task_definition.to_owned()), ..Self::default() }
    }

    /// Has this status.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Has an ARN that ends in this id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Deploys the service revision with this number.
    #[must_use]
    pub fn revision(mut self, number: &str) -> Self {
        self.revision = Some(number.to_owned());
        self
    }

    /// Was created then.
    #[must_use]
    pub fn created(mut self, at: Timestamp) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Was started then.
    #[must_use]
    pub fn started(mut self, at: Timestamp) -> Self {
        self.started_at = Some(at);
        self
    }

    /// Has no `startedAt`.
    #[must_use]
    pub fn never_started(mut self) -> Self {
        self.never_started = Some(true);
        self
    }

    /// Was over then.
    #[must_use]
    pub fn finished(mut self, at: Timestamp) -> Self {
        self.finished_at = Some(at);
        self
    }

    /// Has these source revisions. None is what a first deployment has.
    #[must_use]
    pub fn sources(mut self, numbers: &[&str]) -> Self {
        self.sources = Some(numbers.iter().map(ToString::to_string).collect());
        self
    }

    /// Is in this stage.
    #[must_use]
    pub fn stage(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Stays as it is for this time, counted from the beginning of the simulation.
    #[must_use]
    pub fn stays(mut self, duration: Duration) -> Self {
        self.stays = Some(duration);
        self
    }

    /// Cannot be listed or described within this time of its creation.
    #[must_use]
    pub fn unlisted_for(mut self, duration: Duration) -> Self {
        self.unlisted_for = Some(duration);
        self
    }

    /// Waits at the PAUSE hook with this id, at this stage.
    #[must_use]
    pub fn paused_by(mut self, hook_id: &str, stage: Stage) -> Self {
        self.paused_by = Some(hook_id.to_owned());
        self.stage(stage)
    }

    /// Ends a rollback in this way.
    #[must_use]
    pub fn rollback_ends(mut self, end: RollbackEnd) -> Self {
        self.rollback_ends = Some(end);
        self
    }

    /// Runs this image.
    #[must_use]
    pub fn image(mut self, image: &str) -> Self {
        self.image = Some(image.to_owned());
        self
    }

    /// Has a task that stopped for this reason, with this exit code. The last one given stopped last.
    #[must_use]
    pub fn stopped_task(self, reason: &str, exit_code: Option<i32>) -> Self {
        self.stopped(TaskFailure::new(reason, exit_code))
    }

    /// Has this stopped task. The last one given stopped last.
    #[must_use]
    pub fn stopped(mut self, task: TaskFailure) -> Self {
        self.stopped_tasks.get_or_insert_default().push(task);
        self
    }

    /// Has a revision of which this many tasks failed to start.
    #[must_use]
    pub fn failed_tasks(mut self, count: u32) -> Self {
        self.failed_tasks = Some(count);
        self
    }

    /// Has a target revision of which ECS answers exactly these counts, whatever the stage.
    #[must_use]
    pub fn target(mut self, counts: RevisionCounts) -> Self {
        self.target_counts = Some(counts);
        self
    }

    /// Has a first source revision of which ECS answers exactly these counts, whatever the stage.
    #[must_use]
    pub fn source(mut self, counts: RevisionCounts) -> Self {
        self.source_counts = Some(counts);
        self
    }

    /// Has a revision that serves this target group, whatever the strategy. May be given more than once.
    #[must_use]
    pub fn serving(mut self, target_group_arn: &str) -> Self {
        self.serves.get_or_insert_default().push(target_group_arn.to_owned());
        self
    }

    /// Has a service revision with this member, as the API has it.
    #[must_use]
    pub fn revision_member(mut self, name: &str, value: Value) -> Self {
        self.revision_members.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    /// Takes the members that it leaves out from these defaults, where `{service}` stands for the service's name.
    pub(crate) fn or(self, defaults: &Self, service: &str) -> Self {
        let named = |default: &Option<String>| default.as_ref().map(|default| default.replace("{service}", service));
        Self {
            task_definition: self.task_definition.or_else(|| named(&defaults.task_definition)),
            status: self.status.or_else(|| defaults.status.clone()),
            id: self.id.or_else(|| defaults.id.clone()),
            revision: self.revision.or_else(|| defaults.revision.clone()),
            created_at: self.created_at.or(defaults.created_at),
            started_at: self.started_at.or(defaults.started_at),
            never_started: self.never_started.or(defaults.never_started),
            finished_at: self.finished_at.or(defaults.finished_at),
            status_reason: self.status_reason.or_else(|| defaults.status_reason.clone()),
            sources: self.sources.or_else(|| defaults.sources.clone()),
            stage: self.stage.or(defaults.stage),
            stays: self.stays.or(defaults.stays),
            unlisted_for: self.unlisted_for.or(defaults.unlisted_for),
            paused_by: self.paused_by.or_else(|| defaults.paused_by.clone()),
            rollback_ends: self.rollback_ends.or(defaults.rollback_ends),
            image: self.image.or_else(|| named(&defaults.image)),
            stopped_tasks: self.stopped_tasks.or_else(|| defaults.stopped_tasks.clone()),
            failed_tasks: self.failed_tasks.or(defaults.failed_tasks),
            target_counts: self.target_counts.or_else(|| defaults.target_counts.clone()),
            source_counts: self.source_counts.or_else(|| defaults.source_counts.clone()),
            serves: self.serves.or_else(|| defaults.serves.clone()),
            revision_members: self.revision_members.or_else(|| defaults.revision_members.clone()),
        }
    }
}
