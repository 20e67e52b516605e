//! The data that an alarm evaluated: its reason shows them to people, its `reasonData` to programs.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::time::{cloudwatch, floor};

/// One datapoint of an alarm's metric: the beginning of its period, and its value unless it is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datapoint {
    start: Timestamp,
    value: Option<f64>,
}

impl Datapoint {
    /// The datapoint for which nothing was reported.
    #[must_use]
    pub fn missing(start: Timestamp) -> Self {
        Self { start, value: None }
    }
}

impl From<(Timestamp, f64)> for Datapoint {
    fn from((start, value): (Timestamp, f64)) -> Self {
        Self { start, value: Some(value) }
    }
}

/// The datapoints of an alarm, in the form in which its author gave them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Points {
    /// Of one period after the other, the newest being the last whole one before the alarm.
    Newest(Vec<f64>),
    At(Vec<Datapoint>),
}

impl Points {
    /// The datapoints, oldest first.
    pub(super) fn before(&self, alarm: Timestamp, period: i64) -> Vec<Datapoint> {
        let mut points: Vec<Datapoint> = match self {
            Self::Newest(values) => {
                let end = floor(alarm, period);
                let starts = (1..).map(|back| end - SignedDuration::from_secs(period * back));
                values.iter().rev().zip(starts).map(|(value, start)| (start, *value).into()).collect()
            }
            Self::At(points) => points.clone(),
        };
        points.sort_by_key(|point| point.start);
        points
    }
}

/// The side of its threshold on which an alarm's metric breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

/// The limit that a metric is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Limit {
    Threshold(Side, f64),
    /// The lower and the upper threshold of each datapoint, oldest first.
    Band(Vec<(f64, f64)>),
}

impl Limit {
    pub(super) fn operator(&self) -> &'static str {
        match self {
            Self::Threshold(Side::Above, _) => "GreaterThanThreshold",
            Self::Threshold(Side::Below, _) => "LessThanThreshold",
            Self::Band(_) => "GreaterThanUpperThreshold",
        }
    }

    fn is_breached_by(&self, value: f64) -> bool {
        match self {
            Self::Threshold(Side::Above, threshold) => value > *threshold,
            Self::Threshold(Side::Below, threshold) => value < *threshold,
            Self::Band(_) => true,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Threshold(Side::Above, threshold) => format!("greater than the threshold ({threshold:?})"),
            Self::Threshold(Side::Below, threshold) => format!("less than the threshold ({threshold:?})"),
            Self::Band(band) => {
                let upper: Vec<String> = band.iter().rev().map(|(_, upper)| format!("{upper:?}")).collect();
                format!("greater than the upper thresholds [{}]", upper.join(", "))
            }
        }
    }

    pub(super) fn threshold(&self) -> Option<f64> {
        match self {
            Self::Threshold(_, threshold) => Some(*threshold),
            Self::Band(_) => None,
        }
    }
}

/// Data, compared with a limit.
pub(super) struct Judged<'a> {
    pub(super) limit: &'a Limit,
    pub(super) points: &'a [Datapoint],
    pub(super) period: i64,
    /// Of a single metric.
    pub(super) statistic: Option<&'a str>,
    pub(super) at: Timestamp,
}

impl Judged<'_> {
    /// The sentence by which CloudWatch explains an alarm.
    pub(super) fn reason(&self) -> String {
        let Self { limit, points, .. } = self;
        let breaching: Vec<String> = points
            .iter()
            .rev()
            .filter_map(|point| Some((point.start, point.value.filter(|value| limit.is_breached_by(*value))?)))
            .map(|(start, value)| format!("{value:?} ({})", start.strftime("%d/%m/%y %H:%M:%S")))
            .collect();
        let (were, least) = match breaching.len() {
            1 => ("was", "1 datapoint".to_owned()),
            count => ("were", format!("{count} datapoints")),
        };
        format!(
            "{} Crossed: {} out of the last {} datapoints [{}] {were} {} (minimum {least} for OK -> ALARM transition).",
            if matches!(limit, Limit::Band(_)) { "Thresholds" } else { "Threshold" },
            breaching.len(),
            points.len(),
            breaching.join(", "),
            limit.in_words(),
        )
    }

    /// The sentence by which CloudWatch explains that it is over.
    pub(super) fn reason_of_recovery(&self) -> String {
        let count = self.points.len();
        format!("Threshold Crossed: {count} out of the last {count} datapoints were not {}.", self.limit.in_words())
    }

    /// The same for programs. Older alarms leave out the times of the datapoints.
    pub(super) fn reason_data(&self, with_times: bool) -> Value {
        let Self { limit, points, period, statistic, at } = self;
        let recent: Vec<f64> = points.iter().filter_map(|point| point.value).collect();
        let mut data = Map::new();
        let mut put = |key: &str, value: Value| data.insert(key.to_owned(), value);
        put("version", json!("1.0"));
        put("queryDate", json!(cloudwatch(*at - SignedDuration::from_millis(4))));
        put("period", json!(period));
        put("recentDatapoints", json!(recent));
        if let Some(oldest) = points.iter().find(|point| point.value.is_some()) {
            put("startDate", json!(cloudwatch(oldest.start)));
        }
        if let Some(statistic) = statistic {
            put("statistic", json!(statistic));
        }
        match limit {
            Limit::Threshold(_, threshold) => {
                put("threshold", json!(threshold));
            }
            Limit::Band(band) => {
                put("recentLowerThresholds", band.iter().map(|(lower, _)| *lower).collect());
                put("recentUpperThresholds", band.iter().map(|(_, upper)| *upper).collect());
            }
        }
        if with_times {
            put("evaluatedDatapoints", points.iter().rev().map(evaluated).collect());
        }
        data.into()
    }
}

fn evaluated(point: &Datapoint) -> Value {
    match point.value {
        Some(value) => json!({"timestamp": cloudwatch(point.start), "sampleCount": 60.0, "value": value}),
        None => json!({"timestamp": cloudwatch(point.start)}),
    }
}
