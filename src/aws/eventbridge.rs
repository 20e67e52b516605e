//! Amazon EventBridge: the event bus that takes notices.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::{Client, primitives::DateTime, types::PutEventsRequestEntry};
use jiff::Timestamp;

use super::{
    calls::Calls,
    config::{in_region_of, own_retries},
    error::CallError,
};

/// An event to put on a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BusEvent {
    /// Its source.
    pub(crate) source: &'static str,
    /// Its detail type.
    pub(crate) detail_type: &'static str,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The ARNs that it is about.
    pub(crate) resources: Vec<String>,
    /// Its detail, as JSON.
    pub(crate) detail: String,
}

/// An event bus.
#[derive(Debug, Clone)]
pub(crate) struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// The bus of this name or ARN, with the credentials and endpoints of `config`.
    pub(crate) fn new(name: &str, config: &SdkConfig, calls: &Calls) -> Self {
        let config = in_region_of(name, config);
        let config = aws_sdk_eventbridge::config::Builder::from(&config).interceptor(calls.clone());
        let config = config.retry_partition(own_retries("eventbridge")).build();
        Self { client: Client::from_conf(config), name: name.to_owned() }
    }

    /// Puts an event on the bus.
    pub(crate) async fn put(&self, event: &BusEvent) -> Result<(), CallError> {
        let doing = format!("put an event on {}", self.name);
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(event.source)
            .detail_type(event.detail_type)
            .time(DateTime::from_secs(event.at.as_second()))
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
