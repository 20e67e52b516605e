//! Where each signal ended: at a row of the decision table, or at a hop on its way to the function.

use jiff::{SignedDuration, Timestamp};
use judgement::Service;
use serde::Serialize;

use super::record::{Line, Record};
use crate::{
    alarm::{Change, Executed},
    rows,
    session::Session,
};

/// The end of one signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndOf {
    /// The signal: an alarm's name, an event's, or a person's reason.
    pub(super) signal: Option<String>,
    /// When it began.
    pub(super) at: Option<Timestamp>,
    /// The hop at which it ended.
    pub(super) hop: Hop,
    /// The row that decided.
    pub(super) row: Option<u8>,
    /// The reason of the decision.
    pub(super) reason: Option<String>,
    /// The end in a sentence.
    pub(super) what: String,
    /// The next thing to read or to check.
    pub(super) next: String,
}

/// The hops on the way from an alarm to a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Hop {
    /// No alarm went to ALARM.
    Alarm,
    /// The alarm executed no action, or could not.
    Action,
    /// The signal was lost between the alarm and the function.
    Delivery,
    /// The function decided.
    Decision,
    /// The log could not be read.
    Unknown,
}

/// The longest time from a change of state to the line about it, with retries.
const LONGEST: SignedDuration = SignedDuration::from_mins(20);

/// The longest time from a change of state to its action.
const TO_ACT: SignedDuration = SignedDuration::from_mins(2);

/// The end of each signal, oldest first.
pub(super) fn ends(session: &Session, record: &Record, service: &Service) -> Vec<EndOf> {
    let lines = record.lines();
    let decisions: Vec<&Line<'_>> = lines.iter().filter(|line| !line.reason.is_empty()).collect();
    let mut reported = vec![false; decisions.len()];
    let mut ends = Vec::new();
    for change in record.history.changes.iter().filter(|change| change.to == "ALARM") {
        let is_about = |line: &Line<'_>| line.signal_name == change.alarm && follows(line.at, change.at, LONGEST);
        let mut last = None;
        for (number, line) in decisions.iter().enumerate().filter(|(_, line)| is_about(line)) {
            reported[number] = true;
            last = Some(line);
        }
        ends.push(match last {
            Some(line) => decided(session, line, Some(change.at)),
            None if record.lines.as_ref().is_none_or(|lines| !lines.is_complete) => EndOf {
                what: format!("Alarm {} went to ALARM, and the function's log could not be read.", change.alarm),
                next: "allow logs:StartQuery and logs:GetQueryResults on the function's log group".to_owned(),
                ..end(change, Hop::Unknown)
            },
            None => undelivered(session, record, change),
        });
    }
    let others = decisions.iter().zip(reported).filter(|(_, reported)| !reported).map(|(line, _)| line);
    ends.extend(others.map(|line| decided(session, line, None)));
    if ends.is_empty() {
        ends.push(EndOf {
            signal: None,
            at: None,
            hop: Hop::Alarm,
            row: None,
            reason: None,
            what: format!(
                "No alarm that leads to {service} went to ALARM in this time, and nothing else was decided on it."
            ),
            next: format!(
                "`ecs-rollback coverage` shows its alarms, `ecs-rollback timing {service}` if they can fire in time"
            ),
        });
    }
    ends.sort_by_key(|end| end.at);
    ends
}

fn follows(at: Timestamp, began: Timestamp, within: SignedDuration) -> bool {
    let after = at.duration_since(began);
    after >= SignedDuration::from_secs(-5) && after <= within
}

fn end(change: &Change, hop: Hop) -> EndOf {
    EndOf {
        signal: Some(change.alarm.clone()),
        at: Some(change.at),
        hop,
        row: None,
        reason: None,
        what: String::new(),
        next: String::new(),
    }
}

fn decided(session: &Session, line: &Line<'_>, began: Option<Timestamp>) -> EndOf {
    let row = rows::number_of(line.reason);
    let how = match row {
        Some(1) => "row 1 decided".to_owned(),
        Some(number) => format!("rows 1 to {} passed, row {number} decided", number - 1),
        None => "AWS's answer decided".to_owned(),
    };
    EndOf {
        signal: Some(line.signal_name.to_owned()),
        at: Some(began.unwrap_or(line.at)),
        hop: Hop::Decision,
        row,
        reason: Some(line.reason.to_owned()),
        what: format!("{} · {}: {how}. {}", line.outcome, line.reason, line.detail),
        next: session.page_about(line.reason),
    }
}

/// The end of a signal about which the function logged nothing.
fn undelivered(session: &Session, record: &Record, change: &Change) -> EndOf {
    let mut actions = record.history.actions.iter().filter(|executed| {
        executed.alarm == change.alarm && follows(executed.at, change.at, TO_ACT) && may_lead(session, executed)
    });
    let quiet =
        session.deployed.as_ref().and_then(|deployed| deployed.log_level.as_deref()).filter(|level| *level != "INFO");
    let level = quiet.map_or_else(String::new, |level| format!("LogLevel is {level}, which may drop the line; "));
    let idle = match record.was_in_flight(change.at) {
        Some(false) => " No deployment was in flight then, so nothing would have been rolled back.",
        Some(true) | None => "",
    };
    match actions.next() {
        Some(executed) if executed.succeeded => EndOf {
            what: format!(
                "Alarm {} went to ALARM and executed {}, and the function logged nothing: the signal was lost in between.{idle}",
                change.alarm, executed.action
            ),
            next: format!(
                "{level}`ecs-rollback doctor` checks permission, queue, subscription and on-failure queue; also look at the \
                 metrics Errors, Throttles and AsyncEventsDropped of the function"
            ),
            ..end(change, Hop::Delivery)
        },
        Some(executed) => EndOf {
            what: format!("Alarm {} could not execute {}: {}{idle}", change.alarm, executed.action, executed.summary),
            next: "`ecs-rollback doctor` checks the permission for alarms; its fix is a line to run".to_owned(),
            ..end(change, Hop::Action)
        },
        None => EndOf {
            what: format!(
                "Alarm {} went to ALARM and executed no action that leads to the function, and the function logged nothing.{idle}",
                change.alarm
            ),
            next: "name the function in the alarm's actions, switch its actions on, or check the rule of AlarmNamePrefix with \
                   `ecs-rollback doctor`; a muted or suppressed alarm executes none"
                .to_owned(),
            ..end(change, Hop::Action)
        },
    }
}

/// Checks that an action can lead to the function: it is the function, or a topic.
fn may_lead(session: &Session, executed: &Executed) -> bool {
    match &session.deployed {
        Some(deployed) => executed.action.starts_with(&deployed.arn) || executed.action.contains(":sns:"),
        None => executed.action.contains(":lambda:") || executed.action.contains(":sns:"),
    }
}
