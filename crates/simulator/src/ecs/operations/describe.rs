//! The calls that list and describe services, service deployments and service revisions.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;
use crate::ecs::deployment::Deployment;
use crate::ecs::settings::Order;
use crate::ecs::view::{Failure, ServiceDeploymentBrief, ServiceDeploymentView, ServiceRevisionView, ServiceView};
use crate::ids::fingerprint;
use crate::page::PageRequest;
use crate::wire::{ApiError, Epoch, required};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribeServicesInput {
    cluster: Option<String>,
    services: Option<Vec<String>>,
    include: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct DescribeServicesOutput<'a> {
    services: Vec<ServiceView<'a>>,
    failures: Vec<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListServicesInput {
    cluster: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    launch_type: Option<String>,
    scheduling_strategy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListServicesOutput {
    service_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListServiceDeploymentsInput {
    service: Option<String>,
    cluster: Option<String>,
    status: Option<Vec<String>>,
    created_at: Option<CreatedAt>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreatedAt {
    before: Option<Epoch>,
    after: Option<Epoch>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListServiceDeploymentsOutput<'a> {
    service_deployments: Vec<ServiceDeploymentBrief<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribeServiceDeploymentsInput {
    service_deployment_arns: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeServiceDeploymentsOutput<'a> {
    service_deployments: Vec<ServiceDeploymentView<'a>>,
    failures: Vec<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribeServiceRevisionsInput {
    service_revision_arns: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeServiceRevisionsOutput<'a> {
    service_revisions: Vec<ServiceRevisionView<'a>>,
    failures: Vec<Failure>,
}

impl Ecs {
    pub(crate) fn describe_services(
        &self,
        input: DescribeServicesInput,
        as_of: Timestamp,
    ) -> Result<DescribeServicesOutput<'_>, ApiError> {
        let cluster = self.cluster_name(input.cluster.as_deref())?;
        let with_tags = includes(input.include.as_deref(), &["TAGS"])?;
        let mut output = DescribeServicesOutput { services: Vec::new(), failures: Vec::new() };
        for service in some_of(input.services, "services", 10)? {
            let path = self.service_path(Some(cluster), &service)?;
            match self.world.service(&path, as_of) {
                Some(found) => {
                    output.services.push(ServiceView::new(&self.home, found, &self.behaviour, as_of, with_tags));
                }
                None => output.failures.push(Failure::missing(self.home.service_arn(&path))),
            }
        }
        Ok(output)
    }

    pub(crate) fn list_services(
        &self,
        input: &ListServicesInput,
        as_of: Timestamp,
    ) -> Result<ListServicesOutput, ApiError> {
        let cluster = self.cluster_name(input.cluster.as_deref())?;
        let fits = |wanted: &Option<String>, member: &str, extras: &serde_json::Map<String, serde_json::Value>| {
            wanted.as_deref().is_none_or(|wanted| extras.get(member).and_then(|value| value.as_str()) == Some(wanted))
        };
        let services = self.world.services_of(cluster, as_of).filter(|service| {
            service.exists()
                && fits(&input.launch_type, "launchType", &service.extras)
                && fits(&input.scheduling_strategy, "schedulingStrategy", &service.extras)
        });
        let arns = services.map(|service| self.home.service_arn(&service.path())).collect();
        let page = PageRequest {
            list: format!("services of {cluster}"),
            token: input.next_token.as_deref(),
            max_results: input.max_results,
            usual: 10,
            at_most: self.behaviour.page_size,
        };
        let (service_arns, next_token) = page.cut(arns)?;
        Ok(ListServicesOutput { service_arns, next_token })
    }

    pub(crate) fn list_service_deployments(
        &self,
        input: ListServiceDeploymentsInput,
        as_of: Timestamp,
    ) -> Result<ListServiceDeploymentsOutput<'_>, ApiError> {
        let path = self.service_path(input.cluster.as_deref(), &required(input.service, "service")?)?;
        let service = self.world.service(&path, as_of).filter(|service| service.exists());
        let service = service.ok_or_else(ApiError::service_not_found)?;

        let created = input.created_at.unwrap_or_default();
        let mut deployments: Vec<&Deployment> = service
            .deployments
            .iter()
            .map(AsRef::as_ref)
            .filter(|deployment| deployment.is_known_at(as_of))
            .filter(|deployment| created.after.is_none_or(|after| deployment.created_at >= after.0))
            .filter(|deployment| created.before.is_none_or(|before| deployment.created_at <= before.0))
            .collect();
        sort(&mut deployments, self.behaviour.order);

        let statuses = input.status.unwrap_or_default();
        let wanted = |deployment: &&Deployment| {
            statuses.is_empty() || statuses.iter().any(|status| status == deployment.status.as_str())
        };
        if !self.behaviour.filter_after_paging {
            deployments.retain(wanted);
        }
        let page = PageRequest {
            list: format!("service deployments of {path}"),
            token: input.next_token.as_deref(),
            max_results: input.max_results,
            usual: 20,
            at_most: self.behaviour.page_size,
        };
        let (mut deployments, next_token) = page.cut(deployments)?;
        deployments.retain(wanted);
        let briefs =
            deployments.into_iter().map(|deployment| ServiceDeploymentBrief::new(&self.home, service, deployment));
        Ok(ListServiceDeploymentsOutput { service_deployments: briefs.collect(), next_token })
    }

    pub(crate) fn describe_service_deployments(
        &self,
        input: DescribeServiceDeploymentsInput,
        as_of: Timestamp,
    ) -> Result<DescribeServiceDeploymentsOutput<'_>, ApiError> {
        let mut output = DescribeServiceDeploymentsOutput { service_deployments: Vec::new(), failures: Vec::new() };
        for arn in some_of(input.service_deployment_arns, "serviceDeploymentArns", 20)? {
            let found = self.home.service_and_id(&arn, "service-deployment").and_then(|(path, id)| {
                let service = self.world.service(path, as_of).filter(|service| service.exists())?;
                let deployment = service.deployment(id).filter(|deployment| deployment.is_known_at(as_of))?;
                Some(ServiceDeploymentView::new(&self.home, service, deployment))
            });
            match found {
                Some(view) => output.service_deployments.push(view),
                None if arn.starts_with("arn:") => output.failures.push(Failure::missing(arn)),
                None => {
                    return Err(ApiError::invalid_parameter(
                        "Invalid identifier: not the ARN of a service deployment.",
                    ));
                }
            }
        }
        Ok(output)
    }

    pub(crate) fn describe_service_revisions(
        &self,
        input: DescribeServiceRevisionsInput,
        as_of: Timestamp,
    ) -> Result<DescribeServiceRevisionsOutput<'_>, ApiError> {
        let mut output = DescribeServiceRevisionsOutput { service_revisions: Vec::new(), failures: Vec::new() };
        for arn in some_of(input.service_revision_arns, "serviceRevisionArns", 20)? {
            let found = self.home.service_and_id(&arn, "service-revision").and_then(|(path, number)| {
                let service = self.world.service(path, as_of)?;
                let revision = service.revisions.iter().find(|revision| revision.number == number)?;
                Some(ServiceRevisionView::new(&self.home, service, revision))
            });
            match found {
                Some(view) => output.service_revisions.push(view),
                None if arn.starts_with("arn:") => output.failures.push(Failure::missing(arn)),
                None => {
                    return Err(ApiError::invalid_parameter("Invalid identifier: not the ARN of a service revision."));
                }
            }
        }
        Ok(output)
    }
}

/// A list member that must have between one entry and `most`.
pub(super) fn some_of(entries: Option<Vec<String>>, member: &str, most: usize) -> Result<Vec<String>, ApiError> {
    let entries = required(entries.filter(|entries| !entries.is_empty()), member)?;
    if entries.len() > most {
        return Err(ApiError::invalid_parameter(format!("{member} cannot have more than {most} entries.")));
    }
    Ok(entries)
}

/// True if `include` asks for anything. A field that is not in the model is an error.
pub(super) fn includes(include: Option<&[String]>, known: &[&str]) -> Result<bool, ApiError> {
    let include = include.unwrap_or_default();
    match include.iter().find(|field| !known.contains(&field.as_str())) {
        Some(unknown) => Err(ApiError::invalid_parameter(format!("include has an unknown field: {unknown}."))),
        None => Ok(!include.is_empty()),
    }
}

fn sort(deployments: &mut [&Deployment], order: Order) {
    match order {
        Order::NewestFirst => deployments.sort_by_key(|deployment| Reverse(deployment.created_at)),
        Order::OldestFirst => deployments.sort_by_key(|deployment| deployment.created_at),
        Order::Shuffled => deployments.sort_by_cached_key(|deployment| fingerprint(&deployment.id)),
    }
}
