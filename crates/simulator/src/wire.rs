//! Errors and the reading of input, for all services.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// An error as AWS answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) kind: String,
    pub(crate) message: Option<String>,
    pub(crate) status: u16,
}

impl ApiError {
    /// An error with the status that it usually has.
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        let status = match kind {
            "ServerException" | "InternalFailure" | "InternalServiceFault" => 500,
            "ServiceUnavailable" => 503,
            "AccessDenied" | "AuthorizationError" | "InvalidClientTokenId" | "ExpiredToken" => 403,
            "NotFound" => 404,
            _ => 400,
        };
        Self { kind: kind.to_owned(), message: Some(message.into()), status }
    }

    /// An invalid parameter, as CloudWatch and the APIs in XML call it.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", message)
    }

    /// A resource that CloudWatch does not have.
    pub(crate) fn resource_not_found() -> Self {
        Self { status: 404, ..Self::new("ResourceNotFoundException", "Unknown") }
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn client(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }

    pub(crate) fn cluster_not_found() -> Self {
        Self::new("ClusterNotFoundException", "Cluster not found.")
    }

    pub(crate) fn service_not_found() -> Self {
        Self::new("ServiceNotFoundException", "Service not found.")
    }
}

/// Reads a request's body as the operation's input.
pub(crate) fn input<T: DeserializeOwned>(body: &Value) -> Result<T, ApiError> {
    T::deserialize(body).map_err(|error| ApiError::new("SerializationException", error.to_string()))
}

/// A required member; the API's names are in camel case.
pub(crate) fn required<T>(value: Option<T>, member: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::invalid_parameter(format!("{member} cannot be empty.")))
}

/// A time on the wire: seconds since 1970 with milliseconds as their fraction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(pub(crate) Timestamp);

impl Serialize for Epoch {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact in an f64 for 285,000 years")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_millisecond() as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    #[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates, and the timestamp checks its range")]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let milliseconds = (f64::deserialize(deserializer)? * 1000.0).round() as i64;
        Timestamp::from_millisecond(milliseconds).map(Self).map_err(serde::de::Error::custom)
    }
}
