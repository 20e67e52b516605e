//! Amazon ECS: the calls that read a service and its deployments, and the two that roll a deployment back.

mod index;
pub mod shapes;
mod target_groups;
mod tasks;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_ecs::{
    Client,
    types::{self, DeploymentLifecycleHookAction, ServiceField, StopServiceDeploymentStopType},
};
use judgement::{
    Service,
    observation::{Candidate, Latest, ObservedService, Revision, ServiceDeployment},
};
use serde_json::Value;

use super::{
    calls::Calls,
    config::own_retries,
    error::{CallError, ErrorKind},
    raw::Raw,
};

/// The gateway to Amazon ECS.
#[derive(Debug, Clone)]
pub(crate) struct Ecs {
    client: Client,
    /// The client for the stop and the look after it, with a retry budget that throttled reads cannot use up.
    urgent: Client,
}

/// The most service deployments that can be described in one call (`DescribeServiceDeployments`).
pub(crate) const AT_ONCE: usize = 20;

/// The most service revisions that can be described in one call (`DescribeServiceRevisions`).
pub(crate) const MOST_REVISIONS: usize = 20;

impl Ecs {
    /// A gateway with the settings of `config`, which counts its `calls`.
    pub(crate) fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_ecs::config::Builder::from(config).interceptor(calls.clone());
        let urgent = config.clone().retry_partition(own_retries("rollback")).build();
        Self {
            client: Client::from_conf(config.retry_partition(own_retries("ecs")).build()),
            urgent: Client::from_conf(urgent),
        }
    }

    /// The service with its tags. `None` if ECS does not know it.
    pub(crate) async fn service(&self, service: &Service) -> Result<Option<ObservedService>, CallError> {
        let describe = self.client.describe_services().cluster(&service.cluster).services(&service.name);
        let raw = Raw::default();
        match describe.include(ServiceField::Tags).customize().interceptor(raw.clone()).send().await {
            Ok(answer) => {
                Ok(answer.services().first().map(|service| shapes::service(service, &raw.take()["services"][0])))
            }
            Err(error) => {
                match CallError::new("ecs:DescribeServices", format!("describe the service {service}"), error) {
                    CallError { kind: ErrorKind::ServiceNotFound, .. } => Ok(None),
                    error => Err(error),
                }
            }
        }
    }

    /// One page of the service's deployments, and the token of the next. A service that does not exist has none.
    ///
    /// The list is read without a filter: an unknown status would be filtered away, and the finished deployments show how
    /// often the service was rolled back.
    pub(crate) async fn deployments(
        &self,
        service: &Service,
        token: Option<String>,
    ) -> Result<(Vec<ServiceDeployment>, Option<String>), CallError> {
        let list = self.client.list_service_deployments().cluster(&service.cluster).service(&service.name);
        match list.max_results(100).set_next_token(token).send().await {
            Ok(answer) => {
                let listed = answer.service_deployments().iter().filter_map(shapes::listed).collect();
                Ok((listed, answer.next_token))
            }
            Err(error) => {
                let doing = format!("list the service deployments of {service}");
                match CallError::new("ecs:ListServiceDeployments", doing, error) {
                    CallError { kind: ErrorKind::ServiceNotFound, .. } => Ok((Vec::new(), None)),
                    error => Err(error),
                }
            }
        }
    }

    /// The service deployments with these ARNs that ECS knows, [`AT_ONCE`] at most.
    pub(crate) async fn describe(&self, arns: &[&str]) -> Result<Vec<Candidate>, CallError> {
        let (described, raw) = described(&self.client, arns).await?;
        Ok(described
            .iter()
            .enumerate()
            .filter_map(|(n, one)| shapes::described(one, &raw["serviceDeployments"][n]))
            .collect())
    }

    /// The error for a service deployment that ECS lists as in progress but does not describe.
    pub(crate) fn not_described(arn: &str) -> CallError {
        let doing = format!("describe {arn}, although ECS lists it as in progress");
        CallError::refused("ecs:DescribeServiceDeployments", doing, "MISSING", "ECS does not describe it")
    }

    /// The service deployment with this ARN, with its rollback. `None` if ECS does not know it.
    pub(crate) async fn latest(&self, arn: &str) -> Result<Option<Latest>, CallError> {
        latest(&self.client, arn).await
    }

    /// The same after a stop that was refused or not answered, with the retries of the stop.
    pub(crate) async fn look_again(&self, arn: &str) -> Result<Option<Latest>, CallError> {
        latest(&self.urgent, arn).await
    }

    /// The service revisions with these ARNs, [`MOST_REVISIONS`] at most.
    pub(crate) async fn revisions(&self, arns: &[String]) -> Result<Vec<Revision>, CallError> {
        Ok(self.described_revisions(arns).await?.iter().filter_map(shapes::revision).collect())
    }

    /// The ARNs of all target groups in the configuration of the service revisions with these ARNs, [`MOST_REVISIONS`] at most.
    pub(crate) async fn target_groups(&self, arns: &[String]) -> Result<BTreeMap<String, Vec<String>>, CallError> {
        let revisions = self.described_revisions(arns).await?;
        let groups = |revision| {
            Some((types::ServiceRevision::service_revision_arn(revision)?.to_owned(), target_groups::of(revision)))
        };
        Ok(revisions.iter().filter_map(groups).collect())
    }

    async fn described_revisions(&self, arns: &[String]) -> Result<Vec<types::ServiceRevision>, CallError> {
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let arns = arns.iter().take(MOST_REVISIONS).cloned().collect();
        let answer = self.client.describe_service_revisions().set_service_revision_arns(Some(arns)).send().await;
        let answer = answer
            .map_err(|error| CallError::new("ecs:DescribeServiceRevisions", "describe the service revisions", error))?;
        Ok(answer.service_revisions.unwrap_or_default())
    }

    /// Stops the service deployment and rolls it back.
    pub(crate) async fn stop(&self, arn: &str) -> Result<(), CallError> {
        let stop = self.urgent.stop_service_deployment().service_deployment_arn(arn);
        let answer = stop.stop_type(StopServiceDeploymentStopType::Rollback).send().await;
        answer.map(drop).map_err(|error| CallError::new("ecs:StopServiceDeployment", format!("stop {arn}"), error))
    }

    /// Rolls back the service deployment that waits at the hook.
    pub(crate) async fn roll_back_at_hook(&self, arn: &str, hook_id: &str) -> Result<(), CallError> {
        let continue_ = self.urgent.continue_service_deployment().service_deployment_arn(arn).hook_id(hook_id);
        let answer = continue_.action(DeploymentLifecycleHookAction::Rollback).send().await;
        answer.map(drop).map_err(|error| {
            CallError::new("ecs:ContinueServiceDeployment", format!("roll back {arn} at its hook"), error)
        })
    }
}

async fn latest(client: &Client, arn: &str) -> Result<Option<Latest>, CallError> {
    let (described, raw) = described(client, &[arn]).await?;
    Ok(described.first().and_then(|one| shapes::latest(one, &raw["serviceDeployments"][0])))
}

/// The service deployments as the SDK returns them, and the JSON of the answer.
async fn described(client: &Client, arns: &[&str]) -> Result<(Vec<types::ServiceDeployment>, Value), CallError> {
    let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
    let raw = Raw::default();
    let describe = client.describe_service_deployments().set_service_deployment_arns(Some(arns));
    match describe.customize().interceptor(raw.clone()).send().await {
        Ok(answer) => Ok((answer.service_deployments.unwrap_or_default(), raw.take())),
        Err(error) => {
            match CallError::new("ecs:DescribeServiceDeployments", "describe the service deployment", error) {
                CallError { kind: ErrorKind::DeploymentNotFound | ErrorKind::ServiceNotFound, .. } => {
                    Ok((Vec::new(), Value::Null))
                }
                error => Err(error),
            }
        }
    }
}
