//! The index of services by their target groups and by their deployment alarms.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
};

use jiff::{SignedDuration, Timestamp};

use judgement::{Service, observation::target_group_key, policy::ServicePatterns};

/// The most services that an index holds: about ten megabytes.
const MOST_SERVICES: usize = 20_000;

/// Minimum age before a miss rebuilds a large index: in a storm many alarms miss, and each rebuild costs hundreds of calls.
const MINIMUM_AGE: SignedDuration = SignedDuration::from_secs(30);

/// Threshold for a "large" index.
const MANY: usize = 500;

/// An index of services, built step by step, over several invocations if necessary.
#[derive(Debug, Default)]
pub(super) struct Index {
    steps: VecDeque<Step>,
    begun: Option<Timestamp>,
    completed: Option<Timestamp>,
    denied: BTreeSet<String>,
    services: usize,
    target_groups: BTreeMap<String, Vec<Service>>,
    alarms: BTreeMap<String, Vec<Service>>,
    /// The ARNs of revisions that may serve further target groups, with their services.
    revisions: Vec<(String, Service)>,
}

/// The next step of building an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
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
    /// The target groups that some revisions serve, each with its service.
    Revisions {
        /// The revisions' ARNs and their services.
        revisions: Vec<(String, Service)>,
    },
    /// The surroundings of some services of a cluster.
    Surroundings {
        /// The cluster.
        cluster: String,
        /// The services.
        names: Vec<String>,
    },
}

impl Index {
    /// Checks that its build started within `max_age`.
    pub(super) fn is_fresh(&self, now: Timestamp, max_age: SignedDuration) -> bool {
        self.begun.is_some_and(|begun| now.duration_since(begun) <= max_age)
    }

    /// Checks whether it was complete before `now`, so that a newer service may be missing.
    pub(super) fn may_be_outdated(&self, now: Timestamp) -> bool {
        let minimum = if self.services > MANY { MINIMUM_AGE } else { SignedDuration::ZERO };
        self.completed.is_some_and(|completed| now.duration_since(completed) > minimum)
    }

    /// Records that there is nothing more to read.
    pub(super) fn complete(&mut self, now: Timestamp) {
        self.completed.get_or_insert(now);
    }

    /// Records something that could not be read because a permission is missing.
    pub(super) fn deny(&mut self, what: String) {
        self.denied.insert(what);
    }

    /// Everything that could not be read because a permission is missing.
    pub(super) fn denied(&self) -> &BTreeSet<String> {
        &self.denied
    }

    /// Starts over, with the clusters of the allowed services.
    pub(super) fn begin(&mut self, allowed: &ServicePatterns, now: Timestamp) {
        let (clusters, more) = allowed.clusters();
        let services = clusters.into_iter().map(|cluster| Step::Services { cluster, token: None });
        let steps = services.chain(more.then_some(Step::Clusters { token: None })).collect();
        *self = Self { steps, begun: Some(now), ..Self::default() };
    }

    /// The next step. `None` if the index is complete or full.
    pub(super) fn next_step(&self) -> Option<&Step> {
        self.steps.front().filter(|_| !self.is_full())
    }

    /// Checks that it is full, so that services may be missing.
    fn is_full(&self) -> bool {
        self.services >= MOST_SERVICES
    }

    /// Adds the ARNs of a service's revisions, which may serve target groups that the service itself does not show.
    pub(super) fn add_revisions(&mut self, service: &Service, arns: Vec<String>) {
        self.revisions.extend(arns.into_iter().map(|arn| (arn, service.clone())));
    }

    /// Continues with the revisions that were not read yet, `at_once` in a step. `false` if there are none.
    pub(super) fn go_on_with_revisions(&mut self, at_once: usize) -> bool {
        let revisions = mem::take(&mut self.revisions);
        self.steps.extend(revisions.chunks(at_once).map(|some| Step::Revisions { revisions: some.to_vec() }));
        !revisions.is_empty()
    }

    /// Replaces the finished step by the following ones.
    pub(super) fn step_done(&mut self, following: impl IntoIterator<Item = Step>) {
        self.steps.pop_front();
        for step in following.into_iter().collect::<Vec<_>>().into_iter().rev() {
            self.steps.push_front(step);
        }
    }

    /// Adds a service, with the names of its deployment alarms.
    pub(super) fn add(&mut self, service: &Service, alarms: &[String]) {
        self.services += 1;
        for alarm in alarms {
            push(&mut self.alarms, alarm, service);
        }
    }

    /// Adds the ARNs of target groups that a service is behind.
    pub(super) fn add_groups(&mut self, service: &Service, target_groups: &[String]) {
        for group in target_groups {
            push(&mut self.target_groups, target_group_key(group), service);
        }
    }

    /// The services behind a target group, given by its ARN or by its name in metrics: `targetgroup/name/id`.
    pub(super) fn behind(&self, target_group: &str) -> &[Service] {
        self.target_groups.get(target_group_key(target_group)).map_or(&[], Vec::as_slice)
    }

    /// The services that list the alarm as a deployment alarm.
    pub(super) fn watched_by(&self, alarm: &str) -> &[Service] {
        self.alarms.get(alarm).map_or(&[], Vec::as_slice)
    }
}

fn push(map: &mut BTreeMap<String, Vec<Service>>, key: &str, service: &Service) {
    let services = map.entry(key.to_owned()).or_default();
    if !services.contains(service) {
        services.push(service.clone());
    }
}
