//! An observation: all that was read about one service at one moment.

mod history;

use jiff::Timestamp;
use serde::Serialize;
use strum::{Display, EnumString};

pub use self::history::{PAGE, newest_in_flight, reaches_back, revisions_of_interest};

/// All that was read about one service at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// The service, if ECS knows it.
    pub service: Option<ObservedService>,
    /// Its service deployments as listed, in no promised order.
    pub history: Vec<ServiceDeployment>,
    /// `true` if ECS lists no others.
    pub history_is_whole: bool,
    /// The newest one that was in flight, as described after the list was read. It may have ended meanwhile.
    pub candidate: Option<Candidate>,
    /// The revisions of its deployments, as far as they were described.
    pub revisions: Vec<Revision>,
    /// A clause that says why revisions were not described, if the call failed.
    pub revisions_gap: Option<String>,
}

impl Observation {
    /// An observation of a service that ECS does not know.
    #[must_use]
    pub fn of_no_service() -> Self {
        Self::default()
    }

    /// The revision with this ARN, if it was described.
    #[must_use]
    pub fn revision(&self, arn: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.arn == arn)
    }

    /// The part that is worth remembering: enough to leave the service alone for the same reasons again.
    #[must_use]
    pub fn abridged(mut self) -> Self {
        let last = self.last_finished().map(|last| last.arn.clone());
        self.history.retain(|deployment| deployment.was_rolled_back() || last.as_ref() == Some(&deployment.arn));
        // What is left out may have succeeded.
        self.history_is_whole = false;
        let candidate = self.candidate.as_ref();
        let sources = candidate.map_or(&[][..], |candidate| &candidate.source_revisions);
        let target = candidate.and_then(|candidate| candidate.deployment.target_revision.as_ref());
        self.revisions.retain(|revision| sources.contains(&revision.arn) || target == Some(&revision.arn));
        self
    }

    /// This observation, after ECS has agreed to roll back.
    #[must_use]
    pub fn with_rollback_requested(mut self) -> Self {
        if let Some(candidate) = &mut self.candidate {
            candidate.deployment.status = Status::RollbackRequested;
        }
        self
    }

    /// The service deployment that ended last.
    #[must_use]
    pub fn last_finished(&self) -> Option<&ServiceDeployment> {
        let described = self.candidate.iter().map(|candidate| &candidate.deployment);
        self.history
            .iter()
            .chain(described)
            .filter(|deployment| deployment.is_over())
            .max_by_key(|deployment| deployment.ended())
    }
}

/// The parts of a service that decisions depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedService {
    /// Its ARN, with the account that answered.
    pub arn: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Its deployment controller: `ECS`, `CODE_DEPLOY`, `EXTERNAL`.
    pub controller: String,
    /// The value of its tag `auto-rollback`.
    pub tag: Option<String>,
    /// Its PRIMARY deployment.
    pub primary: Option<Primary>,
    /// The ARN that ECS gives as the current service deployment: a hint, sometimes late.
    pub current_service_deployment: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// The tasks of each of its revisions that has any.
    pub tasks: Vec<RevisionTasks>,
}

/// The PRIMARY deployment of a service, which brings the desired revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Primary {
    /// Its id: `ecs-svc/N`.
    pub id: String,
    /// Its rollout state by ECS's name. Only rolling deployments have one.
    pub rollout: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// The tasks of one revision of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionTasks {
    /// The number of the revision.
    pub revision: String,
    /// `true` if ECS calls it PRIMARY: the newest revision.
    pub is_primary: bool,
    /// The number of its tasks that failed to start or to become healthy, if ECS reports it.
    pub failed: Option<u32>,
}

impl ObservedService {
    /// Checks that ECS itself deploys it now: `ListServiceDeployments` answers for such services only.
    #[must_use]
    pub fn is_deployed_by_ecs(&self) -> bool {
        self.is_active() && self.has_ecs_controller()
    }

    /// The id of the PRIMARY deployment, if it is newer than all finished ones in `history`: it is in progress, or ECS reports no
    /// state but created it after the last one ended.
    #[must_use]
    pub fn beyond(&self, history: &[ServiceDeployment]) -> Option<&str> {
        let Primary { id, rollout, created } = self.primary.as_ref()?;
        let last = history.iter().filter_map(ServiceDeployment::ended).max();
        let is_newer = match rollout {
            Some(rollout) => rollout == "IN_PROGRESS",
            None => created.zip(last).is_some_and(|(created, last)| created > last),
        };
        is_newer.then_some(id)
    }

    /// Checks that it is in use.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }

    /// Checks that ECS is its deployment controller.
    #[must_use]
    pub fn has_ecs_controller(&self) -> bool {
        self.controller == "ECS"
    }
}

/// One service deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// Its status.
    pub status: Status,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The ARN of the service revision that it brings.
    pub target_revision: Option<String>,
}

impl ServiceDeployment {
    /// When it began: when it started, else when it was created. `None` while it is PENDING and has not started.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.started.or(self.created.filter(|_| self.status != Status::Pending))
    }

    /// When it ended, or the best estimate.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.finished.or(self.created)
    }

    /// Checks that it has ended. An unknown status counts as in flight until ECS gives it an end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match &self.status {
            Status::Successful | Status::Stopped | Status::RollbackSuccessful | Status::RollbackFailed => true,
            Status::Unknown(_) => self.finished.is_some(),
            Status::Pending
            | Status::InProgress
            | Status::StopRequested
            | Status::RollbackRequested
            | Status::RollbackInProgress => false,
        }
    }

    /// Checks that it was rolled back, or that its rollback failed.
    #[must_use]
    pub fn was_rolled_back(&self) -> bool {
        matches!(self.status, Status::RollbackSuccessful | Status::RollbackFailed)
    }

    /// Fills in the times and the revision that this description leaves out from what was listed earlier.
    pub fn fill_in(&mut self, listed: &Self) {
        self.created = self.created.or(listed.created);
        self.started = self.started.or(listed.started);
        self.finished = self.finished.or(listed.finished);
        self.target_revision = self.target_revision.take().or_else(|| listed.target_revision.clone());
    }

    /// The number of the service revision that it brings.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.target_revision.as_deref().map(revision_number)
    }
}

/// The last part of a service revision's ARN: the `N` of `ecs-svc/N`.
#[must_use]
pub fn revision_number(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A service deployment that may be rolled back.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The service deployment.
    pub deployment: ServiceDeployment,
    /// The ARNs of the revisions that it replaces. None: it is the first, and there is nothing to go back to.
    pub source_revisions: Vec<String>,
    /// The id of the PAUSE hook at which it waits for a person.
    pub paused_at: Option<String>,
    /// Its strategy by ECS's name, such as `ROLLING` or `BLUE_GREEN`, if ECS reports it.
    pub strategy: Option<String>,
    /// The number of running tasks of the new revision, if ECS reports it.
    pub running: Option<u32>,
    /// The percentage of production traffic that the new revision gets, if ECS reports it.
    pub production_traffic: Option<f64>,
}

impl Candidate {
    /// A service deployment that replaces these revisions, with all else unknown.
    #[must_use]
    pub fn new(deployment: ServiceDeployment, source_revisions: Vec<String>) -> Self {
        Self { deployment, source_revisions, paused_at: None, strategy: None, running: None, production_traffic: None }
    }
}

/// The newest service deployment of a service, over or not, and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Latest {
    /// The service deployment.
    pub candidate: Candidate,
    /// Its rollback, if one was begun.
    pub rollback: Option<Rollback>,
    /// The reason for its status, in the words of ECS.
    pub status_reason: Option<String>,
    /// The names of the alarms that the service itself has for its deployments.
    pub alarm_names: Vec<String>,
}

impl Latest {
    /// The reason for its rollback, or else for its status, in the words of ECS.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let reason = self.rollback.as_ref().and_then(|rollback| rollback.reason.as_deref());
        reason.or(self.status_reason.as_deref())
    }
}

/// The rollback of a service deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// Its cause, in the words of ECS.
    pub reason: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
}

/// A service revision.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Its ARN.
    #[serde(rename = "serviceRevisionArn")]
    pub arn: String,
    /// The ARN of its task definition.
    pub task_definition: Option<String>,
    /// The images of its containers.
    pub images: Vec<String>,
    /// The ARNs of the target groups that it serves.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub target_groups: Vec<String>,
}

impl Revision {
    /// A revision with a known ARN and all else unknown.
    #[must_use]
    pub fn of_arn(arn: &str) -> Self {
        Self { arn: arn.to_owned(), task_definition: None, images: Vec::new(), target_groups: Vec::new() }
    }

    /// The short name of its task definition: `web:42`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.task_definition.as_deref().map(|arn| arn.rsplit_once('/').map_or(arn, |(_, name)| name))
    }

    /// Checks that it serves a target group, given by its ARN or as metrics name it.
    #[must_use]
    pub fn serves(&self, target_group: &str) -> bool {
        self.target_groups.iter().any(|arn| target_group_key(arn) == target_group_key(target_group))
    }
}

/// The part that the ARN of a target group and its name in metrics have in common: `name/id` of `targetgroup/name/id`.
#[must_use]
pub fn target_group_key(target_group: &str) -> &str {
    let name = target_group.rsplit(':').next().unwrap_or(target_group);
    name.strip_prefix("targetgroup/").unwrap_or(name)
}

/// Tasks that stopped for the same reason.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedTasks {
    /// The reason, in the words of ECS, with the exit code where there is one.
    pub reason: String,
    /// Their number.
    pub count: usize,
}

/// The status of a service deployment, by ECS's names.
#[derive(Debug, Clone, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Created, not started.
    Pending,
    /// In progress, which includes its bake time and its pauses.
    InProgress,
    /// Completed.
    Successful,
    /// Ended without a rollback.
    Stopped,
    /// Being ended without a rollback, as when a newer one supersedes it.
    StopRequested,
    /// About to be rolled back.
    RollbackRequested,
    /// Being rolled back.
    RollbackInProgress,
    /// Rolled back.
    RollbackSuccessful,
    /// The rollback failed.
    RollbackFailed,
    /// A status that this version does not know.
    #[strum(default)]
    Unknown(String),
}
