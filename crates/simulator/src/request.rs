//! Requests and answers of all services.

use std::time::Duration;

use serde_json::Value;

use crate::operation::{Api, Operation};
use crate::protocol::{Protocol, cbor, form};
use crate::rest;
#[cfg(feature = "sdk")]
use crate::wire::ApiError;

/// One HTTP request, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The path, with its query if it has one.
    pub path: String,
    /// The header `X-Amz-Target`; empty if there is none.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A request, read.
pub(crate) struct Incoming {
    pub(crate) api: Api,
    /// The operation's name, simulated or not.
    pub(crate) name: String,
    pub(crate) operation: Option<Operation>,
    /// Null if it is not of the protocol's form.
    pub(crate) body: Value,
}

impl Request {
    /// A request for an operation, with a body of JSON as far as the service speaks that. All others have one field a member.
    #[must_use]
    pub fn new(operation: Operation, body: &Value) -> Self {
        let name = operation.name();
        match Protocol::of(operation.api()) {
            Protocol::Json { target } => {
                Self { path: "/".to_owned(), target: format!("{target}{name}"), body: body.to_string().into_bytes() }
            }
            Protocol::Rest => Self { path: rest::path(operation, body), ..Self::default() },
            Protocol::Cbor { path } => {
                Self { path: format!("{path}{name}"), target: String::new(), body: cbor(body).unwrap_or_default() }
            }
            Protocol::Query { version } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("Action", name).append_pair("Version", version);
                for (name, value) in body.as_object().into_iter().flatten() {
                    form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                }
                Self { path: "/".to_owned(), target: String::new(), body: form.finish().into_bytes() }
            }
        }
    }

    /// The answer that refuses it without reading it.
    #[cfg(feature = "sdk")]
    pub(crate) fn refuse(&self, kind: &str, message: &str) -> Answer {
        let protocol = Protocol::of(self.read().api);
        let error = ApiError { status: 403, ..ApiError::new(kind, message) };
        let (headers, body) = (protocol.headers(), protocol.error(&error));
        Answer::Response { status: error.status, headers, body, delay: Duration::ZERO }
    }

    /// The service and the operation that it is for. A request for none is for ECS, which does not know it.
    pub(crate) fn read(&self) -> Incoming {
        if let Some((operation, body)) = rest::read(&self.path) {
            return Incoming {
                api: operation.api(),
                name: operation.name().to_owned(),
                operation: Some(operation),
                body,
            };
        }
        let form = (self.target.is_empty() && self.path == "/").then(|| form(&self.body));
        let field = |name: &str| form.as_ref()?.get(name).map(String::as_str);
        let for_api = |api: Api| match Protocol::of(api) {
            Protocol::Json { target } => self.target.strip_prefix(target),
            Protocol::Rest => None,
            Protocol::Cbor { path } => self.path.strip_prefix(path),
            Protocol::Query { version } => field("Action").filter(|_| field("Version") == Some(version)),
        };
        let found = Api::ALL.into_iter().find_map(|api| Some((api, for_api(api)?)));
        let operation = found.and_then(|(api, name)| Operation::find(api, name));
        let (api, name) = found.unwrap_or((Api::Ecs, &self.target));
        let body = Protocol::of(api).read(&self.body).unwrap_or_default();
        Incoming { api, name: name.to_owned(), operation, body }
    }
}

/// The caller's answer, and how long the caller waits for it. The core never sleeps: its server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP response.
    Response {
        /// 200, 400 or 5xx.
        status: u16,
        /// The content type, the request's id, and what else the protocol asks for.
        headers: Vec<(&'static str, String)>,
        /// In the service's protocol, unless a fault says otherwise.
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
    /// A body of JSON; null if there is none.
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

    /// The same answer, later by this time.
    #[must_use]
    pub(crate) fn late(self, by: Duration) -> Self {
        match self {
            Self::Response { status, headers, body, .. } => Self::Response { status, headers, body, delay: by },
            Self::Dropped { .. } => Self::Dropped { delay: by },
        }
    }
}
