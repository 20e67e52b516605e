//! An alarm's state now, and when it went to ALARM before.

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy},
};
use jiff::Timestamp;
use judgement::{signal::Origin, text::shown};
use serde_json::Value;

use super::{CloudWatch, described};
use crate::aws::{error::CallError, time::timestamp};

/// The most pages of a history that are read: 500 changes of state.
const MOST_PAGES: usize = 5;

/// The changes of an alarm's state to ALARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    /// When they were, newest first.
    pub(crate) to_alarm: Vec<Timestamp>,
    /// The time from which on all of them are known.
    pub(crate) since: Timestamp,
}

impl CloudWatch {
    /// The state of an alarm, and when it entered it. `None` if there is no such alarm.
    pub(crate) async fn state_of(&self, alarm: &str) -> Result<Option<(String, Option<Timestamp>)>, CallError> {
        let describe = self.client.describe_alarms().set_alarm_names(Some(vec![alarm.to_owned()]));
        let doing = format!("describe alarm {}", shown(alarm, 255));
        let found = described(describe, 1, &doing, &Origin::default()).await?;
        Ok(found.into_iter().next().map(|alarm| (alarm.state, alarm.since)))
    }

    /// The changes of an alarm's state to ALARM from `since` on.
    pub(crate) async fn history(&self, alarm: &str, since: Timestamp) -> Result<History, CallError> {
        let describe =
            self.client.describe_alarm_history().alarm_name(alarm).start_date(DateTime::from_secs(since.as_second()));
        // Without the types, only the history of metric alarms is answered.
        let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
        let describe = describe.set_alarm_types(Some(types)).history_item_type(HistoryItemType::StateUpdate);
        let describe = describe.scan_by(ScanBy::TimestampDescending).max_records(100);
        let mut history = History { to_alarm: Vec::new(), since };
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let answer = describe.clone().set_next_token(token).send().await.map_err(|error| {
                CallError::new(
                    "cloudwatch:DescribeAlarmHistory",
                    format!("read the history of alarm {}", shown(alarm, 255)),
                    error,
                )
            })?;
            let items = answer.alarm_history_items();
            history
                .to_alarm
                .extend(items.iter().filter(|item| is_to_alarm(item)).filter_map(|item| timestamp(item.timestamp())));
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(history);
            }
            let oldest = items.iter().filter_map(|item| timestamp(item.timestamp())).min();
            history.since = oldest.unwrap_or(Timestamp::MAX);
        }
        Ok(history)
    }
}

fn is_to_alarm(item: &AlarmHistoryItem) -> bool {
    let data: Option<Value> = item.history_data().and_then(|data| serde_json::from_str(data).ok());
    data.is_some_and(|data| data["newState"]["stateValue"] == "ALARM" && data["oldState"]["stateValue"] != "ALARM")
}
