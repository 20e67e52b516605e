//! Failures on request.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::operation::Operation;
use crate::time::seconds;

/// A failure of some calls, of any service.
///
/// ```
/// # use simulator::{Fault, Operation};
/// Fault::throttling().on(Operation::DescribeServices).times(2);
/// Fault::exception("ConflictException", "…").on(Operation::StopServiceDeployment).once();
/// Fault::dropped().on(Operation::StopServiceDeployment).once().after_effect();
/// Fault::exception("AccessDenied", "").on(Operation::AssumeRole);
/// Fault::stale(std::time::Duration::from_secs(30)).on(Operation::ListServiceDeployments).service("prod/web");
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The calls that it strikes; all if left out.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// Only calls about the service that this names: `cluster/service`, or any ARN that the request contains.
    #[serde(default)]
    pub service: Option<String>,
    /// The number of calls that it strikes; all if left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// The number of calls that it lets pass first.
    #[serde(default)]
    pub skip: u32,
    /// If set, the call takes effect and only its answer is lost.
    #[serde(default)]
    pub after_effect: bool,
    /// The effect on these calls.
    pub effect: Effect,
}

/// The effect of a fault on a call.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// An error as AWS answers it.
    #[serde(rename_all = "kebab-case")]
    Exception {
        /// Such as `ConflictException`.
        name: String,
        /// Its message.
        #[serde(default)]
        message: String,
        /// The one that it usually has if left out: 500 for `ServerException`, 403 for `AccessDenied`, else mostly 400.
        #[serde(default)]
        status: Option<u16>,
    },
    /// `ThrottlingException`, or what the service calls that.
    Throttling,
    /// An HTTP status with any body, or none.
    #[serde(rename_all = "kebab-case")]
    Http {
        /// Such as 503.
        status: u16,
        /// Sent as it is.
        #[serde(default)]
        body: String,
    },
    /// The right answer, this many seconds late.
    #[serde(deserialize_with = "seconds")]
    Delay(Duration),
    /// No answer for an hour, by when every caller has gone.
    Hang,
    /// The connection is closed without an answer.
    Drop,
    /// ECS's `List…` and `Describe…` answer the state of this many seconds ago.
    #[serde(deserialize_with = "seconds")]
    Stale(Duration),
}

impl Fault {
    fn of(effect: Effect) -> Self {
        Self { operation: None, service: None, times: None, skip: 0, after_effect: false, effect }
    }

    /// Answers this exception.
    #[must_use]
    pub fn exception(name: &str, message: &str) -> Self {
        Self::of(Effect::Exception { name: name.to_owned(), message: message.to_owned(), status: None })
    }

    /// Answers that there are too many calls.
    #[must_use]
    pub fn throttling() -> Self {
        Self::of(Effect::Throttling)
    }

    /// Answers this HTTP status and body, which need not be JSON.
    #[must_use]
    pub fn http(status: u16, body: &str) -> Self {
        Self::of(Effect::Http { status, body: body.to_owned() })
    }

    /// Answers late.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self::of(Effect::Delay(by))
    }

    /// Does not answer.
    #[must_use]
    pub fn hang() -> Self {
        Self::of(Effect::Hang)
    }

    /// Closes the connection.
    #[must_use]
    pub fn dropped() -> Self {
        Self::of(Effect::Drop)
    }

    /// Answers reads with the state of this long ago.
    #[must_use]
    pub fn stale(by: Duration) -> Self {
        Self::of(Effect::Stale(by))
    }

    /// Strikes only this operation.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Strikes only calls about this service: `cluster/service`, or an ARN of the service or its service deployment.
    #[must_use]
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Strikes up to `times` calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes one call.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Lets this number of calls pass first.
    #[must_use]
    pub fn skip(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// The call takes effect, and only its answer is lost.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    /// Counts the call if it fits. Returns true if it is struck.
    pub(crate) fn strikes(&mut self, operation: Operation, service: Option<&str>, body: &Value) -> bool {
        let fits = self.operation.is_none_or(|only| only == operation)
            && self.service.as_deref().is_none_or(|only| service == Some(only) || contains(body, only));
        if !fits || self.times == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times = self.times.map(|left| left - 1);
        true
    }
}

fn contains(body: &Value, arn: &str) -> bool {
    arn.starts_with("arn:") && body.to_string().contains(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_skips_then_strikes_then_rests() {
        let mut fault = Fault::throttling().on(Operation::ListServices).skip(1).times(2);
        let mut strikes = || fault.strikes(Operation::ListServices, None, &Value::Null);
        assert_eq!([strikes(), strikes(), strikes(), strikes()], [false, true, true, false]);
    }

    #[test]
    fn a_fault_keeps_to_its_operation_and_service() {
        let mut fault = Fault::dropped().on(Operation::StopServiceDeployment).service("prod/web");
        assert!(!fault.strikes(Operation::DescribeServices, Some("prod/web"), &Value::Null));
        assert!(!fault.strikes(Operation::StopServiceDeployment, Some("prod/cart"), &Value::Null));
        assert!(fault.strikes(Operation::StopServiceDeployment, Some("prod/web"), &Value::Null));
    }
}
