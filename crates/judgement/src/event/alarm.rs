//! CloudWatch alarms in their three dialects: as a Lambda action, as an EventBridge event, as an SNS message.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Unrecognized,
    fields::{EventBridge, Pairs, Time, origin, text},
    read,
    reason_data::{self, Circumstances, triggering},
};
use crate::signal::{self, Clues, Composite, Kind, Metric, Origin, Signal, Source};

/// An alarm that invokes the function itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    alarm_arn: Option<String>,
    account_id: Option<String>,
    region: Option<String>,
    time: Option<Time>,
    alarm_data: Alarm,
    alarm_tags: Option<Pairs>,
    alarm_contributor: Option<Contributor>,
}

/// The detail of an alarm's event from EventBridge.
#[derive(Deserialize)]
struct EventDetail {
    detail: Alarm,
}

/// The part that the Lambda action and the EventBridge event have in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alarm {
    #[serde(rename = "alarmName")]
    name: String,
    state: State,
    previous_state: Option<State>,
    #[serde(default)]
    configuration: Configuration,
    mute_detail: Option<MuteDetail>,
    #[serde(rename = "alarmContributor")]
    contributor: Option<Contributor>,
    #[serde(rename = "alarmTags")]
    tags: Option<Pairs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    value: String,
    timestamp: Option<Time>,
    reason: Option<Value>,
    reason_data: Option<Value>,
    actions_suppressed_by: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    metrics: Vec<MetricQuery>,
    alarm_rule: Option<String>,
}

/// One entry of an alarm's metrics: a metric, or an expression over the others. SNS writes the same with capitals.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricQuery {
    #[serde(alias = "MetricStat")]
    metric_stat: Option<MetricStat>,
    #[serde(alias = "AccountId")]
    account_id: Option<String>,
    #[serde(alias = "Period")]
    period: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricStat {
    #[serde(alias = "Metric")]
    metric: Option<MetricName>,
    #[serde(alias = "Period")]
    period: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricName {
    #[serde(alias = "Dimensions")]
    dimensions: Option<Pairs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MuteDetail {
    muted_by_arn: Option<String>,
}

#[derive(Deserialize)]
struct Contributor {
    #[serde(alias = "contributorAttributes")]
    attributes: Option<Pairs>,
}

/// An alarm as SNS delivers it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    alarm_name: String,
    alarm_arn: Option<String>,
    #[serde(rename = "AWSAccountId")]
    aws_account_id: Option<String>,
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
    dimensions: Option<Pairs>,
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

pub(super) fn from_action(event: &Value) -> Result<Signal, Unrecognized> {
    let action: Action = read(event, "a CloudWatch alarm action")?;
    let origin = origin(action.alarm_arn.as_deref(), action.account_id, action.region);
    let arn = action.alarm_arn;
    let alarm = Alarm {
        tags: action.alarm_data.tags.or(action.alarm_tags),
        contributor: action.alarm_data.contributor.or(action.alarm_contributor),
        ..action.alarm_data
    };
    alarm.into_signal(arn, origin, action.time, event)
}

pub(super) fn from_eventbridge(event: &Value) -> Result<Signal, Unrecognized> {
    let EventBridge { detail_type, account, region, time, resources } = read(event, "a CloudWatch event")?;
    let origin = origin(resources.first().map(String::as_str), account, region);
    match detail_type.as_str() {
        "CloudWatch Alarm State Change" | "CloudWatch Alarm Contributor State Change" => {
            let EventDetail { detail } = read(event, "a CloudWatch alarm event")?;
            detail.into_signal(resources.into_iter().next(), origin, time, event)
        }
        _ => Ok(news(&detail_type, event, origin, time)),
    }
}

/// An event about an alarm that is no change of its state.
fn news(detail_type: &str, event: &Value, origin: Origin, time: Option<Time>) -> Signal {
    let name = event.pointer("/detail/alarmName").and_then(Value::as_str).unwrap_or(detail_type);
    let why = "The alarm's configuration changed, not its state.";
    let sent = time.map(|Time(time)| time);
    Signal {
        source: Source::CloudWatch,
        name: name.to_owned(),
        kind: Kind::News(why.to_owned()),
        sent,
        began: sent,
        evidence: None,
        explanation: None,
        threshold: None,
        about: None,
        clues: Clues { origin, ..Clues::default() },
    }
}

/// Reads an alarm from the message of an SNS notification that was published at `published`.
pub(super) fn from_sns(event: &Value, published: Option<Time>) -> Result<Signal, Unrecognized> {
    let message: Message = read(event, "a CloudWatch alarm message")?;
    let origin = origin(message.alarm_arn.as_deref(), message.aws_account_id, None);
    let triggering: Vec<Child> = message.triggering_children.into_iter().filter(Child::is_in_alarm).collect();
    // The message holds no earlier time of the alarm itself: its children give the earliest at which it can have begun.
    let earlier = triggering
        .iter()
        .filter_map(|child| child.state.as_ref()?.timestamp)
        .min()
        .filter(|_| message.old_state_value.as_deref() == Some(ALARM));
    let composite = message
        .alarm_rule
        .map(|rule| Composite { triggering: triggering.into_iter().filter_map(|child| child.arn).collect(), rule });
    let alarm = signal::Alarm { name: message.alarm_name.clone(), arn: message.alarm_arn, composite };
    let threshold = message.trigger.as_ref().and_then(|trigger| trigger.threshold.as_ref()?.as_f64());
    let metrics = match message.trigger {
        Some(Trigger { dimensions: Some(dimensions), metrics, .. }) if metrics.is_empty() => {
            vec![Metric { account: None, dimensions: dimensions.0 }]
        }
        Some(Trigger { metrics, .. }) => read_metrics(metrics),
        None => Vec::new(),
    };
    let sent = message.state_change_time.max(published);
    let began = message.state_change_time.or(published).map(|time| earlier.map_or(time, |earlier| earlier.min(time)));
    let signal = Signal {
        source: Source::CloudWatch,
        name: message.alarm_name,
        kind: Kind::Alarm { state: message.new_state_value, suppressed_by: None, muted_by: None },
        sent: sent.map(|Time(time)| time),
        began: began.map(|Time(time)| time),
        evidence: None,
        explanation: text(message.new_state_reason.as_ref()),
        threshold,
        about: None,
        clues: Clues {
            origin,
            services_tag: message.alarm_tags.and_then(|tags| tags.services_tag()),
            contributor: message.alarm_contributor_attributes.map(|attributes| attributes.0),
            metrics,
            alarm: Some(alarm),
            ..Clues::default()
        },
    };
    dated(signal, event)
}

const ALARM: &str = "ALARM";

impl Child {
    fn is_in_alarm(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.value.as_deref() == Some(ALARM))
    }
}

impl Alarm {
    fn into_signal(
        self,
        arn: Option<String>,
        origin: Origin,
        time: Option<Time>,
        event: &Value,
    ) -> Result<Signal, Unrecognized> {
        let composite = self.configuration.alarm_rule.clone().map(|rule| Composite {
            triggering: self.state.reason_data.as_ref().map(triggering).unwrap_or_default(),
            rule,
        });
        let alarm = signal::Alarm { name: self.name.clone(), arn, composite };
        let period = self.configuration.metrics.iter().filter_map(MetricQuery::period).reduce(f64::max);
        let circumstances = Circumstances {
            at: self.state.timestamp.or(time).map(|Time(time)| time),
            period,
            operator: None,
            sentence: self.state.reason.as_ref().and_then(Value::as_str),
        };
        let evidence = self.state.reason_data.as_ref().and_then(|data| reason_data::evidence(data, &circumstances));
        let signal = Signal {
            source: Source::CloudWatch,
            began: self.began().or(time.map(|Time(time)| time)),
            sent: time.or(self.state.timestamp).map(|Time(time)| time),
            evidence,
            explanation: text(self.state.reason.as_ref()),
            threshold: self.state.reason_data.as_ref().and_then(reason_data::threshold),
            name: self.name,
            kind: Kind::Alarm {
                state: self.state.value,
                suppressed_by: self.state.actions_suppressed_by,
                muted_by: self.mute_detail.map(|mute| mute.muted_by_arn.unwrap_or_default()),
            },
            about: None,
            clues: Clues {
                origin,
                services_tag: self.tags.and_then(|tags| tags.services_tag()),
                contributor: self.contributor.and_then(|contributor| contributor.attributes).map(|pairs| pairs.0),
                metrics: read_metrics(self.configuration.metrics),
                alarm: Some(alarm),
                ..Clues::default()
            },
        };
        dated(signal, event)
    }

    /// When the alarm entered ALARM. One that is released from a wait period goes from ALARM to ALARM: the earlier time
    /// is the one at which the trouble began.
    fn began(&self) -> Option<Timestamp> {
        let now = self.state.timestamp;
        let before =
            self.previous_state.as_ref().filter(|state| state.value == ALARM).and_then(|state| state.timestamp);
        [now, before].into_iter().flatten().min().map(|Time(time)| time)
    }
}

impl MetricQuery {
    fn period(&self) -> Option<f64> {
        self.metric_stat.as_ref().and_then(|stat| stat.period).or(self.period)
    }
}

fn read_metrics(queries: Vec<MetricQuery>) -> Vec<Metric> {
    queries
        .into_iter()
        .filter_map(|query| {
            let dimensions = query.metric_stat?.metric?.dimensions?.0;
            Some(Metric { account: query.account_id, dimensions })
        })
        .collect()
}

/// Refuses an alarm that does not say when it began: without that, no deployment can be judged.
fn dated(signal: Signal, event: &Value) -> Result<Signal, Unrecognized> {
    match signal.began {
        Some(_) => Ok(signal),
        None => Err(Unrecognized::new("a CloudWatch alarm that does not say when it changed its state", event)),
    }
}
