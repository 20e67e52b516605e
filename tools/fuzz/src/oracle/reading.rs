//! Readers of raw events and of ECS's answers.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::statement::Statement;

/// All objects in an event, also those in JSON within strings.
pub(super) fn gather(event: &Value) -> Vec<Statement> {
    let mut found = Vec::new();
    gather_within(event, None, &mut found);
    found
}

fn gather_within(value: &Value, published: Option<Timestamp>, found: &mut Vec<Statement>) {
    match value {
        Value::Object(map) => {
            found.push(Statement { object: value.clone(), published });
            let published = if map.contains_key("Message") { time(&value["Timestamp"]) } else { published };
            map.values().for_each(|within| gather_within(within, published, found));
        }
        Value::Array(items) => items.iter().for_each(|within| gather_within(within, published, found)),
        Value::String(text) => {
            if let Ok(within @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                gather_within(&within, published, found);
            }
        }
        _ => {}
    }
}

/// Collects all strings in a value that are not JSON themselves.
pub(super) fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|within| leaves(within, found)),
        Value::Array(items) => items.iter().for_each(|within| leaves(within, found)),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(within @ (Value::Object(_) | Value::Array(_))) => leaves(&within, found),
            _ => drop(found.insert(text.clone())),
        },
        _ => {}
    }
}

/// A time in events.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A time in the answers of ECS: seconds since 1970.
pub(super) fn epoch(value: &Value) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(value.as_f64()?).ok()?;
    // Whole milliseconds, because binary fractions are inexact.
    Timestamp::from_millisecond(
        i64::try_from(since.as_millis() + i128::from(since.subsec_micros() % 1_000 >= 500)).ok()?,
    )
    .ok()
}

/// The end of the newest datapoint that an alarm evaluated, if its `reasonData` is of the documented form.
pub(super) fn evidence(data: &Value) -> Option<Timestamp> {
    let parsed: Value;
    let data = match data.as_str() {
        Some(text) => {
            parsed = serde_json::from_str(text).ok()?;
            &parsed
        }
        None => data,
    };
    let as_documented = (data["startDate"].is_null() || time(&data["startDate"]).is_some())
        && data.get("recentDatapoints").is_none_or(Value::is_array);
    let period = data["period"].as_f64().filter(|period| as_documented && *period > 0.0 && *period < 1e6)?;
    let evaluated = data["evaluatedDatapoints"].as_array()?;
    let times: Option<Vec<Timestamp>> = evaluated.iter().map(|datapoint| time(&datapoint["timestamp"])).collect();
    Some(times?.into_iter().max()? + SignedDuration::try_from_secs_f64(period).ok()?)
}
