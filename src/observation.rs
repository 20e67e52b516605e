//! An observation: all that was read about one service at one moment.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;

/// All that was read about one service at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The service, if ECS knows it.
    pub service: Option<Service>,
    /// Its service deployments as listed, in no promised order.
    pub history: Vec<ServiceDeployment>,
    /// The newest one that was in flight, as described after the list was read. It may have ended meanwhile.
    pub candidate: Option<Candidate>,
}

impl Observation {
    /// What is known of a service that ECS does not know.
    #[must_use]
    pub fn of_no_service() -> Self {
        Self { service: None, history: Vec::new(), candidate: None }
    }

    /// The same, after ECS has agreed to roll back.
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

/// What matters of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its ARN, which tells the account that was really asked.
    pub arn: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Who deploys it: `ECS`, `CODE_DEPLOY`, `EXTERNAL`.
    pub controller: String,
    /// The value of its tag `auto-rollback`.
    pub tag: Option<String>,
    /// The id (`ecs-svc/N`) of the PRIMARY deployment while it is in progress.
    pub primary_in_progress: Option<String>,
    /// The ARN that ECS gives as the current service deployment: a hint, sometimes late.
    pub current_service_deployment: Option<String>,
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
    /// When it began: when it started, or was created if it has not started yet.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.started.or(self.created)
    }

    /// When it ended, or the best that is known of that.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.finished.or(self.created)
    }

    /// Whether it has come to its end. A status that we do not know counts as in flight until ECS gives it an end.
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

    /// Takes from what was listed earlier the times and the revision that this description leaves out.
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

/// The service deployments in flight, the newest first, so many at most.
#[must_use]
pub fn newest_in_flight(deployments: &[ServiceDeployment], most: usize) -> Vec<&ServiceDeployment> {
    let mut in_flight: Vec<_> = deployments.iter().filter(|deployment| !deployment.is_over()).collect();
    in_flight.sort_by_key(|deployment| Reverse(deployment.created));
    in_flight.truncate(most);
    in_flight
}

/// A service deployment that may be rolled back, with what decides whether it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The service deployment.
    pub deployment: ServiceDeployment,
    /// The ARNs of the revisions that it replaces. None: it is the first, and there is nothing to go back to.
    pub source_revisions: Vec<String>,
    /// The id of the PAUSE hook at which it waits for a person.
    pub paused_at: Option<String>,
}

/// The newest service deployment of a service, whether it is over or not, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The service deployment.
    pub candidate: Candidate,
    /// Its rollback, if one was begun.
    pub rollback: Option<Rollback>,
    /// Why it has its status, in the words of ECS.
    pub status_reason: Option<String>,
    /// The names of the alarms that the service itself has for its deployments.
    pub alarm_names: Vec<String>,
}

/// The rollback of a service deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// Who or what began it, in the words of ECS.
    pub reason: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
}

/// A service revision: what runs.
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
}

impl Revision {
    /// The task definition as people name it: `web:42`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.task_definition.as_deref().map(|arn| arn.rsplit_once('/').map_or(arn, |(_, name)| name))
    }
}

/// Tasks that stopped for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedTasks {
    /// The reason, in the words of ECS, with the exit code where there is one.
    pub reason: String,
    /// How many there are.
    pub count: usize,
}

/// The status of a service deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Created, not started.
    Pending,
    /// On its way, which includes its bake time and its pauses.
    InProgress,
    /// Done, and well.
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
    Unknown(String),
}

impl Status {
    /// ECS's name of the status.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Stopped => "STOPPED",
            Self::StopRequested => "STOP_REQUESTED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::Unknown(name) => name,
        }
    }
}

impl From<&str> for Status {
    fn from(name: &str) -> Self {
        match name {
            "PENDING" => Self::Pending,
            "IN_PROGRESS" => Self::InProgress,
            "SUCCESSFUL" => Self::Successful,
            "STOPPED" => Self::Stopped,
            "STOP_REQUESTED" => Self::StopRequested,
            "ROLLBACK_REQUESTED" => Self::RollbackRequested,
            "ROLLBACK_IN_PROGRESS" => Self::RollbackInProgress,
            "ROLLBACK_SUCCESSFUL" => Self::RollbackSuccessful,
            "ROLLBACK_FAILED" => Self::RollbackFailed,
            _ => Self::Unknown(name.to_owned()),
        }
    }
}
