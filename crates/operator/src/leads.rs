//! Which services each alarm leads to, as if it went to ALARM now: the function's own way from a signal to its services.

use std::collections::{BTreeMap, BTreeSet};

use ecs_auto_rollback::{Found, Pace, children_in_rule};
use judgement::{
    Reason, Service, Verdict, Way,
    decide::{admit, screen},
    signal::{Child, Clues, Reads},
};
use serde_json::json;

use crate::{
    alarm::{Alarm, Change, Kind},
    output::Progress,
    session::Session,
    wiring::{Target, Wiring},
};

/// The most waiting turns for one alarm: building the index of services takes many calls, but those are of ECS.
const MOST_TURNS: u64 = 10;

/// The depth to which composite alarms are followed, as the function follows them.
const DEEPEST: usize = 10;

/// One alarm, and the services that it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Lead<'a> {
    /// The alarm.
    pub(crate) alarm: &'a Alarm,
    /// Its ways to the function.
    pub(crate) wiring: Wiring,
    /// The way, if it leads to a service.
    pub(crate) way: Option<Way>,
    /// The services that the function may roll back for it.
    pub(crate) services: Vec<Service>,
    /// The services that it leads to and may not, each with the reason.
    pub(crate) refused: Vec<(Service, Verdict)>,
    /// The reason why it leads nowhere, or not to all that it names.
    pub(crate) dead_end: Option<Verdict>,
}

impl Lead<'_> {
    /// The services that it leads to, whether the function may roll them back for it or not.
    fn all_services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().chain(self.refused.iter().map(|(refused, _)| refused))
    }

    /// The reason why the function would not roll the service back for this alarm.
    pub(crate) fn refusal(&self, service: &Service) -> Option<&Verdict> {
        self.refused.iter().find(|(refused, _)| refused.is_same(service)).map(|(_, verdict)| verdict)
    }
}

/// Alarms by the services that they lead to.
#[derive(Debug)]
pub(crate) struct ByService<'l, 'a>(BTreeMap<(&'l str, &'l str), Vec<&'l Lead<'a>>>);

impl<'l, 'a> ByService<'l, 'a> {
    /// Sorts alarms by their services.
    pub(crate) fn of(leads: &'l [Lead<'a>]) -> Self {
        let mut by_service: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for lead in leads {
            for service in lead.all_services() {
                by_service.entry((service.cluster.as_str(), service.name.as_str())).or_default().push(lead);
            }
        }
        Self(by_service)
    }

    /// The alarms that lead to a service, whether the function may roll it back for them or not.
    pub(crate) fn to(&self, service: &Service) -> Vec<&'l Lead<'a>> {
        let of_that_name = self.0.get(&(service.cluster.as_str(), service.name.as_str()));
        let leads = |lead: &&'l Lead<'a>| lead.all_services().any(|found| found.is_same(service));
        of_that_name.into_iter().flatten().copied().filter(leads).collect()
    }
}

impl Session {
    /// Follows every alarm to its services, composite alarms after the alarms that they are made of.
    pub(crate) async fn leads<'a>(&self, alarms: &'a [Alarm], target: &Target) -> Vec<Lead<'a>> {
        let progress = Progress::new(&self.screen, "alarms", Some(alarms.len()));
        // The function's index of services reads ECS at a pace of its own.
        self.ecs.refill().await;
        let mut search = Search { session: self, target, pace: Pace::of_tags(), by_clues: BTreeMap::new() };
        let mut leads = Vec::new();
        let mut below: BTreeMap<&str, Vec<Child>> = BTreeMap::new();
        for alarm in in_order(alarms) {
            let children = children_in_rule(alarm.rule(), &self.home);
            let children = children.into_iter().flat_map(|child| match below.get(child.name()) {
                Some(children) => children.clone(),
                None => vec![child],
            });
            let children: Vec<Child> = children.collect();
            let lead = search.follow(alarm, &children).await;
            if lead.way.is_none_or(|way| way == Way::CompositeChildren) && alarm.kind == Kind::Composite {
                below.insert(&alarm.name, children);
            }
            leads.push(lead);
            progress.step();
        }
        leads
    }
}

/// The alarms, each composite after those in its rule.
fn in_order(alarms: &[Alarm]) -> Vec<&Alarm> {
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut ordered: Vec<&Alarm> = Vec::with_capacity(alarms.len());
    let (mut waiting, others): (Vec<&Alarm>, Vec<&Alarm>) =
        alarms.iter().partition(|alarm| alarm.kind == Kind::Composite);
    let composites: BTreeSet<&str> = waiting.iter().map(|alarm| alarm.name.as_str()).collect();
    ordered.extend(others);
    for _ in 0..DEEPEST {
        let waits_for = |alarm: &&Alarm| {
            composites.iter().any(|name| *name != alarm.name && !placed.contains(name) && alarm.rule().contains(*name))
        };
        let (later, ready): (Vec<&Alarm>, Vec<&Alarm>) = waiting.iter().copied().partition(waits_for);
        placed.extend(ready.iter().map(|alarm| alarm.name.as_str()));
        ordered.extend(ready);
        waiting = later;
    }
    ordered.extend(waiting);
    ordered
}

struct Search<'s> {
    session: &'s Session,
    target: &'s Target,
    pace: Pace,
    by_clues: BTreeMap<Clues, Result<Found, Verdict>>,
}

impl Search<'_> {
    async fn follow<'a>(&mut self, alarm: &'a Alarm, children: &[Child]) -> Lead<'a> {
        let Session { home, policy, now, .. } = self.session;
        let mut lead = Lead {
            alarm,
            wiring: self.target.wiring(alarm, home),
            way: None,
            services: Vec::new(),
            refused: Vec::new(),
            dead_end: None,
        };
        let signal = match alarm.signal(&alarm.going_to_alarm(children, *now), home) {
            Ok(signal) => signal,
            Err(unread) => {
                let detail = format!("The function could not read its event: {unread}.");
                lead.dead_end = Some(Verdict::new(Reason::Unmapped, detail));
                return lead;
            }
        };
        if let Err(verdict) = screen(&signal, policy, *now) {
            lead.dead_end = Some(verdict);
        }
        let found = if let Some(found) = self.by_clues.get(&signal.clues) {
            found.clone()
        } else {
            let before = self.session.function.calls();
            let found = self.session.function.locate(&signal, home, *now).await;
            for _ in 0..self.session.function.calls().saturating_sub(before).min(MOST_TURNS) {
                self.pace.turn().await;
            }
            self.by_clues.insert(signal.clues.clone(), found.clone());
            found
        };
        let found = match found {
            Ok(found) => found,
            Err(verdict) => {
                if verdict.has_failed() {
                    self.session.note(format!("the services of alarm {}: {}", alarm.name, verdict.detail));
                }
                lead.dead_end.get_or_insert_with(|| by_series(&signal.clues).unwrap_or(verdict));
                return lead;
            }
        };
        lead.way = Some(found.way);
        let screened = lead.dead_end.clone();
        for service in found.services {
            match service {
                Ok(service) => match screened.clone().map_or_else(|| admit(&signal, &service, policy, home), Err) {
                    Ok(()) => lead.services.push(service),
                    Err(verdict) => lead.refused.push((service, verdict)),
                },
                Err(verdict) => drop(lead.dead_end.get_or_insert(verdict)),
            }
        }
        lead
    }
}

/// The verdict on an alarm on several series, of which each names its service only when it goes to ALARM.
fn by_series(clues: &Clues) -> Option<Verdict> {
    let groups =
        |reads: &Reads| matches!(reads, Reads::Expression(text) if text.to_ascii_uppercase().contains("GROUP BY"));
    let is_grouped = clues.queries.iter().any(|query| groups(&query.reads));
    is_grouped.then(|| {
        let detail = "It watches several time series, and each names its service only when it goes to ALARM.";
        Verdict::new(Reason::Unmapped, detail)
    })
}

impl Alarm {
    /// The rule of a composite alarm; empty for every other.
    pub(crate) fn rule(&self) -> &str {
        self.configuration["alarmRule"].as_str().unwrap_or_default()
    }

    /// A change to ALARM as it might happen at `now`, for a composite by all of its children.
    pub(crate) fn going_to_alarm(&self, children: &[Child], now: jiff::Timestamp) -> Change {
        let child = |child: &Child| json!({"arn": child.arn, "state": {"value": child.state, "timestamp": now}});
        let triggering: Vec<_> = children.iter().map(child).collect();
        Change {
            at: now,
            from: "OK".to_owned(),
            to: "ALARM".to_owned(),
            reason_data: (!triggering.is_empty()).then(|| json!({"triggeringAlarms": triggering})),
            ..self.last_change()
        }
    }
}
