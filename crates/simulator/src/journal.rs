//! A record of every call, for tests that check the requests.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::operation::Api;

/// More would only fill the memory of a server that runs for long; the older half goes first.
const KEPT: usize = 100_000;

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// The time, on the simulated clock.
    pub at: Timestamp,
    /// The service of AWS that was called.
    pub api: Api,
    /// The operation's name, or the whole target header if it is not one that is simulated.
    pub operation: String,
    /// The service of ECS that it was about, as `cluster/service`, if it was about exactly one.
    pub service: Option<String>,
    /// The request's body as JSON; null if it was not what the protocol asks for.
    pub body: Value,
    /// The HTTP status that was sent; nothing if the connection was dropped.
    pub status: Option<u16>,
    /// The error's type, if one was answered.
    pub error: Option<String>,
    /// True if the call asked for a rollback and changed the deployment's status, even if the answer was an error or lost.
    pub accepted: bool,
}

impl Call {
    /// As IAM names the action: `ecs:DescribeServices`.
    #[must_use]
    pub fn action(&self) -> String {
        format!("{}:{}", self.api.prefix(), self.operation)
    }
}

/// The calls so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    calls: Vec<Call>,
}

impl Journal {
    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(crate) fn add(&mut self, call: Call) {
        if self.calls.len() == KEPT {
            self.calls.drain(..KEPT / 2);
        }
        self.calls.push(call);
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
