//! The gateways to AWS. Only the files in here name its SDK; they answer in the words of this crate.

mod calls;
mod cloudwatch;
mod ecs;
mod elb;
mod http;
mod notify;
mod pace;
mod places;

use std::{error::Error as StdError, time::Duration};

pub use aws_config::SdkConfig;
use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_ecs::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
pub use calls::Calls;
pub use cloudwatch::{Child, CloudWatch};
pub use ecs::{Ecs, Indexed};
pub use elb::LoadBalancers;
pub use notify::{EventBus, Topic};
pub use pace::Pace;
pub use places::{Place, Places};

use crate::reason::Reason;

/// Whoever takes longer to connect to gets no answer in time anyway.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Credentials, Region and endpoints from the environment.
pub async fn load() -> SdkConfig {
    http::shared(aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await)
}

/// So long that the steps of one invocation, each with the SDK's retries, fit into it.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(7))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_initial_backoff(Duration::from_millis(200)).with_max_attempts(5)
}

/// A call to AWS that did not succeed, after the SDK's own retries.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing}")]
pub struct CallError {
    /// What kind of refusal or fault it is.
    pub kind: Kind,
    /// The IAM action that the call needs.
    pub action: &'static str,
    doing: String,
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

/// The kinds of refusal and fault that make a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The service or its cluster does not exist.
    ServiceNotFound,
    /// The service deployment does not exist.
    DeploymentNotFound,
    /// The alarm or the load balancer does not exist.
    ResourceNotFound,
    /// The service deployment is in another state than the call needs.
    Conflict,
    /// The role may not make the call.
    AccessDenied,
    /// A parameter is not valid, or not valid now.
    InvalidParameter,
    /// The Region does not support the call.
    UnsupportedFeature,
    /// Another refusal on the caller's side.
    Client,
    /// A fault on AWS's side.
    Server,
    /// Too many calls.
    Throttled,
    /// No answer.
    Unreachable,
}

impl Kind {
    /// Whether the same call may succeed a little later, with nobody doing anything about it.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Server | Self::Throttled | Self::Unreachable)
    }

    /// The reason under which a call of this kind is reported as a failure.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::ServiceNotFound
            | Self::DeploymentNotFound
            | Self::ResourceNotFound
            | Self::Conflict
            | Self::Client => Reason::ClientError,
            Self::AccessDenied => Reason::AccessDenied,
            Self::InvalidParameter => Reason::InvalidParameter,
            Self::UnsupportedFeature => Reason::UnsupportedFeature,
            Self::Server => Reason::ServerError,
            Self::Throttled => Reason::Throttled,
            Self::Unreachable => Reason::Unreachable,
        }
    }
}

impl CallError {
    fn new<E>(action: &'static str, doing: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        Self { kind: kind(&error), action, doing: doing.into(), cause: error.into() }
    }
}

impl CallError {
    /// A call that was answered, with a refusal in the answer.
    fn refused(action: &'static str, doing: impl Into<String>, code: &str, message: &str) -> Self {
        let kind = by_code(code).unwrap_or(Kind::Server);
        Self { kind, action, doing: doing.into(), cause: format!("{code}: {message}").into() }
    }
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Kind {
    match error {
        SdkError::TimeoutError(_) => Kind::Unreachable,
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().and_then(|error| refused_role(error)).unwrap_or(Kind::Unreachable)
        }
        SdkError::ConstructionFailure(_) => Kind::Client,
        SdkError::ResponseError(error) => by_status(error.raw()),
        SdkError::ServiceError(error) => error.err().code().and_then(by_code).unwrap_or_else(|| by_status(error.raw())),
        // A variant that the SDK may add: nothing tells what it means, so it is AWS's side that failed.
        _ => Kind::Server,
    }
}

/// What kind of error it was to assume a role, if that is why a request was never sent.
fn refused_role(error: &(dyn StdError + 'static)) -> Option<Kind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return Some(kind(refused));
        }
        cause = error.source();
    }
    None
}

/// The exceptions that the API Reference gives for these calls and, as common to all, for throttling and credentials.
fn by_code(code: &str) -> Option<Kind> {
    Some(match code {
        "ServiceNotFoundException" | "ClusterNotFoundException" => Kind::ServiceNotFound,
        "ServiceDeploymentNotFoundException" => Kind::DeploymentNotFound,
        "ResourceNotFound" | "ResourceNotFoundException" | "LoadBalancerNotFound" | "LoadBalancerNotFoundException" => {
            Kind::ResourceNotFound
        }
        "ConflictException" => Kind::Conflict,
        "AccessDeniedException"
        | "AccessDenied"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "OptInRequired"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired" => Kind::AccessDenied,
        "InvalidParameterException" | "InvalidParameterValue" | "InvalidParameterValueException" => {
            Kind::InvalidParameter
        }
        "UnsupportedFeatureException" => Kind::UnsupportedFeature,
        "ClientException" => Kind::Client,
        "ServerException" | "InternalFailure" | "InternalError" | "ServiceUnavailable" => Kind::Server,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => Kind::Throttled,
        _ => return None,
    })
}

fn by_status(response: &HttpResponse) -> Kind {
    match response.status().as_u16() {
        401 | 403 => Kind::AccessDenied,
        429 => Kind::Throttled,
        400..=499 => Kind::Client,
        _ => Kind::Server,
    }
}
