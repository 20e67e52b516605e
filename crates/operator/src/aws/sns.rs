//! Amazon SNS: topics and their subscriptions.

use aws_config::{Region, SdkConfig};
use aws_sdk_sns::Client;
use ecs_auto_rollback::{CallError, ErrorKind};
use judgement::Arn;
use serde_json::Value;

use super::config::patient;

/// The gateway to Amazon SNS.
#[derive(Debug, Clone)]
pub(crate) struct Sns {
    config: SdkConfig,
}

/// A topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Topic {
    /// The policy that says who may publish.
    pub(crate) policy: Option<Value>,
    /// The number of confirmed subscriptions.
    pub(crate) confirmed: u32,
    /// The number of subscriptions that wait for a confirmation.
    pub(crate) pending: u32,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// Its endpoint: the ARN of a queue, for example.
    pub(crate) endpoint: String,
    /// `true` if it was confirmed.
    pub(crate) is_confirmed: bool,
}

impl Sns {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { config: patient(config) }
    }

    /// The topic with this ARN. `None` if it does not exist.
    pub(crate) async fn topic(&self, arn: &str) -> Result<Option<Topic>, CallError> {
        let answer = self.client(arn).get_topic_attributes().topic_arn(arn).send().await;
        let answer =
            answer.map_err(|error| CallError::new("sns:GetTopicAttributes", format!("read the topic {arn}"), error));
        let answer = match answer {
            Err(CallError { kind: ErrorKind::ResourceNotFound, .. }) => return Ok(None),
            answer => answer?,
        };
        let attribute = |name: &str| answer.attributes().and_then(|attributes| attributes.get(name));
        let count = |name: &str| attribute(name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(Some(Topic {
            policy: attribute("Policy").and_then(|text| serde_json::from_str(text).ok()),
            confirmed: count("SubscriptionsConfirmed"),
            pending: count("SubscriptionsPending"),
        }))
    }

    /// The subscriptions of a topic. One that does not exist has none.
    pub(crate) async fn subscriptions(&self, arn: &str) -> Result<Vec<Subscription>, CallError> {
        let client = self.client(arn);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = client.list_subscriptions_by_topic().topic_arn(arn).set_next_token(token).send().await;
            let page = page.map_err(|error| {
                let doing = format!("list the subscriptions of the topic {arn}");
                CallError::new("sns:ListSubscriptionsByTopic", doing, error)
            });
            let page = match page {
                Err(CallError { kind: ErrorKind::ResourceNotFound, .. }) => return Ok(found),
                page => page?,
            };
            found.extend(page.subscriptions().iter().map(|one| Subscription {
                endpoint: one.endpoint().unwrap_or_default().to_owned(),
                is_confirmed: one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")),
            }));
            token = page.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// A client in the Region of a topic.
    fn client(&self, arn: &str) -> Client {
        let region = Arn::parse(arn).map(|arn| Region::new(arn.region.to_owned()));
        let region = region.or_else(|| self.config.region().cloned());
        Client::new(&self.config.to_builder().region(region).build())
    }
}
