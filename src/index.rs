//! The index of services: which of them are behind a target group, and which name an alarm among their deployment alarms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::{settings::ServicePatterns, target::Target};

/// The most services that an index holds: some ten megabytes.
pub const MOST_SERVICES: usize = 20_000;

/// For so long after it is complete, an index of many services is not built anew for a look-up that misses: many alarms miss
/// in a storm, and each would cost hundreds of calls.
const SETTLED: SignedDuration = SignedDuration::from_secs(30);

/// So many services are many.
const MANY: usize = 500;

/// An index of services, built step by step. One that is not complete yet can be built on later.
#[derive(Debug, Default)]
pub struct Index {
    steps: VecDeque<Step>,
    begun: Option<Timestamp>,
    completed: Option<Timestamp>,
    denied: BTreeSet<String>,
    services: usize,
    target_groups: BTreeMap<String, Vec<Target>>,
    alarms: BTreeMap<String, Vec<Target>>,
}

/// What is read next to build an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A page of clusters.
    Clusters {
        /// The token of the page.
        token: Option<String>,
    },
    /// A page of the services in a cluster.
    Services {
        /// The cluster.
        cluster: String,
        /// The token of the page.
        token: Option<String>,
    },
    /// What some services of a cluster say of their surroundings.
    Surroundings {
        /// The cluster.
        cluster: String,
        /// The services.
        names: Vec<String>,
    },
}

impl Index {
    /// Whether it was begun, and not so long ago that it should be built anew.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp, max_age: SignedDuration) -> bool {
        self.begun.is_some_and(|begun| now.duration_since(begun) <= max_age)
    }

    /// Whether it was complete before `now`, so that a service may be missing that came since.
    #[must_use]
    pub fn may_be_outdated(&self, now: Timestamp) -> bool {
        let settled = if self.services > MANY { SETTLED } else { SignedDuration::ZERO };
        self.completed.is_some_and(|completed| now.duration_since(completed) > settled)
    }

    /// Notes that there is nothing more to read.
    pub fn complete(&mut self, now: Timestamp) {
        self.completed.get_or_insert(now);
    }

    /// Notes what could not be read for want of a permission.
    pub fn deny(&mut self, what: String) {
        self.denied.insert(what);
    }

    /// What could not be read for want of a permission.
    #[must_use]
    pub fn denied(&self) -> &BTreeSet<String> {
        &self.denied
    }

    /// Begins anew, with the clusters of the allowed services.
    pub fn begin(&mut self, allowed: &ServicePatterns, now: Timestamp) {
        let (clusters, more) = allowed.clusters();
        let services = clusters.into_iter().map(|cluster| Step::Services { cluster, token: None });
        let steps = services.chain(more.then_some(Step::Clusters { token: None })).collect();
        *self = Self { steps, begun: Some(now), ..Self::default() };
    }

    /// What is to be read next. `None` when it is complete, or full.
    #[must_use]
    pub fn next_step(&self) -> Option<&Step> {
        self.steps.front().filter(|_| !self.is_full())
    }

    /// Whether it holds as many services as it may, and more may be missing.
    fn is_full(&self) -> bool {
        self.services >= MOST_SERVICES
    }

    /// Puts the steps that follow in the place of the one that is done.
    pub fn step_done(&mut self, following: impl IntoIterator<Item = Step>) {
        self.steps.pop_front();
        for step in following.into_iter().collect::<Vec<_>>().into_iter().rev() {
            self.steps.push_front(step);
        }
    }

    /// Adds a service, with the ARNs of its target groups and the names of its deployment alarms.
    pub fn add(&mut self, target: &Target, target_groups: &[String], alarms: &[String]) {
        self.services += 1;
        for group in target_groups.iter().filter_map(|arn| suffix(arn)) {
            push(&mut self.target_groups, group, target);
        }
        for alarm in alarms {
            push(&mut self.alarms, alarm, target);
        }
    }

    /// The services behind a target group, given as metrics name it: `targetgroup/name/id`.
    #[must_use]
    pub fn behind(&self, target_group: &str) -> &[Target] {
        self.target_groups.get(target_group).map_or(&[], Vec::as_slice)
    }

    /// The services that name the alarm among their deployment alarms.
    #[must_use]
    pub fn watched_by(&self, alarm: &str) -> &[Target] {
        self.alarms.get(alarm).map_or(&[], Vec::as_slice)
    }
}

/// The part of a target group's ARN by which metrics name it.
#[must_use]
pub fn suffix(target_group_arn: &str) -> Option<&str> {
    target_group_arn.rsplit(':').next().filter(|suffix| suffix.starts_with("targetgroup/"))
}

fn push(map: &mut BTreeMap<String, Vec<Target>>, key: &str, target: &Target) {
    let targets = map.entry(key.to_owned()).or_default();
    if !targets.contains(target) {
        targets.push(target.clone());
    }
}
