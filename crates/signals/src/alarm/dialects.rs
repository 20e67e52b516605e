//! The three dialects: the Lambda action, the event of EventBridge, the message of SNS.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Alarm, Child, Data,
    data::{Datapoint, Judged},
    subject::Subject,
};
use crate::{
    Notification,
    time::{at, cloudwatch, floor, whole_seconds},
};

const ALARM: &str = "ALARM";
const OK: &str = "OK";
const CONTRIBUTOR: &str = "6d442278dba546f6";

impl Alarm {
    /// As CloudWatch invokes the function itself.
    #[must_use]
    pub fn as_action(&self) -> Value {
        let mut action = json!({
            "source": "aws.cloudwatch",
            "alarmArn": self.arn(),
            "accountId": self.place.account,
            "time": cloudwatch(self.sent()),
            "region": self.place.region,
            "alarmData": self.alarm_data(),
        });
        if let Some(contributor) = self.alarm_contributor() {
            action["alarmContributor"] = contributor;
        }
        self.put_tags(&mut action);
        action
    }

    /// As EventBridge delivers it.
    #[must_use]
    pub fn as_event(&self) -> Value {
        let mut detail = self.alarm_data();
        let mut detail_type = "CloudWatch Alarm State Change";
        if let Some(contributor) = self.alarm_contributor() {
            detail["alarmContributor"] = contributor;
            detail_type = "CloudWatch Alarm Contributor State Change";
        }
        if let Some(rule) = &self.muted_by {
            let hour = floor(self.since, 3_600);
            detail["muteDetail"] = json!({
                "mutedByArn": self.place.arn("cloudwatch", &format!("alarm-mute-rule:{rule}")),
                "muteWindowStart": cloudwatch(hour),
                "muteWindowEnd": cloudwatch(hour + SignedDuration::from_hours(2)),
            });
        }
        self.put_tags(&mut detail);
        self.event(detail_type, self.sent(), &detail)
    }

    /// As EventBridge reports that the alarm has become what it is from what it was.
    #[must_use]
    pub fn as_change_from(&self, before: &Self, time: Timestamp) -> Value {
        let configured = |alarm: &Self, time: Timestamp| {
            let mut configuration = alarm.subject.configuration(alarm.period);
            configuration["threshold"] = json!(alarm.limit.threshold());
            configuration["evaluationPeriods"] = json!(alarm.judged_points().len());
            configuration["comparisonOperator"] = json!(alarm.limit.operator());
            configuration["actionsEnabled"] = json!(true);
            configuration["timestamp"] = json!(cloudwatch(time));
            configuration
        };
        let detail = json!({
            "alarmName": self.name,
            "operation": "update",
            "state": {"value": self.state(), "timestamp": cloudwatch(self.sent())},
            "configuration": configured(self, time),
            "previousConfiguration": configured(before, created()),
        });
        self.event("CloudWatch Alarm Configuration Change", time, &detail)
    }

    /// As the text of an SNS message, or as a subscription with raw delivery gets it.
    #[must_use]
    pub fn as_message(&self) -> Value {
        let was_in_alarm = self.released.or(self.recovered).is_some();
        let mut message = json!({
            "AlarmName": self.name,
            "AlarmDescription": self.description,
            "AWSAccountId": self.place.account,
            "AlarmConfigurationUpdatedTimestamp": cloudwatch(created()),
            "NewStateValue": self.state(),
            "NewStateReason": if self.recovered.is_some() { Some(self.reason_of_recovery()) } else { self.reason() },
            "StateChangeTime": cloudwatch(self.sent()),
            "Region": self.place.display_name(),
            "AlarmArn": self.arn(),
            "OldStateValue": if was_in_alarm { ALARM } else { self.previously.0.as_str() },
            "OKActions": [],
            "AlarmActions": [self.place.arn("sns", "alarms")],
            "InsufficientDataActions": [],
        });
        let count = self.judged_points().len();
        if let Some(trigger) = self.subject.trigger(self.period, count, &self.limit, self.missing_data) {
            message["Trigger"] = trigger;
        }
        if let Subject::Composite { rule, .. } = &self.subject {
            let child = |child: &Child| {
                json!({"Arn": self.arn_of(&child.name),
                    "State": {"Value": child.state, "Timestamp": cloudwatch(child.since)}})
            };
            message["AlarmRule"] = json!(rule);
            message["TriggeringChildren"] = self.children.iter().map(child).collect();
        }
        if let Some(attributes) = &self.contributor {
            message["AlarmContributorId"] = json!(CONTRIBUTOR);
            message["AlarmContributorAttributes"] = object(attributes);
        }
        if !self.tags.is_empty() {
            message["AlarmTags"] = list(&self.tags);
            message["AlarmTagsStatus"] = json!("SUCCESS");
        }
        message
    }

    /// As SNS sends it.
    #[must_use]
    pub fn as_notification(&self) -> Notification {
        let subject = format!("{}: \"{}\" in {}", self.state(), self.name, self.place.display_name());
        let published = self.sent() + SignedDuration::from_millis(47);
        let notification = Notification::of(self.as_message()).subject(&subject).published(published);
        notification.topic_in(self.place.clone())
    }

    fn event(&self, detail_type: &str, time: Timestamp, detail: &Value) -> Value {
        json!({
            "version": "0",
            "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
            "detail-type": detail_type,
            "source": "aws.cloudwatch",
            "account": self.place.account,
            "time": whole_seconds(time),
            "region": self.place.region,
            "resources": [self.arn()],
            "detail": detail,
        })
    }

    /// The part that the action and the event share. One about a contributor has no previous state.
    fn alarm_data(&self) -> Value {
        let mut state = match self.recovered {
            Some(time) => json!({"value": OK, "reason": self.reason_of_recovery(), "timestamp": cloudwatch(time)}),
            None => self.in_alarm(self.sent()),
        };
        suppress(&mut state, self.suppressed_by.as_deref());
        let mut data = json!({"alarmName": self.name, "state": state, "configuration": self.configuration()});
        if self.contributor.is_none() {
            data["previousState"] = self.previous_state();
        }
        data
    }

    /// The state in which it is, or was, since this time.
    fn in_alarm(&self, since: Timestamp) -> Value {
        let mut state = json!({"value": ALARM, "timestamp": cloudwatch(since)});
        if let Some(reason) = self.reason() {
            state["reason"] = json!(reason);
        }
        if let Some(data) = self.reason_data() {
            state["reasonData"] = json!(data);
        }
        state
    }

    fn previous_state(&self) -> Value {
        if self.released.or(self.recovered).is_some() {
            let mut state = self.in_alarm(self.since);
            suppress(&mut state, self.released.map(|_| "WaitPeriod"));
            return state;
        }
        let (state, since) = &self.previously;
        let reason = match self.subject {
            Subject::Composite { .. } => format!("The alarm rule evaluates to {state}"),
            _ => "Threshold Crossed: 3 out of the last 3 datapoints were not greater than the threshold (minimum 1 \
                datapoint for ALARM -> OK transition)."
                .to_owned(),
        };
        json!({"value": state, "reason": reason, "timestamp": cloudwatch(*since)})
    }

    fn configuration(&self) -> Value {
        let mut configuration = self.subject.configuration(self.period);
        if let Some(description) = &self.description {
            configuration["description"] = json!(description);
        }
        configuration
    }

    /// Why it went to ALARM, in a sentence; a `PromQL` alarm has none.
    fn reason(&self) -> Option<String> {
        let sentence = || match &self.subject {
            Subject::PromQl(_) => None,
            Subject::Composite { .. } => Some(match self.children.first() {
                Some(Child { name, state, since }) => {
                    let time = since.strftime("%A %d %B, %Y %H:%M:%S UTC");
                    format!("{} transitioned to {state} at {time}", self.arn_of(name))
                }
                None => "The alarm rule evaluates to ALARM".to_owned(),
            }),
            _ => Some(self.judged(&self.judged_points()).reason()),
        };
        self.reason.clone().or_else(sentence)
    }

    fn reason_of_recovery(&self) -> String {
        match &self.subject {
            Subject::Composite { .. } => "The alarm rule evaluates to OK".to_owned(),
            _ => self.judged(&self.judged_points()).reason_of_recovery(),
        }
    }

    fn reason_data(&self) -> Option<String> {
        match (self.data, &self.subject) {
            (Data::Nothing, _) => None,
            (Data::Elided, _) => Some("...".to_owned()),
            (_, Subject::Composite { .. }) => {
                let child = |child: &Child| {
                    json!({"arn": self.arn_of(&child.name),
                        "state": {"value": child.state, "timestamp": cloudwatch(child.since)}})
                };
                let children: Vec<Value> = self.children.iter().map(child).collect();
                (!children.is_empty()).then(|| json!({"triggeringAlarms": children}).to_string())
            }
            (data, _) => {
                let points = self.judged_points();
                Some(self.judged(&points).reason_data(data == Data::Whole).to_string())
            }
        }
    }

    fn judged<'a>(&'a self, points: &'a [Datapoint]) -> Judged<'a> {
        let statistic = match &self.subject {
            Subject::Metric(metric) => Some(metric.stat.as_str()),
            _ => None,
        };
        Judged { limit: &self.limit, points, period: self.period, statistic, at: self.since }
    }

    fn judged_points(&self) -> Vec<Datapoint> {
        self.points.before(self.since, self.period)
    }

    fn alarm_contributor(&self) -> Option<Value> {
        let attributes = self.contributor.as_ref()?;
        Some(json!({"id": CONTRIBUTOR, "attributes": object(attributes)}))
    }

    fn put_tags(&self, into: &mut Value) {
        if self.tags.is_empty() {
            return;
        }
        into["alarmTags"] = if self.tags_are_listed { list(&self.tags) } else { object(&self.tags) };
        into["alarmTagsStatus"] = json!("SUCCESS");
    }

    fn state(&self) -> &'static str {
        if self.recovered.is_some() { OK } else { ALARM }
    }

    fn sent(&self) -> Timestamp {
        self.recovered.or(self.released).unwrap_or(self.since)
    }

    fn arn(&self) -> String {
        self.arn_of(&self.name)
    }

    fn arn_of(&self, alarm: &str) -> String {
        self.place.arn("cloudwatch", &format!("alarm:{alarm}"))
    }
}

/// When every alarm was configured.
fn created() -> Timestamp {
    at("08:00:00")
}

fn suppress(state: &mut Value, by: Option<&str>) {
    if let Some(by) = by {
        state["actionsSuppressedBy"] = json!(by);
        state["actionsSuppressedReason"] = json!(format!("Actions suppressed by {by}"));
    }
}

fn object(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<Map<_, _>>().into()
}

fn list(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
