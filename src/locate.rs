//! Finds the services of signals: from their own statements, else by the look-ups that are switched on, in order, until one
//! leads to services.

mod composite;
mod contributors;
mod deployment_alarms;
mod found;
mod index;
mod reading;
pub mod rule;
mod stated;
mod survey;
mod tags;
mod target_groups;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use judgement::{
    Location, Policy, Reason, Service, Signal, Verdict, Way,
    signal::Clues,
    text::{chain, sentence},
};
use tokio::{
    sync,
    time::{Instant, timeout_at},
};

pub use self::{composite::children_in_rule, found::Found};
pub(crate) use self::{
    composite::{names_of_children, triggering},
    found::Troubles,
    stated::origin,
};
use self::{
    found::Services,
    index::Index,
    stated::{Unresolved, stated},
};
use crate::{
    aws::{Account, Accounts, CallError, ErrorKind, SIDE_BY_SIDE},
    recent::Recent,
};

/// The look-ups that lead from an alarm to its services, if the alarm itself does not name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookUps {
    /// The ways that are switched on.
    pub(crate) ways: Vec<Way>,
    /// `load-balancers` in `LookUps`: `true` if an alarm on a load balancer is about every service behind it.
    pub(crate) whole_load_balancers: bool,
    /// The age at which the index of services is built again.
    pub(crate) index_max_age: SignedDuration,
}

/// Finds the services of signals. Keeps an index of the services of each account and Region between invocations.
#[derive(Debug)]
pub(crate) struct Locator {
    look_ups: LookUps,
    policy: Arc<Policy>,
    accounts: Arc<Accounts>,
    indexes: Mutex<Recent<Location, Arc<sync::Mutex<Index>>>>,
}

/// The most accounts and Regions whose services are indexed at a time.
const MOST_INDEXES: usize = 100;

/// Signals that point at the same services, each with the number of its record.
pub(crate) type Signals = Vec<(usize, Arc<Signal>)>;

/// Signals with the services that they lead to, or the verdict on them if they lead to none.
pub(crate) type Located = (Result<Found, Verdict>, Signals);

/// Signals that do not say which services they are about, and the verdict on them if no look-up helps.
pub(crate) type Silent = (Verdict, Signals);

/// The reason why a signal leads to no service.
#[derive(Debug)]
pub(crate) enum Miss {
    /// No way leads to a service.
    Nowhere(Verdict),
    /// A look-up failed, and may succeed on a retry.
    Failed(CallError),
}

impl Miss {
    /// The verdict on the signal.
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Nowhere(verdict) => verdict,
            Self::Failed(error) => error.verdict(),
        }
    }
}

impl From<CallError> for Miss {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

/// One search: its location and time, and notes for the sentence if no way leads to a service.
struct Search<'a> {
    home: &'a Location,
    /// Where the signal comes from.
    here: Location,
    now: Timestamp,
    verdict: Verdict,
    notes: Vec<String>,
    /// The first look-up that was refused, with its verdict.
    refused: Option<Verdict>,
}

impl Locator {
    pub(crate) fn new(look_ups: LookUps, policy: Arc<Policy>, accounts: Arc<Accounts>) -> Self {
        Self { look_ups, policy, accounts, indexes: Mutex::new(Recent::new(MOST_INDEXES)) }
    }

    /// Finds the services that signals state themselves, and separates the signals that need a look-up.
    pub(crate) fn stated(&self, signals: &Signals, home: &Location) -> (Vec<Located>, Vec<Silent>) {
        let mut by_clues: BTreeMap<&Clues, Signals> = BTreeMap::new();
        for (record, signal) in signals {
            by_clues.entry(&signal.clues).or_default().push((*record, Arc::clone(signal)));
        }
        let (mut located, mut silent) = (Vec::new(), Vec::new());
        for (clues, signals) in by_clues {
            match stated(clues, home, self.policy.max_services) {
                Ok(found) => located.push((Ok(found), signals)),
                Err(Unresolved::Silent(verdict)) => silent.push((verdict, signals)),
                Err(Unresolved::Wrong(verdict)) => located.push((Err(verdict), signals)),
            }
        }
        (located, silent)
    }

    /// Looks up the services of signals that do not state them, concurrently. A look-up that fails or misses the deadline is a
    /// failure.
    pub(crate) async fn look_up(
        &self,
        silent: Vec<Silent>,
        home: &Location,
        now: Timestamp,
        deadline: Instant,
    ) -> Vec<Located> {
        let look_ups = silent.into_iter().map(async |(verdict, signals)| {
            let Some((_, signal)) = signals.first() else { return (Err(verdict), signals) };
            let found = match timeout_at(deadline, self.by_look_ups(&signal.clues, home, now, verdict, true)).await {
                Ok(Ok(found)) => Ok(found),
                Ok(Err(miss)) => Err(miss.verdict()),
                Err(_) => Err(Verdict::new(Reason::Unreachable, "Timed out while looking up the services.")),
            };
            (found, signals)
        });
        stream::iter(look_ups).buffer_unordered(SIDE_BY_SIDE).collect().await
    }

    /// Finds the services that clues lead to, by any way.
    pub(crate) async fn find(&self, clues: &Clues, home: &Location, now: Timestamp) -> Result<Found, Miss> {
        self.by_any_way(clues, home, now, true).await
    }

    async fn by_any_way(
        &self,
        clues: &Clues,
        home: &Location,
        now: Timestamp,
        with_children: bool,
    ) -> Result<Found, Miss> {
        match stated(clues, home, self.policy.max_services) {
            Ok(found) => Ok(found),
            Err(Unresolved::Wrong(verdict)) => Err(Miss::Nowhere(verdict)),
            Err(Unresolved::Silent(verdict)) => self.by_look_ups(clues, home, now, verdict, with_children).await,
        }
    }

    async fn by_look_ups(
        &self,
        clues: &Clues,
        home: &Location,
        now: Timestamp,
        verdict: Verdict,
        with_children: bool,
    ) -> Result<Found, Miss> {
        let here = origin(clues, home).map_err(Miss::Nowhere)?;
        let mut search = Search { home, here, now, verdict, notes: Vec::new(), refused: None };
        for way in Way::LOOK_UPS {
            if !self.look_ups.ways.contains(&way) {
                search.notes.extend(would_help(way, clues).then(|| format!("the look-up {} is off", way.look_up())));
                continue;
            }
            if way == Way::CompositeChildren && !with_children {
                continue;
            }
            let mut troubles = Troubles::new();
            let services = match way {
                Way::AlarmTags => self.by_alarm_tags(clues, &search).await,
                Way::Contributors => self.by_contributors(clues, &mut search, &mut troubles).await,
                Way::CompositeChildren => self.by_children(clues, &mut search, &mut troubles).await,
                Way::TargetGroups => self.by_target_groups(clues, &mut search).await,
                Way::DeploymentAlarms => self.by_deployment_alarms(clues, &mut search).await,
                Way::Explicit | Way::PayloadTags | Way::EcsDimensions => Ok(Services::new()),
            };
            match services {
                Ok(services) if services.is_empty() => {}
                Ok(services) => {
                    return Ok(Found { troubles, ..Found::by(way, services, self.policy.max_services) });
                }
                // Another way may still lead to a service.
                Err(Miss::Failed(error)) if !error.kind.may_pass() => {
                    search.refused.get_or_insert_with(|| refused(way, &error));
                }
                Err(miss) => return Err(miss),
            }
        }
        Err(search.into_miss())
    }

    /// The gateways of the alarm's location, if the function can reach it.
    async fn account_of(&self, location: &Location, search: &Search<'_>) -> Option<Arc<Account>> {
        self.accounts.at(location, search.home).await
    }
}

/// The services that an event names directly.
pub(crate) fn services_of_event(clues: &Clues, home: &Location) -> impl Iterator<Item = Service> {
    stated(clues, home, 1).into_iter().flat_map(|found| found.services).flatten()
}

/// Checks that a look-up applies to this kind of alarm, so that it might have led to a service.
fn would_help(way: Way, clues: &Clues) -> bool {
    match way {
        Way::Contributors => contributors::may_have_some(clues),
        Way::CompositeChildren => clues.alarm.as_ref().is_some_and(|alarm| alarm.composite.is_some()),
        Way::TargetGroups => target_groups::watches_some(clues),
        Way::AlarmTags | Way::DeploymentAlarms | Way::Explicit | Way::PayloadTags | Way::EcsDimensions => false,
    }
}

/// The verdict on a look-up that was refused: a denial names the permission that is missing.
fn refused(way: Way, error: &CallError) -> Verdict {
    let verdict = error.verdict();
    if error.kind != ErrorKind::AccessDenied {
        return verdict;
    }
    let detail =
        format!("The look-up {} was denied {}: {}.", way.look_up(), error.action, chain(error).trim_end_matches('.'));
    Verdict { detail, ..verdict }
}

impl Search<'_> {
    /// The reason why no way led to a service. If a look-up was refused, that is the reason.
    fn into_miss(self) -> Miss {
        let Self { mut verdict, notes, refused, .. } = self;
        if let Some(refused) = refused {
            return Miss::Nowhere(refused);
        }
        if !notes.is_empty() {
            verdict.detail = sentence(&format!("{}; {}", verdict.detail.trim_end_matches('.'), notes.join("; ")));
        }
        Miss::Nowhere(verdict)
    }
}
