//! The calls. One file for each kind of resource.

mod clusters;
mod deployments;
mod describe;
mod services;
mod tags;
mod task_definitions;
mod tasks;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::ecs::Ecs;
use crate::operation::Operation;
use crate::wire::{ApiError, input};

impl Ecs {
    /// True if the documented throttles let a call pass.
    pub(crate) fn admits(&mut self, operation: Operation) -> bool {
        !self.behaviour.throttling || self.throttle.admits(operation, self.now)
    }

    /// Does what the call asks. Reads answer what was true at `as_of`.
    pub(crate) fn perform(
        &mut self,
        operation: Operation,
        body: &Value,
        as_of: Timestamp,
    ) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::CreateCluster => output(&self.create_cluster(input(body)?)?),
            Operation::DescribeClusters => output(&self.describe_clusters(input(body)?)),
            Operation::ListClusters => output(&self.list_clusters(&input(body)?)?),
            Operation::RegisterTaskDefinition => output(&self.register_task_definition(body)?),
            Operation::DescribeTaskDefinition => output(&self.describe_task_definition(input(body)?)?),
            Operation::CreateService => output(&self.create_service(body)?),
            Operation::UpdateService => output(&self.update_service(body)?),
            Operation::DeleteService => output(&self.delete_service(input(body)?)?),
            Operation::DescribeServices => output(&self.describe_services(input(body)?, as_of)?),
            Operation::ListServices => output(&self.list_services(&input(body)?, as_of)?),
            Operation::ListServiceDeployments => output(&self.list_service_deployments(input(body)?, as_of)?),
            Operation::DescribeServiceDeployments => output(&self.describe_service_deployments(input(body)?, as_of)?),
            Operation::DescribeServiceRevisions => output(&self.describe_service_revisions(input(body)?, as_of)?),
            Operation::StopServiceDeployment => output(&self.stop_service_deployment(input(body)?)?),
            Operation::ContinueServiceDeployment => output(&self.continue_service_deployment(input(body)?)?),
            Operation::ListTasks => output(&self.list_tasks(&input(body)?, as_of)?),
            Operation::DescribeTasks => output(&self.describe_tasks(input(body)?, as_of)?),
            Operation::TagResource => output(&self.tag_resource(input(body)?)?),
            Operation::UntagResource => output(&self.untag_resource(input(body)?)?),
            Operation::ListTagsForResource => output(&self.list_tags_for_resource(input(body)?, as_of)?),
            other => Err(ApiError::new("UnknownOperationException", format!("{other} is not of ECS."))),
        }
    }

    /// The cluster's name, from a name or an ARN; `default` if none is given. It must exist.
    pub(crate) fn cluster_name<'a>(&self, cluster: Option<&'a str>) -> Result<&'a str, ApiError> {
        let cluster = cluster.unwrap_or("default");
        let name = if cluster.starts_with("arn:") { self.home.path_in(cluster, "cluster") } else { Some(cluster) };
        name.filter(|name| self.world.clusters.contains_key(*name)).ok_or_else(ApiError::cluster_not_found)
    }

    /// `cluster/service` from the service's name, its long ARN or its short one. Does not check that the service exists.
    pub(crate) fn service_path(&self, cluster: Option<&str>, service: &str) -> Result<String, ApiError> {
        let cluster = self.cluster_name(cluster)?;
        if !service.starts_with("arn:") {
            return Ok(format!("{cluster}/{service}"));
        }
        let Some(path) = self.home.path_in(service, "service") else {
            return Err(ApiError::invalid_parameter("Identifier is not of a service of this account and Region."));
        };
        match path.split_once('/') {
            None => Ok(format!("{cluster}/{path}")),
            Some((named, _)) if named == cluster => Ok(path.to_owned()),
            Some((named, _)) => {
                let text = format!("Identifier is for cluster {named}. Your cluster is {cluster}");
                Err(ApiError::invalid_parameter(text))
            }
        }
    }
}

fn output(shape: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(shape).map_err(|error| ApiError::new("ServerException", error.to_string()))
}
