//! What may keep an alarm from protecting the next deployment, besides its speed.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use strum::Display;

use crate::{
    alarm::Alarm,
    aws::Service,
    wiring::{MOST_ACTIONS, State, Wiring},
};

/// The time without data after which an alarm is taken to watch nothing.
const NO_DATA: SignedDuration = SignedDuration::from_hours(24 * 14);

/// One warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Warning {
    /// Its actions are switched off.
    ActionsOff,
    /// No action, rule or topic leads to the function.
    NotWired,
    /// A way to the function could not be read.
    WiringUnknown,
    /// It has the most actions that an alarm may have, and the function is not among them.
    FiveActions,
    /// It takes missing data as breaching, so that a pause in the traffic looks like trouble.
    MissingDataBreaches,
    /// It is in ALARM now, so that it cannot go to ALARM for the next deployment.
    InAlarmNow,
    /// It has had no data for two weeks.
    NoData,
    /// It does not act for a while after it was created or changed.
    WarmsUp,
    /// A deployment may succeed before all tasks are healthy, and so earlier than the alarm fires.
    SucceedsEarly,
}

impl Warning {
    /// All warnings about an alarm of a service.
    pub(super) fn all(alarm: &Alarm, service: &Service, wiring: &Wiring, now: Timestamp) -> Vec<Self> {
        let evaluation = alarm.evaluation.as_ref();
        let not_wired = wiring.state == State::NotWired;
        let without_data =
            alarm.state == "INSUFFICIENT_DATA" && alarm.since.is_some_and(|since| now.duration_since(since) >= NO_DATA);
        [
            (!alarm.actions_enabled, Self::ActionsOff),
            (not_wired, Self::NotWired),
            (wiring.state == State::Unknown, Self::WiringUnknown),
            (not_wired && alarm.actions.len() >= MOST_ACTIONS, Self::FiveActions),
            (evaluation.is_some_and(|evaluation| evaluation.missing_data == "breaching"), Self::MissingDataBreaches),
            (alarm.state == "ALARM", Self::InAlarmNow),
            (without_data, Self::NoData),
            (evaluation.is_some_and(|evaluation| evaluation.warms_up), Self::WarmsUp),
            (service.succeeds_early, Self::SucceedsEarly),
        ]
        .into_iter()
        .filter_map(|(is_so, warning)| is_so.then_some(warning))
        .collect()
    }

    /// The warning in words.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::ActionsOff => "ActionsEnabled is false",
            Self::NotWired => "does not reach the function",
            Self::WiringUnknown => "whether it reaches the function is not known",
            Self::FiveActions => "has five actions already: use AlarmNamePrefix or a topic",
            Self::MissingDataBreaches => "takes missing data as breaching",
            Self::InAlarmNow => "in ALARM now: the next deployment is unprotected",
            Self::NoData => "no data for 14 days or more",
            Self::WarmsUp => "does not act while it warms up after a change",
            Self::SucceedsEarly => "early success criteria may end a deployment before it fires",
        }
    }
}
