//! Observes one service: itself and its history side by side, then the deployment in flight.

mod looks;
mod recent;
mod requests;

use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;
use judgement::{
    Observation, Service,
    observation::{Candidate, Latest, ObservedService, ServiceDeployment, newest_in_flight},
};
use tokio::{sync::Mutex, time::sleep};

pub(crate) use self::{looks::Looks, requests::Requests};
use crate::aws::{AT_ONCE, CallError, Ecs, PAGE, Pace};

/// The pauses after which the list is read again while a deployment is in progress that it does not show yet.
const LIST_AGAIN: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// Ninety days of history at a hundred a day: beyond it, a list does not end.
const MOST_PAGES: usize = 90;

/// Reads all that is needed to judge one service, with its history back to `since`, at a pace where one is given. A service
/// that does not exist is an observation, not an error.
pub(crate) async fn observe(
    ecs: &Ecs,
    service: &Service,
    since: Timestamp,
    pace: Option<&Mutex<Pace>>,
) -> Result<Observation, CallError> {
    let (found, history) = join(ecs.service(service), history(ecs, service, since, pace)).await;
    let Some(found) = found? else { return Ok(Observation::of_no_service()) };
    if !found.is_deployed_by_ecs() {
        // The list may fail for such a service, and has nothing to say about it.
        return Ok(Observation { service: Some(found), history: Vec::new(), candidate: None });
    }
    let mut listed = history?;
    let mut seen = in_flight(ecs, &found, &listed, pace).await?;
    for pause in LIST_AGAIN {
        let is_found = seen.candidate.as_ref().is_some_and(|candidate| !candidate.deployment.is_over());
        if seen.missing.is_none() && (is_found || found.primary_in_progress.is_none()) {
            break;
        }
        sleep(pause).await;
        listed = self::history(ecs, service, since, pace).await?;
        seen = in_flight(ecs, &found, &listed, pace).await?;
    }
    // Nothing may be said about a service whose deployment cannot be seen, least of all that it has none.
    if let Some(arn) = seen.missing {
        return Err(Ecs::not_described(&arn));
    }
    Ok(Observation { service: Some(found), history: listed, candidate: seen.candidate })
}

/// Reads the newest service deployment of a service, over or not, and those listed with it. `None` if there is none.
pub(crate) async fn newest(
    ecs: &Ecs,
    service: &Service,
) -> Result<Option<(Latest, Vec<ServiceDeployment>)>, CallError> {
    // One page reaches back far enough if it is in order, newest first.
    let history = history(ecs, service, Timestamp::MAX, None).await?;
    let Some(newest) = history.iter().max_by_key(|deployment| deployment.created) else { return Ok(None) };
    let Some(mut latest) = ecs.latest(&newest.arn).await? else { return Ok(None) };
    latest.candidate.deployment.fill_in(newest);
    Ok(Some((latest, history)))
}

/// Reads at least all service deployments in flight and all back to `since`.
///
/// ECS lists the newest first but does not promise it, so reading stops early only after a full page in that order which goes
/// back to before `since`.
async fn history(
    ecs: &Ecs,
    service: &Service,
    since: Timestamp,
    pace: Option<&Mutex<Pace>>,
) -> Result<Vec<ServiceDeployment>, CallError> {
    let mut history = Vec::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        wait(pace).await;
        let (listed, next) = ecs.deployments(service, token).await?;
        history.extend(listed);
        token = next;
        if token.is_none() || reaches_back(&history, since) {
            break;
        }
    }
    Ok(history)
}

/// The deployments in flight of one look.
#[derive(Default)]
struct InFlight {
    /// The newest, which may have ended since the list was read.
    candidate: Option<Candidate>,
    /// The ARN of the newest listed one, if ECS does not describe it.
    missing: Option<String>,
}

/// Describes the newest service deployment in flight: of those listed (two for a moment, when a newer one supersedes an older),
/// and of the one that ECS calls current if the list does not show it yet.
async fn in_flight(
    ecs: &Ecs,
    service: &ObservedService,
    history: &[ServiceDeployment],
    pace: Option<&Mutex<Pace>>,
) -> Result<InFlight, CallError> {
    let current = service.current_service_deployment.as_deref();
    let unlisted = current.filter(|arn| history.iter().all(|deployment| deployment.arn != *arn));
    let listed = newest_in_flight(history, AT_ONCE).into_iter().map(|deployment| deployment.arn.as_str());
    let arns: Vec<&str> = unlisted.into_iter().chain(listed).take(AT_ONCE).collect();
    if arns.is_empty() {
        return Ok(InFlight::default());
    }
    wait(pace).await;
    let mut described = ecs.describe(&arns).await?;
    for candidate in &mut described {
        if let Some(listed) = history.iter().find(|listed| listed.arn == candidate.deployment.arn) {
            candidate.deployment.fill_in(listed);
        }
    }
    let newest = newest_in_flight(history, 1).first().map(|deployment| &deployment.arn);
    let missing = newest.filter(|arn| described.iter().all(|candidate| candidate.deployment.arn != **arn)).cloned();
    let is_in_flight = |candidate: &Candidate| !candidate.deployment.is_over();
    let candidate =
        described.into_iter().max_by_key(|candidate| (is_in_flight(candidate), candidate.deployment.created));
    Ok(InFlight { candidate, missing })
}

async fn wait(pace: Option<&Mutex<Pace>>) {
    if let Some(pace) = pace {
        pace.lock().await.turn().await;
    }
}

/// Checks that the list is in order, newest first, in full pages, back to before `since`.
fn reaches_back(history: &[ServiceDeployment], since: Timestamp) -> bool {
    let created: Option<Vec<Timestamp>> = history.iter().map(|deployment| deployment.created).collect();
    history.len() >= PAGE
        && created.is_some_and(|created| {
            created.windows(2).all(|pair| pair[0] > pair[1]) && created.last().is_some_and(|oldest| *oldest < since)
        })
}
