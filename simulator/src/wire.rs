//! awsJson 1.1: what comes in, what goes out.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::operation::Operation;

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// One HTTP request, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The header `X-Amz-Target`.
    pub target: String,
    /// The body, which should be JSON.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for an operation.
    #[must_use]
    pub fn new(operation: Operation, body: &Value) -> Self {
        Self { target: operation.target(), body: body.to_string().into_bytes() }
    }
}

/// What the caller gets, and how long it has to wait for it. The core never sleeps: that is for whoever serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP response.
    Response {
        /// 200, 400 or 5xx.
        status: u16,
        /// The header `x-amzn-RequestId`.
        request_id: String,
        /// JSON, unless a fault says otherwise.
        body: Vec<u8>,
        /// To be waited before it is sent.
        delay: Duration,
    },
    /// The connection is closed and nothing was sent.
    Dropped {
        /// To be waited before it is closed.
        delay: Duration,
    },
}

impl Answer {
    /// The body as JSON; null if there is none.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Response { body, .. } => serde_json::from_slice(body).unwrap_or_default(),
            Self::Dropped { .. } => Value::Null,
        }
    }

    /// The HTTP status; nothing for a dropped connection.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response { status, .. } => Some(*status),
            Self::Dropped { .. } => None,
        }
    }
}

/// An error as AWS answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) kind: String,
    pub(crate) message: Option<String>,
    pub(crate) status: u16,
}

impl ApiError {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: Some(message.into()), status: 400 }
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

    pub(crate) fn throttled() -> Self {
        Self::new("ThrottlingException", "Rate exceeded")
    }

    pub(crate) fn unknown_operation() -> Self {
        Self { kind: "UnknownOperationException".to_owned(), message: None, status: 400 }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = json!({ "__type": self.kind });
        if let Some(message) = &self.message {
            body["message"] = message.as_str().into();
        }
        body.to_string().into_bytes()
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
