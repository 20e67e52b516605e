//! How CloudWatch shows alarms: the output shapes, member by member as in the model.

use std::collections::BTreeMap;

use ciborium::tag::Required;
use jiff::{Timestamp, ToSpan};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::alarm::{Alarm, AlarmState, AlarmType};
use super::contributor::Contributor;
use super::history::{HistoryItem, HistoryItemType};
use crate::home::Home;

/// A time in CBOR: its number of seconds, tagged as a time.
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact in an f64 for 285,000 years")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Required::<f64, 1>(self.0.as_millisecond() as f64 / 1000.0).serialize(serializer)
    }
}

/// `Dimension`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension<'a> {
    name: &'a str,
    value: &'a str,
}

/// `Tag`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

/// `MetricAlarm`, `CompositeAlarm` or `LogAlarm`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AlarmView<'a> {
    alarm_name: &'a str,
    alarm_arn: String,
    state_value: AlarmState,
    state_updated_timestamp: Time,
    #[serde(flatten)]
    details: Option<Details<'a>>,
}

/// All that is not shown of the children and parents of an alarm.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details<'a> {
    state_transitioned_timestamp: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<Vec<Dimension<'a>>>,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl<'a> AlarmView<'a> {
    pub(super) fn of(alarm: &'a Alarm, home: &Home, began: Timestamp, brief: bool) -> Self {
        let since = alarm.since.unwrap_or_else(|| began.saturating_sub(24.hours()).unwrap_or(began));
        let dimensions = || alarm.dimensions.iter().map(|(name, value)| Dimension { name, value }).collect();
        let details = || Details {
            state_transitioned_timestamp: Time(since),
            dimensions: (alarm.r#type == AlarmType::Metric).then(dimensions),
            members: &alarm.members,
        };
        Self {
            alarm_name: &alarm.name,
            alarm_arn: home.alarm_arn(&alarm.name),
            state_value: alarm.state,
            state_updated_timestamp: Time(alarm.updated.unwrap_or(since)),
            details: (!brief).then(details),
        }
    }
}

/// `AlarmContributor`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContributorView<'a> {
    contributor_id: String,
    contributor_attributes: &'a BTreeMap<String, String>,
    state_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_transitioned_timestamp: Option<Time>,
}

impl<'a> ContributorView<'a> {
    pub(super) fn of(contributor: &'a Contributor) -> Self {
        Self {
            contributor_id: contributor.id(),
            contributor_attributes: &contributor.attributes,
            state_reason: &contributor.reason,
            state_transitioned_timestamp: contributor.since.map(Time),
        }
    }
}

/// `AlarmHistoryItem`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HistoryItemView<'a> {
    alarm_name: &'a str,
    alarm_type: AlarmType,
    timestamp: Time,
    history_item_type: HistoryItemType,
    history_summary: &'a str,
    history_data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_contributor_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_contributor_attributes: Option<&'a BTreeMap<String, String>>,
}

impl<'a> HistoryItemView<'a> {
    pub(super) fn of(item: &'a HistoryItem, alarm_type: AlarmType) -> Self {
        Self {
            alarm_name: &item.alarm,
            alarm_type,
            timestamp: Time(item.at),
            history_item_type: item.r#type,
            history_summary: &item.summary,
            history_data: item.data.to_string(),
            alarm_contributor_id: item.contributor.as_ref().map(Contributor::id),
            alarm_contributor_attributes: item.contributor.as_ref().map(|contributor| &contributor.attributes),
        }
    }
}
