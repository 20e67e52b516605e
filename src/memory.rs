//! What was seen of each service a moment ago, so that a storm of signals costs calls by the service and not by the signal.
//!
//! It can only ever settle that a service is left alone. A signal that began before the look cannot be about a deployment
//! that began after it, so what was seen then is all that can be to blame; and a rollback is always decided from a new look.
//! A look at a service whose new deployment ECS did not list yet is not remembered.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{observation::Observation, target::Target};

/// The most services that are remembered.
const MOST_SERVICES: usize = 5_000;

/// What was seen of services, and when.
#[derive(Debug)]
pub struct Memory {
    kept_for: SignedDuration,
    looks: BTreeMap<Target, (Observation, Timestamp)>,
}

impl Memory {
    /// A memory that keeps a look for so long. Zero: none at all.
    #[must_use]
    pub fn new(kept_for: SignedDuration) -> Self {
        Self { kept_for, looks: BTreeMap::new() }
    }

    /// What was seen of the service, and when, if that was a moment ago.
    #[must_use]
    pub fn of(&self, target: &Target, now: Timestamp) -> Option<(&Observation, Timestamp)> {
        let (observed, at) = self.looks.get(target)?;
        (now.duration_since(*at) <= self.kept_for).then_some((observed, *at))
    }

    /// Keeps what was seen at the beginning of an invocation.
    pub fn keep(&mut self, target: Target, observed: Observation, at: Timestamp) {
        let is_late = observed.candidate.is_none()
            && observed.service.as_ref().is_some_and(|service| service.primary_in_progress.is_some());
        if self.kept_for.is_zero() || is_late {
            self.looks.remove(&target);
            return;
        }
        if self.looks.len() >= MOST_SERVICES {
            self.looks.retain(|_, (_, earlier)| at.duration_since(*earlier) <= self.kept_for);
        }
        if self.looks.len() < MOST_SERVICES || self.looks.contains_key(&target) {
            self.looks.insert(target, (observed, at));
        }
    }
}
