//! The wire formats of calls: awsJson 1.1, REST with JSON, Smithy RPC v2 CBOR, and forms that are answered in XML.

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::operation::Api;
use crate::wire::ApiError;

/// The wire format of a service's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The operation stands behind this in the header `X-Amz-Target`.
    Json { target: &'static str },
    /// The operation and its input stand in the path, as `rest` reads it.
    Rest,
    /// The operation stands behind this in the path.
    Cbor { path: &'static str },
    /// The operation is the form's `Action`; its `Version` is this one.
    Query { version: &'static str },
}

impl Protocol {
    pub(crate) fn of(api: Api) -> Self {
        match api {
            Api::Ecs => Self::Json { target: "AmazonEC2ContainerServiceV20141113." },
            Api::EventBridge => Self::Json { target: "AWSEvents." },
            Api::Lambda => Self::Rest,
            Api::CloudWatch => Self::Cbor { path: "/service/GraniteServiceVersion20100801/operation/" },
            Api::LoadBalancing => Self::Query { version: "2015-12-01" },
            Api::Sts => Self::Query { version: "2011-06-15" },
            Api::Sns => Self::Query { version: "2010-03-31" },
        }
    }

    /// The body of a request as JSON, in which the fields of a form are strings; nothing if it is no object.
    pub(crate) fn read(self, body: &[u8]) -> Option<Value> {
        let read = match self {
            Self::Json { .. } | Self::Rest => serde_json::from_slice(body).ok()?,
            Self::Cbor { .. } => untagged(ciborium::from_reader(body).ok()?),
            Self::Query { .. } => form(body).into_iter().map(|(name, value)| (name, Value::from(value))).collect(),
        };
        Some(read).filter(Value::is_object)
    }

    /// The body of an answer that is an error.
    pub(crate) fn error(self, error: &ApiError) -> Vec<u8> {
        let mut body = json!({ "__type": error.kind });
        if let Some(message) = &error.message {
            body["message"] = message.as_str().into();
        }
        match self {
            Self::Json { .. } | Self::Rest => body.to_string().into_bytes(),
            Self::Cbor { .. } => cbor(&body).unwrap_or_default(),
            Self::Query { .. } => {
                let side = if error.status < 500 { "Sender" } else { "Receiver" };
                let message = error.message.as_deref().unwrap_or_default();
                let error = element("Type", side) + &text("Code", &error.kind) + &text("Message", message);
                element("ErrorResponse", &element("Error", &error)).into_bytes()
            }
        }
    }

    pub(crate) fn throttled(self) -> ApiError {
        let kind = match self {
            Self::Query { .. } => "Throttling",
            Self::Rest => "TooManyRequestsException",
            Self::Json { .. } | Self::Cbor { .. } => "ThrottlingException",
        };
        ApiError::new(kind, "Rate exceeded")
    }

    pub(crate) fn unknown_operation(self) -> ApiError {
        match self {
            Self::Json { .. } | Self::Rest => {
                ApiError { message: None, ..ApiError::new("UnknownOperationException", "") }
            }
            Self::Cbor { .. } => {
                ApiError { message: None, status: 404, ..ApiError::new("UnknownOperationException", "") }
            }
            Self::Query { .. } => ApiError::new("InvalidAction", "The action is not valid for this endpoint."),
        }
    }

    /// The headers of every answer.
    pub(crate) fn headers(self) -> Vec<(&'static str, String)> {
        let own = |name, value: &str| (name, value.to_owned());
        match self {
            Self::Json { .. } => vec![own("content-type", "application/x-amz-json-1.1")],
            Self::Rest => vec![own("content-type", "application/json")],
            Self::Cbor { .. } => {
                vec![own("content-type", "application/cbor"), own("smithy-protocol", "rpc-v2-cbor")]
            }
            Self::Query { .. } => vec![own("content-type", "text/xml")],
        }
    }
}

/// The fields of a form.
pub(crate) fn form(body: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// CBOR as JSON: a time becomes its number of seconds.
fn untagged(value: Cbor) -> Value {
    match value {
        Cbor::Tag(_, inner) => untagged(*inner),
        Cbor::Array(items) => items.into_iter().map(untagged).collect(),
        Cbor::Map(members) => {
            let named = members.into_iter().filter_map(|(name, value)| Some((name.into_text().ok()?, untagged(value))));
            named.collect::<Map<_, _>>().into()
        }
        plain => plain.deserialized().unwrap_or_default(),
    }
}

pub(crate) fn cbor(shape: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(shape, &mut bytes)
        .map(|()| bytes)
        .map_err(|error| ApiError::new("InternalServiceFault", error.to_string()))
}

/// An XML element around others.
pub(crate) fn element(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

/// An XML element around text.
pub(crate) fn text(name: &str, text: &str) -> String {
    element(name, &text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// The answer to a call in XML: its result, inside of the response that is named after it.
pub(crate) fn result(operation: &str, inside: &str) -> Vec<u8> {
    element(&format!("{operation}Response"), &element(&format!("{operation}Result"), inside)).into_bytes()
}
