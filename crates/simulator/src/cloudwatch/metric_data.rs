//! `GetMetricData`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CloudWatch;
use super::series::Series;
use super::view::Time;
use crate::wire::{ApiError, Epoch};

/// The most queries of one call.
const MOST: usize = 500;

/// In seconds.
const MINUTE: i64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetMetricDataInput {
    metric_data_queries: Vec<Query>,
    start_time: Epoch,
    end_time: Epoch,
    #[serde(default)]
    scan_by: Option<ScanBy>,
}

/// The order of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum ScanBy {
    #[default]
    TimestampDescending,
    TimestampAscending,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    id: String,
    #[serde(default)]
    metric_stat: Option<MetricStat>,
    #[serde(default)]
    expression: Option<String>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    return_data: Option<bool>,
    #[serde(default)]
    period: Option<i64>,
    #[serde(default)]
    account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStat {
    metric: Metric,
    period: i64,
    stat: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    namespace: String,
    #[serde(rename = "MetricName")]
    name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetMetricDataOutput {
    metric_data_results: Vec<MetricDataResult>,
    messages: [&'static str; 0],
}

/// `MetricDataResult`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDataResult {
    id: String,
    label: String,
    timestamps: Vec<Time>,
    values: Vec<f64>,
    status_code: &'static str,
}

impl Metric {
    fn dimensions(&self) -> BTreeMap<&str, &str> {
        self.dimensions.iter().map(|dimension| (dimension.name.as_str(), dimension.value.as_str())).collect()
    }
}

impl GetMetricDataInput {
    fn check(&self) -> Result<(), ApiError> {
        let queries = &self.metric_data_queries;
        if queries.len() > MOST {
            return Err(ApiError::validation(
                "The collection MetricDataQueries must not have a size greater than 500.",
            ));
        }
        if self.start_time.0 >= self.end_time.0 {
            return Err(ApiError::validation("The parameter StartTime must be less than the parameter EndTime."));
        }
        let mut ids = BTreeSet::new();
        for Query { id, metric_stat, expression, .. } in queries {
            if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !ids.insert(id) {
                let text =
                    format!("The value {id} for parameter Id is not matching the expected pattern or not unique.");
                return Err(ApiError::validation(text));
            }
            if metric_stat.is_some() == expression.is_some() {
                return Err(ApiError::validation("Exactly one of MetricStat and Expression is required."));
            }
        }
        let periods = queries.iter().flat_map(|query| query.period.into_iter().chain(query.stat_period()));
        if let Some(odd) = periods.into_iter().find(|period| !is_period(*period)) {
            return Err(ApiError::validation(format!("The parameter Period must be 1, 5, 10, 30 or n × 60: {odd}.")));
        }
        Ok(())
    }
}

/// True for a number of seconds that the API accepts.
fn is_period(period: i64) -> bool {
    [1, 5, 10, 20, 30].contains(&period) || (period > 0 && period % MINUTE == 0)
}

impl Query {
    fn stat_period(&self) -> Option<i64> {
        self.metric_stat.as_ref().map(|stat| stat.period)
    }

    /// True if the series answers it, in a request with these queries.
    fn is_answered_by(&self, series: &Series, all: &[Self], home: &str) -> bool {
        let account = self.account_id.as_deref().unwrap_or(home);
        let has = |metric: &Metric| {
            let dimensions = metric.dimensions();
            dimensions.len() == series.dimensions.len()
                && series.dimensions.iter().all(|(name, value)| dimensions.get(name.as_str()) == Some(&value.as_str()))
        };
        let answers = match (&self.metric_stat, &self.expression) {
            (Some(MetricStat { metric, stat, .. }), _) => {
                series.expression.is_none()
                    && (&series.namespace, &series.name) == (&metric.namespace, &metric.name)
                    && series.statistic.as_ref().is_none_or(|only| only == stat)
                    && has(metric)
            }
            (None, expression) => {
                let mut metrics = all.iter().filter_map(|query| Some(&query.metric_stat.as_ref()?.metric));
                series.expression.is_some()
                    && series.expression == *expression
                    && (series.dimensions.is_empty() || metrics.any(has))
            }
        };
        answers && series.account.as_deref().unwrap_or(home) == account
    }
}

impl CloudWatch {
    pub(super) fn get_metric_data(&self, input: &GetMetricDataInput) -> Result<GetMetricDataOutput, ApiError> {
        input.check()?;
        let shown = input.metric_data_queries.iter().filter(|query| query.return_data != Some(false));
        Ok(GetMetricDataOutput {
            metric_data_results: shown.flat_map(|query| self.results(query, input)).collect(),
            messages: [],
        })
    }

    /// The results of a query: one, empty if no series answers it, or one for each series of a query that has several.
    fn results(&self, query: &Query, input: &GetMetricDataInput) -> Vec<MetricDataResult> {
        let all = &input.metric_data_queries;
        let longest = all.iter().filter_map(Query::stat_period).max();
        let period = query.period.or(query.stat_period()).or(longest).unwrap_or(MINUTE).max(MINUTE);
        let statistic = query.metric_stat.as_ref().map_or("Average", |stat| stat.stat.as_str());
        let result = |series: Option<&Series>| {
            let (from, until) = (input.start_time.0, input.end_time.0);
            let mut datapoints =
                series.map(|series| series.datapoints(from, until, period, statistic)).unwrap_or_default();
            if input.scan_by.unwrap_or_default() == ScanBy::TimestampDescending {
                datapoints.reverse();
            }
            let (timestamps, values): (Vec<Timestamp>, Vec<f64>) = datapoints.into_iter().unzip();
            let metric = query.metric_stat.as_ref().map(|stat| &stat.metric.name);
            let label = query.label.as_ref().or(series.and_then(|series| series.label.as_ref())).or(metric);
            MetricDataResult {
                id: query.id.clone(),
                label: label.unwrap_or(&query.id).clone(),
                timestamps: timestamps.into_iter().map(Time).collect(),
                values,
                status_code: "Complete",
            }
        };
        let answers = |series: &&Series| query.is_answered_by(series, all, &self.home.account);
        let found: Vec<MetricDataResult> =
            self.series.iter().filter(answers).map(|series| result(Some(series))).collect();
        if found.is_empty() { vec![result(None)] } else { found }
    }
}
