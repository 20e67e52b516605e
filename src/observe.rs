//! Observes one service: reads it and its history concurrently, then the deployment in flight.

mod looks;
mod requests;

use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;
use judgement::{
    Observation, Service,
    observation::{
        Candidate, Latest, ObservedService, Revision, ServiceDeployment, newest_in_flight, reaches_back,
        revisions_of_interest,
    },
    text::chain,
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

pub(crate) use self::{looks::Looks, requests::Requests};
use crate::aws::{AT_ONCE, CallError, Ecs, MOST_REVISIONS, Pace};

/// The pauses after which the list is read again while it lacks a deployment in progress.
const LIST_AGAIN: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// The longest time that a decision waits for the service revisions, which it can do without.
const REVISIONS_WITHIN: Duration = Duration::from_secs(3);

/// Ninety days of history at a hundred a day. A longer list counts as endless.
const MOST_PAGES: usize = 90;

/// A service with its deployments as listed, before the one in flight is described.
#[derive(Debug)]
pub(crate) struct Listed {
    service: Option<ObservedService>,
    history: Vec<ServiceDeployment>,
    is_whole: bool,
}

/// Observes one service.
#[derive(Clone, Copy)]
pub(crate) struct Observer<'a> {
    pub(crate) ecs: &'a Ecs,
    pub(crate) service: &'a Service,
    /// The time back to which its history is needed.
    pub(crate) since: Timestamp,
    /// The rate limit for observations of many services.
    pub(crate) pace: Option<&'a Mutex<Pace>>,
}

impl Observer<'_> {
    /// Reads the service and its history. A service that does not exist is an observation, not an error.
    pub(crate) async fn list(&self) -> Result<Listed, CallError> {
        let (found, history) = join(self.ecs.service(self.service), self.history()).await;
        let Some(found) = found? else { return Ok(Listed { service: None, history: Vec::new(), is_whole: false }) };
        if !found.is_deployed_by_ecs() {
            // The list may fail for such a service, and is not needed.
            return Ok(Listed { service: Some(found), history: Vec::new(), is_whole: false });
        }
        let (history, is_whole) = history?;
        Ok(Listed { service: Some(found), history, is_whole })
    }

    /// Describes the deployment in flight, and the revisions of the deployments.
    pub(crate) async fn describe(&self, listed: Listed) -> Result<Observation, CallError> {
        let Listed { service, history: mut listed, mut is_whole } = listed;
        let Some(found) = service else { return Ok(Observation::of_no_service()) };
        if !found.is_deployed_by_ecs() {
            return Ok(Observation { service: Some(found), ..Observation::default() });
        }
        let revisions = revisions_of_interest(&listed, AT_ONCE, MOST_REVISIONS);
        let (seen, described) = join(self.in_flight(&found, &listed), self.revisions(&revisions)).await;
        let mut seen = seen?;
        for pause in LIST_AGAIN {
            let is_found = seen.candidate.as_ref().is_some_and(|candidate| !candidate.deployment.is_over());
            if seen.missing.is_none() && (is_found || found.beyond(&listed).is_none()) {
                break;
            }
            sleep(pause).await;
            (listed, is_whole) = self.history().await?;
            seen = self.in_flight(&found, &listed).await?;
        }
        // A service whose deployment cannot be read must not be reported as having none.
        if let Some(arn) = seen.missing {
            return Err(Ecs::not_described(&arn));
        }
        let mut revisions = described;
        if let Some(candidate) = &seen.candidate {
            let missing = missing_revisions(candidate, &revisions);
            revisions = revisions.and(self.revisions(&missing).await);
        }
        Ok(Observation {
            service: Some(found),
            history: listed,
            history_is_whole: is_whole,
            candidate: seen.candidate,
            revisions: revisions.known,
            revisions_gap: revisions.gap,
        })
    }
}

impl Listed {
    /// The observation from the list alone: enough to decide against a rollback, but not for one. `None` if nothing is listed
    /// in flight.
    pub(crate) fn at_first_sight(&self) -> Option<Observation> {
        let in_flight = (*newest_in_flight(&self.history, 1).first()?).clone();
        Some(Observation {
            service: self.service.clone(),
            history: self.history.clone(),
            history_is_whole: self.is_whole,
            candidate: Some(Candidate::new(in_flight, vec![String::new()])),
            ..Observation::default()
        })
    }
}

/// Revisions as far as they were described.
#[derive(Default)]
struct Revisions {
    known: Vec<Revision>,
    /// A clause that says why others are unknown.
    gap: Option<String>,
}

impl Revisions {
    fn and(mut self, other: Self) -> Self {
        self.known.extend(other.known);
        Self { known: self.known, gap: self.gap.or(other.gap) }
    }
}

/// The revisions of a deployment that the list did not name.
fn missing_revisions(candidate: &Candidate, described: &Revisions) -> Vec<String> {
    if candidate.deployment.is_over() || described.gap.is_some() {
        return Vec::new();
    }
    let all = candidate.deployment.target_revision.iter().chain(&candidate.source_revisions);
    all.filter(|arn| described.known.iter().all(|revision| revision.arn != **arn)).cloned().collect()
}

/// Reads the newest service deployment of a service, over or not, and those listed with it. `None` if there is none.
pub(crate) async fn newest(
    ecs: &Ecs,
    service: &Service,
    pace: &Mutex<Pace>,
) -> Result<Option<(Latest, Vec<ServiceDeployment>)>, CallError> {
    // One page reaches back far enough if it is in order, newest first.
    let observer = Observer { ecs, service, since: Timestamp::MAX, pace: Some(pace) };
    let (history, _) = observer.history().await?;
    let Some(newest) = history.iter().max_by_key(|deployment| deployment.created) else { return Ok(None) };
    observer.wait().await;
    let Some(mut latest) = ecs.latest(&newest.arn).await? else { return Ok(None) };
    latest.candidate.deployment.fill_in(newest);
    Ok(Some((latest, history)))
}

/// The deployments in flight of one look.
#[derive(Default)]
struct InFlight {
    /// The newest, which may have ended since the list was read.
    candidate: Option<Candidate>,
    /// The ARN of the newest listed one, if ECS does not describe it.
    missing: Option<String>,
}

impl Observer<'_> {
    /// Reads at least all service deployments in flight and all back to `since`. Returns `true` with them if ECS lists no others.
    ///
    /// ECS lists the newest first but does not promise it, so reading stops early only after a full page in that order which goes
    /// back to before `since`.
    async fn history(&self) -> Result<(Vec<ServiceDeployment>, bool), CallError> {
        let mut history = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            self.wait().await;
            let (listed, next) = self.ecs.deployments(self.service, token).await?;
            history.extend(listed);
            token = next;
            if token.is_none() || reaches_back(&history, self.since) {
                break;
            }
        }
        Ok((history, token.is_none()))
    }

    /// Describes the newest service deployment in flight: of those listed (two briefly, when a newer one supersedes an
    /// older), and of the one that ECS calls current if the list does not show it yet.
    async fn in_flight(&self, service: &ObservedService, history: &[ServiceDeployment]) -> Result<InFlight, CallError> {
        let current = service.current_service_deployment.as_deref();
        let unlisted = current.filter(|arn| history.iter().all(|deployment| deployment.arn != *arn));
        let listed = newest_in_flight(history, AT_ONCE).into_iter().map(|deployment| deployment.arn.as_str());
        let arns: Vec<&str> = unlisted.into_iter().chain(listed).take(AT_ONCE).collect();
        if arns.is_empty() {
            return Ok(InFlight::default());
        }
        self.wait().await;
        let mut described = self.ecs.describe(&arns).await?;
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

    /// Describes revisions. A failure does not prevent the decision.
    async fn revisions(&self, arns: &[String]) -> Revisions {
        let problem = match timeout(REVISIONS_WITHIN, self.ecs.revisions(arns)).await {
            Ok(Ok(known)) => return Revisions { known, gap: None },
            Ok(Err(error)) => chain(&error),
            Err(_) => "ECS did not describe them in time".to_owned(),
        };
        Revisions { known: Vec::new(), gap: Some(format!("decided without the revisions: {problem}")) }
    }

    async fn wait(&self) {
        if let Some(pace) = self.pace {
            pace.lock().await.turn().await;
        }
    }
}
