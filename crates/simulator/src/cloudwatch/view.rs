//! How CloudWatch shows alarms: the output shapes, member by member as in the model.

use ciborium::tag::Required;
use jiff::{Timestamp, ToSpan};
use serde::{Serialize, Serializer};

use super::alarm::{Alarm, AlarmState};
use crate::home::Home;

/// A time in CBOR: its number of seconds, tagged as a time.
struct Time(Timestamp);

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

/// The members that all alarms have.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AlarmView<'a> {
    alarm_name: &'a str,
    alarm_arn: String,
    state_value: AlarmState,
    state_updated_timestamp: Time,
    state_transitioned_timestamp: Time,
}

/// `MetricAlarm`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricAlarmView<'a> {
    #[serde(flatten)]
    alarm: AlarmView<'a>,
    dimensions: Vec<Dimension<'a>>,
}

/// `CompositeAlarm`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CompositeAlarmView<'a> {
    #[serde(flatten)]
    alarm: AlarmView<'a>,
    alarm_rule: &'a str,
}

impl<'a> AlarmView<'a> {
    fn of(alarm: &'a Alarm, home: &Home, began: Timestamp) -> Self {
        let since = alarm.since.unwrap_or_else(|| began.saturating_sub(24.hours()).unwrap_or(began));
        Self {
            alarm_name: &alarm.name,
            alarm_arn: home.alarm_arn(&alarm.name),
            state_value: alarm.state,
            state_updated_timestamp: Time(since),
            state_transitioned_timestamp: Time(since),
        }
    }
}

impl<'a> MetricAlarmView<'a> {
    pub(super) fn of(alarm: &'a Alarm, home: &Home, began: Timestamp) -> Self {
        let dimensions = alarm.dimensions.iter().map(|(name, value)| Dimension { name, value });
        Self { alarm: AlarmView::of(alarm, home, began), dimensions: dimensions.collect() }
    }
}

impl<'a> CompositeAlarmView<'a> {
    pub(super) fn of(alarm: &'a Alarm, rule: &'a str, home: &Home, began: Timestamp) -> Self {
        Self { alarm: AlarmView::of(alarm, home, began), alarm_rule: rule }
    }
}
