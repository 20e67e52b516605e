//! What really became of a deployment, without the function.

use jiff::Timestamp;
use judgement::observation::Status;
use serde::Serialize;

use crate::{aws::Deployment, past::Past};

/// What became of a deployment without the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Happened {
    /// ECS rolled it back, by itself or because a person asked.
    RolledBack {
        /// The time from the signal to the beginning of the rollback, in seconds.
        after_seconds: i64,
        /// The reason, in the words of ECS.
        why: Option<String>,
    },
    /// A later deployment went back to what ran before.
    UndoneByDeployment {
        /// The time from the signal to the later deployment, in seconds.
        after_seconds: i64,
        /// When the later deployment was created.
        at: Timestamp,
    },
    /// A later deployment brought something else.
    Replaced {
        /// The time from the signal to the later deployment, in seconds.
        after_seconds: i64,
        /// When the later deployment was created.
        at: Timestamp,
    },
    /// It ended without success and without a rollback.
    Stopped,
    /// It is still in flight.
    InFlight,
    /// It stayed: nobody undid it.
    Stayed,
}

impl Happened {
    /// What became of a deployment after a change to ALARM at `change`.
    pub(super) fn to(deployment: &Deployment, past: &Past, change: Timestamp) -> Self {
        let after = |time: Timestamp| time.duration_since(change).as_secs();
        let rollback = deployment.rollback.as_ref();
        let started =
            rollback.and_then(|rollback| rollback.started).or(deployment.stopped).or(deployment.listed.finished);
        let is_back = matches!(
            deployment.listed.status,
            Status::RollbackRequested
                | Status::RollbackInProgress
                | Status::RollbackSuccessful
                | Status::RollbackFailed
        );
        if let Some(started) = started.filter(|_| rollback.is_some() || is_back) {
            let why =
                rollback.and_then(|rollback| rollback.reason.clone()).or_else(|| deployment.status_reason.clone());
            return Self::RolledBack { after_seconds: after(started), why };
        }
        let later = past.deployments.iter().filter(|later| later.listed.created > deployment.listed.created);
        let next = later.min_by_key(|later| later.listed.created);
        let Some((next, at)) = next.and_then(|next| Some((next, next.listed.created?))) else {
            return match deployment.listed.status {
                Status::Stopped => Self::Stopped,
                _ if deployment.listed.is_over() => Self::Stayed,
                _ => Self::InFlight,
            };
        };
        let before = deployment.source_revisions.first().and_then(|arn| past.task_definition(arn));
        let brings = next.listed.target_revision.as_deref().and_then(|arn| past.task_definition(arn));
        if brings.is_some() && before == brings {
            Self::UndoneByDeployment { after_seconds: after(at), at }
        } else {
            Self::Replaced { after_seconds: after(at), at }
        }
    }

    /// The time by which the function would have been earlier, if somebody undid it, in seconds.
    pub(super) fn earlier_by(&self) -> Option<i64> {
        match self {
            Self::RolledBack { after_seconds, .. } | Self::UndoneByDeployment { after_seconds, .. } => {
                Some(*after_seconds)
            }
            Self::Replaced { .. } | Self::Stopped | Self::InFlight | Self::Stayed => None,
        }
    }
}
