//! Amazon ECS: observing a service, and the two calls that roll its deployment back.

mod index;
mod shapes;
mod story;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_ecs::{
    Client,
    types::{DeploymentLifecycleHookAction, ServiceField, StopServiceDeploymentStopType},
};
use futures_util::future::join;
use jiff::Timestamp;
use tokio::{sync::Mutex, time::sleep};

pub use self::index::Indexed;
use super::{CallError, Calls, Kind, Pace};
use crate::{
    observation::{Candidate, Observation, Service, ServiceDeployment, Status, newest_in_flight},
    target::Target,
};

/// The gateway to Amazon ECS.
#[derive(Debug, Clone)]
pub struct Ecs {
    client: Client,
}

/// How often, and after what time each, the list is read again while a deployment is in progress that it does not show yet.
const LIST_AGAIN: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// The most that one page of service deployments can hold (`ListServiceDeployments` in the API Reference).
const PAGE: i32 = 100;

/// The most service deployments that can be described in one call (`DescribeServiceDeployments`).
const AT_ONCE: usize = 20;

/// Ninety days of history at a hundred a day: beyond it, a list does not end.
const MOST_PAGES: usize = 90;

impl Ecs {
    /// A gateway with the settings of `config`, which counts its `calls`.
    #[must_use]
    pub fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_ecs::config::Builder::from(config).interceptor(calls.clone()).build();
        Self { client: Client::from_conf(config) }
    }

    /// Reads all that is needed to judge one service, with its history back to `since`, at a pace where one is given.
    ///
    /// # Errors
    /// When a call does not succeed. A service that does not exist is an observation, not an error.
    pub async fn observe(
        &self,
        target: &Target,
        since: Timestamp,
        pace: Option<&Mutex<Pace>>,
    ) -> Result<Observation, CallError> {
        let (service, history) = join(self.service(target), self.history(target, since, pace)).await;
        let Some(service) = service? else { return Ok(Observation::of_no_service()) };
        if service.status != "ACTIVE" || service.controller != "ECS" {
            // Whatever the list answered: it is made for active services that ECS itself deploys.
            return Ok(Observation { service: Some(service), history: Vec::new(), candidate: None });
        }
        let mut history = history?;
        let mut candidate = self.candidate(&service, &history, pace).await?;
        for pause in LIST_AGAIN {
            let is_found = candidate.as_ref().is_some_and(|candidate| !candidate.deployment.is_over());
            if is_found || service.primary_in_progress.is_none() {
                break;
            }
            sleep(pause).await;
            history = self.history(target, since, pace).await?;
            candidate = self.candidate(&service, &history, pace).await?;
        }
        Ok(Observation { service: Some(service), history, candidate })
    }

    /// Asks ECS to stop the service deployment and roll it back.
    ///
    /// # Errors
    /// When ECS does not agree.
    pub async fn stop(&self, arn: &str) -> Result<(), CallError> {
        let stop = self.client.stop_service_deployment().service_deployment_arn(arn);
        let answer = stop.stop_type(StopServiceDeploymentStopType::Rollback).send().await;
        answer.map(drop).map_err(|error| CallError::new("ecs:StopServiceDeployment", format!("stop {arn}"), error))
    }

    /// Asks ECS to roll back the service deployment that waits at the hook.
    ///
    /// # Errors
    /// When ECS does not agree.
    pub async fn roll_back_at_hook(&self, arn: &str, hook_id: &str) -> Result<(), CallError> {
        let continue_ = self.client.continue_service_deployment().service_deployment_arn(arn).hook_id(hook_id);
        let answer = continue_.action(DeploymentLifecycleHookAction::Rollback).send().await;
        answer.map(drop).map_err(|error| {
            CallError::new("ecs:ContinueServiceDeployment", format!("roll back {arn} at its hook"), error)
        })
    }

    /// The status that the service deployment has now. `None` if ECS does not know it.
    ///
    /// # Errors
    /// When the call does not succeed.
    pub async fn status(&self, arn: &str) -> Result<Option<Status>, CallError> {
        let described = self.describe(&[arn]).await?;
        Ok(described.into_iter().next().map(|candidate| candidate.deployment.status))
    }

    async fn service(&self, target: &Target) -> Result<Option<Service>, CallError> {
        let describe = self.client.describe_services().cluster(&target.cluster).services(&target.name);
        match describe.include(ServiceField::Tags).send().await {
            Ok(answer) => Ok(answer.services().first().map(shapes::service)),
            Err(error) => match CallError::new("ecs:DescribeServices", format!("describe the service {target}"), error)
            {
                CallError { kind: Kind::ServiceNotFound, .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// The service deployments, at least all in flight and all back to `since`.
    ///
    /// The list is read without a filter: a status that we do not know would be filtered away, and the finished ones tell
    /// how often the service was rolled back. ECS gives the newest first but does not promise it, so reading stops early
    /// only after a full page which shows that order, down to before `since`.
    async fn history(
        &self,
        target: &Target,
        since: Timestamp,
        pace: Option<&Mutex<Pace>>,
    ) -> Result<Vec<ServiceDeployment>, CallError> {
        let mut history = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            turn(pace).await;
            let list = self.client.list_service_deployments().cluster(&target.cluster).service(&target.name);
            let answer = match list.max_results(PAGE).set_next_token(next).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    let error = CallError::new(
                        "ecs:ListServiceDeployments",
                        format!("list the service deployments of {target}"),
                        error,
                    );
                    // Known to DescribeServices at the same time, or there would be no use for the list.
                    return if error.kind == Kind::ServiceNotFound { Ok(history) } else { Err(error) };
                }
            };
            history.extend(answer.service_deployments().iter().filter_map(shapes::listed));
            next = answer.next_token;
            if next.is_none() || reaches_back(&history, since) {
                return Ok(history);
            }
        }
        Ok(history)
    }

    /// Describes the newest service deployment in flight: of those listed, two for a moment when a newer one supersedes an
    /// older, and of the one that ECS calls current if the list does not show it yet.
    async fn candidate(
        &self,
        service: &Service,
        history: &[ServiceDeployment],
        pace: Option<&Mutex<Pace>>,
    ) -> Result<Option<Candidate>, CallError> {
        let current = service.current_service_deployment.as_deref();
        let unlisted = current.filter(|arn| history.iter().all(|deployment| deployment.arn != *arn));
        let listed = newest_in_flight(history, AT_ONCE).into_iter().map(|deployment| deployment.arn.as_str());
        let arns: Vec<&str> = unlisted.into_iter().chain(listed).take(AT_ONCE).collect();
        if arns.is_empty() {
            return Ok(None);
        }
        turn(pace).await;
        let mut described = self.describe(&arns).await?;
        for candidate in &mut described {
            if let Some(listed) = history.iter().find(|listed| listed.arn == candidate.deployment.arn) {
                candidate.deployment.fill_in(listed);
            }
        }
        let in_flight = |candidate: &Candidate| !candidate.deployment.is_over();
        Ok(described.into_iter().max_by_key(|candidate| (in_flight(candidate), candidate.deployment.created)))
    }

    async fn describe(&self, arns: &[&str]) -> Result<Vec<Candidate>, CallError> {
        let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
        let answer = self.client.describe_service_deployments().set_service_deployment_arns(Some(arns)).send().await;
        match answer {
            Ok(answer) => Ok(answer.service_deployments().iter().filter_map(shapes::described).collect()),
            Err(error) => {
                match CallError::new("ecs:DescribeServiceDeployments", "describe the service deployment", error) {
                    CallError { kind: Kind::DeploymentNotFound | Kind::ServiceNotFound, .. } => Ok(Vec::new()),
                    error => Err(error),
                }
            }
        }
    }
}

async fn turn(pace: Option<&Mutex<Pace>>) {
    if let Some(pace) = pace {
        pace.lock().await.turn().await;
    }
}

/// Whether the list so far shows its order, the newest first, in full pages, down to before `since`.
fn reaches_back(history: &[ServiceDeployment], since: Timestamp) -> bool {
    let created: Option<Vec<Timestamp>> = history.iter().map(|deployment| deployment.created).collect();
    history.len() >= PAGE.unsigned_abs() as usize
        && created.is_some_and(|created| {
            created.windows(2).all(|pair| pair[0] > pair[1]) && created.last().is_some_and(|oldest| *oldest < since)
        })
}
