//! The services that a way led to.

use judgement::{Location, Reason, Service, Verdict, Way, signal::Origin};

/// The services that something names, each once; and the verdicts on names that name none.
pub(super) type Services = Vec<Result<Service, Verdict>>;

/// The most services that one signal may point at. No real alarm names more; more would be an attempt to stop everything.
pub(super) const MOST_SERVICES: usize = 50;

/// The services that one way led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The way.
    pub(crate) way: Way,
    /// The services, and the verdicts on names that name none.
    pub(crate) services: Services,
}

impl Found {
    /// The services that `way` led to, unless they are too many to be believed.
    pub(super) fn by(way: Way, mut services: Services) -> Self {
        if services.len() > MOST_SERVICES {
            let detail = format!("It names more than {MOST_SERVICES} services; no legitimate alarm does.");
            services = vec![Err(Verdict::new(Reason::Ambiguous, detail))];
        }
        Self { way, services }
    }
}

/// The service with these names where the signal comes from.
pub(super) fn at_origin(origin: &Origin, home: &Location, cluster: &str, name: &str) -> Service {
    Location::of_origin(origin, home).service(cluster, name)
}

pub(super) fn unmapped(detail: impl Into<String>) -> Verdict {
    Verdict::new(Reason::Unmapped, detail)
}
