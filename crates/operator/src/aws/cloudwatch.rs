//! Amazon CloudWatch: every alarm, and the history of their states and actions.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy},
};
use ecs_auto_rollback::{CallError, timestamp};
use jiff::Timestamp;
use judgement::text::shown;
use serde_json::Value;

use super::{alarms, config::patient, time::datetime};
use crate::{
    alarm::{Alarm, Change, Contributor, Executed},
    output::Progress,
};

/// The gateway to Amazon CloudWatch.
#[derive(Debug, Clone)]
pub(crate) struct CloudWatch {
    client: Client,
}

/// The history of alarms in a span of time, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct History {
    /// The changes of state.
    pub(crate) changes: Vec<Change>,
    /// The actions.
    pub(crate) actions: Vec<Executed>,
}

impl CloudWatch {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&patient(config)) }
    }

    /// Every alarm, or those of these names.
    pub(crate) async fn alarms(&self, names: Option<&[String]>) -> Result<Vec<Alarm>, CallError> {
        let mut found = Vec::new();
        let chunks: Vec<Option<Vec<String>>> = match names {
            Some(names) => names.chunks(100).map(|names| Some(names.to_vec())).collect(),
            None => vec![None],
        };
        for names in chunks {
            let mut token = None;
            loop {
                // Without the types, only metric alarms are returned.
                let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
                let describe = self.client.describe_alarms().set_alarm_types(Some(types)).max_records(100);
                let answer = describe.set_alarm_names(names.clone()).set_next_token(token).send().await;
                let answer = answer
                    .map_err(|error| CallError::new("cloudwatch:DescribeAlarms", "describe the alarms", error))?;
                found.extend(alarms::every_type(&answer));
                token = answer.next_token;
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The history between two times, of every alarm or of one.
    pub(crate) async fn history(
        &self,
        alarm: Option<&str>,
        from: Timestamp,
        to: Timestamp,
        progress: &Progress,
    ) -> Result<History, CallError> {
        let mut history = Vec::new();
        // Without a name, one call answers for one type of alarm only.
        for alarm_type in [AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm] {
            let mut token = None;
            loop {
                let page = self.client.describe_alarm_history().set_alarm_name(alarm.map(str::to_owned));
                let page = page.alarm_types(alarm_type.clone()).scan_by(ScanBy::TimestampAscending).max_records(100);
                let page = page.start_date(datetime(from)).end_date(datetime(to)).set_next_token(token);
                let answer = page.send().await.map_err(|error| {
                    let of =
                        alarm.map_or_else(|| "the alarms".to_owned(), |name| format!("alarm {}", shown(name, 255)));
                    CallError::new("cloudwatch:DescribeAlarmHistory", format!("read the history of {of}"), error)
                })?;
                progress.step();
                history.extend(answer.alarm_history_items.unwrap_or_default().iter().filter_map(item));
                token = answer.next_token;
                if token.is_none() {
                    break;
                }
            }
        }
        let mut read = History::default();
        for item in history {
            match item {
                Item::Change(change) => read.changes.push(change),
                Item::Executed(executed) => read.actions.push(executed),
            }
        }
        read.changes.sort_by_key(|change| change.at);
        read.actions.sort_by_key(|executed| executed.at);
        Ok(read)
    }
}

enum Item {
    Change(Change),
    Executed(Executed),
}

/// An item of a history. Changes of the configuration are left out.
fn item(item: &AlarmHistoryItem) -> Option<Item> {
    let alarm = item.alarm_name()?.to_owned();
    let at = timestamp(item.timestamp())?;
    let data: Value = serde_json::from_str(item.history_data().unwrap_or_default()).unwrap_or_default();
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    match item.history_item_type()? {
        HistoryItemType::StateUpdate | HistoryItemType::AlarmContributorStateUpdate => Some(Item::Change(Change {
            alarm,
            at,
            from: text("/oldState/stateValue"),
            to: text("/newState/stateValue"),
            reason: text("/newState/stateReason"),
            reason_data: data.pointer("/newState/stateReasonData").and_then(alarms::reason_data),
            contributor: contributor(item),
        })),
        HistoryItemType::Action | HistoryItemType::AlarmContributorAction => {
            let summary = item.history_summary().unwrap_or_default().to_owned();
            let stated = text("/notificationResource");
            let action = if stated.is_empty() {
                summary.split_whitespace().find(|word| word.starts_with("arn:")).unwrap_or_default().to_owned()
            } else {
                stated
            };
            let succeeded = data["actionState"] != "Failed" && !summary.starts_with("Failed");
            Some(Item::Executed(Executed { alarm, at, summary, action, succeeded }))
        }
        _ => None,
    }
}

fn contributor(item: &AlarmHistoryItem) -> Option<Contributor> {
    let attributes = item.alarm_contributor_attributes();
    let id = item.alarm_contributor_id();
    (attributes.is_some() || id.is_some()).then(|| Contributor {
        id: id.unwrap_or_default().to_owned(),
        attributes: attributes.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
    })
}
