//! The reasons: one name for each way that a judgement can end, used alike in responses, logs, documents and tests.

use std::fmt;

use serde::{Serialize, Serializer};

/// What came of one signal for one service, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// ECS was asked to roll back, and agreed.
    RolledBack,
    /// ECS would have been asked, were it not for observe mode.
    WouldRollBack,
    /// There was nothing to do, or it was being done already.
    NoOp,
    /// There may have been something to do, but not for this function or not on this signal.
    Skipped,
    /// The event asks for nothing.
    Ignored,
    /// The work could not be done: a retry or a person is needed.
    Failed,
}

impl Outcome {
    /// The name in responses and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled-back",
            Self::WouldRollBack => "would-roll-back",
            Self::NoOp => "no-op",
            Self::Skipped => "skipped",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Declares the enum with the outcome and the name of each reason in one place.
macro_rules! reasons {
    ($($(#[$doc:meta])+ $variant:ident => $outcome:ident, $name:literal;)+) => {
        /// Why a signal ended as it did for one service. The order is that of the decision table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])+ $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the decision table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable kebab-case name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The outcome that this reason stands for.
            #[must_use]
            pub fn outcome(self) -> Outcome {
                match self {
                    $(Self::$variant => Outcome::$outcome,)+
                }
            }
        }
    };
}

reasons! {
    /// The alarm is going to another state than ALARM.
    NotInAlarm => Ignored, "not-in-alarm";
    /// The alarm is not among those listed for rollback.
    AlarmNotListed => Ignored, "alarm-not-listed";
    /// The alarm belongs to Application Auto Scaling.
    ScalingAlarm => Ignored, "scaling-alarm";
    /// The event is news and asks for nothing.
    InformationalEvent => Ignored, "informational-event";
    /// The alarm's actions are suppressed.
    AlarmSuppressed => Ignored, "alarm-suppressed";
    /// The alarm's actions are muted.
    AlarmMuted => Ignored, "alarm-muted";
    /// The event is older than the age limit.
    StaleSignal => Skipped, "stale-signal";
    /// Nothing says which service the signal is about.
    Unmapped => Skipped, "unmapped";
    /// Two readings of the signal disagree about the service.
    Ambiguous => Skipped, "ambiguous";
    /// The service is outside the allowed ones.
    NotAllowed => Skipped, "not-allowed";
    /// The service is in an account or Region that is not served.
    ForeignAccount => Skipped, "foreign-account";
    /// The service does not exist or is not active.
    ServiceNotFound => Skipped, "service-not-found";
    /// Another controller than ECS deploys the service.
    UnsupportedController => Skipped, "unsupported-controller";
    /// The service is switched off by its tag or a setting.
    Held => Skipped, "held";
    /// The service has no deployment in flight.
    NothingInFlight => NoOp, "nothing-in-flight";
    /// The signal is about another deployment than the one in flight.
    DifferentDeployment => Skipped, "different-deployment";
    /// The deployment is being rolled back already.
    AlreadyRollingBack => NoOp, "already-rolling-back";
    /// The deployment is being stopped already.
    AlreadyStopping => NoOp, "already-stopping";
    /// ECS reports a status that this version does not know.
    UnknownStatus => Skipped, "unknown-status";
    /// The signal began before the deployment did.
    SignalPredatesDeployment => Skipped, "signal-predates-deployment";
    /// All data that the alarm judged is from before the deployment.
    EvidencePredatesDeployment => Skipped, "evidence-predates-deployment";
    /// There is no earlier revision to go back to.
    FirstDeployment => Skipped, "first-deployment";
    /// The service was rolled back too often in the window.
    RollbackLimit => Skipped, "rollback-limit";
    /// The function only observes this service.
    ObserveMode => WouldRollBack, "observe-mode";
    /// ECS was asked to stop the deployment and roll it back.
    StopRequested => RolledBack, "stop-requested";
    /// ECS was asked to roll back a deployment that waits at a PAUSE hook.
    ContinueRequested => RolledBack, "continue-requested";
    /// ECS does not know the service deployment (any more).
    DeploymentNotFound => NoOp, "deployment-not-found";
    /// The deployment ended before ECS could be asked.
    AlreadyFinished => NoOp, "already-finished";
    /// ECS kept answering with a conflict although the deployment is in flight.
    Conflict => NoOp, "conflict";
    /// The function's role may not make the call.
    AccessDenied => Failed, "access-denied";
    /// ECS refused a parameter.
    InvalidParameter => Failed, "invalid-parameter";
    /// The Region does not support the call.
    UnsupportedFeature => Failed, "unsupported-feature";
    /// ECS refused the call for another reason on the caller's side.
    ClientError => Failed, "client-error";
    /// ECS failed.
    ServerError => Failed, "server-error";
    /// ECS kept throttling.
    Throttled => Failed, "throttled";
    /// ECS did not answer in time, or could not be reached.
    Unreachable => Failed, "unreachable";
}

impl Reason {
    /// The name in `PascalCase`, as Lambda's `errorType` has it.
    #[must_use]
    pub fn error_type(self) -> String {
        self.as_str().split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_the_error_type_that_the_contract_names() {
        let failures: Vec<String> = Reason::ALL
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
