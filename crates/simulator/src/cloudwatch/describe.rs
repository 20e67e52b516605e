//! `DescribeAlarms`, `DescribeAlarmContributors`, `DescribeAlarmHistory`.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, AlarmState, AlarmType};
use super::history::{HistoryItem, HistoryItemType};
use super::metric_data::ScanBy;
use super::view::{AlarmView, ContributorView, HistoryItemView};
use super::{CloudWatch, page};
use crate::time::after;
use crate::wire::{ApiError, Epoch};

/// The most alarms that one call may name.
const MOST: usize = 100;

/// The time for which CloudWatch keeps the history of an alarm.
const HISTORY_KEPT_FOR: Duration = Duration::from_hours(30 * 24);

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct DescribeAlarmsInput {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<AlarmType>>,
    children_of_alarm_name: Option<String>,
    parents_of_alarm_name: Option<String>,
    state_value: Option<AlarmState>,
    action_prefix: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAlarmsOutput<'a> {
    metric_alarms: Vec<AlarmView<'a>>,
    composite_alarms: Vec<AlarmView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log_alarms: Vec<AlarmView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAlarmContributorsInput {
    alarm_name: String,
    #[serde(default)]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAlarmContributorsOutput<'a> {
    alarm_contributors: Vec<ContributorView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct DescribeAlarmHistoryInput {
    alarm_name: Option<String>,
    alarm_contributor_id: Option<String>,
    alarm_types: Option<Vec<AlarmType>>,
    history_item_type: Option<HistoryItemType>,
    start_date: Option<Epoch>,
    end_date: Option<Epoch>,
    max_records: Option<i64>,
    next_token: Option<String>,
    scan_by: Option<ScanBy>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAlarmHistoryOutput<'a> {
    alarm_history_items: Vec<HistoryItemView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl DescribeAlarmsInput {
    fn check(&self) -> Result<(), ApiError> {
        if self.alarm_names.as_ref().is_some_and(|names| names.len() > MOST) {
            return Err(ApiError::validation("'alarmNames' must have a length of at most 100"));
        }
        let by_name = [self.alarm_names.is_some(), self.alarm_name_prefix.is_some()];
        let by_family = [self.children_of_alarm_name.is_some(), self.parents_of_alarm_name.is_some()];
        let others = by_name.contains(&true)
            || self.alarm_types.is_some()
            || self.state_value.is_some()
            || self.action_prefix.is_some();
        let alone = by_family == [true, true] || (by_family.contains(&true) && others);
        if by_name == [true, true] || alone {
            return Err(ApiError::validation("The parameters cannot be specified together."));
        }
        Ok(())
    }

    fn asks_for(&self, alarm: &Alarm) -> bool {
        wants(self.alarm_types.as_deref(), alarm.r#type)
            && self.alarm_names.as_ref().is_none_or(|names| names.contains(&alarm.name))
            && self.alarm_name_prefix.as_deref().is_none_or(|prefix| alarm.name.starts_with(prefix))
            && self.state_value.is_none_or(|state| alarm.state == state)
            && self.action_prefix.as_deref().is_none_or(|prefix| alarm.acts_on(prefix))
    }
}

/// True if alarms of this type are asked for: without `AlarmTypes`, metric alarms only.
fn wants(types: Option<&[AlarmType]>, r#type: AlarmType) -> bool {
    types.filter(|types| !types.is_empty()).unwrap_or(&[AlarmType::Metric]).contains(&r#type)
}

impl CloudWatch {
    pub(super) fn describe_alarms(&self, input: &DescribeAlarmsInput) -> Result<DescribeAlarmsOutput<'_>, ApiError> {
        input.check()?;
        let named = |name: &String| self.alarms.get(name).ok_or_else(|| ApiError::validation("Unknown alarm"));
        let (asked_for, brief): (Vec<&Alarm>, bool) =
            match (&input.children_of_alarm_name, &input.parents_of_alarm_name) {
                (Some(parent), _) => {
                    let children = named(parent)?.children();
                    (children.iter().filter_map(|child| self.alarms.get(*child)).collect(), true)
                }
                (None, Some(child)) => {
                    let is_parent = |alarm: &&Alarm| alarm.children().contains(&child.as_str());
                    (self.alarms.values().filter(is_parent).collect(), true)
                }
                (None, None) => (self.alarms.values().filter(|alarm| input.asks_for(alarm)).collect(), false),
            };
        let (alarms, next_token) = page("alarms", input.next_token.as_deref(), input.max_records, asked_for)?;
        let of = |r#type: AlarmType| {
            let alarms = alarms.iter().filter(|alarm| alarm.r#type == r#type);
            alarms.map(|alarm| AlarmView::of(alarm, &self.home, self.began, brief)).collect()
        };
        Ok(DescribeAlarmsOutput {
            metric_alarms: of(AlarmType::Metric),
            composite_alarms: of(AlarmType::Composite),
            log_alarms: of(AlarmType::Log),
            next_token,
        })
    }

    pub(super) fn describe_alarm_contributors(
        &self,
        input: &DescribeAlarmContributorsInput,
    ) -> Result<DescribeAlarmContributorsOutput<'_>, ApiError> {
        let alarm = self.alarms.get(&input.alarm_name).ok_or_else(ApiError::resource_not_found)?;
        let list = format!("contributors of {}", alarm.name);
        let contributors = alarm.contributors.iter().collect();
        let (contributors, next_token) = page(&list, input.next_token.as_deref(), None, contributors)?;
        let alarm_contributors = contributors.into_iter().map(ContributorView::of).collect();
        Ok(DescribeAlarmContributorsOutput { alarm_contributors, next_token })
    }

    pub(super) fn describe_alarm_history(
        &self,
        input: &DescribeAlarmHistoryInput,
        now: Timestamp,
    ) -> Result<DescribeAlarmHistoryOutput<'_>, ApiError> {
        let is_asked_for = |item: &&HistoryItem| {
            let contributor = || item.contributor.as_ref().map(super::Contributor::id);
            item.at <= now
                && after(item.at, HISTORY_KEPT_FOR) > now
                && wants(input.alarm_types.as_deref(), self.type_of(item))
                && input.alarm_name.as_ref().is_none_or(|name| item.alarm == *name)
                && input.alarm_contributor_id.as_ref().is_none_or(|id| contributor().as_ref() == Some(id))
                && input.history_item_type.is_none_or(|kind| item.r#type == kind)
                && input.start_date.is_none_or(|start| item.at >= start.0)
                && input.end_date.is_none_or(|end| item.at <= end.0)
        };
        let mut items: Vec<&HistoryItem> = self.history.iter().filter(is_asked_for).collect();
        match input.scan_by.unwrap_or_default() {
            ScanBy::TimestampDescending => items.sort_by_key(|item| Reverse(item.at)),
            ScanBy::TimestampAscending => items.sort_by_key(|item| item.at),
        }
        let (items, next_token) = page("history", input.next_token.as_deref(), input.max_records, items)?;
        let alarm_history_items = items.into_iter().map(|item| HistoryItemView::of(item, self.type_of(item))).collect();
        Ok(DescribeAlarmHistoryOutput { alarm_history_items, next_token })
    }

    fn type_of(&self, item: &HistoryItem) -> AlarmType {
        let known = || self.alarms.get(&item.alarm).map(|alarm| alarm.r#type);
        item.alarm_type.or_else(known).unwrap_or_default()
    }
}
