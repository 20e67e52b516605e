//! The decision table and AWS's answers in words, for the documentation. Each reason has one row.

use crate::verdict::Reason;

/// A row of the decision table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its number. Rows of the same number are tried together.
    pub number: u8,
    /// When it applies.
    pub when: &'static str,
    /// Its reason.
    pub reason: Reason,
}

/// An answer of AWS to the request for a rollback, or to a call before it.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The answer.
    pub answer: &'static str,
    /// What follows from it.
    pub then: Then,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// This reason, which no row of the decision table has.
    Give(Reason),
    /// The reason of a row of the decision table.
    AsInRow(u8),
    /// Another call, whose answer decides.
    Call(&'static str),
}

macro_rules! rows {
    ($($number:literal $reason:ident: $when:literal;)+) => {
        &[$(Row { number: $number, when: $when, reason: Reason::$reason }),+]
    };
}

/// The decision table. Rows are tried in order; the first that fits decides.
pub const DECISION: &[Row] = rows! {
    1 NotInAlarm: "the alarm goes to a state other than ALARM";
    1 AlarmNotListed: "the alarm does not match `Alarms`";
    1 ScalingAlarm: "the alarm drives Application Auto Scaling (`TargetTracking-…`)";
    1 InformationalEvent:
        "the event is informational: an edited alarm, or an ECS event that is not a signal or that `EcsEvents` does \
         not list";
    2 AlarmSuppressed: "the alarm's actions are suppressed";
    2 AlarmMuted: "the alarm's actions are muted";
    3 StaleSignal: "the event is older than 15 minutes, or dated that far in the future";
    4 Unmapped: "nothing identifies a service, or the event does not say in which account and Region it was raised";
    4 Ambiguous:
        "two readings disagree, also about the event's own account or Region; a Service Connect metric; a whole load \
         balancer; more services than `MaxServices`, or more child alarms than the function follows";
    5 NotAllowed: "the service does not match `Services`";
    5 ForeignAccount:
        "the service is in another partition, or in an account or Region that is not served (`Accounts`, `Regions`), \
         or the signal comes from an account that may not speak for the service's (`MonitoringAccounts`)";
    6 ServiceNotFound: "ECS does not know the service, or it is not ACTIVE";
    6 UnsupportedController: "the service's deployment controller is not ECS";
    7 Held: "the service is turned off by its tag, by `Mode` or by `OptIn`; no tag overrides `Mode=off`";
    8 NothingInFlight: "no deployment is in flight";
    8 TooLate:
        "the same, and the last deployment was SUCCESSFUL after the trouble began, or at most 15 minutes before, \
         and could be to blame";
    9 DifferentDeployment:
        "the signal is about another revision than the one in flight: it names it (`ecs-svc/N` or an ARN), only the \
         tasks of earlier revisions fail, or its alarm watches a target group that only the earlier revision serves";
    10 AlreadyRollingBack: "the deployment in flight is ROLLBACK_REQUESTED or ROLLBACK_IN_PROGRESS";
    10 AlreadyStopping: "it is STOP_REQUESTED";
    10 UnknownStatus: "it has a status that this version does not know";
    11 SignalPredatesDeployment: "the signal began before the deployment did, or the deployment has not begun";
    12 EvidencePredatesDeployment: "the trouble in the alarm's data began before the deployment did";
    13 NotServing:
        "the strategy is not ROLLING, and ECS says that none of the new revision's tasks runs, or that it has 0 % of \
         the production traffic while the alarm is on a load balancer's or VPC Lattice's metric and not on the \
         revision's own target group";
    14 NoCapacity:
        "tasks cannot start (`SERVICE_TASK_START_IMPAIRED`), and each task of the new revision that stopped did so \
         because of the infrastructure";
    15 FirstDeployment:
        "there is nothing to go back to: no source revision, or, for a service created within the last 90 days, no \
         deployment that was ever SUCCESSFUL";
    16 WayBack:
        "the deployment is itself a way back, to a task definition that was SUCCESSFUL before the one that it replaces";
    17 RollbackLimit: "the service has reached `RollbackLimit` within the last hour";
    18 ObserveMode: "observe mode";
    19 StopRequested: "otherwise, for a deployment that is PENDING or IN_PROGRESS";
    19 ContinueRequested: "otherwise, for a deployment paused at a PAUSE hook";
};

/// AWS's answers to the call of row 19. Those that are failures apply to every other call.
pub const ANSWERS: &[Answer] = &[
    Answer { answer: "success", then: Then::AsInRow(19) },
    Answer { answer: "ServiceDeploymentNotFoundException", then: Then::Give(Reason::DeploymentNotFound) },
    Answer {
        answer: "ConflictException or InvalidParameterException, and a second look shows that the deployment has ended",
        then: Then::Give(Reason::AlreadyFinished),
    },
    Answer {
        answer: "the same, and the deployment is rolling back, is stopping, or has an unknown status",
        then: Then::AsInRow(10),
    },
    Answer {
        answer: "ConflictException for as long as the invocation's time allows, and the deployment is still in flight",
        then: Then::Give(Reason::Conflict),
    },
    Answer {
        answer: "any refusal of ContinueServiceDeployment, and the deployment is still in flight",
        then: Then::Call("StopServiceDeployment is sent, and its answer decides"),
    },
    Answer {
        answer: "no answer to the stop, and a second look shows a rollback that nobody else requested",
        then: Then::AsInRow(19),
    },
    Answer { answer: "AccessDeniedException, or rejected credentials", then: Then::Give(Reason::AccessDenied) },
    Answer {
        answer: "InvalidParameterException, and the deployment is still in flight",
        then: Then::Give(Reason::InvalidParameter),
    },
    Answer { answer: "UnsupportedFeatureException", then: Then::Give(Reason::UnsupportedFeature) },
    Answer { answer: "ClientException, or another error on the caller's side", then: Then::Give(Reason::ClientError) },
    Answer {
        answer: "ServerException, after the SDK's own retries; a deployment that is listed in flight but not described",
        then: Then::Give(Reason::ServerError),
    },
    Answer { answer: "throttled, after the SDK's own retries", then: Then::Give(Reason::Throttled) },
    Answer { answer: "no answer in time, or no connection", then: Then::Give(Reason::Unreachable) },
];
