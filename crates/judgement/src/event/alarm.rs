//! CloudWatch alarms in their three dialects: as a Lambda action, as an EventBridge event, and as an SNS message.

mod message;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::message::{Envelope, from_sns};
use super::{
    Unrecognized,
    fields::{EventBridge, Pairs, Time, text},
    origin::{Stated, Statements},
    read,
    reason_data::{self, Circumstances, triggering},
};
use crate::signal::{self, Clues, Composite, Kind, Query, Reads, Signal, Source};

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

/// The part that the Lambda action and the EventBridge event share.
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

/// One entry of an alarm's metrics: a metric, or an expression over the others. In SNS messages the keys are capitalized.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricQuery {
    #[serde(alias = "Id")]
    id: Option<String>,
    #[serde(alias = "MetricStat")]
    metric_stat: Option<MetricStat>,
    #[serde(alias = "Expression")]
    expression: Option<String>,
    #[serde(alias = "AccountId")]
    account_id: Option<String>,
    #[serde(alias = "Period")]
    period: Option<f64>,
    #[serde(alias = "ReturnData")]
    return_data: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricStat {
    #[serde(alias = "Metric")]
    metric: Option<MetricName>,
    #[serde(alias = "Period")]
    period: Option<f64>,
    #[serde(alias = "Stat")]
    stat: Option<String>,
    #[serde(alias = "Unit")]
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricName {
    #[serde(alias = "Namespace")]
    namespace: Option<String>,
    #[serde(alias = "Name", alias = "MetricName")]
    name: Option<String>,
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

pub(super) fn from_action(event: &Value) -> Result<Signal, Unrecognized> {
    let action: Action = read(event, "a CloudWatch alarm action")?;
    let stated = Statements::of_arn("alarm's ARN", action.alarm_arn.as_deref())
        .and_account("account", action.account_id.as_deref())
        .and_region("Region", action.region.as_deref())
        .agreed();
    let arn = action.alarm_arn;
    let alarm = Alarm {
        tags: action.alarm_data.tags.or(action.alarm_tags),
        contributor: action.alarm_data.contributor.or(action.alarm_contributor),
        ..action.alarm_data
    };
    alarm.into_signal(arn, stated, action.time, event)
}

pub(super) fn from_eventbridge(event: &Value) -> Result<Signal, Unrecognized> {
    let EventBridge { detail_type, account, region, time, resources } = read(event, "a CloudWatch event")?;
    let stated = Statements::of_arn("alarm's ARN", resources.first().map(String::as_str))
        .and_account("account", account.as_deref())
        .and_region("Region", region.as_deref())
        .agreed();
    match detail_type.as_str() {
        "CloudWatch Alarm State Change" | "CloudWatch Alarm Contributor State Change" => {
            let EventDetail { detail } = read(event, "a CloudWatch alarm event")?;
            detail.into_signal(resources.into_iter().next(), stated, time, event)
        }
        _ => Ok(news(&detail_type, event, stated, time)),
    }
}

/// The signal of an alarm event that is not a change of state.
fn news(detail_type: &str, event: &Value, stated: Stated, time: Option<Time>) -> Signal {
    let name = event.pointer("/detail/alarmName").and_then(Value::as_str).unwrap_or(detail_type);
    let why = "The alarm's configuration changed, not its state.";
    let sent = time.map(|Time(time)| time);
    Signal {
        source: Source::CloudWatch,
        name: name.to_owned(),
        kind: Kind::News(why.to_owned()),
        sent,
        began: sent,
        run: None,
        explanation: None,
        threshold: None,
        about: None,
        clues: stated.clues(),
    }
}

const ALARM: &str = "ALARM";

impl Alarm {
    fn into_signal(
        self,
        arn: Option<String>,
        stated: Stated,
        time: Option<Time>,
        event: &Value,
    ) -> Result<Signal, Unrecognized> {
        let composite = self.configuration.alarm_rule.clone().map(|rule| Composite {
            triggering: self.state.reason_data.as_ref().map(triggering).unwrap_or_default(),
            rule,
        });
        let alarm = signal::Alarm { name: self.name.clone(), arn, composite };
        let period = self.configuration.metrics.iter().filter_map(MetricQuery::period).max();
        let circumstances = Circumstances {
            at: self.state.timestamp.or(time).map(|Time(time)| time),
            period: period.map(f64::from),
            operator: None,
            missing_data: None,
            sentence: self.state.reason.as_ref().and_then(Value::as_str),
        };
        let run = self.state.reason_data.as_ref().and_then(|data| reason_data::run(data, &circumstances));
        let signal = Signal {
            source: Source::CloudWatch,
            began: self.began().or(time.map(|Time(time)| time)),
            sent: time.or(self.state.timestamp).map(|Time(time)| time),
            run,
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
                services_tag: self.tags.and_then(|tags| tags.services_tag()),
                contributor: self.contributor.and_then(|contributor| contributor.attributes).map(|pairs| pairs.0),
                queries: queries(self.configuration.metrics),
                alarm: Some(alarm),
                ..stated.clues()
            },
        };
        dated(signal, event)
    }

    /// When the alarm entered ALARM. An alarm that is released from a wait period goes from ALARM to ALARM, and then the
    /// earlier time counts.
    fn began(&self) -> Option<Timestamp> {
        let now = self.state.timestamp;
        let before =
            self.previous_state.as_ref().filter(|state| state.value == ALARM).and_then(|state| state.timestamp);
        [now, before].into_iter().flatten().min().map(|Time(time)| time)
    }
}

impl MetricQuery {
    fn period(&self) -> Option<u32> {
        self.metric_stat.as_ref().and_then(|stat| stat.period).or(self.period).and_then(seconds)
    }
}

fn queries(metrics: Vec<MetricQuery>) -> Vec<Query> {
    metrics.into_iter().filter_map(query).collect()
}

fn query(query: MetricQuery) -> Option<Query> {
    let period = query.period();
    let reads = match (query.metric_stat, query.expression) {
        (Some(MetricStat { metric: Some(metric), stat, unit, .. }), _) => Reads::Metric(signal::Metric {
            namespace: metric.namespace,
            name: metric.name,
            dimensions: metric.dimensions.unwrap_or_default().0,
            statistic: stat,
            unit,
        }),
        (_, Some(expression)) => Reads::Expression(expression),
        _ => return None,
    };
    Some(Query { id: query.id, account: query.account_id, period, returns_data: query.return_data, reads })
}

/// A period in whole seconds, CloudWatch's unit.
fn seconds(period: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in the range of a day")]
    (1.0..=86_400.0).contains(&period).then_some(period as u32)
}

/// Refuses an alarm that does not say when it began: without that, no deployment can be judged.
fn dated(signal: Signal, event: &Value) -> Result<Signal, Unrecognized> {
    match signal.began {
        Some(_) => Ok(signal),
        None => Err(Unrecognized::new("a CloudWatch alarm that does not say when it changed its state", event)),
    }
}
