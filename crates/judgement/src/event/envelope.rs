//! SNS and SQS batches. Each record is parsed on its own.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{AnswerForm, Batch, Came, Record, Unrecognized, alarm, fields::Time, parse_one, read};
use crate::signal::Signal;

pub(super) fn parse(records: &Value, event: &Value) -> Result<Batch, Unrecognized> {
    let records = match records.as_array() {
        Some(records) if !records.is_empty() => records,
        _ => return Err(Unrecognized::new("\"Records\" is not a list with something in it", event)),
    };
    let from = |record: &Value, key: &str, source: &str| record.get(key).and_then(Value::as_str) == Some(source);
    if records.iter().any(|record| from(record, "eventSource", "aws:sqs")) {
        return Ok(Batch { answer: AnswerForm::BatchItemFailures, records: records.iter().map(open_sqs).collect() });
    }
    if records.iter().any(|record| from(record, "EventSource", "aws:sns")) {
        return Ok(Batch { answer: AnswerForm::Outcomes, records: records.iter().map(open_sns).collect() });
    }
    Err(Unrecognized::new("a batch from another source than SNS and SQS", event))
}

/// Reads the payload of an on-failure record: one event, or the single notification of an invocation by SNS.
pub(super) fn parse_returned(returned: &Value, came: Came) -> Result<Signal, Unrecognized> {
    let payload = &returned["requestPayload"];
    let failed = returned.get("timestamp").and_then(|time| Time::deserialize(time).ok()).map(|Time(time)| time);
    let signal = match payload.get("Records").and_then(Value::as_array).map(Vec::as_slice) {
        Some([record]) if record.get("Sns").is_some() => open_sns(record).signal,
        // Lambda's own records come from the queue, or from a person who copied one; a topic may carry anything.
        _ => parse_one(payload, if matches!(came, Came::InTopic) { came } else { Came::Back(failed) }),
    }?;
    Ok(dated(signal, failed))
}

/// The signal, with the date of its envelope if it has none of its own.
fn dated(signal: Signal, enveloped: Option<Timestamp>) -> Signal {
    Signal { sent: signal.sent.or(enveloped), ..signal }
}

/// The fields needed from an SQS message. The crate `aws_lambda_events` would add many dependencies.
#[derive(Deserialize)]
struct Message {
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    /// When SQS took the message, in milliseconds since 1970.
    sent_timestamp: Option<String>,
}

impl Message {
    fn sent(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.attributes.sent_timestamp.as_deref()?.parse().ok()?).ok()
    }
}

fn open_sqs(record: &Value) -> Record {
    // The id is read separately, because a message that is otherwise unreadable must still be returned by its id.
    let message_id = record.get("messageId").and_then(Value::as_str).map(str::to_owned);
    let signal = read::<Message>(record, "an SQS message").and_then(|message| {
        let body = json(&message.body, "the body of an SQS message", record)?;
        if body.get("Type").and_then(Value::as_str) == Some("Notification") {
            open_notification(&body)
        } else {
            parse_one(&body, Came::InQueue)
        }
        .map(|signal| dated(signal, message.sent()))
    });
    Record { message_id, signal }
}

fn open_sns(record: &Value) -> Record {
    let signal = match record.get("Sns") {
        Some(notification) => open_notification(notification),
        None => Err(Unrecognized::new("an SNS record without \"Sns\"", record)),
    };
    Record { message_id: None, signal }
}

/// The fields needed from an SNS notification. The struct of `aws_lambda_events` requires its signature and more.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    topic_arn: Option<String>,
    message: String,
    timestamp: Option<Time>,
}

fn open_notification(notification: &Value) -> Result<Signal, Unrecognized> {
    let Notification { topic_arn, message, timestamp } = read(notification, "an SNS notification")?;
    let message = json(&message, "the message of an SNS notification", notification)?;
    if message.get("NewStateValue").is_some() {
        alarm::from_sns(&message, alarm::Envelope { topic: topic_arn.as_deref(), published: timestamp })
    } else {
        let signal = parse_one(&message, Came::InTopic)?;
        Ok(dated(signal, timestamp.map(|Time(time)| time)))
    }
}

fn json(text: &str, what: &str, within: &Value) -> Result<Value, Unrecognized> {
    serde_json::from_str(text).map_err(|_| Unrecognized::new(format!("{what} is not JSON"), within))
}
