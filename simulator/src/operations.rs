//! What each call does. One file for each kind of thing that calls are about.

mod clusters;
mod deployments;
mod describe;
mod page;
mod services;
mod tags;
pub(crate) mod task_definitions;
mod tasks;

use crate::ecs::Ecs;
use crate::wire::ApiError;

impl Ecs {
    /// The cluster's name, from a name or an ARN; `default` if none is given. It must exist.
    pub(crate) fn cluster_name<'a>(&self, cluster: Option<&'a str>) -> Result<&'a str, ApiError> {
        let cluster = cluster.unwrap_or("default");
        let name = if cluster.starts_with("arn:") { self.home.path_in(cluster, "cluster") } else { Some(cluster) };
        name.filter(|name| self.world.clusters.contains_key(*name)).ok_or_else(ApiError::cluster_not_found)
    }

    /// `cluster/service` from the service's name, its long ARN or its short one. Whether it exists is not looked at.
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
