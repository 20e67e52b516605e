//! The ways in which a call can fail, and the allowed results of each.

use std::time::Duration;

use judgement::Reason;
use simulator::Fault;

/// The purpose of a call, which decides the meaning of its failure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    /// To find the services.
    Find,
    /// The first call finds the services; later ones describe them.
    FindAndService,
    /// To describe the service.
    Service,
    /// To list or describe its deployments.
    Deployments,
    /// To roll back.
    RollBack,
    /// To assume a role.
    Role,
    /// To take a closer look.
    Look,
    /// To send a notice.
    Notify,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// A refusal or a fault with a name.
    Exception(&'static str),
    /// A status and a body without an exception's name.
    Http(u16, &'static str),
    /// The connection is lost before the call takes effect, or after.
    Lost { after_effect: bool },
    /// The answer is late by this many milliseconds; an hour stands for never.
    Late(u64),
}

/// All exceptions in the API models of these calls, those common to all services, and one that does not exist yet.
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
    /// Checks that the SDK retries by itself: after AWS's own faults, throttling, and lost answers.
    fn is_retried(self) -> bool {
        match self {
            Self::Exception(name) => {
                ["ServerException", "InternalFailure", "ServiceUnavailable", "ThrottlingException"].contains(&name)
            }
            // The SDK does not retry after a bare 429 or an unreadable answer, but Lambda does.
            Self::Http(status, _) => status >= 500,
            Self::Lost { .. } | Self::Late(_) => true,
        }
    }

    /// The reasons with which the failure of a call may be reported.
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

    /// The reasons that a report may give. A rollback is always allowed. Otherwise:
    ///
    /// - A failure that ends within the SDK's retries must not prevent the rollback, unless it exceeds a call's time-out.
    /// - A lasting failure is reported with the reason of its kind.
    /// - Whatever AWS reports as unknown does not exist: the alarm, the service, its deployments, the deployment to stop.
    /// - A conflict is retried, and is no failure.
    /// - A failure of a closer look or a notice never affects a rollback.
    /// - A request whose answer was lost may have taken effect, so the next try may find its effect.
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
        // The SDK waits for a role as long as for an answer, and pauses between its tries for up to two seconds.
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
                // STS never answers with such a name; if it did, it would be taken for ECS's.
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

/// The expected reasons if AWS reports that the resource does not exist.
fn nothing(purpose: Purpose) -> Vec<Reason> {
    match purpose {
        Purpose::Find => vec![Reason::Unmapped],
        Purpose::FindAndService => vec![Reason::Unmapped, Reason::ServiceNotFound],
        Purpose::Service => vec![Reason::ServiceNotFound],
        Purpose::Deployments => vec![Reason::NothingInFlight, Reason::ServerError],
        Purpose::RollBack | Purpose::Role | Purpose::Look | Purpose::Notify => Vec::new(),
    }
}

/// The fault that makes a call fail in this way.
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
