//! Comparison of two payloads.

use std::collections::BTreeSet;

use serde_json::Value;

/// Keys whose values are names or explanations that nobody parses; only the types of these are compared.
const FREE: [&str; 13] = [
    "ApproximateFirstReceiveTimestamp",
    "Id",
    "Label",
    "MessageId",
    "SentTimestamp",
    "errorMessage",
    "errorType",
    "id",
    "label",
    "messageId",
    "queryDate",
    "receiptHandle",
    "requestId",
];

/// Keys that hold JSON in a string.
const TEXT: [&str; 3] = ["Message", "body", "reasonData"];

/// Compares a builder's payload with a file of `events/`: the same keys, and the same values where these matter.
pub(crate) fn assert_same(built: &Value, file: &Value, place: &str) {
    match (built, file) {
        (Value::Object(built), Value::Object(file)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(built), keys(file), "the keys of {place}");
            for (key, value) in file {
                let place = format!("{place}/{key}");
                if TEXT.contains(&key.as_str()) {
                    assert_same(&parsed(&built[key]), &parsed(value), &place);
                } else if FREE.contains(&key.as_str()) || is_reason_of_before(&place) {
                    assert_eq!(kind(&built[key]), kind(value), "the kind of {place}");
                } else {
                    assert_same(&built[key], value, &place);
                }
            }
        }
        (Value::Array(built), Value::Array(file)) => {
            assert_eq!(built.len(), file.len(), "the length of {place}");
            for (index, (built, file)) in built.iter().zip(file).enumerate() {
                assert_same(built, file, &format!("{place}/{index}"));
            }
        }
        _ => assert_eq!(built, file, "{place}"),
    }
}

/// Checks for the reason of an alarm's previous state.
fn is_reason_of_before(place: &str) -> bool {
    place.ends_with("/previousState/reason")
}

/// Parses JSON in a string; other text stays as it is.
fn parsed(text: &Value) -> Value {
    text.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| text.clone())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn payloads_differ_if_a_value_a_key_or_a_type_differs() {
    use serde_json::json;
    let file = json!({"id": "a", "state": {"value": "ALARM"}, "body": "{\"threshold\":1.0}", "list": [1]});
    let cases = [
        json!({"id": 1, "state": {"value": "ALARM"}, "body": "{\"threshold\":1.0}", "list": [1]}),
        json!({"id": "a", "state": {"value": "OK"}, "body": "{\"threshold\":1.0}", "list": [1]}),
        json!({"id": "a", "state": {"value": "ALARM", "more": 1}, "body": "{\"threshold\":1.0}", "list": [1]}),
        json!({"id": "a", "state": {"value": "ALARM"}, "body": "{\"threshold\":2.0}", "list": [1]}),
        json!({"id": "a", "state": {"value": "ALARM"}, "body": "{\"threshold\":1.0}", "list": [1, 2]}),
    ];
    assert_same(
        &json!({"id": "b", "state": {"value": "ALARM"}, "body": "{\"threshold\": 1.0}", "list": [1]}),
        &file,
        "",
    );
    for built in cases {
        let refused = std::panic::catch_unwind(|| assert_same(&built, &file, "")).is_err();
        assert!(refused, "{built}");
    }
}
