//! Verdicts: how a decision or AWS's answer is reported, and the reasons, their one home.

use serde::Serialize;
use strum::{Display, IntoStaticStr, VariantArray};

/// A reason with its sentence and the deployment it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verdict {
    /// The reason.
    pub reason: Reason,
    /// The reason in one English sentence.
    pub detail: String,
    /// The ARN of the service deployment that it is about, if there is one.
    pub deployment: Option<String>,
}

impl Verdict {
    /// A verdict that is about no service deployment.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), deployment: None }
    }

    /// The same verdict, about this service deployment.
    #[must_use]
    pub fn about(self, arn: &str) -> Self {
        Self { deployment: Some(arn.to_owned()), ..self }
    }

    /// The outcome that its reason stands for.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.reason.outcome()
    }

    /// Checks whether a retry or a person is needed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.outcome() == Outcome::Failed
    }
}

/// The outcome of one signal for one service, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, IntoStaticStr, VariantArray, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// ECS was asked to roll back, and agreed.
    RolledBack,
    /// ECS would have been asked, were it not for observe mode.
    WouldRollBack,
    /// Nothing had to be done, or it was being done already.
    NoOp,
    /// The function may not act on the service, or not on this signal.
    Skipped,
    /// The event needs no action.
    Ignored,
    /// The work failed: a retry or a person is needed.
    Failed,
}

impl Outcome {
    /// The name in responses and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The reason of a verdict. The order is that of the decision table.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, IntoStaticStr, VariantArray, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The alarm is going to another state than ALARM.
    NotInAlarm,
    /// The alarm is not among those listed for rollback.
    AlarmNotListed,
    /// The alarm belongs to Application Auto Scaling.
    ScalingAlarm,
    /// The event is news and needs no action.
    InformationalEvent,
    /// The alarm's actions are suppressed.
    AlarmSuppressed,
    /// The alarm's actions are muted.
    AlarmMuted,
    /// The event is older than the age limit.
    StaleSignal,
    /// Nothing says which service the signal is about.
    Unmapped,
    /// Two readings of the signal disagree about the service.
    Ambiguous,
    /// The service is outside the allowed ones.
    NotAllowed,
    /// The service is in an account or Region that is not served.
    ForeignAccount,
    /// The service does not exist or is not active.
    ServiceNotFound,
    /// Another controller than ECS deploys the service.
    UnsupportedController,
    /// The service is switched off by its tag or a setting.
    Held,
    /// The service has no deployment in flight.
    NothingInFlight,
    /// The deployment had completed before the signal arrived, too late for a rollback.
    TooLate,
    /// The signal is about another deployment than the one in flight.
    DifferentDeployment,
    /// The deployment is being rolled back already.
    AlreadyRollingBack,
    /// The deployment is being stopped already.
    AlreadyStopping,
    /// ECS reports a status that this version does not know.
    UnknownStatus,
    /// The signal began before the deployment did.
    SignalPredatesDeployment,
    /// The trouble began before the deployment did, by the data that the alarm evaluated.
    EvidencePredatesDeployment,
    /// The new revision cannot have caused it: none of its tasks runs, or it gets no production traffic.
    NotServing,
    /// Its tasks stop because there is no capacity for them.
    NoCapacity,
    /// There is no earlier revision to go back to.
    FirstDeployment,
    /// The deployment itself goes back to an earlier revision.
    WayBack,
    /// The service was rolled back too often in the window.
    RollbackLimit,
    /// The function only observes this service.
    ObserveMode,
    /// ECS was asked to stop the deployment and roll it back.
    StopRequested,
    /// ECS was asked to roll back a deployment that waits at a PAUSE hook.
    ContinueRequested,
    /// ECS does not know the service deployment (any more).
    DeploymentNotFound,
    /// The deployment ended before ECS could be asked.
    AlreadyFinished,
    /// ECS kept answering with a conflict although the deployment is in flight.
    Conflict,
    /// The function's role may not make the call.
    AccessDenied,
    /// ECS refused a parameter.
    InvalidParameter,
    /// The Region does not support the call.
    UnsupportedFeature,
    /// ECS refused the call for another reason on the caller's side.
    ClientError,
    /// ECS failed.
    ServerError,
    /// ECS kept throttling.
    Throttled,
    /// ECS did not answer in time, or could not be reached.
    Unreachable,
}

impl Reason {
    /// The stable kebab-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The outcome that this reason stands for.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NotInAlarm
            | Self::AlarmNotListed
            | Self::ScalingAlarm
            | Self::InformationalEvent
            | Self::AlarmSuppressed
            | Self::AlarmMuted => Outcome::Ignored,
            Self::StaleSignal
            | Self::Unmapped
            | Self::Ambiguous
            | Self::NotAllowed
            | Self::ForeignAccount
            | Self::ServiceNotFound
            | Self::UnsupportedController
            | Self::Held
            | Self::DifferentDeployment
            | Self::UnknownStatus
            | Self::SignalPredatesDeployment
            | Self::EvidencePredatesDeployment
            | Self::NotServing
            | Self::NoCapacity
            | Self::FirstDeployment
            | Self::WayBack
            | Self::RollbackLimit => Outcome::Skipped,
            Self::NothingInFlight
            | Self::TooLate
            | Self::AlreadyRollingBack
            | Self::AlreadyStopping
            | Self::DeploymentNotFound
            | Self::AlreadyFinished
            | Self::Conflict => Outcome::NoOp,
            Self::ObserveMode => Outcome::WouldRollBack,
            Self::StopRequested | Self::ContinueRequested => Outcome::RolledBack,
            Self::AccessDenied
            | Self::InvalidParameter
            | Self::UnsupportedFeature
            | Self::ClientError
            | Self::ServerError
            | Self::Throttled
            | Self::Unreachable => Outcome::Failed,
        }
    }

    /// The name in `PascalCase`, as Lambda's `errorType` has it.
    #[must_use]
    pub fn error_type(self) -> String {
        format!("{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_error_type_in_the_contract() {
        let failures: Vec<String> = Reason::VARIANTS
            .iter()
            .filter(|reason| reason.outcome() == Outcome::Failed)
            .map(|reason| reason.error_type())
            .collect();
        assert_eq!(
            failures,
            [
                "AccessDenied",
                "InvalidParameter",
                "UnsupportedFeature",
                "ClientError",
                "ServerError",
                "Throttled",
                "Unreachable"
            ]
        );
    }
}
