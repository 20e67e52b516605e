//! From located changes to incidents: the function's own decision, at the time of each change. A few services are read at a time, so
//! that an account of thousands needs no more memory than its answer.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use judgement::{Decision, Reason, Service, Verdict, decide::admit};

use super::{incident::Incident, locate::Located, past_alarms::PastAlarms, timeline::Timeline};
use crate::{
    account::{Filter, SIDE_BY_SIDE},
    output::Progress,
    past::Past,
    session::Session,
};

/// The number of services whose pasts are in memory at the same time.
const AT_ONCE: usize = 100;

/// The incidents, oldest first, and the deployments of the services that they are about.
#[derive(Default)]
pub(super) struct Replayed {
    pub(super) incidents: Vec<Incident>,
    pub(super) timelines: Vec<Timeline>,
}

/// Judges every change to ALARM that leads to a service that is asked for, or to none.
pub(super) async fn all(
    session: &Session,
    located: &[Located<'_>],
    alarms: &PastAlarms<'_>,
    from: Timestamp,
    filter: &Filter,
) -> Replayed {
    let judge = Judge { session, alarms, from };
    let mut replayed = Replayed::default();
    if filter.asks_for_all() {
        replayed.incidents.extend(located.iter().flat_map(|located| judge.leading_nowhere(located)));
    }
    let mut by_service: BTreeMap<&Service, Vec<&Located<'_>>> = BTreeMap::new();
    for located in located {
        let services = located.found.iter().flat_map(|found| found.services.iter().flatten());
        for service in services.filter(|service| filter.asks_for(service)) {
            by_service.entry(service).or_default().push(located);
        }
    }
    let by_service: Vec<_> = by_service.into_iter().collect();
    let progress = Progress::new(&session.screen, "services", Some(by_service.len()));
    for some in by_service.chunks(AT_ONCE) {
        let read = some.iter().filter(|(service, located)| located.iter().any(|one| judge.admits(one, service)));
        let read: BTreeSet<Service> = read.map(|(service, _)| (*service).clone()).collect();
        let mut pasts = session.pasts(&read, from, &progress).await;
        let judged = some.iter().map(|(service, located)| (*service, located, pasts.remove(*service)));
        let judged = judged.map(async |(service, located, past)| judge.service(service, located, past).await);
        let judged: Vec<_> = stream::iter(judged).buffered(SIDE_BY_SIDE).collect().await;
        for (incidents, timeline) in judged {
            replayed.incidents.extend(incidents);
            replayed.timelines.push(timeline);
        }
    }
    replayed.incidents.sort_by(|a, b| (a.at, &a.alarm, &a.service).cmp(&(b.at, &b.alarm, &b.service)));
    replayed
}

struct Judge<'a> {
    session: &'a Session,
    alarms: &'a PastAlarms<'a>,
    from: Timestamp,
}

impl Judge<'_> {
    fn admits(&self, located: &Located<'_>, service: &Service) -> bool {
        let Session { policy, home, .. } = self.session;
        located.signal.as_ref().is_some_and(|signal| admit(signal, service, policy, home).is_ok())
    }

    /// The incidents of a change that are about no service.
    fn leading_nowhere(&self, located: &Located<'_>) -> Vec<Incident> {
        let verdicts: Vec<&Verdict> = match &located.found {
            Ok(found) => found.services.iter().filter_map(|service| service.as_ref().err()).collect(),
            Err(verdict) => vec![verdict],
        };
        verdicts.into_iter().map(|verdict| Incident::of(located.change, verdict, self.alarms)).collect()
    }

    /// The incidents of one service, and its deployments.
    async fn service(
        &self,
        service: &Service,
        located: &[&Located<'_>],
        past: Option<Past>,
    ) -> (Vec<Incident>, Timeline) {
        let mut past = past;
        if let Some(past) = &mut past {
            self.session.add_revisions(past, located.iter().map(|located| located.change.at)).await;
        }
        let mut incidents = Vec::new();
        for located in located {
            let verdict = self.verdict(service, located, past.as_ref()).await;
            let mut incident = Incident::of(located.change, &verdict, self.alarms);
            incident.service = Some(service.clone());
            incident.found_by = located.found.as_ref().ok().map(|found| found.way);
            if let Some(past) = &past {
                incident.look_back(past);
            }
            incidents.push(incident);
        }
        let past = past.unwrap_or_default();
        (incidents, Timeline::of(service, &past, self.from))
    }

    async fn verdict(&self, service: &Service, located: &Located<'_>, past: Option<&Past>) -> Verdict {
        let Session { policy, home, function, .. } = self.session;
        let (found, signal) = match (&located.found, &located.signal) {
            (Ok(found), Some(signal)) => (found, signal),
            (Err(verdict), _) => return verdict.clone(),
            (Ok(_), None) => return unreadable(service),
        };
        if let Err(verdict) = admit(signal, service, policy, home) {
            return verdict;
        }
        let Some(past) = past else { return unreadable(service) };
        let at = located.change.at;
        let observed = past.at(at, self.session.needed_since(at));
        match function.decide((signal, found), service, &observed, home, at).await {
            Decision::LeaveAlone(verdict) => verdict,
            Decision::RollBack(roll_back) => {
                Verdict::new(Reason::ObserveMode, roll_back.detail).about(&roll_back.deployment)
            }
        }
    }
}

fn unreadable(service: &Service) -> Verdict {
    Verdict::new(Reason::Unreachable, format!("The deployments of {service} could not be read."))
}
