//! Amazon SNS: the topic that takes notices.

use aws_config::SdkConfig;
use aws_sdk_sns::{Client, types::MessageAttributeValue};

use super::{
    calls::Calls,
    config::{in_region_of, own_retries},
    error::CallError,
};

/// A message to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The subject of an e-mail: a line of at most 100 ASCII characters (`Publish` in the SNS API Reference).
    pub(crate) subject: String,
    /// A JSON object with the text for each protocol, under `default` and others.
    pub(crate) body: String,
    /// The attributes by which subscriptions can filter.
    pub(crate) attributes: Vec<(&'static str, String)>,
}

/// An SNS topic.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of this ARN, with the credentials and endpoints of `config`.
    pub(crate) fn new(arn: &str, config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_sns::config::Builder::from(&in_region_of(arn, config)).interceptor(calls.clone());
        let config = config.retry_partition(own_retries("sns")).build();
        Self { client: Client::from_conf(config), arn: arn.to_owned() }
    }

    /// Publishes a message.
    pub(crate) async fn publish(&self, message: &Message) -> Result<(), CallError> {
        let mut publish = self.client.publish().topic_arn(&self.arn).subject(&message.subject).message(&message.body);
        publish = publish.message_structure("json");
        for (name, value) in &message.attributes {
            let attribute = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let attribute = attribute.map_err(|error| {
                CallError::refused("sns:Publish", self.doing(), "ValidationError", &error.to_string())
            })?;
            publish = publish.message_attributes(*name, attribute);
        }
        publish.send().await.map(drop).map_err(|error| CallError::new("sns:Publish", self.doing(), error))
    }

    fn doing(&self) -> String {
        format!("publish to {}", self.arn)
    }
}
