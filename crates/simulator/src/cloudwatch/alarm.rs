//! An alarm, written as prose in tests, and as TOML in scenario files.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::contributor::Contributor;
use super::dimensions::of_service;
use super::rule::names_in;
use crate::time::toml_time;

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the API's, and documented there")]
pub enum AlarmState {
    #[default]
    Ok,
    Alarm,
    InsufficientData,
}

/// The kind of an alarm, as in `AlarmTypes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the API's, and documented there")]
pub enum AlarmType {
    #[default]
    #[serde(rename = "MetricAlarm")]
    Metric,
    #[serde(rename = "CompositeAlarm")]
    Composite,
    #[serde(rename = "LogAlarm")]
    Log,
}

/// An alarm, in state `OK` by default.
///
/// ```
/// # use serde_json::json;
/// # use simulator::{Alarm, Contributor};
/// Alarm::metric("web-5xx").on_service("prod/web").in_alarm();
/// Alarm::metric("mail-errors").dimension("Queue", "mail").tagged("auto-rollback:services", "prod/mail");
/// Alarm::metric("web-slow").compares("GreaterThanThreshold", 0.5).evaluates(60, 5, 3).member("Unit", json!("Seconds"));
/// Alarm::composite("shop", "ALARM(web-5xx) OR ALARM(mail-errors)").in_alarm();
/// Alarm::promql("slow", "latency > 1").in_alarm().contributor(Contributor::of(&[("service", "web")]));
/// Alarm::log("panics", "filter @message like /panic/").in_alarm();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// The kind of the alarm: one on a metric if left out.
    pub r#type: AlarmType,
    /// Its state; `OK` if left out.
    pub state: AlarmState,
    /// The time when it entered its state; a day before the simulation began if left out.
    #[serde(deserialize_with = "toml_time")]
    pub since: Option<Timestamp>,
    /// The time of the last update of its state; the time when it entered its state if left out.
    #[serde(deserialize_with = "toml_time")]
    pub updated: Option<Timestamp>,
    /// The dimensions of its metric.
    pub dimensions: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The contributors that are in ALARM.
    pub contributors: Vec<Contributor>,
    /// All other members, as the API has them.
    pub members: Map<String, Value>,
}

impl Alarm {
    fn new(name: &str, r#type: AlarmType) -> Self {
        Self { name: name.to_owned(), r#type, ..Self::default() }
    }

    /// An alarm on a metric.
    #[must_use]
    pub fn metric(name: &str) -> Self {
        Self::new(name, AlarmType::Metric)
    }

    /// An alarm on the states of others.
    #[must_use]
    pub fn composite(name: &str, rule: &str) -> Self {
        Self::new(name, AlarmType::Composite).member("AlarmRule", rule.into())
    }

    /// An alarm on a query in `PromQL`, which is a metric alarm without metrics.
    #[must_use]
    pub fn promql(name: &str, query: &str) -> Self {
        let criteria = json!({"PromQLCriteria": {"Query": query, "PendingPeriod": 0, "RecoveryPeriod": 0}});
        Self::metric(name).member("EvaluationCriteria", criteria).member("EvaluationInterval", 60.into())
    }

    /// An alarm on the results of a scheduled query of logs.
    #[must_use]
    pub fn log(name: &str, query: &str) -> Self {
        let configuration = json!({
            "QueryString": query,
            "ScheduledQueryRoleARN": "arn:aws:iam::123456789012:role/scheduled-queries",
            "ScheduleConfiguration": {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 300},
            "AggregationExpression": "count(*)",
        });
        Self::new(name, AlarmType::Log).member("ScheduledQueryConfiguration", configuration)
    }

    /// An alarm on a query in Metrics Insights, evaluated every `period` seconds.
    #[must_use]
    pub fn metrics_insights(name: &str, query: &str, period: u32) -> Self {
        Self::metric(name).queries(json!([{"Id": "q1", "Expression": query, "Period": period, "ReturnData": true}]))
    }

    /// Is on these `Metrics`, as the API has them: expressions, metrics of other accounts.
    #[must_use]
    pub fn queries(self, metrics: Value) -> Self {
        self.member("Metrics", metrics)
    }

    /// Is on this metric.
    #[must_use]
    pub fn on_metric(self, namespace: &str, name: &str, statistic: &str) -> Self {
        let kind = if ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&statistic) {
            "Statistic"
        } else {
            "ExtendedStatistic"
        };
        self.member("Namespace", namespace.into()).member("MetricName", name.into()).member(kind, statistic.into())
    }

    /// Compares with a threshold by this operator of the API.
    #[must_use]
    pub fn compares(self, operator: &str, threshold: f64) -> Self {
        self.member("ComparisonOperator", operator.into()).member("Threshold", threshold.into())
    }

    /// Goes to ALARM when this many of the last `evaluated` datapoints breach, each over a `period` in seconds.
    #[must_use]
    pub fn evaluates(self, period: u32, evaluated: u32, to_alarm: u32) -> Self {
        self.member("Period", period.into())
            .member("EvaluationPeriods", evaluated.into())
            .member("DatapointsToAlarm", to_alarm.into())
    }

    /// Treats missing data in this way of the API.
    #[must_use]
    pub fn treats_missing_data_as(self, way: &str) -> Self {
        self.member("TreatMissingData", way.into())
    }

    /// Is in its state for this reason, with these `StateReasonData`; without any if they are null.
    #[must_use]
    pub fn reason(self, reason: &str, data: &Value) -> Self {
        let alarm = self.member("StateReason", reason.into());
        if data.is_null() { alarm } else { alarm.member("StateReasonData", data.to_string().into()) }
    }

    /// Does this when it goes to ALARM. May be given more than once.
    #[must_use]
    pub fn action(mut self, arn: &str) -> Self {
        match self.members.entry("AlarmActions").or_insert_with(|| json!([])) {
            Value::Array(actions) => actions.push(arn.into()),
            other => *other = json!([arn]),
        }
        self.member("ActionsEnabled", true.into())
    }

    /// Has this member, as the API has it.
    #[must_use]
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Has this contributor in ALARM.
    #[must_use]
    pub fn contributor(mut self, contributor: Contributor) -> Self {
        self.contributors.push(contributor);
        self
    }

    /// Is on a metric with this dimension.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        self.dimensions.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Is on a metric of this service, given as `cluster/service`.
    #[must_use]
    pub fn on_service(mut self, path: &str) -> Self {
        self.dimensions.extend(of_service(path));
        self
    }

    /// Is in this state.
    #[must_use]
    pub fn state(mut self, state: AlarmState) -> Self {
        self.state = state;
        self
    }

    /// Is in state `ALARM`.
    #[must_use]
    pub fn in_alarm(self) -> Self {
        self.state(AlarmState::Alarm)
    }

    /// Entered its state then; a day before the simulation began if this is left out.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// Had its state updated last then; when it entered its state if this is left out.
    #[must_use]
    pub fn updated(mut self, time: Timestamp) -> Self {
        self.updated = Some(time);
        self
    }

    /// Has this tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// True if any of its actions begins with `prefix`.
    pub(super) fn acts_on(&self, prefix: &str) -> bool {
        let lists = ["AlarmActions", "OKActions", "InsufficientDataActions"];
        let actions = lists.iter().filter_map(|list| self.members.get(*list)?.as_array()).flatten();
        actions.filter_map(Value::as_str).any(|action| action.starts_with(prefix))
    }

    /// The names of the alarms that its rule names; none if it has no rule.
    pub(super) fn children(&self) -> Vec<&str> {
        self.members.get("AlarmRule").and_then(Value::as_str).map(names_in).unwrap_or_default()
    }
}
