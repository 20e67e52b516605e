//! Amazon SNS, which takes every message.

use serde_json::Value;

use crate::ids::Ids;
use crate::operation::Operation;
use crate::protocol::{result, text};
use crate::wire::ApiError;

/// The messages on all topics.
#[derive(Clone, Debug, Default)]
pub struct Sns {
    /// The fields of each `Publish`, oldest first: `TopicArn`, `Subject`, `Message`, …
    pub published: Vec<Value>,
    ids: Ids,
}

impl Sns {
    pub(crate) fn perform(&mut self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        if body["Message"].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::new("InvalidParameter", "Invalid parameter: Empty message"));
        }
        if body["TopicArn"].as_str().is_none_or(|arn| !arn.contains(":sns:")) {
            return Err(ApiError::new("InvalidParameter", "Invalid parameter: TopicArn"));
        }
        self.published.push(body.clone());
        Ok(result(operation.name(), &text("MessageId", &self.ids.uuid())))
    }
}
