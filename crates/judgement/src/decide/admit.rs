//! Row 5: services that this function may not touch.

use crate::{
    policy::{Policy, Reach},
    service::{Location, Service},
    signal::Signal,
    text::shown,
    verdict::{Reason, Verdict},
};

/// Lets a service pass that the function may touch for this signal.
///
/// # Errors
/// The reason to leave the service alone.
pub fn admit(signal: &Signal, service: &Service, policy: &Policy, home: &Location) -> Result<(), Verdict> {
    if !policy.services.lists(service) {
        let detail = format!("{service} does not match the parameter Services.");
        return Err(Verdict::new(Reason::NotAllowed, detail));
    }
    if service.partition != home.partition {
        let detail = format!(
            "{service} is in the partition {}, and this function serves {} only.",
            shown(&service.partition, 64),
            home.partition
        );
        return Err(Verdict::new(Reason::ForeignAccount, detail));
    }
    let Reach { accounts, monitoring_accounts, regions } = &policy.reach;
    let lists = |list: &[String], item: &str| list.iter().any(|listed| listed == item);
    // A stand-in for Lambda may not name the home account; then every account counts as home.
    let is_home = |account: &str| home.account.as_deref().is_none_or(|home| home == account);
    let account = service.account.as_deref();
    let is_listed = account.is_some_and(|account| lists(accounts, account));
    if let Some(account) = account.filter(|account| !is_home(account) && !is_listed) {
        return Err(foreign(service, "account", account, "Accounts"));
    }
    let origin = signal.clues.origin.account.as_deref().filter(|origin| !is_home(origin));
    if let (Some(origin), Some(account)) = (origin, account)
        && origin != account
        && !lists(monitoring_accounts, origin)
    {
        let detail = format!(
            "{service} is in the account {account}, and the signal comes from the account {origin}, which is not listed in the \
             parameter MonitoringAccounts."
        );
        return Err(Verdict::new(Reason::ForeignAccount, detail));
    }
    let serves_region =
        service.region == home.region || lists(regions, &service.region) || (regions.is_empty() && is_listed);
    if serves_region { Ok(()) } else { Err(foreign(service, "Region", &service.region, "Regions")) }
}

/// The verdict on a service in an account or Region that the function does not serve.
#[must_use]
pub fn foreign(service: &Service, kind: &str, theirs: &str, parameter: &str) -> Verdict {
    let detail = format!(
        "{service} is in the {kind} {}, which this function does not serve; list it in the parameter {parameter} if it should.",
        shown(theirs, 64)
    );
    Verdict::new(Reason::ForeignAccount, detail)
}
