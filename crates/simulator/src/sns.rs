//! Amazon SNS, which takes every message, and shows the subscriptions of topics.

use serde::Deserialize;
use serde_json::Value;

use crate::ids::Ids;
use crate::operation::Operation;
use crate::page::PageRequest;
use crate::protocol::{element, result, text};
use crate::wire::ApiError;

/// The messages on all topics.
#[derive(Clone, Debug, Default)]
pub struct Sns {
    /// The fields of each `Publish`, oldest first: `TopicArn`, `Subject`, `Message`, …
    pub published: Vec<Value>,
    subscriptions: Vec<Subscription>,
    ids: Ids,
}

/// A subscription, as in `[[subscription]]` of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The topic's ARN.
    pub topic: String,
    /// The protocol, such as `lambda` or `sqs`.
    pub protocol: String,
    /// The ARN of the function or queue, or what else the protocol has.
    pub endpoint: String,
    /// `true` if it is not confirmed.
    #[serde(default)]
    pub pending: bool,
}

impl Subscription {
    fn shown(&self, number: usize) -> String {
        let arn = if self.pending { "PendingConfirmation".to_owned() } else { format!("{}:{number:036}", self.topic) };
        let owner = self.topic.split(':').nth(4).unwrap_or_default();
        let fields = text("SubscriptionArn", &arn)
            + &text("Owner", owner)
            + &text("Protocol", &self.protocol)
            + &text("Endpoint", &self.endpoint)
            + &text("TopicArn", &self.topic);
        element("member", &fields)
    }
}

impl Sns {
    /// Subscribes the function or queue with this ARN to the topic.
    pub fn subscribe(&mut self, topic: &str, endpoint: &str) {
        let protocol = endpoint.split(':').nth(2).unwrap_or_default().to_owned();
        let (topic, endpoint) = (topic.to_owned(), endpoint.to_owned());
        self.add(Subscription { topic, protocol, endpoint, pending: false });
    }

    /// Adds a subscription.
    pub fn add(&mut self, subscription: Subscription) {
        self.subscriptions.push(subscription);
    }

    pub(crate) fn perform(&mut self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::ListSubscriptionsByTopic => self.list(operation, body),
            _ => self.publish(operation, body),
        }
    }

    fn list(&self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        let topic = body["TopicArn"].as_str().unwrap_or_default();
        let of_topic: Vec<&Subscription> = self.subscriptions.iter().filter(|one| one.topic == topic).collect();
        if of_topic.is_empty() {
            return Err(ApiError::new("NotFound", "Topic does not exist"));
        }
        let page = PageRequest {
            list: format!("subscriptions {topic}"),
            token: body["NextToken"].as_str(),
            max_results: None,
            usual: 100,
            at_most: None,
        };
        let (subscriptions, token) = page.cut(of_topic)?;
        let shown: String = subscriptions.iter().zip(1..).map(|(one, number)| one.shown(number)).collect();
        let next = token.map(|token| text("NextToken", &token)).unwrap_or_default();
        Ok(result(operation.name(), &(element("Subscriptions", &shown) + &next)))
    }

    fn publish(&mut self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
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
