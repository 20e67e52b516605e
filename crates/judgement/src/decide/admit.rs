//! Row 5: services that are not this function's to touch.

use crate::{
    policy::Policy,
    service::{Location, Service},
    text::shown,
    verdict::{Reason, Verdict},
};

/// Lets a service pass that the function may touch. It may be able to reach `beyond_home`, within its partition.
///
/// # Errors
/// The reason to leave the service alone.
pub fn admit(service: &Service, policy: &Policy, home: &Location, beyond_home: bool) -> Result<(), Verdict> {
    if !policy.services.lists(service) {
        let detail = format!("{service} does not match the parameter Services.");
        return Err(Verdict::new(Reason::NotAllowed, detail));
    }
    if service.partition != home.partition {
        return Err(foreign(service, "partition", &service.partition, &home.partition));
    }
    if beyond_home {
        return Ok(());
    }
    if service.region != home.region {
        return Err(foreign(service, "Region", &service.region, &home.region));
    }
    match (&service.account, &home.account) {
        (Some(theirs), Some(ours)) if theirs != ours => Err(foreign(service, "account", theirs, ours)),
        _ => Ok(()),
    }
}

/// The verdict on a service that the function does not reach.
#[must_use]
pub fn foreign(service: &Service, what: &str, theirs: &str, ours: &str) -> Verdict {
    let detail = format!(
        "{service} is in the {what} {}, and this function serves {ours}; set the parameter RoleName to serve others of its \
         partition.",
        shown(theirs, 64)
    );
    Verdict::new(Reason::ForeignAccount, detail)
}
