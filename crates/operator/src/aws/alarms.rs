//! The SDK's alarms as ours, with the configuration that their events have.

use aws_sdk_cloudwatch::{
    operation::describe_alarms::DescribeAlarmsOutput,
    types::{
        CompositeAlarm, Dimension, LogAlarm, Metric, MetricAlarm, MetricDataQuery, ScheduledQueryConfiguration,
        StateValue, Statistic,
    },
};
use ecs_auto_rollback::timestamp;
use serde_json::{Map, Value, json};

use crate::alarm::{Alarm, Evaluation, Kind};

pub(super) fn every_type(answer: &DescribeAlarmsOutput) -> impl Iterator<Item = Alarm> {
    let metric = answer.metric_alarms().iter().map(metric_alarm);
    metric.chain(answer.composite_alarms().iter().map(composite_alarm)).chain(answer.log_alarms().iter().map(log_alarm))
}

/// Data behind a reason: JSON, or a string that holds JSON.
pub(super) fn reason_data(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => serde_json::from_str(text).ok(),
        value => Some(value.clone()),
    }
}

fn metric_alarm(alarm: &MetricAlarm) -> Alarm {
    let metrics: Vec<Value> = own_metric(alarm).into_iter().chain(alarm.metrics().iter().map(query)).collect();
    let periods = alarm.metrics().iter().filter_map(|query| {
        query.metric_stat().and_then(aws_sdk_cloudwatch::types::MetricStat::period).or(query.period())
    });
    let evaluated = alarm.evaluation_periods().map_or_else(|| pending(alarm).unwrap_or(1), whole);
    Alarm {
        name: owned(alarm.alarm_name()),
        arn: owned(alarm.alarm_arn()),
        kind: Kind::Metric,
        state: state(alarm.state_value()),
        since: timestamp(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        reason: owned(alarm.state_reason()),
        reason_data: alarm.state_reason_data().and_then(|text| serde_json::from_str(text).ok()),
        configured: timestamp(alarm.alarm_configuration_updated_timestamp()),
        configuration: json!({"metrics": metrics}),
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        actions: alarm.alarm_actions().to_vec(),
        evaluation: Some(Evaluation {
            period: alarm.period().or(periods.max()).or(alarm.evaluation_interval()).map(whole),
            periods: evaluated,
            to_alarm: alarm.datapoints_to_alarm().map_or(evaluated, whole),
            missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
            warms_up: alarm.warm_up_configuration().is_some(),
        }),
    }
}

fn composite_alarm(alarm: &CompositeAlarm) -> Alarm {
    Alarm {
        name: owned(alarm.alarm_name()),
        arn: owned(alarm.alarm_arn()),
        kind: Kind::Composite,
        state: state(alarm.state_value()),
        since: timestamp(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        reason: owned(alarm.state_reason()),
        reason_data: alarm.state_reason_data().and_then(|text| serde_json::from_str(text).ok()),
        configured: timestamp(alarm.alarm_configuration_updated_timestamp()),
        configuration: json!({"alarmRule": alarm.alarm_rule().unwrap_or_default()}),
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        actions: alarm.alarm_actions().to_vec(),
        evaluation: None,
    }
}

fn log_alarm(alarm: &LogAlarm) -> Alarm {
    let evaluated = alarm.query_results_to_evaluate().map_or(1, whole);
    Alarm {
        name: owned(alarm.alarm_name()),
        arn: owned(alarm.alarm_arn()),
        kind: Kind::Log,
        state: state(alarm.state_value()),
        since: timestamp(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        reason: owned(alarm.state_reason()),
        reason_data: alarm.state_reason_data().and_then(|text| serde_json::from_str(text).ok()),
        configured: timestamp(alarm.alarm_configuration_updated_timestamp()),
        configuration: json!({}),
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        actions: alarm.alarm_actions().to_vec(),
        evaluation: Some(Evaluation {
            period: alarm.scheduled_query_configuration().and_then(interval),
            periods: evaluated,
            to_alarm: alarm.query_results_to_alarm().map_or(evaluated, whole),
            missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
            warms_up: alarm.warm_up_configuration().is_some(),
        }),
    }
}

/// The number of evaluations for which an alarm on `PromQL` must find something: one more than fit into its pending period.
fn pending(alarm: &MetricAlarm) -> Option<u32> {
    let criteria = alarm.evaluation_criteria()?.as_prom_ql_criteria().ok()?;
    let interval = alarm.evaluation_interval().map(whole).filter(|interval| *interval > 0)?;
    Some(whole(criteria.pending_period()?).div_ceil(interval) + 1)
}

/// The interval at which a query runs, in seconds, from `rate(5 minutes)`. `None` for any other schedule.
fn interval(query: &ScheduledQueryConfiguration) -> Option<u32> {
    let schedule = query.schedule_configuration()?.schedule_expression()?;
    let (count, unit) = schedule.trim().strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    count.parse::<u32>().ok()?.checked_mul(seconds)
}

/// The metric of an alarm on a single metric, in the form of a query.
fn own_metric(alarm: &MetricAlarm) -> Option<Value> {
    if alarm.metric_name().is_none() && alarm.dimensions().is_empty() {
        return None;
    }
    let stat = alarm.extended_statistic().or(alarm.statistic().map(Statistic::as_str));
    Some(json!({
        "id": "m1",
        "metricStat": {
            "metric": {
                "namespace": alarm.namespace(),
                "name": alarm.metric_name(),
                "dimensions": dimensions(alarm.dimensions()),
            },
            "period": alarm.period(),
            "stat": stat,
        },
        "returnData": true,
    }))
}

fn query(query: &MetricDataQuery) -> Value {
    let mut written = json!({"id": query.id(), "returnData": query.return_data().unwrap_or(true)});
    if let Some(stat) = query.metric_stat() {
        let metric = |metric: &Metric| {
            json!({
                "namespace": metric.namespace(),
                "name": metric.metric_name(),
                "dimensions": dimensions(metric.dimensions()),
            })
        };
        written["metricStat"] =
            json!({"metric": stat.metric().map(metric), "period": stat.period(), "stat": stat.stat()});
    }
    if let Some(expression) = query.expression() {
        written["expression"] = json!(expression);
        written["period"] = json!(query.period());
    }
    if let Some(account) = query.account_id() {
        written["accountId"] = json!(account);
    }
    written
}

fn dimensions(dimensions: &[Dimension]) -> Map<String, Value> {
    let pair = |dimension: &Dimension| Some((dimension.name()?.to_owned(), json!(dimension.value()?)));
    dimensions.iter().filter_map(pair).collect()
}

fn state(state: Option<&StateValue>) -> String {
    state.map_or("", StateValue::as_str).to_owned()
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn whole(number: i32) -> u32 {
    number.try_into().unwrap_or_default()
}
