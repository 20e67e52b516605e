//! The service deployments of one service, as they are listed.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{ServiceDeployment, Status};

/// At most `most` deployments in flight, newest first.
#[must_use]
pub fn newest_in_flight(deployments: &[ServiceDeployment], most: usize) -> Vec<&ServiceDeployment> {
    let mut in_flight: Vec<_> = deployments.iter().filter(|deployment| !deployment.is_over()).collect();
    in_flight.sort_by_key(|deployment| Reverse(deployment.created));
    in_flight.truncate(most);
    in_flight
}

/// The revisions that decisions are likely to need, `most` of them: those of the deployments in flight, of which there are `at_once`
/// at most, and of the newest successful ones. Empty if nothing is in flight.
#[must_use]
pub fn revisions_of_interest(listed: &[ServiceDeployment], at_once: usize, most: usize) -> Vec<String> {
    let in_flight = newest_in_flight(listed, at_once);
    if in_flight.is_empty() {
        return Vec::new();
    }
    let mut succeeded: Vec<_> = listed.iter().filter(|deployment| deployment.status == Status::Successful).collect();
    succeeded.sort_by_key(|deployment| Reverse(deployment.created));
    let mut revisions: Vec<String> = Vec::new();
    for revision in in_flight.into_iter().chain(succeeded).filter_map(|deployment| deployment.target_revision.as_ref())
    {
        if revisions.len() < most && !revisions.contains(revision) {
            revisions.push(revision.clone());
        }
    }
    revisions
}

/// The number of service deployments on a full page of a list.
pub const PAGE: usize = 100;

/// Checks that the list is in order, newest first, in full pages, back to before `since`.
#[must_use]
pub fn reaches_back(history: &[ServiceDeployment], since: Timestamp) -> bool {
    let created: Option<Vec<Timestamp>> = history.iter().map(|deployment| deployment.created).collect();
    history.len() >= PAGE
        && created.is_some_and(|created| {
            created.windows(2).all(|pair| pair[0] > pair[1]) && created.last().is_some_and(|oldest| *oldest < since)
        })
}
