//! Amazon CloudWatch: alarms, their states and their tags.

mod alarm;
mod view;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use alarm::{Alarm, AlarmState};

use self::alarm::Kind;
use self::view::{CompositeAlarmView, MetricAlarmView, Tag};
use crate::home::Home;
use crate::operation::Operation;
use crate::page::PageRequest;
use crate::protocol::cbor;
use crate::wire::{ApiError, input};

/// As many alarms as one call may name, and as one page has.
const MOST: usize = 100;

/// The alarms of one account and Region.
#[derive(Clone, Debug)]
pub struct CloudWatch {
    home: Home,
    /// When the simulation began. An alarm that says nothing else has been in its state since the day before.
    began: Timestamp,
    alarms: BTreeMap<String, Alarm>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeAlarmsInput {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<String>>,
    state_value: Option<AlarmState>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeAlarmsOutput<'a> {
    metric_alarms: Vec<MetricAlarmView<'a>>,
    composite_alarms: Vec<CompositeAlarmView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTagsInput {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListTagsOutput<'a> {
    tags: Vec<Tag<'a>>,
}

impl CloudWatch {
    pub(crate) fn new(home: Home, began: Timestamp) -> Self {
        Self { home, began, alarms: BTreeMap::new() }
    }

    /// Puts an alarm, in place of one of the same name if there is one.
    pub fn put_alarm(&mut self, alarm: Alarm) {
        self.alarms.insert(alarm.name.clone(), alarm);
    }

    pub(crate) fn perform(&self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::ListTagsForAlarm => cbor(&self.list_tags(&input(body)?)?),
            _ => cbor(&self.describe_alarms(&input(body)?)?),
        }
    }

    fn describe_alarms(&self, input: &DescribeAlarmsInput) -> Result<DescribeAlarmsOutput<'_>, ApiError> {
        let names = input.alarm_names.as_deref();
        if names.is_some_and(|names| names.len() > MOST) {
            return Err(ApiError::validation("'alarmNames' must have a length of at most 100"));
        }
        // Without a word on types there are metric alarms only.
        let types = input.alarm_types.as_deref().filter(|types| !types.is_empty());
        let is_asked_for = |alarm: &&Alarm| {
            types.map_or(alarm.kind == Kind::Metric, |types| types.iter().any(|name| name == alarm.kind.name()))
                && names.is_none_or(|names| names.contains(&alarm.name))
                && input.alarm_name_prefix.as_deref().is_none_or(|prefix| alarm.name.starts_with(prefix))
                && input.state_value.is_none_or(|state| alarm.state == state)
        };
        let page = PageRequest {
            list: "alarms".to_owned(),
            token: input.next_token.as_deref(),
            max_results: input.max_records,
            usual: MOST,
            at_most: None,
        };
        let asked_for = self.alarms.values().filter(is_asked_for).collect();
        let invalid = |error: ApiError| ApiError { kind: "InvalidNextToken".to_owned(), ..error };
        let (alarms, next_token) = page.cut(asked_for).map_err(invalid)?;
        let mut output = DescribeAlarmsOutput { metric_alarms: Vec::new(), composite_alarms: Vec::new(), next_token };
        for alarm in alarms {
            match &alarm.kind {
                Kind::Metric => output.metric_alarms.push(MetricAlarmView::of(alarm, &self.home, self.began)),
                Kind::Composite { rule } => {
                    output.composite_alarms.push(CompositeAlarmView::of(alarm, rule, &self.home, self.began));
                }
            }
        }
        Ok(output)
    }

    fn list_tags(&self, input: &ListTagsInput) -> Result<ListTagsOutput<'_>, ApiError> {
        let name = input.resource_arn.strip_prefix(&self.home.alarm_arn("")).and_then(|name| self.alarms.get(name));
        let missing = || ApiError { status: 404, ..ApiError::new("ResourceNotFoundException", "Unknown") };
        let alarm = name.ok_or_else(missing)?;
        let tags = alarm.tags.iter().map(|(key, value)| Tag { key, value });
        Ok(ListTagsOutput { tags: tags.collect() })
    }
}
