//! From changes of state to services, by the function's own ways, with what history knows of then.

use std::{collections::BTreeMap, sync::Arc};

use ecs_auto_rollback::Found;
use futures_util::{StreamExt, stream};
use judgement::{Reason, Signal, Verdict, Way, decide::screen, evidence::Trouble, signal::Clues, text::shown};

use super::past_alarms::PastAlarms;
use crate::{
    account::SIDE_BY_SIDE,
    alarm::{Alarm, Change},
    output::Progress,
    session::Session,
};

/// One change to ALARM with the services that it leads to, or the verdict on it if it leads to none.
pub(super) struct Located<'a> {
    pub(super) change: &'a Change,
    pub(super) signal: Option<Arc<Signal>>,
    pub(super) found: Result<Found, Verdict>,
}

/// The answers of look-ups, which see what is configured today.
type Answers = BTreeMap<Clues, Result<Found, Verdict>>;

/// Finds the services of each change to ALARM. Changes with the same clues are looked up once.
pub(super) async fn locate<'a>(session: &Session, alarms: &PastAlarms<'a>) -> Vec<Located<'a>> {
    let read: Vec<(&Change, Result<Arc<Signal>, Verdict>)> =
        alarms.changes_to_alarm().map(|change| (change, signal(session, alarms, change))).collect();
    let mut asked: BTreeMap<Clues, Arc<Signal>> = BTreeMap::new();
    for signal in read.iter().filter_map(|(_, signal)| signal.as_ref().ok()) {
        asked.entry(signal.clues.clone()).or_insert_with(|| Arc::clone(signal));
    }
    let progress = Progress::new(&session.screen, "alarms", Some(asked.len()));
    let look_ups = asked.into_iter().map(async |(clues, signal)| {
        let found = session.function.locate(&signal, &session.home, session.now).await;
        progress.step();
        (clues, found)
    });
    let answers: Answers = stream::iter(look_ups).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let located = read.into_iter().map(|(change, signal)| {
        let found = signal.as_ref().map_err(Verdict::clone).and_then(|signal| {
            screen(signal, &session.policy, change.at)?;
            let found = answers.get(&signal.clues).cloned().unwrap_or_else(|| Err(unread(change)));
            Ok(alarms.with_data_of_then(as_of_then(session, alarms, change, &answers, found)?, change, &session.home))
        });
        Located { change, signal: signal.ok(), found }
    });
    located.collect()
}

/// The signal that the function would have read in the event of a change.
fn signal(session: &Session, alarms: &PastAlarms<'_>, change: &Change) -> Result<Arc<Signal>, Verdict> {
    let Some(alarm) = alarms.named(&change.alarm) else {
        let detail = format!(
            "Alarm {} does not exist by this name any more, so nothing says which service it was about.",
            shown(&change.alarm, 255)
        );
        return Err(Verdict::new(Reason::Unmapped, detail));
    };
    read(session, alarm, &alarms.with_children(change, alarm, &session.home))
}

fn read(session: &Session, alarm: &Alarm, change: &Change) -> Result<Arc<Signal>, Verdict> {
    let unreadable = |unread| Verdict::new(Reason::Unmapped, format!("The function could not read it: {unread}."));
    alarm.signal(change, &session.home).map(Arc::new).map_err(unreadable)
}

/// The services, where the time series that were in ALARM then lead to them. A look-up sees those of today.
fn as_of_then(
    session: &Session,
    alarms: &PastAlarms<'_>,
    change: &Change,
    answers: &Answers,
    today: Result<Found, Verdict>,
) -> Result<Found, Verdict> {
    let then = alarms.contributors_at(change);
    let is_by_series =
        today.as_ref().map_or_else(|verdict| !verdict.has_failed(), |found| found.way == Way::Contributors);
    let Some(alarm) = alarms.named(&change.alarm).filter(|_| is_by_series && !then.is_empty()) else { return today };
    let mut services = Vec::new();
    let mut troubles: BTreeMap<_, Vec<Trouble>> = BTreeMap::new();
    for contributor in then {
        let found = read(session, alarm, contributor).ok().and_then(|signal| answers.get(&signal.clues)?.as_ref().ok());
        for service in found.into_iter().flat_map(|found| found.services.iter().flatten()) {
            let trouble =
                Trouble { name: change.alarm.clone(), began: Some(contributor.at), run: None, queries: Vec::new() };
            troubles.entry(service.clone()).or_default().push(trouble);
            if !services.contains(&Ok(service.clone())) {
                services.push(Ok(service.clone()));
            }
        }
    }
    if services.is_empty() {
        return today;
    }
    Ok(Found { troubles, ..Found::by(Way::Contributors, services, session.policy.max_services) })
}

fn unread(change: &Change) -> Verdict {
    Verdict::new(Reason::Unmapped, format!("Alarm {} was not looked up.", shown(&change.alarm, 255)))
}
