//! Amazon CloudWatch: alarms with their states, contributors, history and tags, and the metrics that they are on.

mod alarm;
mod contributor;
mod describe;
mod dimensions;
mod history;
mod metric_data;
mod rule;
mod series;
mod view;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use alarm::{Alarm, AlarmState, AlarmType};
pub use contributor::Contributor;
pub use history::{HistoryItem, HistoryItemType};
pub use series::{Run, Series};

use self::view::Tag;
use crate::home::Home;
use crate::operation::Operation;
use crate::page::PageRequest;
use crate::protocol::cbor;
use crate::wire::{ApiError, input};

/// The most entries of one page.
const PAGE: i64 = 100;

/// The alarms and metrics of one account and Region.
#[derive(Clone, Debug)]
pub struct CloudWatch {
    home: Home,
    /// The start of the simulation. By default an alarm has been in its state since the day before.
    began: Timestamp,
    alarms: BTreeMap<String, Alarm>,
    history: Vec<HistoryItem>,
    series: Vec<Series>,
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
        Self { home, began, alarms: BTreeMap::new(), history: Vec::new(), series: Vec::new() }
    }

    /// Puts an alarm, in place of one of the same name if there is one.
    pub fn put_alarm(&mut self, alarm: Alarm) {
        self.alarms.insert(alarm.name.clone(), alarm);
    }

    /// Removes an alarm. Its history stays.
    pub fn delete_alarm(&mut self, name: &str) {
        self.alarms.remove(name);
    }

    /// Adds an entry to the history of an alarm, which need not exist any more.
    pub fn put_history(&mut self, item: HistoryItem) {
        self.history.push(item);
    }

    /// Adds a time series.
    pub fn put_series(&mut self, series: Series) {
        self.series.push(series);
    }

    pub(crate) fn perform(&self, operation: Operation, body: &Value, now: Timestamp) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::ListTagsForAlarm => cbor(&self.list_tags(&input(body)?)?),
            Operation::DescribeAlarmContributors => cbor(&self.describe_alarm_contributors(&input(body)?)?),
            Operation::DescribeAlarmHistory => cbor(&self.describe_alarm_history(&input(body)?, now)?),
            Operation::GetMetricData => cbor(&self.get_metric_data(&input(body)?)?),
            _ => cbor(&self.describe_alarms(&input(body)?)?),
        }
    }

    fn list_tags(&self, input: &ListTagsInput) -> Result<ListTagsOutput<'_>, ApiError> {
        let name = input.resource_arn.strip_prefix(&self.home.alarm_arn("")).and_then(|name| self.alarms.get(name));
        let alarm = name.ok_or_else(ApiError::resource_not_found)?;
        let tags = alarm.tags.iter().map(|(key, value)| Tag { key, value });
        Ok(ListTagsOutput { tags: tags.collect() })
    }
}

/// A page of a list, and the token of the next one if there is any.
fn page<T>(
    list: &str,
    token: Option<&str>,
    max_records: Option<i64>,
    entries: Vec<T>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    if max_records.is_some_and(|most| !(1..=PAGE).contains(&most)) {
        return Err(ApiError::validation("'maxRecords' must be between 1 and 100"));
    }
    let max_results = max_records.or(Some(PAGE));
    let page = PageRequest { list: list.to_owned(), token, max_results, usual: 0, at_most: None };
    page.cut(entries).map_err(|error| ApiError { kind: "InvalidNextToken".to_owned(), ..error })
}
