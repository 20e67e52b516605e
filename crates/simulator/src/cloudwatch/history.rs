//! The history of alarms.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::alarm::{AlarmState, AlarmType};
use super::contributor::Contributor;
use crate::time::toml_timestamp;

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the API's, and documented there")]
pub enum HistoryItemType {
    ConfigurationUpdate,
    StateUpdate,
    Action,
    AlarmContributorStateUpdate,
    AlarmContributorAction,
}

/// An entry of `DescribeAlarmHistory`.
///
/// ```
/// # use serde_json::Value;
/// # use simulator::{AlarmState, Contributor, HistoryItem};
/// # let at = "2026-06-01T11:00:00Z".parse().unwrap();
/// let update = HistoryItem::state_update("web-5xx", at, AlarmState::Ok, AlarmState::Alarm);
/// update.new_state("Threshold Crossed: …", &Value::Null);
/// HistoryItem::action("web-5xx", at, "arn:aws:lambda:us-east-1:123456789012:function:rollback");
/// let web = Contributor::of(&[("ServiceName", "web")]);
/// HistoryItem::state_update("services", at, AlarmState::Ok, AlarmState::Alarm).of_contributor(web);
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryItem {
    /// The alarm's name.
    pub alarm: String,
    /// The kind of the alarm; that of the alarm of this name if left out, and `MetricAlarm` without one.
    #[serde(default)]
    pub alarm_type: Option<AlarmType>,
    /// Its time.
    #[serde(deserialize_with = "toml_timestamp")]
    pub at: Timestamp,
    /// The kind of the entry.
    pub r#type: HistoryItemType,
    /// Its summary in words.
    pub summary: String,
    /// `HistoryData`, which the API has as a string.
    pub data: Value,
    /// The contributor, of entries about one.
    #[serde(default)]
    pub contributor: Option<Contributor>,
}

impl HistoryItem {
    fn of(alarm: &str, at: Timestamp, r#type: HistoryItemType, summary: String, data: Value) -> Self {
        Self { alarm: alarm.to_owned(), alarm_type: None, at, r#type, summary, data, contributor: None }
    }

    /// The alarm goes from one state to another.
    #[must_use]
    pub fn state_update(alarm: &str, at: Timestamp, from: AlarmState, to: AlarmState) -> Self {
        let state = |state: AlarmState| json!({"stateValue": state, "stateReason": ""});
        let data = json!({"version": "1.0", "oldState": state(from), "newState": state(to)});
        let summary = format!("Alarm updated from {from} to {to}");
        Self::of(alarm, at, HistoryItemType::StateUpdate, summary, data)
    }

    /// The alarm's action is executed.
    #[must_use]
    pub fn action(alarm: &str, at: Timestamp, arn: &str) -> Self {
        let data = json!({"actionState": "Succeeded", "notificationResource": arn, "error": null});
        Self::of(alarm, at, HistoryItemType::Action, format!("Successfully executed action {arn}"), data)
    }

    /// The alarm is in the new state for this reason, with these `stateReasonData`; without any if they are null.
    #[must_use]
    pub fn new_state(self, reason: &str, data: &Value) -> Self {
        self.explain("newState", reason, data)
    }

    /// The alarm was in the old state for this reason, with these `stateReasonData`; without any if they are null.
    #[must_use]
    pub fn old_state(self, reason: &str, data: &Value) -> Self {
        self.explain("oldState", reason, data)
    }

    fn explain(mut self, state: &str, reason: &str, data: &Value) -> Self {
        self.data[state]["stateReason"] = reason.into();
        if !data.is_null() {
            self.data[state]["stateReasonData"] = data.clone();
        }
        self
    }

    /// Is about this contributor of the alarm.
    #[must_use]
    pub fn of_contributor(mut self, contributor: Contributor) -> Self {
        self.r#type = match self.r#type {
            HistoryItemType::Action => HistoryItemType::AlarmContributorAction,
            _ => HistoryItemType::AlarmContributorStateUpdate,
        };
        self.contributor = Some(contributor);
        self
    }

    /// Is about an alarm of this type.
    #[must_use]
    pub fn of_type(mut self, alarm_type: AlarmType) -> Self {
        self.alarm_type = Some(alarm_type);
        self
    }
}
