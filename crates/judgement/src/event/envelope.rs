//! SNS and SQS batches: each record opened on its own.

use aws_lambda_events::sqs::SqsMessage;
use serde::Deserialize;
use serde_json::Value;

use super::{AnswerForm, Batch, Record, Unrecognized, alarm, fields::Time, parse_one, read};
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

/// Reads the payload of an on-failure record: one event, or the one notification that SNS gives to an invocation.
pub(super) fn parse_returned(payload: &Value) -> Result<Signal, Unrecognized> {
    match payload.get("Records").and_then(Value::as_array).map(Vec::as_slice) {
        Some([record]) if record.get("Sns").is_some() => open_sns(record).signal,
        _ => parse_one(payload),
    }
}

fn open_sqs(record: &Value) -> Record {
    // The id is read by itself: a message that cannot be read otherwise must still be handed back by its id.
    let message_id = record.get("messageId").and_then(Value::as_str).map(str::to_owned);
    let signal = read::<SqsMessage>(record, "an SQS message").and_then(|message| {
        let body = json(message.body.as_deref().unwrap_or_default(), "the body of an SQS message", record)?;
        if body.get("Type").and_then(Value::as_str) == Some("Notification") {
            open_notification(&body)
        } else {
            parse_one(&body)
        }
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
    message: String,
    timestamp: Option<Time>,
}

fn open_notification(notification: &Value) -> Result<Signal, Unrecognized> {
    let Notification { message, timestamp } = read(notification, "an SNS notification")?;
    let message = json(&message, "the message of an SNS notification", notification)?;
    if message.get("NewStateValue").is_some() { alarm::from_sns(&message, timestamp) } else { parse_one(&message) }
}

fn json(text: &str, what: &str, within: &Value) -> Result<Value, Unrecognized> {
    serde_json::from_str(text).map_err(|_| Unrecognized::new(format!("{what} is not JSON"), within))
}
