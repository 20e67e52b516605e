//! Event JSON to signals. Each shape is recognized by the keys that only it has, never by trial and error.

mod alarm;
mod ecs;
mod envelope;
mod fields;
mod origin;
mod reason_data;
mod request;

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::{
    ecs::SIGNALS,
    reason_data::{Circumstances, run, triggering},
};
use crate::{signal::Signal, text::shown};

/// The input of one invocation.
#[derive(Debug)]
pub struct Batch {
    /// The form of the answer that the caller expects.
    pub answer: AnswerForm,
    /// The records, in order; a single one for an event without an envelope.
    pub records: Vec<Record>,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// With the report's outcomes.
    Outcomes,
    /// With the SQS messages that failed.
    BatchItemFailures,
}

/// One record of a batch. Each is read on its own, so that a malformed one does not spoil the others.
#[derive(Debug)]
pub struct Record {
    /// The SQS message's id.
    pub message_id: Option<String>,
    /// The signal that it carries.
    pub signal: Result<Signal, Unrecognized>,
}

/// An input that is not a known event, or one of a known shape with an impossible content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; expected {EXPECTED}; got {seen}")]
pub struct Unrecognized {
    problem: String,
    seen: Seen,
}

const EXPECTED: &str = "a CloudWatch alarm (as a Lambda action, from EventBridge or from SNS), an ECS event from EventBridge, \
    a batch of these from SNS or SQS, or, by direct invocation, {\"cluster\", \"service\", \"reason\"} or \
    {\"serviceDeploymentArn\", \"reason\"}";

impl Unrecognized {
    fn new(problem: impl Into<String>, event: &Value) -> Self {
        Self { problem: problem.into(), seen: Seen::of(event) }
    }

    /// The error for input that is not JSON.
    #[must_use]
    pub fn not_json(problem: &str) -> Self {
        Self { problem: format!("the input is not JSON ({problem})"), seen: Seen("bytes that are not JSON".to_owned()) }
    }
}

/// The outline of a JSON value: its kind and its top-level keys, never its values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen(String);

impl Seen {
    /// Enough keys to recognize any known shape; more would only make the message unreadable.
    const MOST_KEYS: usize = 20;
    const LONGEST_KEY: usize = 64;

    fn of(event: &Value) -> Self {
        Self(match event {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "a boolean".to_owned(),
            Value::Number(_) => "a number".to_owned(),
            Value::String(_) => "a string".to_owned(),
            Value::Array(items) => format!("an array of {} items", items.len()),
            Value::Object(map) if map.is_empty() => "an object with no keys".to_owned(),
            Value::Object(map) => {
                let keys: Vec<String> =
                    map.keys().take(Self::MOST_KEYS).map(|key| shown(key, Self::LONGEST_KEY)).collect();
                let more = map.len().saturating_sub(Self::MOST_KEYS);
                let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("an object with the keys {}{rest}", keys.join(", "))
            }
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads an event.
///
/// # Errors
/// When it is not a known event. A malformed record of a batch is that record's error, not this one.
pub fn parse(event: &Value) -> Result<Batch, Unrecognized> {
    match event.get("Records") {
        Some(records) => envelope::parse(records, event),
        None => Ok(Batch {
            answer: AnswerForm::Outcomes,
            records: vec![Record { message_id: None, signal: parse_one(event, Came::Directly) }],
        }),
    }
}

/// The way by which an event arrived.
#[derive(Debug, Clone, Copy)]
enum Came {
    /// As the payload of an invocation.
    Directly,
    /// In an SQS message.
    InQueue,
    /// In an SNS message.
    InTopic,
    /// From an on-failure record, which gives the time of the failure.
    Back(Option<Timestamp>),
}

/// Parses an event without an SNS or SQS envelope.
fn parse_one(event: &Value, came: Came) -> Result<Signal, Unrecognized> {
    let has = |key: &str| event.get(key).is_some();
    if has("detail-type") {
        let source = event.get("source").and_then(Value::as_str);
        match source {
            Some("aws.cloudwatch") => alarm::from_eventbridge(event),
            Some("aws.ecs") => ecs::from_eventbridge(event),
            _ => {
                Err(Unrecognized::new("an EventBridge event of another source than aws.cloudwatch and aws.ecs", event))
            }
        }
    } else if has("alarmData") {
        alarm::from_action(event)
    } else if has("NewStateValue") {
        alarm::from_sns(event, alarm::Envelope::default())
    } else if has("requestPayload") && has("requestContext") {
        // The record that Lambda sends to an on-failure destination, redriven.
        envelope::parse_returned(event, came)
    } else if request::is_one(event) {
        match came {
            Came::Directly => request::parse(event, None),
            Came::Back(Some(failed)) => request::parse(event, Some(failed)),
            Came::Back(None) => {
                Err(Unrecognized::new("a request from an on-failure record without a timestamp", event))
            }
            Came::InQueue | Came::InTopic => Err(Unrecognized::new(
                "a request in a message of SNS or SQS, although only a direct invocation can make one",
                event,
            )),
        }
    } else {
        Err(Unrecognized::new("not a known event", event))
    }
}

/// Reads `event` as a `T`. The message names the place of a wrong field, never its value.
fn read<T: DeserializeOwned>(event: &Value, what: &str) -> Result<T, Unrecognized> {
    serde_path_to_error::deserialize(event).map_err(|error| {
        let place = error.path().to_string();
        let problem = if place == "." {
            format!("{what} lacks a field or has one of a wrong kind")
        } else {
            format!("{what} whose {} is missing, of a wrong kind or impossible", shown(&place, 200))
        };
        Unrecognized::new(problem, event)
    })
}
