//! From changes of state to incidents: the function's own steps, at the time of each change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ecs_auto_rollback::Found;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use judgement::{
    Decision, Reason, Service, Signal, Verdict,
    decide::{admit, screen},
};

use super::{
    happened::{Alarms, happened},
    incident::Incident,
};
use crate::{
    account::{Filter, SIDE_BY_SIDE},
    alarm::{Alarm, Change},
    aws::History,
    output::Progress,
    past::Past,
    session::Session,
};

/// The incidents, and the pasts of the services that they are about.
pub(super) struct Replayed {
    pub(super) incidents: Vec<Incident>,
    pub(super) pasts: BTreeMap<Service, Past>,
}

/// One change to ALARM with the services that it leads to, or the verdict on it if it leads to none.
struct Located<'a> {
    change: &'a Change,
    signal: Option<Arc<Signal>>,
    found: Result<Found, Verdict>,
}

/// Judges every change to ALARM that leads to a service that is asked for, or to none.
pub(super) async fn all(
    session: &Session,
    alarms: &[Alarm],
    history: &History,
    from: Timestamp,
    filter: &Filter,
) -> Replayed {
    let by_name: BTreeMap<&str, &Alarm> = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
    let states = Alarms::of(history);
    let located = locate(session, &by_name, history, &states).await;
    let mut times: BTreeMap<Service, Vec<Timestamp>> = BTreeMap::new();
    for Located { change, signal, found } in &located {
        let (Some(signal), Ok(found)) = (signal, found) else { continue };
        for service in found.services.iter().flatten() {
            if filter.asks_for(service) && admit(signal, service, &session.policy, &session.home).is_ok() {
                times.entry(service.clone()).or_default().push(change.at);
            }
        }
    }
    let services: BTreeSet<Service> = times.keys().cloned().collect();
    let mut pasts = session.pasts(&services, from).await;
    let adding = pasts.iter_mut().map(async |(service, past)| {
        session.add_revisions(past, times.get(service).into_iter().flatten().copied()).await;
    });
    stream::iter(adding).buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;

    let progress = Progress::new(&session.screen, "decisions", Some(located.len()));
    let mut incidents = Vec::new();
    for located in &located {
        incidents.extend(judge(session, located, &pasts, filter, &states, &by_name).await);
        progress.step();
    }
    Replayed { incidents, pasts }
}

/// Finds the services of each change to ALARM. Changes with the same clues are looked up once.
async fn locate<'a>(
    session: &Session,
    alarms: &BTreeMap<&str, &Alarm>,
    history: &'a History,
    states: &Alarms<'_>,
) -> Vec<Located<'a>> {
    let changes: Vec<&Change> = history.changes.iter().filter(|change| change.to == "ALARM").collect();
    let progress = Progress::new(&session.screen, "alarms", Some(changes.len()));
    let mut by_clues = BTreeMap::new();
    let mut read = Vec::new();
    for change in changes {
        let signal = match alarms.get(change.alarm.as_str()) {
            Some(alarm) => alarm
                .signal(change, &session.home)
                .map_err(|unread| Verdict::new(Reason::Unmapped, format!("The function could not read it: {unread}."))),
            None => Err(Verdict::new(
                Reason::Unmapped,
                format!(
                    "Alarm {} does not exist by this name any more, so nothing says which service it was about.",
                    change.alarm
                ),
            )),
        };
        let signal = signal.and_then(|signal| {
            let signal = Arc::new(signal);
            by_clues.entry(signal.clues.clone()).or_insert_with(|| Arc::clone(&signal));
            Ok(signal)
        });
        read.push((change, signal));
    }
    let look_ups = by_clues.into_iter().map(async |(clues, signal)| {
        let found = session.function.locate(&signal, &session.home, session.now).await;
        (clues, found)
    });
    let found: BTreeMap<_, _> = stream::iter(look_ups).buffer_unordered(SIDE_BY_SIDE).collect().await;
    read.into_iter()
        .map(|(change, signal)| {
            progress.step();
            let found = match &signal {
                Ok(signal) => match screen(signal, &session.policy, change.at) {
                    Ok(()) => found.get(&signal.clues).cloned().unwrap_or_else(|| Err(unread(change))),
                    Err(verdict) => Err(verdict),
                },
                Err(verdict) => Err(verdict.clone()),
            };
            let found = found.map(|found| states.with_data_of_then(found, change, alarms, &session.home));
            Located { change, signal: signal.ok(), found }
        })
        .collect()
}

fn unread(change: &Change) -> Verdict {
    Verdict::new(Reason::Unmapped, format!("Alarm {} was not looked up.", change.alarm))
}

/// The incidents of one change: one for each service that is asked for, or one for none.
async fn judge(
    session: &Session,
    Located { change, signal, found }: &Located<'_>,
    pasts: &BTreeMap<Service, Past>,
    filter: &Filter,
    states: &Alarms<'_>,
    alarms: &BTreeMap<&str, &Alarm>,
) -> Vec<Incident> {
    let nowhere = |verdict: &Verdict| Incident {
        in_alarm_for_seconds: states.in_alarm_for(change).map(|span| span.as_secs()),
        acted: states.acted(change, alarms.get(change.alarm.as_str()).copied()),
        ..Incident::of(change, verdict)
    };
    let (Some(signal), Ok(found)) = (signal, found) else {
        let asks_for_all = filter.cluster.is_none() && filter.service.is_none();
        return found.as_ref().err().filter(|_| asks_for_all).map(nowhere).into_iter().collect();
    };
    let mut incidents = Vec::new();
    for service in &found.services {
        let service = match service {
            Ok(service) => service,
            Err(verdict) => {
                incidents.push(nowhere(verdict));
                continue;
            }
        };
        if !filter.asks_for(service) {
            continue;
        }
        let known = pasts.get(service);
        let verdict = match (admit(signal, service, &session.policy, &session.home), known) {
            (Err(verdict), _) => verdict,
            (Ok(()), None) => {
                Verdict::new(Reason::Unreachable, format!("The deployments of {service} could not be read."))
            }
            (Ok(()), Some(past)) => {
                let observed = past.at(change.at, session.needed_since(change.at));
                let decided =
                    session.function.decide((signal, found), service, &observed, &session.home, change.at).await;
                match decided {
                    Decision::LeaveAlone(verdict) => verdict,
                    Decision::RollBack(roll_back) => {
                        Verdict::new(Reason::ObserveMode, roll_back.detail).about(&roll_back.deployment)
                    }
                }
            }
        };
        let mut incident = Incident { service: Some(service.clone()), found_by: Some(found.way), ..nowhere(&verdict) };
        if let Some(past) = known {
            incident.look_back(change, past, states);
        }
        incidents.push(incident);
    }
    incidents
}

impl Incident {
    fn of(change: &Change, verdict: &Verdict) -> Self {
        let contributor = change.contributor.as_ref().map(|contributor| {
            let pairs = contributor.attributes.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join(", ")
        });
        Self {
            at: change.at,
            alarm: change.alarm.clone(),
            contributor,
            service: None,
            found_by: None,
            outcome: verdict.outcome(),
            reason: verdict.reason,
            detail: verdict.detail.clone(),
            service_deployment_arn: verdict.deployment.clone(),
            seconds_into_deployment: None,
            too_late_by_seconds: None,
            happened: None,
            in_alarm_for_seconds: None,
            acted: None,
        }
    }

    /// Adds how far the deployment was, and what became of it.
    fn look_back(&mut self, change: &Change, past: &Past, states: &Alarms<'_>) {
        let arn = self.service_deployment_arn.as_deref();
        let about = past.deployments.iter().find(|deployment| Some(deployment.listed.arn.as_str()) == arn);
        let since = |moment: Option<Timestamp>| moment.map(|moment| change.at.duration_since(moment));
        let seconds = |span: SignedDuration| (!span.is_negative()).then(|| span.as_secs());
        if self.reason == Reason::TooLate {
            let ended = past.at(change.at, Timestamp::MIN).last_finished().and_then(|last| last.finished);
            self.too_late_by_seconds = since(ended).and_then(seconds);
        }
        if let Some(deployment) = about.filter(|_| self.reason != Reason::TooLate) {
            let began = deployment.listed_at(change.at).and_then(|listed| listed.began());
            self.seconds_into_deployment = since(began).and_then(seconds);
            if self.is_rollback() {
                self.happened = Some(happened(deployment, past, change, states));
            }
        }
    }
}
