//! One entry of an alarm's metrics, in both spellings.

use serde_json::{Value, json};

use super::metric::Metric;

pub(super) enum Query<'a> {
    Metric {
        metric: &'a Metric,
        returned: bool,
    },
    /// Over the other entries.
    Expression {
        id: &'static str,
        text: String,
        label: String,
    },
    /// Of Metrics Insights.
    Select(&'a str),
}

impl Query<'_> {
    /// As the Lambda action and EventBridge have it.
    pub(super) fn in_configuration(&self, period: i64) -> Value {
        match self {
            Self::Metric { metric, returned } => {
                let name =
                    json!({"namespace": metric.namespace, "name": metric.name, "dimensions": metric.dimensions()});
                let stat = json!({"metric": name, "period": period, "stat": metric.stat});
                let mut entry = json!({"id": metric.id, "metricStat": stat, "returnData": returned});
                if let Some(account) = &metric.account {
                    entry["accountId"] = json!(account);
                }
                entry
            }
            Self::Expression { id, text, label } => {
                json!({"id": id, "expression": text, "label": label, "returnData": true})
            }
            Self::Select(text) => json!({"id": "q1", "expression": text, "period": period, "returnData": true}),
        }
    }

    /// As SNS has it.
    pub(super) fn in_message(&self, period: i64) -> Value {
        match self {
            Self::Metric { metric, returned } => {
                let name = json!({"Namespace": metric.namespace, "MetricName": metric.name,
                    "Dimensions": metric.dimension_list()});
                let stat = json!({"Metric": name, "Period": period, "Stat": metric.stat});
                let mut entry = json!({"Id": metric.id, "MetricStat": stat, "ReturnData": returned});
                if let Some(account) = &metric.account {
                    entry["AccountId"] = json!(account);
                }
                entry
            }
            Self::Expression { id, text, label } => {
                json!({"Id": id, "Expression": text, "Label": label, "ReturnData": true})
            }
            Self::Select(text) => json!({"Id": "q1", "Expression": text, "Period": period, "ReturnData": true}),
        }
    }
}
