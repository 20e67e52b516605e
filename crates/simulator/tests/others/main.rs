//! The services other than ECS, and the behaviour that all share.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alarms;
mod faults;
mod history;
mod metric_data;
#[cfg(feature = "sdk")]
mod network;
mod notices;

use serde_json::Value;
use simulator::{Answer, Aws, Home, Operation, Request};

fn noon() -> jiff::Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn aws() -> Aws {
    Aws::new(Home::default(), noon())
}

/// The status and body of the answer. A CBOR body is converted to JSON.
fn ask(aws: &mut Aws, operation: Operation, body: &Value) -> (u16, String) {
    read(&aws.handle(&Request::new(operation, body)))
}

/// The answer to a call that must succeed, as JSON.
fn answer(aws: &mut Aws, operation: Operation, body: &Value) -> Value {
    let (status, text) = ask(aws, operation, body);
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The type of the error of a call that must fail.
fn refusal(aws: &mut Aws, operation: Operation, body: &Value) -> String {
    let (status, text) = ask(aws, operation, body);
    assert_ne!(status, 200, "{text}");
    serde_json::from_str::<Value>(&text).unwrap()["__type"].as_str().unwrap().to_owned()
}

fn read(answer: &Answer) -> (u16, String) {
    let Answer::Response { status, headers, body, .. } = answer else { panic!("{answer:?}") };
    let text = if headers.iter().any(|(_, value)| value == "application/cbor") {
        json(ciborium::from_reader(body.as_slice()).unwrap()).to_string()
    } else {
        String::from_utf8(body.clone()).unwrap()
    };
    (*status, text)
}

fn json(value: ciborium::Value) -> Value {
    match value {
        ciborium::Value::Tag(1, seconds) => json(*seconds),
        ciborium::Value::Array(items) => items.into_iter().map(json).collect(),
        ciborium::Value::Map(members) => {
            members.into_iter().map(|(name, value)| (name.into_text().unwrap(), json(value))).collect()
        }
        plain => plain.deserialized().unwrap(),
    }
}
