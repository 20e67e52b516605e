//! All clusters and services, as they are and as they were a while ago.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ecs::deployment::Moment;
use crate::ecs::events::EventLog;
use crate::ecs::service::Service;
use crate::ecs::status::Status;
use crate::home::Home;

/// The number of earlier versions of a service that are kept for stale reads. A whole life with hooks has about twenty.
const VERSIONS_KEPT: usize = 64;

/// A cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) tags: BTreeMap<String, String>,
}

/// A service deployment's change of status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The time, on the simulated clock.
    pub at: Timestamp,
    /// `cluster/service`
    pub service: String,
    /// The last part of the service deployment's ARN.
    pub deployment: String,
    /// The status before; nothing for a deployment that is new.
    pub from: Option<Status>,
    /// The status since.
    pub to: Status,
}

#[derive(Clone, Debug)]
struct Versions {
    present: Arc<Service>,
    /// Until when each held, oldest first.
    past: VecDeque<(Timestamp, Arc<Service>)>,
    due: Option<Timestamp>,
}

/// Everything that has a state.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) clusters: BTreeMap<String, Cluster>,
    services: BTreeMap<String, Versions>,
    agenda: BTreeSet<(Timestamp, String)>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) events: EventLog,
}

impl World {
    pub(crate) fn new(home: Home) -> Self {
        Self {
            clusters: BTreeMap::new(),
            services: BTreeMap::new(),
            agenda: BTreeSet::new(),
            transitions: Vec::new(),
            events: EventLog::new(home),
        }
    }

    /// The service at `cluster/name`, as it was then.
    pub(crate) fn service(&self, path: &str, as_of: Timestamp) -> Option<&Arc<Service>> {
        let service = self.services.get(path)?.as_of(as_of);
        (service.created_at <= as_of).then_some(service)
    }

    /// All services of a cluster, as they were then, by name.
    pub(crate) fn services_of(&self, cluster: &str, as_of: Timestamp) -> impl Iterator<Item = &Arc<Service>> {
        let first = format!("{cluster}/");
        let inside = self.services.range(first.clone()..).take_while(move |(path, _)| path.starts_with(&first));
        inside.map(move |(_, versions)| versions.as_of(as_of)).filter(move |service| service.created_at <= as_of)
    }

    /// The paths of all services: `cluster/name`.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.services.keys().cloned().collect()
    }

    /// Puts a service in its place, or in the place of one that is gone. It has always been there as far as its own
    /// creation time says.
    pub(crate) fn insert(&mut self, service: Service) {
        let path = service.path();
        if let Some(gone) = self.services.get(&path).and_then(|gone| gone.due) {
            self.agenda.remove(&(gone, path.clone()));
        }
        let due = service.due();
        self.agenda.extend(due.map(|due| (due, path.clone())));
        self.clusters.entry(service.cluster.clone()).or_default();
        self.services.insert(path, Versions { present: Arc::new(service), past: VecDeque::new(), due });
    }

    /// Changes a service. Its earlier versions stay readable.
    pub(crate) fn change<T>(
        &mut self,
        path: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Service) -> T,
    ) -> Option<T> {
        let versions = self.services.get_mut(path)?;
        let before = Arc::clone(&versions.present);
        let outcome = change(Arc::make_mut(&mut versions.present));
        note_transitions(&mut self.transitions, &before, &versions.present, now);
        self.events.note(&before, &versions.present, now);

        versions.past.push_back((now, before));
        if versions.past.len() > VERSIONS_KEPT {
            versions.past.pop_front();
        }
        let due = versions.present.due();
        if due != versions.due {
            self.agenda.extend(due.map(|due| (due, path.to_owned())));
            if let Some(old) = std::mem::replace(&mut versions.due, due) {
                self.agenda.remove(&(old, path.to_owned()));
            }
        }
        Some(outcome)
    }

    /// The next service to wake and its time, if that is not after `end`.
    pub(crate) fn next_due(&self, end: Timestamp) -> Option<(Timestamp, String)> {
        self.agenda.first().filter(|(due, _)| *due <= end).cloned()
    }

    /// Wakes the service at this path.
    pub(crate) fn wake(&mut self, path: &str, moment: &mut Moment<'_>) {
        self.change(path, moment.now, |service| service.wake(moment));
    }
}

impl Versions {
    fn as_of(&self, time: Timestamp) -> &Arc<Service> {
        let was = self.past.iter().find(|(until, _)| *until > time);
        was.map_or(&self.present, |(_, service)| service)
    }
}

fn note_transitions(transitions: &mut Vec<Transition>, before: &Service, now: &Service, at: Timestamp) {
    for (index, deployment) in now.deployments.iter().enumerate() {
        let from = before.deployments.get(index).map(|earlier| &earlier.status);
        if from != Some(&deployment.status) {
            transitions.push(Transition {
                at,
                service: now.path(),
                deployment: deployment.id.clone(),
                from: from.cloned(),
                to: deployment.status.clone(),
            });
        }
    }
}
