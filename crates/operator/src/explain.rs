//! `explain`: what the function would do with one event now, row by row, and with what it read.

mod seen;
mod text;

use std::{collections::BTreeMap, fs, io};

use ecs_auto_rollback::Entry;
use jiff::Timestamp;
use judgement::{Outcome, Reason, Service, Way, decide::mode, event::Unrecognized, policy::Mode, text::shown};
use serde::Serialize;
use serde_json::{Value, json};

use self::seen::{DeploymentSeen, EvidenceSeen};
use crate::{
    alarm::{Alarm, Change},
    arguments::Explain as Options,
    output::{End, Shown},
    rows::{self, Row},
    session::{Failure, Session},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explained {
    /// The account in which the function would run.
    account: Option<String>,
    /// The Region.
    region: String,
    /// The verdict on each signal of the event, for each service that it leads to.
    verdicts: Vec<Explanation>,
    /// The calls that the function made, by IAM action.
    calls: BTreeMap<String, u64>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// One verdict, with what it was reached by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// The sender of the signal.
    pub(crate) signal_source: &'static str,
    /// Its name.
    pub(crate) signal_name: String,
    /// When it began.
    pub(crate) signal_began: Option<Timestamp>,
    /// The service that it leads to.
    pub(crate) service: Option<Service>,
    /// The way that leads there.
    pub(crate) found_by: Option<Way>,
    /// The service's tag auto-rollback.
    pub(crate) tag: Option<String>,
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// The reason.
    pub(crate) reason: Reason,
    /// The reason in a sentence.
    pub(crate) detail: String,
    /// `true` if the function would really roll back. `None`: not known.
    pub(crate) acts: Option<bool>,
    /// The rows up to the one that decides.
    pub(crate) rows: Vec<Row>,
    /// The deployment that was judged.
    pub(crate) deployment: Option<DeploymentSeen>,
    /// The evidence.
    pub(crate) evidence: Option<EvidenceSeen>,
}

/// Explains one event.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let event = event(session, options).await?;
    session.screen.show(&explain(session, &event).await?, End::Fine)
}

/// The verdicts on an event, if the function got it now.
pub(crate) async fn explain(session: &Session, event: &Value) -> Result<Explained, Failure> {
    let before = session.function.calls_by_action();
    let report = session.function.handle(event, &session.invocation()).await;
    let mut calls = session.function.calls_by_action();
    for (action, count) in &before {
        calls.entry(action.clone()).and_modify(|all| *all -= count);
    }
    calls.retain(|_, count| *count > 0);
    let entries: Vec<&Entry> = report.entries().collect();
    for unrecognized in report.unrecognized() {
        if entries.is_empty() {
            return Err(Failure::Usage(unrecognized.to_string()));
        }
        session.note(format!("One record of the event is skipped: {unrecognized}"));
    }
    let mut verdicts = Vec::new();
    for entry in entries {
        verdicts.push(session.explained(entry).await);
    }
    Ok(Explained {
        account: session.home.account.clone(),
        region: session.home.region.clone(),
        verdicts,
        calls,
        unknown: session.unknown(),
    })
}

impl Session {
    pub(crate) async fn explained(&self, entry: &Entry) -> Explanation {
        let signal = entry.signal();
        let is_here = |service: &&Service| self.home.is_at(&service.location());
        let now = match entry.service().filter(is_here) {
            Some(service) => self.named([service]).await.into_iter().next(),
            None => None,
        };
        let mode = now.as_ref().map(|now| mode(&now.service, &now.observed, &self.policy, self.now));
        // This program never acts, so that row 18 decides here also where the function would go on to row 19.
        let acts = match (entry.reason(), mode) {
            (Reason::ObserveMode, Some(mode)) => Some(mode == Ok(Mode::Enforce)),
            (Reason::ObserveMode, None) => None,
            _ => Some(false),
        };
        let reason = match (acts, entry.observed()) {
            (Some(true), Some(candidate)) if candidate.paused_at.is_some() => Reason::ContinueRequested,
            (Some(true), _) => Reason::StopRequested,
            _ => entry.reason(),
        };
        Explanation {
            signal_source: signal.source.as_str(),
            signal_name: signal.name.clone(),
            signal_began: signal.began,
            service: entry.service().cloned(),
            found_by: entry.found_by(),
            tag: now.and_then(|now| now.observed.tag),
            outcome: entry.outcome(),
            reason: entry.reason(),
            detail: entry.detail().to_owned(),
            acts,
            rows: rows::up_to(reason),
            deployment: match entry.observed() {
                Some(candidate) => Some(self.seen(candidate).await),
                None => None,
            },
            evidence: entry.evidence().map(EvidenceSeen::of),
        }
    }
}

/// The event that the options name.
async fn event(session: &Session, options: &Options) -> Result<Value, Failure> {
    if let Some(name) = &options.alarm {
        let alarms = session.cloudwatch.alarms(Some(std::slice::from_ref(name))).await?;
        let alarm = alarms.into_iter().find(|alarm| alarm.name == *name);
        let alarm = alarm.ok_or_else(|| {
            Failure::Usage(format!("there is no alarm {} in {}", shown(name, 255), session.home.region))
        })?;
        return Ok(as_if_now(session, &alarm));
    }
    if let Some(service) = &options.service {
        return Ok(json!({"cluster": service.cluster, "service": service.name, "reason": "ecs-rollback explain"}));
    }
    let file = options.event.as_deref().unwrap_or("-");
    let text = match file {
        "-" => io::read_to_string(io::stdin()),
        file => fs::read_to_string(file),
    };
    let text = text.map_err(|error| Failure::Usage(format!("could not read {}: {error}", shown(file, 300))))?;
    serde_json::from_str(&text).map_err(|error| Failure::Usage(Unrecognized::not_json(&error.to_string()).to_string()))
}

/// The event of an alarm as if it came now. An alarm that is not in ALARM is taken to enter it now, without data.
fn as_if_now(session: &Session, alarm: &Alarm) -> Value {
    let change = alarm.last_change();
    let change = if alarm.state == "ALARM" {
        change
    } else {
        let (from, to) = (alarm.state.clone(), "ALARM".to_owned());
        Change { at: session.now, from, to, reason: String::new(), reason_data: None, ..change }
    };
    let mut event = alarm.event(&change, &session.home);
    event["time"] = json!(session.now);
    event
}
