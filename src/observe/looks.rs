//! The memory of earlier looks at services, so that in a storm of signals the calls grow with the services, not the signals.
//!
//! A remembered look can only leave a service alone; a rollback is always decided from a new look. A signal that began before
//! the look cannot be about a deployment that began after it, so only the deployment seen then can be the cause. A look at a
//! service whose new deployment ECS did not list yet is not remembered.

use jiff::{SignedDuration, Timestamp};
use judgement::{Observation, Service};

use crate::recent::Recent;

/// The most services that are remembered.
const MOST_SERVICES: usize = 5_000;

/// Earlier looks at services.
#[derive(Debug)]
pub(crate) struct Looks {
    kept_for: SignedDuration,
    recent: Recent<Service, (Observation, Timestamp)>,
}

impl Looks {
    /// A memory that keeps each look for this long. Zero: not at all.
    pub(crate) fn new(kept_for: SignedDuration) -> Self {
        Self { kept_for, recent: Recent::new(MOST_SERVICES) }
    }

    /// The last look at the service, and its time, unless it is too old.
    pub(crate) fn of(&self, service: &Service, now: Timestamp) -> Option<(&Observation, Timestamp)> {
        let (observed, at) = self.recent.get(service)?;
        (now.duration_since(*at) <= self.kept_for).then_some((observed, *at))
    }

    /// Keeps a look that was taken at the beginning of an invocation.
    pub(crate) fn keep(&mut self, service: Service, observed: Observation, at: Timestamp) {
        let is_late = observed.candidate.is_none()
            && observed.service.as_ref().is_some_and(|service| service.beyond(&observed.history).is_some());
        if self.kept_for.is_zero() || is_late {
            self.recent.remove(&service);
        } else {
            self.recent.insert(service, (observed, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use judgement::Location;

    use super::*;

    #[test]
    fn the_oldest_look_makes_room_for_a_new_one() {
        let home = Location::of_function("arn", "eu-west-1");
        let mut looks = Looks::new(SignedDuration::from_mins(1));
        let now = Timestamp::UNIX_EPOCH;
        let service = |number: usize| home.service("prod", &format!("s{number}"));
        for number in 0..MOST_SERVICES {
            looks.keep(service(number), Observation::of_no_service(), now);
        }
        // Looked at again, the first one is the newest.
        looks.keep(service(0), Observation::of_no_service(), now + SignedDuration::from_secs(1));
        looks.keep(service(MOST_SERVICES), Observation::of_no_service(), now + SignedDuration::from_secs(2));
        let is_known = |number: usize| looks.of(&service(number), now).is_some();
        assert!(is_known(0) && !is_known(1) && is_known(2) && is_known(MOST_SERVICES));
    }
}
