//! The `reasonData` of an alarm: the data that it judged, or the children of a composite alarm.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::fields::Time;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData {
    period: Option<f64>,
    start_date: Option<Time>,
    #[serde(default)]
    recent_datapoints: Vec<Value>,
    #[serde(default)]
    evaluated_datapoints: Vec<Datapoint>,
}

#[derive(Deserialize)]
struct Datapoint {
    timestamp: Time,
}

/// The end of the newest datapoint that an alarm judged. `period` is in seconds, for alarms that do not repeat it in
/// their reason. `None` where it cannot be read: then there is no evidence, and nothing follows from that.
pub(super) fn end(reason_data: &Value, period: Option<f64>) -> Option<Timestamp> {
    let data = ReasonData::deserialize(parsed(reason_data).as_ref()).ok()?;
    let period = SignedDuration::try_from_secs_f64(data.period.or(period)?).ok().filter(SignedDuration::is_positive)?;
    let evaluated = data.evaluated_datapoints.iter().map(|datapoint| datapoint.timestamp).max();
    let (Time(start), periods) = match evaluated {
        Some(newest) => (newest, 1),
        None => (data.start_date?, data.recent_datapoints.len()),
    };
    let periods = i32::try_from(periods).ok().filter(|periods| *periods > 0)?;
    start.checked_add(period.checked_mul(periods)?).ok()
}

/// The threshold of an alarm, if it has a fixed one.
pub(super) fn threshold(reason_data: &Value) -> Option<f64> {
    parsed(reason_data).get("threshold")?.as_f64()
}

/// The ARNs of the children in ALARM that the `reasonData` of a composite alarm names; none if it cannot be read.
#[must_use]
pub fn triggering(reason_data: &Value) -> Vec<String> {
    let parsed = parsed(reason_data);
    let children = parsed.get("triggeringAlarms").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    children
        .iter()
        .filter(|child| child.pointer("/state/value").and_then(Value::as_str) == Some("ALARM"))
        .filter_map(|child| child.get("arn").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

/// `reasonData` as an object: it is a string of JSON. Null if it cannot be read.
fn parsed(reason_data: &Value) -> Cow<'_, Value> {
    match reason_data {
        Value::String(json) => Cow::Owned(serde_json::from_str(json).unwrap_or_default()),
        object => Cow::Borrowed(object),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn evidence_ends_one_period_after_the_newest_datapoint() {
        let cases = [
            (
                "the newest of the evaluated datapoints, whatever their order",
                json!({"period": 60, "evaluatedDatapoints": [
                    {"timestamp": "2026-06-01T11:54:00.000+0000", "value": 9.0},
                    {"timestamp": "2026-06-01T11:56:00.000+0000", "value": 9.0},
                    {"timestamp": "2026-06-01T11:55:00.000+0000"}
                ]}),
                None,
                Some("2026-06-01T11:57:00Z"),
            ),
            (
                "else the start and the count of the recent datapoints",
                json!({"period": 300, "startDate": "2026-06-01T11:40:00.000+0000", "recentDatapoints": [1.0, 2.0, 3.0]}),
                None,
                Some("2026-06-01T11:55:00Z"),
            ),
            (
                "the period of the metric where the reason has none",
                json!({"startDate": "2026-06-01T11:50:00.000+0000", "recentDatapoints": [1.0]}),
                Some(60.0),
                Some("2026-06-01T11:51:00Z"),
            ),
            ("no period", json!({"startDate": "2026-06-01T11:50:00Z", "recentDatapoints": [1.0]}), None, None),
            (
                "no datapoint",
                json!({"period": 60, "startDate": "2026-06-01T11:50:00Z", "recentDatapoints": []}),
                None,
                None,
            ),
            (
                "one datapoint that cannot be read makes the newest unknown",
                json!({"period": 60, "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:54:00Z"}, {"timestamp": "soon"}]}),
                None,
                None,
            ),
            ("a composite's children", json!({"triggeringAlarms": [{"arn": "a"}]}), Some(60.0), None),
            (
                "an absurd period",
                json!({"period": 1e300, "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:54:00Z"}]}),
                None,
                None,
            ),
            (
                "a negative period",
                json!({"period": -60, "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:54:00Z"}]}),
                None,
                None,
            ),
            ("text that is no JSON", json!("... elided ..."), Some(60.0), None),
        ];
        for (case, data, period, expected) in cases {
            let expected: Option<Timestamp> = expected.map(|time: &str| time.parse().unwrap());
            assert_eq!(end(&data, period), expected, "{case}");
            let quoted = if data.is_string() { data } else { Value::String(data.to_string()) };
            assert_eq!(end(&quoted, period), expected, "{case}, as a string");
        }
    }
}
