//! A time series: a metric, or the answer to an expression.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::dimensions::of_service;
use crate::time::{after, toml_timestamp};

/// A series with one datapoint a minute at most.
///
/// ```
/// # use simulator::Series;
/// # let noon = "2026-06-01T12:00:00Z".parse().unwrap();
/// Series::metric("AWS/ECS", "CPUUtilization").on_service("prod/web").minutes(noon, &[Some(20.0), None, Some(95.0)]);
/// Series::expression("SELECT MAX(Latency) FROM Shop GROUP BY Service").labelled("web").minutes(noon, &[Some(1.5)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Series {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// The expression or Metrics Insights query that it answers, letter by letter, in place of a metric.
    pub expression: Option<String>,
    /// The metric's dimensions. An answer to an expression that has any is for requests that also ask for a metric with
    /// these.
    pub dimensions: BTreeMap<String, String>,
    /// The only statistic that it answers; any if left out.
    pub statistic: Option<String>,
    /// The account that a query has to name; the one that is simulated if left out.
    pub account: Option<String>,
    /// The label of its result, where a query gives none.
    pub label: Option<String>,
    /// The datapoints.
    pub runs: Vec<Run>,
}

/// Values of successive minutes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The minute of the first.
    #[serde(deserialize_with = "toml_timestamp")]
    pub from: Timestamp,
    /// One a minute. TOML has no null: a gap is made by another run.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// A metric.
    #[must_use]
    pub fn metric(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// One of the series that this expression has, as a query gives it.
    #[must_use]
    pub fn expression(expression: &str) -> Self {
        Self { expression: Some(expression.to_owned()), ..Self::default() }
    }

    /// Has this dimension.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        self.dimensions.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Is about this service, given as `cluster/service`.
    #[must_use]
    pub fn on_service(mut self, path: &str) -> Self {
        self.dimensions.extend(of_service(path));
        self
    }

    /// Answers this statistic only.
    #[must_use]
    pub fn statistic(mut self, statistic: &str) -> Self {
        self.statistic = Some(statistic.to_owned());
        self
    }

    /// Is of this account.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Has this label.
    #[must_use]
    pub fn labelled(mut self, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self
    }

    /// Has these values, one a minute from then on; a minute of `None` has no datapoint.
    #[must_use]
    pub fn minutes(mut self, from: Timestamp, values: &[Option<f64>]) -> Self {
        self.runs.push(Run { from, values: values.to_vec() });
        self
    }

    /// Its datapoints within these bounds, the second one excluded, put together by `period`, oldest first.
    pub(super) fn datapoints(
        &self,
        from: Timestamp,
        until: Timestamp,
        period: i64,
        statistic: &str,
    ) -> Vec<(Timestamp, f64)> {
        let mut periods: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        let first = begin_of(from, period);
        for run in &self.runs {
            let minutes = (0_u64..).map(|minute| after(run.from, std::time::Duration::from_mins(minute)));
            for (minute, value) in minutes.zip(&run.values) {
                let begin = begin_of(minute, period);
                if let Some(value) = value.filter(|_| begin >= first && begin * 1000 < until.as_millisecond()) {
                    periods.entry(begin).or_default().push(value);
                }
            }
        }
        let datapoint = |(begin, values): (i64, Vec<f64>)| {
            Some((Timestamp::from_second(begin).ok()?, aggregate(values, statistic)))
        };
        periods.into_iter().filter_map(datapoint).collect()
    }
}

fn begin_of(time: Timestamp, period: i64) -> i64 {
    time.as_second().div_euclid(period) * period
}

/// The value of a period of minutes. Each minute counts as one sample; a percentile is that of the minutes.
#[expect(clippy::cast_precision_loss, reason = "a period has fewer minutes than an f64 can count")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the rank is within the values")]
fn aggregate(mut values: Vec<f64>, statistic: &str) -> f64 {
    values.sort_by(f64::total_cmp);
    let (count, sum) = (values.len() as f64, values.iter().sum::<f64>());
    let percentile = statistic.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok());
    let rank = |percent: f64| ((percent / 100.0 * count).ceil().clamp(1.0, count) as usize) - 1;
    match (statistic, percentile) {
        ("Sum", _) => sum,
        ("SampleCount", _) => count,
        ("Minimum", _) => values[0],
        ("Maximum", _) => values[values.len() - 1],
        (_, Some(percent)) => values[rank(percent)],
        _ => sum / count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_put_together_as_the_statistic_says() {
        let series = Series::metric("Shop", "Latency").minutes(Timestamp::UNIX_EPOCH, &[Some(1.0), None, Some(5.0)]);
        let value = |statistic: &str| {
            let end = after(Timestamp::UNIX_EPOCH, std::time::Duration::from_mins(5));
            series.datapoints(Timestamp::UNIX_EPOCH, end, 300, statistic)[0].1
        };
        let statistics = ["Sum", "SampleCount", "Minimum", "Maximum", "Average", "p50", "p99"];
        assert_eq!(statistics.map(|statistic| value(statistic).to_string()), ["6", "2", "1", "5", "3", "1", "5"]);
    }

    #[test]
    fn a_range_begins_with_the_period_that_holds_its_start_and_excludes_its_end() {
        let minute = |count: u64| after(Timestamp::UNIX_EPOCH, std::time::Duration::from_secs(count * 60 + 30));
        let series = Series::metric("Shop", "Errors").minutes(Timestamp::UNIX_EPOCH, &[Some(1.0); 10]);
        let of = |from, until| series.datapoints(minute(from), minute(until), 60, "Sum").len();
        assert_eq!(of(2, 4), 3);
        let two = after(Timestamp::UNIX_EPOCH, std::time::Duration::from_mins(2));
        assert_eq!(series.datapoints(Timestamp::UNIX_EPOCH, two, 60, "Sum").len(), 2);
    }
}
