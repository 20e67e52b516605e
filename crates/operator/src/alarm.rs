//! An alarm, its changes of state, and the event that the function gets of each.

use jiff::Timestamp;
use judgement::{
    Location, Signal,
    event::{self, Unrecognized},
    signal::Pairs,
};
use serde_json::{Value, json};

/// An alarm as it is configured now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alarm {
    /// Its name.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its state now: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub(crate) state: String,
    /// When it entered that state.
    pub(crate) since: Option<Timestamp>,
    /// The reason for that state, in CloudWatch's words.
    pub(crate) reason: String,
    /// The data behind that reason.
    pub(crate) reason_data: Option<Value>,
    /// When its configuration last changed.
    pub(crate) configured: Option<Timestamp>,
    /// Its configuration, as its events have it.
    pub(crate) configuration: Value,
    /// `false` if its actions are switched off.
    pub(crate) actions_enabled: bool,
    /// The ARNs of what it does in ALARM.
    pub(crate) actions: Vec<String>,
    /// How it judges its data, unless it is a composite.
    pub(crate) evaluation: Option<Evaluation>,
}

/// The kinds of alarms, by the names of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// On metrics: one, an expression, or a query.
    Metric,
    /// On the states of other alarms.
    Composite,
    /// On the results of a scheduled query of logs.
    Log,
}

/// How an alarm judges its data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evaluation {
    /// The longest period of its metrics, in seconds.
    pub(crate) period: Option<u32>,
    /// The number of periods that it looks at.
    pub(crate) periods: u32,
    /// How many of them must breach.
    pub(crate) to_alarm: u32,
    /// How it takes missing data: `missing`, `breaching`, `notBreaching` or `ignore`.
    pub(crate) missing_data: String,
    /// `true` if it does not act for a while after it was created or changed.
    pub(crate) warms_up: bool,
}

/// One change of an alarm's state, from its history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The alarm's name.
    pub(crate) alarm: String,
    /// When it was.
    pub(crate) at: Timestamp,
    /// The state before.
    pub(crate) from: String,
    /// The state after.
    pub(crate) to: String,
    /// The reason, in CloudWatch's words.
    pub(crate) reason: String,
    /// The data behind the reason.
    pub(crate) reason_data: Option<Value>,
    /// The contributor that changed its state, of an alarm on several time series.
    pub(crate) contributor: Option<Contributor>,
}

/// A contributor of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contributor {
    /// Its id.
    pub(crate) id: String,
    /// Its attributes.
    pub(crate) attributes: Pairs,
}

/// One action that an alarm executed, or could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executed {
    /// The alarm's name.
    pub(crate) alarm: String,
    /// When it was.
    pub(crate) at: Timestamp,
    /// CloudWatch's summary, which names the action.
    pub(crate) summary: String,
    /// The ARN of the action.
    pub(crate) action: String,
    /// `true` if it succeeded.
    pub(crate) succeeded: bool,
}

impl Alarm {
    /// The change by which it entered its present state.
    pub(crate) fn last_change(&self) -> Change {
        Change {
            alarm: self.name.clone(),
            at: self.since.unwrap_or(Timestamp::UNIX_EPOCH),
            from: if self.state == "ALARM" { "OK" } else { "ALARM" }.to_owned(),
            to: self.state.clone(),
            reason: self.reason.clone(),
            reason_data: self.reason_data.clone(),
            contributor: None,
        }
    }

    /// The event that EventBridge sends of a change.
    pub(crate) fn event(&self, change: &Change, home: &Location) -> Value {
        let detail_type = match &change.contributor {
            Some(_) => "CloudWatch Alarm Contributor State Change",
            None => "CloudWatch Alarm State Change",
        };
        let mut state = json!({"value": change.to, "reason": change.reason, "timestamp": change.at});
        if let Some(data) = &change.reason_data {
            state["reasonData"] = json!(data.to_string());
        }
        let mut detail = json!({
            "alarmName": self.name,
            "state": state,
            "configuration": self.configuration,
        });
        match &change.contributor {
            Some(Contributor { id, attributes }) => {
                detail["alarmContributor"] = json!({"id": id, "attributes": attributes});
            }
            None => detail["previousState"] = json!({"value": change.from}),
        }
        json!({
            "version": "0",
            "source": "aws.cloudwatch",
            "detail-type": detail_type,
            "account": home.account,
            "region": home.region,
            "time": change.at,
            "resources": [self.arn],
            "detail": detail,
        })
    }

    /// The signal that the function reads in the event of a change.
    ///
    /// # Errors
    /// The reason why the function cannot read it.
    pub(crate) fn signal(&self, change: &Change, home: &Location) -> Result<Signal, Unrecognized> {
        let records = event::parse(&self.event(change, home))?.records;
        let none = || Err(Unrecognized::not_json("no record"));
        records.into_iter().next().map_or_else(none, |record| record.signal)
    }
}

impl Change {
    /// Checks that another change is of the same alarm and the same time series.
    pub(crate) fn is_of_same_series(&self, other: &Self) -> bool {
        let id = |change: &Self| change.contributor.as_ref().map(|contributor| contributor.id.clone());
        self.alarm == other.alarm && id(self) == id(other)
    }
}
