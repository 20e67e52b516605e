//! The two channels of notices: an Amazon SNS topic and an Amazon EventBridge event bus.

use aws_config::{Region, SdkConfig};
use aws_sdk_eventbridge::{primitives::DateTime, types::PutEventsRequestEntry};
use aws_sdk_sns::types::MessageAttributeValue;
use jiff::Timestamp;

use super::{CallError, Calls, retries, timeouts};
use crate::{
    notice::{Event, Message},
    target::Arn,
};

/// An SNS topic that takes notices.
#[derive(Debug, Clone)]
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    /// The topic of this ARN, with the credentials and endpoints of `config`.
    #[must_use]
    pub fn new(arn: &str, config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_sns::config::Builder::from(&at(arn, config)).interceptor(calls.clone()).build();
        Self { client: aws_sdk_sns::Client::from_conf(config), arn: arn.to_owned() }
    }

    /// Publishes a message.
    ///
    /// # Errors
    /// When the topic does not take it.
    pub async fn publish(&self, message: &Message) -> Result<(), CallError> {
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

/// An event bus that takes notices.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: aws_sdk_eventbridge::Client,
    name: String,
}

impl EventBus {
    /// The bus of this name or ARN, with the credentials and endpoints of `config`.
    #[must_use]
    pub fn new(name: &str, config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_eventbridge::config::Builder::from(&at(name, config)).interceptor(calls.clone()).build();
        Self { client: aws_sdk_eventbridge::Client::from_conf(config), name: name.to_owned() }
    }

    /// Puts an event.
    ///
    /// # Errors
    /// When the bus does not take it.
    pub async fn put(&self, event: &Event) -> Result<(), CallError> {
        let doing = format!("put an event on {}", self.name);
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(Event::SOURCE)
            .detail_type(Event::DETAIL_TYPE)
            .time(time(event.at))
            .set_resources(Some(event.resources.clone()))
            .detail(&event.detail)
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| CallError::new("events:PutEvents", doing.clone(), error))?;
        // An entry that was not taken does not make the call fail.
        match answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry.error_message()))) {
            Some((code, message)) => {
                Err(CallError::refused("events:PutEvents", doing, code, message.unwrap_or("no message")))
            }
            None if answer.failed_entry_count() > 0 => {
                Err(CallError::refused("events:PutEvents", doing, "InternalFailure", "the entry was not taken"))
            }
            None => Ok(()),
        }
    }
}

/// The configuration for a resource in the Region of its ARN, if it is one.
fn at(resource: &str, config: &SdkConfig) -> SdkConfig {
    let config = config.to_builder().timeout_config(timeouts()).retry_config(retries());
    match Arn::parse(resource) {
        Some(arn) => config.region(Region::new(arn.region.to_owned())).build(),
        None => config.build(),
    }
}

fn time(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}
