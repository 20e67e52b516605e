//! Conversion of the SDK's alarms to the types of the judgement.

use aws_sdk_cloudwatch::{
    operation::describe_alarms::DescribeAlarmsOutput,
    primitives::DateTime,
    types::{
        ComparisonOperator, CompositeAlarm, Dimension, LogAlarm, MetricAlarm, MetricDataQuery, MetricStat, StateValue,
        Statistic,
    },
};
use jiff::Timestamp;
use judgement::{
    event::{Circumstances, run, triggering},
    evidence::Run,
    signal::{Alarm, Clues, Composite, Metric, Origin, Pairs, Query, Reads},
};

use super::LookedUpAlarm;
use crate::aws::time::timestamp;

pub(super) fn every_type(answer: &DescribeAlarmsOutput, origin: &Origin) -> impl Iterator<Item = LookedUpAlarm> {
    let metric = answer.metric_alarms().iter().map(|alarm| metric_alarm(alarm, origin));
    let composite = answer.composite_alarms().iter().map(|alarm| composite_alarm(alarm, origin));
    metric.chain(composite).chain(answer.log_alarms().iter().map(|alarm| log_alarm(alarm, origin)))
}

fn metric_alarm(alarm: &MetricAlarm, origin: &Origin) -> LookedUpAlarm {
    let queries = own_metric(alarm).into_iter().chain(alarm.metrics().iter().filter_map(query)).collect();
    let since = since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp());
    LookedUpAlarm {
        state: state(alarm.state_value()),
        since,
        run: judged(alarm, since),
        clues: Clues { queries, ..clues(origin, alarm.alarm_name(), alarm.alarm_arn(), None) },
    }
}

fn composite_alarm(alarm: &CompositeAlarm, origin: &Origin) -> LookedUpAlarm {
    let composite = Composite {
        triggering: alarm.state_reason_data().map(|data| triggering(&data.into())).unwrap_or_default(),
        rule: alarm.alarm_rule().unwrap_or_default().to_owned(),
    };
    LookedUpAlarm {
        state: state(alarm.state_value()),
        since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
        run: None,
        clues: clues(origin, alarm.alarm_name(), alarm.alarm_arn(), Some(composite)),
    }
}

fn log_alarm(alarm: &LogAlarm, origin: &Origin) -> LookedUpAlarm {
    let since = since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp());
    LookedUpAlarm {
        state: state(alarm.state_value()),
        since,
        run: judged_results(alarm, since),
        clues: clues(origin, alarm.alarm_name(), alarm.alarm_arn(), None),
    }
}

/// The data that a metric alarm evaluated when it last changed its state.
fn judged(alarm: &MetricAlarm, at: Option<Timestamp>) -> Option<Run> {
    let periods = alarm.metrics().iter().filter_map(|query| query.metric_stat()?.period().or(query.period()));
    let circumstances = Circumstances {
        at: timestamp(alarm.state_updated_timestamp()).max(at),
        period: alarm.period().or(periods.max()).map(f64::from),
        operator: alarm.comparison_operator().map(ComparisonOperator::as_str),
        missing_data: alarm.treat_missing_data(),
        sentence: alarm.state_reason(),
    };
    run(&alarm.state_reason_data()?.into(), &circumstances)
}

/// The results that a log alarm evaluated. AWS does not document their form: they are read if it is that of a metric alarm's data.
fn judged_results(alarm: &LogAlarm, at: Option<Timestamp>) -> Option<Run> {
    let circumstances = Circumstances {
        at: timestamp(alarm.state_updated_timestamp()).max(at),
        period: None,
        operator: alarm.comparison_operator().map(ComparisonOperator::as_str),
        missing_data: alarm.treat_missing_data(),
        sentence: alarm.state_reason(),
    };
    run(&alarm.state_reason_data()?.into(), &circumstances)
}

/// The metric of an alarm on a single metric.
fn own_metric(alarm: &MetricAlarm) -> Option<Query> {
    if alarm.metric_name().is_none() && alarm.dimensions().is_empty() {
        return None;
    }
    let statistic = alarm.extended_statistic().or(alarm.statistic().map(Statistic::as_str));
    let metric = Metric {
        namespace: alarm.namespace().map(str::to_owned),
        name: alarm.metric_name().map(str::to_owned),
        dimensions: pairs(alarm.dimensions()),
        statistic: statistic.map(str::to_owned),
        unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
    };
    let period = alarm.period().and_then(|period| period.try_into().ok());
    Some(Query { id: None, account: None, period, returns_data: None, reads: Reads::Metric(metric) })
}

fn query(query: &MetricDataQuery) -> Option<Query> {
    let stat = query.metric_stat();
    let reads = match (stat.and_then(|stat| Some((stat, stat.metric()?))), query.expression()) {
        (Some((stat, metric)), _) => Reads::Metric(Metric {
            namespace: metric.namespace().map(str::to_owned),
            name: metric.metric_name().map(str::to_owned),
            dimensions: pairs(metric.dimensions()),
            statistic: stat.stat().map(str::to_owned),
            unit: stat.unit().map(|unit| unit.as_str().to_owned()),
        }),
        (None, Some(expression)) => Reads::Expression(expression.to_owned()),
        (None, None) => return None,
    };
    Some(Query {
        id: query.id().map(str::to_owned),
        account: query.account_id().map(str::to_owned),
        period: stat.and_then(MetricStat::period).or(query.period()).and_then(|period| period.try_into().ok()),
        returns_data: query.return_data(),
        reads,
    })
}

fn state(state: Option<&StateValue>) -> String {
    state.map_or("", StateValue::as_str).to_owned()
}

fn since(transitioned: Option<&DateTime>, updated: Option<&DateTime>) -> Option<Timestamp> {
    timestamp(transitioned.or(updated))
}

fn clues(origin: &Origin, name: Option<&str>, arn: Option<&str>, composite: Option<Composite>) -> Clues {
    let alarm = Alarm { name: name.unwrap_or_default().to_owned(), arn: arn.map(str::to_owned), composite };
    Clues { origin: origin.clone(), alarm: Some(alarm), ..Clues::default() }
}

fn pairs(dimensions: &[Dimension]) -> Pairs {
    dimensions.iter().filter_map(|dimension| Some((dimension.name()?.into(), dimension.value()?.into()))).collect()
}
