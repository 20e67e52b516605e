//! The ways in which a call can fail, and what may come of each.

use std::time::Duration;

use judgement::Reason;
use simulator::Fault;

/// The purpose of a call; what its failure means follows from that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    /// To find the services.
    Find,
    /// The first one to find the services, those after it to describe them.
    FindAndService,
    /// To describe the service.
    Service,
    /// To list or describe its deployments.
    Deployments,
    /// To roll back.
    RollBack,
    /// To take a role.
    Role,
    /// To look closer at what is known already.
    Look,
    /// To notify people.
    Notify,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// A refusal or a fault with a name.
    Exception(&'static str),
    /// A status and a body that say nothing more.
    Http(u16, &'static str),
    /// The connection is lost before the call takes effect, or after.
    Lost { after_effect: bool },
    /// The answer comes late by this many milliseconds; an hour is never.
    Late(u64),
}

/// All exceptions that the API models of these calls have, those that are common to all, and one that there is not yet.
const EXCEPTIONS: [&str; 17] = [
    "AccessDeniedException",
    "AccessDenied",
    "ClientException",
    "ClusterNotFoundException",
    "ConflictException",
    "ExpiredTokenException",
    "ExceptionToCome",
    "InternalFailure",
    "InvalidParameterException",
    "LoadBalancerNotFound",
    "ResourceNotFoundException",
    "ServerException",
    "ServiceDeploymentNotFoundException",
    "ServiceNotFoundException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnsupportedFeatureException",
];

const ANSWERS: [(u16, &str); 12] = [
    (500, ""),
    (502, "<html>bad gateway</html>"),
    (503, "{\"message\":\"busy\"}"),
    (504, ""),
    (429, ""),
    (403, ""),
    (400, ""),
    (404, "<html>not found</html>"),
    (200, ""),
    (200, "{\"services\":[{\"serv"),
    (200, "<html>a proxy's page</html>"),
    (200, "[]"),
];

const HANGS: u64 = 3_600_000;

pub(super) fn ways() -> Vec<Way> {
    let exceptions = EXCEPTIONS.map(Way::Exception).into_iter();
    let answers = ANSWERS.map(|(status, body)| Way::Http(status, body)).into_iter();
    let lost = [false, true].map(|after_effect| Way::Lost { after_effect }).into_iter();
    exceptions.chain(answers).chain(lost).chain([2_900, 3_100, HANGS].map(Way::Late)).collect()
}

/// Retries that the SDK makes after the first try.
const RETRIES: u32 = 4;

impl Way {
    /// Checks that the SDK tries again by itself: after faults of AWS, throttles, and everything that is no answer.
    fn is_retried(self) -> bool {
        match self {
            Self::Exception(name) => {
                ["ServerException", "InternalFailure", "ServiceUnavailable", "ThrottlingException"].contains(&name)
            }
            // The SDK does not try again after a bare 429, nor after an answer that it cannot read: Lambda does.
            Self::Http(status, _) => status >= 500,
            Self::Lost { .. } | Self::Late(_) => true,
        }
    }

    /// The reasons under which the failure of a call may be reported.
    fn failures(self) -> Vec<Reason> {
        match self {
            Self::Exception("AccessDeniedException" | "AccessDenied" | "ExpiredTokenException")
            | Self::Http(403, _) => {
                vec![Reason::AccessDenied]
            }
            Self::Exception("InvalidParameterException") => vec![Reason::InvalidParameter],
            Self::Exception("UnsupportedFeatureException") => vec![Reason::UnsupportedFeature],
            Self::Exception("ThrottlingException") | Self::Http(429, _) => vec![Reason::Throttled],
            Self::Exception("ServerException" | "InternalFailure" | "ServiceUnavailable") => vec![Reason::ServerError],
            Self::Exception(_) | Self::Http(400..=499, _) => vec![Reason::ClientError],
            Self::Http(..) => vec![Reason::ServerError],
            Self::Lost { .. } | Self::Late(_) => vec![Reason::Unreachable],
        }
    }

    /// The rule. A rollback is always right. Otherwise:
    ///
    /// - What passes within the SDK's retries must not keep the rollback back, unless it takes longer than a call may.
    /// - What stays is a failure, under the reason of its kind.
    /// - What AWS does not know is not there: the alarm, the service, its deployments, the deployment to be stopped.
    /// - A conflict is tried again, and is no failure.
    /// - Nothing that goes wrong with a closer look or a notice touches a rollback.
    /// - A request whose answer was lost may have taken effect: the next try then finds what it did.
    pub(super) fn allows(self, purpose: Purpose, times: u32) -> Vec<Reason> {
        use Reason as R;

        let mut allowed = vec![R::StopRequested, R::ContinueRequested];
        if matches!(purpose, Purpose::Look | Purpose::Notify) {
            return allowed;
        }
        let takes_effect = matches!(self, Self::Lost { after_effect: true } | Self::Late(3_000..));
        if takes_effect && purpose == Purpose::RollBack {
            allowed.extend([R::AlreadyRollingBack, R::AlreadyFinished]);
        }
        if matches!(self, Self::Http(200, _)) {
            allowed.extend(nothing(purpose));
        }
        // The SDK waits for a role as long as for an answer, and between its tries to take one for up to a second or two.
        let is_slow = matches!(self, Self::Late(_)) || purpose == Purpose::Role;
        if self.is_retried() && (times == 1 || (times <= RETRIES && !is_slow)) {
            return allowed;
        }
        allowed.extend(self.failures());
        if is_slow {
            allowed.push(R::Unreachable);
        }
        if let Self::Exception(name) = self {
            let of_a_service = ["ServiceNotFoundException", "ClusterNotFoundException"].contains(&name);
            match (purpose, name) {
                (Purpose::RollBack, "ServiceDeploymentNotFoundException") => allowed.push(R::DeploymentNotFound),
                (Purpose::RollBack, "ConflictException") => allowed.push(R::Conflict),
                (Purpose::Deployments, "ServiceDeploymentNotFoundException") => allowed.extend(nothing(purpose)),
                // No answer of STS has such a name; one that had would be taken for ECS's.
                (Purpose::Role, _) if of_a_service => allowed.push(R::ServiceNotFound),
                (_, _) if of_a_service => allowed.extend(nothing(purpose)),
                (Purpose::Find, "ResourceNotFoundException" | "LoadBalancerNotFound" | "InvalidParameterException") => {
                    allowed.push(R::Unmapped);
                }
                _ => {}
            }
        }
        allowed
    }
}

/// The expected reasons if AWS knows nothing of what it is asked about.
fn nothing(purpose: Purpose) -> Vec<Reason> {
    match purpose {
        Purpose::Find => vec![Reason::Unmapped],
        Purpose::FindAndService => vec![Reason::Unmapped, Reason::ServiceNotFound],
        Purpose::Service => vec![Reason::ServiceNotFound],
        Purpose::Deployments => vec![Reason::NothingInFlight, Reason::ServerError],
        Purpose::RollBack | Purpose::Role | Purpose::Look | Purpose::Notify => Vec::new(),
    }
}

/// A call that fails so.
pub(super) fn fault(way: Way) -> Fault {
    match way {
        Way::Exception("ThrottlingException") => Fault::throttling(),
        Way::Exception(name) => Fault::exception(name, "no"),
        Way::Http(status, body) => Fault::http(status, body),
        Way::Lost { after_effect: false } => Fault::dropped(),
        Way::Lost { after_effect: true } => Fault::dropped().after_effect(),
        Way::Late(HANGS) => Fault::hang(),
        Way::Late(late) => Fault::delay(Duration::from_millis(late)),
    }
}
