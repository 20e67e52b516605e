//! Event JSON to signals. Each shape is told apart by the keys that only it has; a shape is never guessed by trying.

mod alarm;
mod ecs;
mod envelope;
mod fields;
mod manual;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::alarm::triggering;
pub use self::ecs::SIGNALS;
use crate::signal::Signal;

/// What one invocation was given.
#[derive(Debug)]
pub struct Batch {
    /// How whoever invokes the function wants to be answered.
    pub answer: AnswerForm,
    /// The records, in their order; one for an event that came without an envelope.
    pub records: Vec<Record>,
}

/// How an invocation is answered.
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

/// Input that is no event we know, or one of a known shape that says something impossible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; expected {EXPECTED}; got {seen}")]
pub struct Unrecognized {
    problem: String,
    seen: Seen,
}

const EXPECTED: &str = "a CloudWatch alarm (as a Lambda action, from EventBridge or from SNS), an ECS event from EventBridge, \
    a batch of these from SNS or SQS, or {\"cluster\", \"service\", \"reason\"} or {\"serviceDeploymentArn\", \"reason\"}";

impl Unrecognized {
    fn new(problem: impl Into<String>, event: &Value) -> Self {
        Self { problem: problem.into(), seen: Seen::of(event) }
    }

    /// What the function was given when the bytes were no JSON.
    #[must_use]
    pub fn not_json(problem: &str) -> Self {
        Self { problem: format!("the input is not JSON ({problem})"), seen: Seen("bytes that are not JSON".to_owned()) }
    }
}

/// The outline of a JSON value: its kind and its top-level keys, never its values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen(String);

impl Seen {
    /// Enough keys to tell any shape we know; more would only make an absurd message.
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

/// Text from a payload, quoted, escaped and cut, fit for a message of one line.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    let cut: String = text.chars().take(longest).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{dots}")
}

/// Reads an event.
///
/// # Errors
/// When it is no event we know. A malformed record of a batch is that record's error, not this one.
pub fn parse(event: &Value) -> Result<Batch, Unrecognized> {
    match event.get("Records") {
        Some(records) => envelope::parse(records, event),
        None => Ok(Batch {
            answer: AnswerForm::Outcomes,
            records: vec![Record { message_id: None, signal: parse_one(event) }],
        }),
    }
}

/// Reads an event that stands in no envelope.
fn parse_one(event: &Value) -> Result<Signal, Unrecognized> {
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
        alarm::from_sns(event, None)
    } else if has("requestPayload") && has("requestContext") {
        // What Lambda sends to an on-failure destination, given back for another try.
        envelope::parse_returned(&event["requestPayload"])
    } else if has("service") || has("cluster") || has("serviceDeploymentArn") {
        manual::parse(event)
    } else {
        Err(Unrecognized::new("no event we know", event))
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
