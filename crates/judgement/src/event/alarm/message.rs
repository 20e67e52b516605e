//! Alarms as SNS delivers them: a format of their own, with the alarm's definition but without the datapoints it evaluated.

use serde::Deserialize;
use serde_json::Value;

use super::{ALARM, MetricQuery, dated, queries, seconds};
use crate::{
    event::{
        Unrecognized,
        fields::{Pairs, Time, text},
        origin::Statements,
        read,
    },
    signal::{self, Clues, Composite, Kind, Metric, Query, Reads, Signal, Source},
};

/// An alarm as SNS delivers it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    alarm_name: String,
    alarm_arn: Option<String>,
    #[serde(rename = "AWSAccountId")]
    aws_account_id: Option<String>,
    region: Option<String>,
    new_state_value: String,
    new_state_reason: Option<Value>,
    old_state_value: Option<String>,
    state_change_time: Option<Time>,
    trigger: Option<Trigger>,
    alarm_rule: Option<String>,
    #[serde(default)]
    triggering_children: Vec<Child>,
    alarm_contributor_attributes: Option<Pairs>,
    alarm_tags: Option<Pairs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Option<Pairs>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    unit: Option<String>,
    period: Option<f64>,
    #[serde(default)]
    metrics: Vec<MetricQuery>,
    threshold: Option<Value>,
}

/// A child alarm that made a composite alarm change its state.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Child {
    arn: Option<String>,
    state: Option<ChildState>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChildState {
    value: Option<String>,
    timestamp: Option<Time>,
}

/// The relevant parts of the notification that carries a message.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::event) struct Envelope<'a> {
    /// The ARN of the topic.
    pub(in crate::event) topic: Option<&'a str>,
    /// When it was published.
    pub(in crate::event) published: Option<Time>,
}

/// Reads an alarm from the message of an SNS notification.
pub(in crate::event) fn from_sns(event: &Value, envelope: Envelope<'_>) -> Result<Signal, Unrecognized> {
    let message: Message = read(event, "a CloudWatch alarm message")?;
    // CloudWatch notifies topics of its own Region only.
    let arn = message.alarm_arn.as_deref();
    let stated = Statements::of_arn("alarm's ARN", arn)
        .and_arn("topic's ARN", envelope.topic.filter(|_| arn.is_none()))
        .and_account("AWSAccountId", message.aws_account_id.as_deref())
        .and_region_named("Region", message.region.as_deref())
        .agreed();
    let sent = message.state_change_time.max(envelope.published);
    let children: Vec<signal::Child> = message.triggering_children.iter().filter_map(Child::read).collect();
    // The message does not say when the alarm itself first entered ALARM, so the earliest child counts.
    let earlier = children
        .iter()
        .filter_map(|child| child.since)
        .min()
        .filter(|_| message.old_state_value.as_deref() == Some(ALARM));
    let changed = message.state_change_time.or(envelope.published).map(|Time(time)| time);
    let began = changed.map(|time| earlier.map_or(time, |earlier| earlier.min(time)));
    let composite = message.alarm_rule.map(|rule| Composite { triggering: children, rule });
    let alarm = signal::Alarm { name: message.alarm_name.clone(), arn: message.alarm_arn, composite };
    let threshold = message.trigger.as_ref().and_then(|trigger| trigger.threshold.as_ref()?.as_f64());
    let signal = Signal {
        source: Source::CloudWatch,
        name: message.alarm_name,
        kind: Kind::Alarm { state: message.new_state_value, suppressed_by: None, muted_by: None },
        sent: sent.map(|Time(time)| time),
        began,
        run: None,
        explanation: text(message.new_state_reason.as_ref()),
        threshold,
        about: None,
        clues: Clues {
            services_tag: message.alarm_tags.and_then(|tags| tags.services_tag()),
            contributor: message.alarm_contributor_attributes.map(|attributes| attributes.0),
            queries: message.trigger.map(Trigger::queries).unwrap_or_default(),
            alarm: Some(alarm),
            ..stated.clues()
        },
    };
    dated(signal, event)
}

impl Trigger {
    fn queries(self) -> Vec<Query> {
        let Some(dimensions) = self.dimensions.filter(|_| self.metrics.is_empty()) else {
            return queries(self.metrics);
        };
        let metric = Metric {
            namespace: self.namespace,
            name: self.metric_name,
            dimensions: dimensions.0,
            statistic: self.extended_statistic.or(self.statistic.map(|statistic| in_capitals(&statistic))),
            unit: self.unit,
        };
        let period = self.period.and_then(seconds);
        vec![Query { id: None, account: None, period, returns_data: None, reads: Reads::Metric(metric) }]
    }
}

/// The statistic as the API names it: SNS writes `AVERAGE` and `SAMPLE_COUNT`.
fn in_capitals(statistic: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + &rest.to_lowercase()
    };
    statistic.split('_').map(word).collect()
}

impl Child {
    fn read(&self) -> Option<signal::Child> {
        let state = self.state.as_ref();
        Some(signal::Child {
            arn: self.arn.clone()?,
            state: state.and_then(|state| state.value.clone()).unwrap_or_default(),
            since: state.and_then(|state| state.timestamp).map(|Time(time)| time),
        })
    }
}
