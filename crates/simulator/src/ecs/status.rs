//! The enumerations of the API model that the state machine moves through.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of a service deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Created, not begun.
    Pending,
    /// Launching, shifting traffic, baking or waiting at a hook.
    InProgress,
    /// A newer deployment, or failure detection without rollback, asked it to stop.
    StopRequested,
    /// Stopped without a rollback.
    Stopped,
    /// A rollback was requested and has not begun.
    RollbackRequested,
    /// Rolling back to the source revision.
    RollbackInProgress,
    /// Back on the source revision.
    RollbackSuccessful,
    /// The rollback failed.
    RollbackFailed,
    /// Done.
    Successful,
    /// A status that the API model does not have, such as the developer guide's `STOP_IN_PROGRESS`.
    #[serde(untagged)]
    Other(String),
}

impl Status {
    /// As on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::StopRequested => "STOP_REQUESTED",
            Self::Stopped => "STOPPED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::Successful => "SUCCESSFUL",
            Self::Other(other) => other,
        }
    }

    /// True if the deployment is over. With an unknown status it is not.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed | Self::Successful)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The lifecycle stage of a service deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the API's, and say it")]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl Stage {
    /// The stage that `lifecycleStage` shows. Hooks know one stage that the API model does not let a deployment be in.
    pub(crate) fn shown(self) -> Self {
        match self {
            Self::PreProductionTrafficShift => Self::PostTestTrafficShift,
            other => other,
        }
    }
}

/// The status of a detection of ECS during a service deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Monitor {
    Triggered,
    Monitoring,
    MonitoringComplete,
    Disabled,
}

/// The deployment controller of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Controller {
    /// ECS itself: the only one that has service deployments.
    #[default]
    Ecs,
    /// AWS `CodeDeploy`, by task sets.
    CodeDeploy,
    /// A third party, by task sets.
    External,
}

/// The end of a rollback that was requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackEnd {
    /// `ROLLBACK_SUCCESSFUL`
    #[default]
    Successful,
    /// `ROLLBACK_FAILED`
    Failed,
    /// `SUCCESSFUL`: the deployment was at its end before the request took hold.
    CompletedFirst,
    /// `STOPPED`
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_keeps_its_name_through_json_even_an_unknown_one() {
        for name in ["PENDING", "ROLLBACK_SUCCESSFUL", "STOP_REQUESTED", "STOP_IN_PROGRESS"] {
            let status: Status = serde_json::from_value(name.into()).unwrap();
            assert_eq!(status.as_str(), name);
            assert_eq!(serde_json::to_value(&status).unwrap(), name);
        }
    }
}
