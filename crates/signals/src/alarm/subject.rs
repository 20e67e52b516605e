//! The subject of an alarm, as its configuration describes it.

use serde_json::{Value, json};

use super::{data::Limit, metric::Metric, query::Query};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    Metric(Metric),
    /// An expression over metrics.
    Math {
        expression: String,
        over: Vec<Metric>,
    },
    /// A metric that leaves its usual band.
    Anomaly(Metric),
    /// A query of Metrics Insights.
    Insights(String),
    /// A rule over other alarms, and an alarm that suppresses its actions.
    Composite {
        rule: String,
        suppressor: Option<String>,
    },
    Log {
        query: String,
        group: String,
    },
    PromQl(String),
}

impl Subject {
    fn queries(&self) -> Vec<Query<'_>> {
        match self {
            Self::Metric(metric) => vec![Query::Metric { metric, returned: true }],
            Self::Math { expression, over } => {
                let result = Query::Expression { id: "e1", text: expression.clone(), label: "all together".to_owned() };
                let terms = over.iter().map(|metric| Query::Metric { metric, returned: false });
                std::iter::once(result).chain(terms).collect()
            }
            Self::Anomaly(metric) => {
                let text = format!("ANOMALY_DETECTION_BAND({}, 3)", metric.id);
                let band = Query::Expression { id: BAND, text, label: format!("{} (expected)", metric.id) };
                vec![Query::Metric { metric, returned: true }, band]
            }
            Self::Insights(query) => vec![Query::Select(query)],
            Self::Composite { .. } | Self::Log { .. } | Self::PromQl(_) => Vec::new(),
        }
    }

    /// The alarm's `configuration` in a Lambda action and an event, but for the description.
    pub(super) fn configuration(&self, period: i64) -> Value {
        match self {
            Self::Composite { rule, suppressor: None } => json!({"alarmRule": rule}),
            Self::Composite { rule, suppressor: Some(suppressor) } => json!({
                "alarmRule": rule,
                "actionsSuppressor": suppressor,
                "actionsSuppressorWaitPeriod": 120,
                "actionsSuppressorExtensionPeriod": 60,
            }),
            Self::Log { query, group } => json!({"queryString": query, "logGroupIdentifiers": [group]}),
            Self::PromQl(query) => json!({
                "evaluationCriteria": {"promQLCriteria": {"query": query, "pendingPeriod": 60, "recoveryPeriod": 300}},
                "evaluationInterval": period,
            }),
            Self::Metric(_) | Self::Math { .. } | Self::Anomaly(_) | Self::Insights(_) => {
                let metrics: Vec<Value> = self.queries().iter().map(|query| query.in_configuration(period)).collect();
                json!({"metrics": metrics})
            }
        }
    }

    /// The `Trigger` of an SNS message about the newest `count` datapoints. A composite alarm has none.
    pub(super) fn trigger(&self, period: i64, count: usize, limit: &Limit, missing_data: &str) -> Option<Value> {
        let mut trigger = json!({
            "Period": period,
            "EvaluationPeriods": count,
            "ComparisonOperator": limit.operator(),
            "TreatMissingData": missing_data,
            "EvaluateLowSampleCountPercentile": null,
        });
        if let Some(threshold) = limit.threshold() {
            trigger["Threshold"] = json!(threshold);
        }
        match self {
            Self::Composite { .. } => return None,
            Self::Metric(metric) => {
                trigger["MetricName"] = json!(metric.name);
                trigger["Namespace"] = json!(metric.namespace);
                trigger["StatisticType"] = json!("Statistic");
                trigger["Statistic"] = json!(metric.stat.to_uppercase());
                trigger["Unit"] = Value::Null;
                trigger["Dimensions"] = json!(metric.dimension_list());
                trigger["DatapointsToAlarm"] = json!(count);
                trigger["EvaluateLowSampleCountPercentile"] = json!("");
            }
            Self::Math { .. } | Self::Anomaly(_) | Self::Insights(_) => {
                trigger["Metrics"] = self.queries().iter().map(|query| query.in_message(period)).collect();
            }
            Self::Log { .. } | Self::PromQl(_) => {}
        }
        if matches!(self, Self::Anomaly(_)) {
            trigger["ThresholdMetricId"] = json!(BAND);
        }
        Some(trigger)
    }
}

/// The id of the band of an anomaly detector.
const BAND: &str = "band";
