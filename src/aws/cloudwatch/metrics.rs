//! The data of an alarm's metrics, by the minute.

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy},
};
use jiff::Timestamp;
use judgement::{
    evidence::{Statistic, Window},
    signal::{self, Query, Reads},
};

use super::CloudWatch;
use crate::aws::{error::CallError, time::timestamp};

const MINUTE: i32 = 60;

/// The most pages of an answer. A day by the minute is less than one page.
const MOST_PAGES: usize = 3;

impl CloudWatch {
    /// The values of an alarm's queries for each minute of a time span. `None` if the queries have no values by the minute.
    pub(crate) async fn minutes(
        &self,
        queries: &[Query],
        within: Window,
    ) -> Result<Option<Vec<(Timestamp, f64)>>, CallError> {
        let asked: Option<Vec<MetricDataQuery>> =
            queries.iter().enumerate().map(|(n, query)| by_minute(n, query)).collect();
        let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(None) };
        let get =
            self.client.get_metric_data().set_metric_data_queries(Some(asked)).scan_by(ScanBy::TimestampAscending);
        let get = get.start_time(time(within.start)).end_time(time(within.end));
        let mut minutes = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let answer = get.clone().set_next_token(token).send().await;
            let answer =
                answer.map_err(|error| CallError::new("cloudwatch:GetMetricData", "read the alarm's metric", error))?;
            minutes.extend(answer.metric_data_results().first().into_iter().flat_map(values));
            token = answer.next_token;
            if token.is_none() {
                break;
            }
        }
        Ok(Some(minutes))
    }
}

/// The kind of statistic of these queries, which decides how values of different periods compare.
pub(crate) fn statistic(queries: &[Query]) -> Statistic {
    match queries {
        [Query { reads: Reads::Metric(metric), .. }] if is_count(metric) => Statistic::Count,
        _ => Statistic::Level,
    }
}

fn is_count(metric: &signal::Metric) -> bool {
    matches!(metric.statistic.as_deref(), Some("Sum" | "SampleCount"))
}

fn by_minute(number: usize, query: &Query) -> Option<MetricDataQuery> {
    let id = query.id.clone().unwrap_or_else(|| format!("q{number}"));
    let built = MetricDataQuery::builder().id(id).set_return_data(query.returns_data);
    let built = built.set_account_id(query.account.clone());
    Some(
        match &query.reads {
            Reads::Metric(metric) => built.metric_stat(
                MetricStat::builder()
                    .metric(
                        Metric::builder()
                            .namespace(metric.namespace.clone()?)
                            .metric_name(metric.name.clone()?)
                            .set_dimensions(Some(dimensions(&metric.dimensions)))
                            .build(),
                    )
                    .period(MINUTE)
                    .stat(metric.statistic.clone()?)
                    .set_unit(metric.unit.as_deref().map(Into::into))
                    .build(),
            ),
            Reads::Expression(expression) => built.expression(expression).set_period(query.period.map(|_| MINUTE)),
        }
        .build(),
    )
}

fn dimensions(pairs: &signal::Pairs) -> Vec<Dimension> {
    pairs.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

fn values(result: &MetricDataResult) -> impl Iterator<Item = (Timestamp, f64)> {
    let times = result.timestamps().iter().filter_map(|time| timestamp(Some(time)));
    times.zip(result.values().iter().copied())
}

fn time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}
