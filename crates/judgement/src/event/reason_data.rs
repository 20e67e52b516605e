//! The `reasonData` of an alarm: the datapoints that it evaluated, or the children of a composite alarm.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::fields::Time;
use crate::{
    run::{Band, Comparison, Datapoint, Judged, Run},
    signal::Child,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData {
    period: Option<f64>,
    query_date: Option<Time>,
    start_date: Option<Time>,
    threshold: Option<f64>,
    #[serde(default)]
    recent_datapoints: Vec<Value>,
    #[serde(default)]
    recent_lower_thresholds: Vec<Value>,
    #[serde(default)]
    recent_upper_thresholds: Vec<Value>,
    #[serde(default)]
    evaluated_datapoints: Vec<Evaluated>,
}

#[derive(Deserialize)]
struct Evaluated {
    timestamp: Time,
    value: Option<Value>,
}

/// The facts about an alarm beside its `reasonData`, as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// When it went to ALARM, by its own account.
    pub at: Option<Timestamp>,
    /// Its period in seconds, for alarms that do not repeat it in their reason.
    pub period: Option<f64>,
    /// Its comparison operator, from `DescribeAlarms`. The events with `reasonData` leave it out.
    pub operator: Option<&'a str>,
    /// Its treatment of missing data, such as `breaching`, from `DescribeAlarms`.
    pub missing_data: Option<&'a str>,
    /// The reason in its state.
    pub sentence: Option<&'a str>,
}

/// The run of breaching datapoints in the `reasonData` of an alarm. `None` if it is unreadable, which is no evidence.
#[must_use]
pub fn run(reason_data: &Value, alarm: &Circumstances<'_>) -> Option<Run> {
    let data = ReasonData::deserialize(parsed(reason_data).as_ref()).ok()?;
    let period = SignedDuration::try_from_secs_f64(data.period.or(alarm.period)?).ok();
    let sentence = alarm.sentence.unwrap_or_default();
    let judged = Judged {
        period: period.filter(SignedDuration::is_positive)?,
        at: alarm.at,
        threshold: data.threshold,
        comparison: alarm
            .operator
            .map(Comparison::of_operator)
            .unwrap_or_default()
            .or(Comparison::of_sentence(sentence)),
        missing_breaches: alarm.missing_data == Some("breaching") || sentence.contains("treated as [Breaching]"),
    };
    let datapoints = if data.evaluated_datapoints.is_empty() {
        data.consecutive(judged.period, alarm.at)?
    } else {
        let of = |point: &Evaluated| (point.timestamp.0, point.value.as_ref().and_then(Value::as_f64));
        data.evaluated_datapoints.iter().map(of).collect()
    };
    Run::of(data.with_bands(datapoints), &judged)
}

impl ReasonData {
    /// The recent datapoints, oldest first, one for each period from the start on. The data do not say which periods were left
    /// out, so `None` if the datapoints end long before the alarm's query, because then some were.
    fn consecutive(&self, period: SignedDuration, at: Option<Timestamp>) -> Option<Vec<(Timestamp, Option<f64>)>> {
        let mut next = self.start_date?.0;
        let mut datapoints = Vec::with_capacity(self.recent_datapoints.len());
        for value in &self.recent_datapoints {
            datapoints.push((next, value.as_f64()));
            next = next.checked_add(period).ok()?;
        }
        let asked = self.query_date.map(|Time(time)| time).or(at);
        let reaches = asked.is_none_or(|asked| next.duration_until(asked) <= period.saturating_mul(2));
        reaches.then_some(datapoints)
    }

    /// The datapoints with their expected bands, if there is one for each value. Bands are oldest first.
    fn with_bands(&self, mut datapoints: Vec<(Timestamp, Option<f64>)>) -> Vec<Datapoint> {
        datapoints.sort_by_key(|(start, _)| *start);
        let count = datapoints.iter().filter(|(_, value)| value.is_some()).count();
        let thresholds = self.recent_lower_thresholds.iter().zip(&self.recent_upper_thresholds);
        let bands: Vec<Band> = thresholds
            .filter_map(|(lower, upper)| Some(Band { lower: lower.as_f64()?, upper: upper.as_f64()? }))
            .collect();
        let mut bands = if bands.len() == count { bands } else { Vec::new() }.into_iter();
        let with_band =
            |(start, value): (_, Option<f64>)| Datapoint { start, value, band: value.and_then(|_| bands.next()) };
        datapoints.into_iter().map(with_band).collect()
    }
}

/// The threshold of an alarm, if it has a fixed one.
pub(super) fn threshold(reason_data: &Value) -> Option<f64> {
    parsed(reason_data).get("threshold")?.as_f64()
}

/// The children that triggered a composite alarm, by its `reasonData`. Empty if that is unreadable.
#[must_use]
pub fn triggering(reason_data: &Value) -> Vec<Child> {
    let parsed = parsed(reason_data);
    let children = parsed.get("triggeringAlarms").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let child = |child: &Value| {
        let text = |pointer: &str| child.pointer(pointer).and_then(Value::as_str);
        Some(Child {
            arn: text("/arn")?.to_owned(),
            state: text("/state/value").unwrap_or_default().to_owned(),
            since: text("/state/timestamp").and_then(|time| time.parse().ok()),
        })
    };
    children.iter().filter_map(child).collect()
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

    /// Datapoints of one minute each, starting at 11:50.
    fn minutes(values: &[Option<f64>]) -> Value {
        let point = |(minute, value): (usize, &Option<f64>)| match value {
            Some(value) => json!({"timestamp": format!("2026-06-01T11:{}:00.000+0000", 50 + minute), "value": value}),
            None => json!({"timestamp": format!("2026-06-01T11:{}:00.000+0000", 50 + minute)}),
        };
        // CloudWatch lists the newest first.
        json!({"period": 60, "threshold": 5.0,
            "evaluatedDatapoints": values.iter().enumerate().rev().map(point).collect::<Vec<_>>()})
    }

    fn with(mut data: Value, field: &str, value: Value) -> Value {
        data[field] = value;
        data
    }

    fn without(mut data: Value, minute: usize) -> Value {
        let points = data["evaluatedDatapoints"].as_array_mut().unwrap();
        points.remove(points.len() - 1 - minute);
        data
    }

    /// The start and end of the first window and the end of the newest, or an empty text.
    fn read(data: &Value, alarm: &Circumstances<'_>) -> String {
        let time = |time: Timestamp| time.to_string()[11..19].to_owned();
        let text = |run: Run| format!("{}-{}, {}", time(run.first.start), time(run.first.end), time(run.ended));
        let read = run(data, alarm).map_or_else(|| "nothing".to_owned(), text);
        let quoted = if data.is_string() { data.clone() } else { Value::String(data.to_string()) };
        assert_eq!(run(&quoted, alarm), run(data, alarm), "as a string: {data}");
        read
    }

    const HIGH: Circumstances<'_> = Circumstances {
        at: None,
        period: None,
        operator: Some("GreaterThanThreshold"),
        missing_data: None,
        sentence: None,
    };

    fn says(sentence: &str) -> Circumstances<'_> {
        Circumstances { sentence: Some(sentence), ..Circumstances::default() }
    }

    #[test]
    fn trouble_began_with_the_unbroken_run_that_ends_at_the_newest_breaching_datapoint() {
        let (high, low) = (Some(9.0), Some(1.0));
        for (case, values, expected) in [
            ("all breach", vec![high, high, high], "11:50:00-11:51:00, 11:53:00"),
            ("one that does not breaks the run", vec![high, low, high], "11:52:00-11:53:00, 11:53:00"),
            ("the newest need not breach", vec![low, high, high, low], "11:51:00-11:52:00, 11:54:00"),
            ("a missing value breaks the run", vec![high, None, high], "11:52:00-11:53:00, 11:53:00"),
            ("none breaches: the newest", vec![low, low], "11:51:00-11:52:00, 11:52:00"),
            ("none has a value, so that missing ones breach", vec![None, None], "11:50:00-11:51:00, 11:52:00"),
            ("just the threshold", vec![Some(5.0), high], "11:51:00-11:52:00, 11:52:00"),
        ] {
            assert_eq!(read(&minutes(&values), &HIGH), expected, "{case}");
        }
    }

    #[test]
    fn a_datapoint_that_was_left_out_breaks_the_run_unless_missing_data_breaches() {
        let gap = without(minutes(&[Some(9.0); 4]), 1);
        assert_eq!(read(&gap, &HIGH), "11:52:00-11:53:00, 11:54:00");
        let breaching = "1 missing datapoint was treated as [Breaching]";
        assert_eq!(read(&gap, &Circumstances { sentence: Some(breaching), ..HIGH }), "11:50:00-11:51:00, 11:54:00");
        let not_breaching = "1 missing datapoint was treated as [NonBreaching]";
        assert_eq!(read(&gap, &Circumstances { sentence: Some(not_breaching), ..HIGH }), "11:52:00-11:53:00, 11:54:00");
        let missing = minutes(&[Some(9.0), None, Some(9.0)]);
        assert_eq!(read(&missing, &Circumstances { sentence: Some(breaching), ..HIGH }), "11:50:00-11:51:00, 11:53:00");
    }

    #[test]
    fn the_breaching_side_follows_from_the_operator_else_the_sentence_else_the_values() {
        let data = minutes(&[Some(9.0), Some(1.0), Some(9.0), Some(9.0)]);
        let (above, below) = ("11:52:00-11:53:00, 11:54:00", "11:51:00-11:52:00, 11:54:00");
        let operator = |operator| Circumstances { operator: Some(operator), ..says("was greater than the threshold") };
        assert_eq!(read(&data, &operator("LessThanThreshold")), below);
        assert_eq!(read(&data, &operator("GreaterThanOrEqualToThreshold")), above);
        assert_eq!(read(&data, &says("2 datapoints were less than the threshold (5.0)")), below);
        assert_eq!(read(&data, &says("2 datapoints were greater than the threshold (5.0)")), above);
        assert_eq!(read(&data, &says("Threshold Crossed")), above);
        let low = minutes(&[Some(9.0), Some(1.0), Some(2.0)]);
        assert_eq!(read(&low, &says("")), "11:51:00-11:52:00, 11:53:00");
        let equal = minutes(&[Some(5.0), Some(9.0)]);
        assert_eq!(read(&equal, &says("greater than or equal to the threshold")), "11:50:00-11:51:00, 11:52:00");
        assert_eq!(read(&equal, &says("greater than the threshold")), "11:51:00-11:52:00, 11:52:00");
    }

    #[test]
    fn a_window_ends_no_later_than_the_alarms_own_time() {
        let hour = json!({"period": 3600, "threshold": 5.0,
            "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:00:00.000+0000", "value": 9.0}]});
        let at = "2026-06-01T11:58:30Z".parse().ok();
        assert_eq!(read(&hour, &Circumstances { at, ..HIGH }), "11:00:00-11:58:30, 11:58:30");
        assert_eq!(read(&hour, &HIGH), "11:00:00-12:00:00, 12:00:00");
    }

    #[test]
    fn datapoints_without_times_count_only_if_none_can_have_been_left_out() {
        let recent = |asked: &str| {
            json!({"period": 60, "threshold": 5.0, "startDate": "2026-06-01T11:40:00.000+0000",
                "queryDate": format!("2026-06-01T{asked}.000+0000"), "recentDatapoints": [1.0, 9.0, 8.0]})
        };
        assert_eq!(read(&recent("11:43:10"), &HIGH), "11:41:00-11:42:00, 11:43:00");
        assert_eq!(read(&recent("11:45:00"), &HIGH), "11:41:00-11:42:00, 11:43:00");
        assert_eq!(read(&recent("11:45:01"), &HIGH), "nothing");
        let undated = |at: &str| {
            let at = format!("2026-06-01T{at}Z").parse().ok();
            read(&with(recent("11:59:00"), "queryDate", Value::Null), &Circumstances { at, ..HIGH })
        };
        assert_eq!(undated("11:43:10"), "11:41:00-11:42:00, 11:43:00");
        assert_eq!(undated("11:59:00"), "nothing");
    }

    #[test]
    fn each_value_of_an_anomaly_detection_alarm_is_judged_by_its_own_band() {
        let bands = |lower: Value, upper: Value| {
            json!({"period": 60, "startDate": "2026-06-01T11:50:00Z", "queryDate": "2026-06-01T11:53:10Z",
                "recentDatapoints": [40.0, 60.0, 5.0], "recentLowerThresholds": lower, "recentUpperThresholds": upper})
        };
        let band = || bands(json!([10.0, 10.0, 10.0]), json!([50.0, 50.0, 50.0]));
        let outside = "was less than the lower thresholds [10.0] or greater than the upper thresholds [50.0]";
        assert_eq!(read(&band(), &says(outside)), "11:51:00-11:52:00, 11:53:00");
        assert_eq!(read(&band(), &says("greater than the upper thresholds")), "11:51:00-11:52:00, 11:53:00");
        assert_eq!(read(&band(), &says("less than the lower thresholds")), "11:52:00-11:53:00, 11:53:00");
        let wide = bands(json!([10.0, 10.0, 1.0]), json!([50.0, 50.0, 4.0]));
        assert_eq!(read(&wide, &says(outside)), "11:51:00-11:52:00, 11:53:00");
        let short = bands(json!([10.0]), json!([50.0]));
        assert_eq!(read(&short, &says(outside)), "11:52:00-11:53:00, 11:53:00", "the newest, as bands are left out");
        let dated = json!({"period": 60, "recentLowerThresholds": [1.0, 1.0], "recentUpperThresholds": [5.0, 10.0],
            "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:51:00Z", "value": 11.0},
                {"timestamp": "2026-06-01T11:50:00Z", "value": 6.0}]});
        assert_eq!(read(&dated, &says(outside)), "11:50:00-11:51:00, 11:52:00");
    }

    #[test]
    fn the_metrics_period_is_used_if_the_reason_has_none() {
        let data = with(minutes(&[Some(9.0), Some(9.0)]), "period", Value::Null);
        assert_eq!(read(&data, &Circumstances { period: Some(60.0), ..HIGH }), "11:50:00-11:51:00, 11:52:00");
        assert_eq!(read(&data, &HIGH), "nothing");
    }

    #[test]
    fn unreadable_data_are_no_evidence() {
        for data in [
            with(minutes(&[Some(9.0)]), "period", json!(1e300)),
            with(minutes(&[Some(9.0)]), "period", json!(-60)),
            with(minutes(&[Some(9.0)]), "evaluatedDatapoints", json!([{"timestamp": "soon", "value": 9.0}])),
            json!({"period": 60, "startDate": "2026-06-01T11:50:00Z", "recentDatapoints": []}),
            json!({"period": 60, "recentDatapoints": [9.0]}),
            json!({"period": 60, "startDate": "9999-12-30T21:59:30Z", "recentDatapoints": [9.0, 9.0]}),
            json!({"triggeringAlarms": [{"arn": "a"}]}),
            json!("... elided ..."),
        ] {
            assert_eq!(read(&data, &Circumstances { at: Some(Timestamp::MIN), ..HIGH }), "nothing", "{data}");
        }
    }
}
