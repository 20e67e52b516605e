//! The services that a way led to.

use std::collections::BTreeMap;

use judgement::{Reason, Service, Verdict, Way, evidence::Trouble};

/// The named services, each once, and the verdicts on names that match none.
pub(crate) type Services = Vec<Result<Service, Verdict>>;

/// The trouble that led to each service, if a signal stands for several alarms.
pub(crate) type Troubles = BTreeMap<Service, Vec<Trouble>>;

/// The most services that are read from one signal: more than `MaxServices` may allow.
pub(super) const MOST_READ: usize = 101;

/// The services that one way led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The way.
    pub way: Way,
    /// The services, and the verdicts on names that match none.
    pub services: Vec<Result<Service, Verdict>>,
    /// The trouble at each service, if it is not the signal's own.
    pub troubles: BTreeMap<Service, Vec<Trouble>>,
}

impl Found {
    /// The services that `way` led to, unless there are more than `most`.
    #[must_use]
    pub fn by(way: Way, mut services: Vec<Result<Service, Verdict>>, most: usize) -> Self {
        if services.len() > most {
            let detail = format!(
                "The signal leads to more than {most} services, so the responsible one is ambiguous; raise the parameter \
                 MaxServices if it should roll back all of them."
            );
            services = vec![Err(Verdict::new(Reason::Ambiguous, detail))];
        }
        Self { way, services, troubles: Troubles::new() }
    }
}

pub(super) fn unmapped(detail: impl Into<String>) -> Verdict {
    Verdict::new(Reason::Unmapped, detail)
}
