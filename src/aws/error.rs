//! Calls to AWS that did not succeed, and what kind of refusal or fault each is.

use std::error::Error as StdError;

use aws_sdk_ecs::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use judgement::{
    Reason, Verdict,
    text::{chain, sentence},
};

/// A call to AWS that did not succeed, after the SDK's own retries.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing}")]
pub struct CallError {
    /// Its kind.
    pub kind: ErrorKind,
    /// The IAM action that the call needs.
    pub action: &'static str,
    doing: String,
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

/// The kinds of refusal and fault that make a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
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
    /// The role's credentials have expired, or the clock is off: another try, with new ones, may succeed.
    Expired,
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

impl ErrorKind {
    /// Checks that the same call may succeed a little later.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Expired | Self::Server | Self::Throttled | Self::Unreachable)
    }

    /// The reason with which a failure of this kind is reported.
    fn reason(self) -> Reason {
        match self {
            Self::ServiceNotFound
            | Self::DeploymentNotFound
            | Self::ResourceNotFound
            | Self::Conflict
            | Self::Client => Reason::ClientError,
            Self::AccessDenied | Self::Expired => Reason::AccessDenied,
            Self::InvalidParameter => Reason::InvalidParameter,
            Self::UnsupportedFeature => Reason::UnsupportedFeature,
            Self::Server => Reason::ServerError,
            Self::Throttled => Reason::Throttled,
            Self::Unreachable => Reason::Unreachable,
        }
    }
}

impl CallError {
    /// The error of a call that `action` names, while `doing` something.
    pub fn new<E>(action: &'static str, doing: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        Self { kind: kind(&error), action, doing: doing.into(), cause: error.into() }
    }

    /// The verdict that reports this failure.
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::new(self.kind.reason(), sentence(&chain(self)))
    }

    /// A call that was answered, with a refusal in the answer.
    pub(super) fn refused(action: &'static str, doing: impl Into<String>, code: &str, message: &str) -> Self {
        let kind = by_code(code).unwrap_or(ErrorKind::Server);
        Self { kind, action, doing: doing.into(), cause: format!("{code}: {message}").into() }
    }
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> ErrorKind {
    match error {
        SdkError::TimeoutError(_) => ErrorKind::Unreachable,
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().and_then(|error| refused_role(error)).unwrap_or(ErrorKind::Unreachable)
        }
        SdkError::ConstructionFailure(_) => ErrorKind::Client,
        SdkError::ResponseError(error) => by_status(error.raw()),
        SdkError::ServiceError(error) => error.err().code().and_then(by_code).unwrap_or_else(|| by_status(error.raw())),
        // A variant that a later SDK may add counts as a failure of AWS.
        _ => ErrorKind::Server,
    }
}

/// The kind of error with which a role was refused, if the request was not sent for that reason.
fn refused_role(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return Some(kind(refused));
        }
        cause = error.source();
    }
    None
}

/// The exceptions that the API Reference lists for these calls and, as common to all, for throttling and credentials.
fn by_code(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "ServiceNotFoundException" | "ClusterNotFoundException" => ErrorKind::ServiceNotFound,
        "ServiceDeploymentNotFoundException" => ErrorKind::DeploymentNotFound,
        "NotFound"
        | "ResourceNotFound"
        | "ResourceNotFoundException"
        | "LoadBalancerNotFound"
        | "LoadBalancerNotFoundException" => ErrorKind::ResourceNotFound,
        "ConflictException" => ErrorKind::Conflict,
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
        | "SignatureDoesNotMatch" => ErrorKind::AccessDenied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => ErrorKind::Expired,
        "InvalidParameterException" | "InvalidParameterValue" | "InvalidParameterValueException" => {
            ErrorKind::InvalidParameter
        }
        "UnsupportedFeatureException" => ErrorKind::UnsupportedFeature,
        "ClientException" => ErrorKind::Client,
        "ServerException" | "InternalFailure" | "InternalError" | "ServiceUnavailable" => ErrorKind::Server,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => ErrorKind::Throttled,
        _ => return None,
    })
}

fn by_status(response: &HttpResponse) -> ErrorKind {
    match response.status().as_u16() {
        401 | 403 => ErrorKind::AccessDenied,
        429 => ErrorKind::Throttled,
        400..=499 => ErrorKind::Client,
        _ => ErrorKind::Server,
    }
}
