//! The parts of an index of services: clusters, the services in them, and the surroundings of each.

use aws_sdk_ecs::types;

use super::{Ecs, target_groups};
use crate::aws::error::{CallError, ErrorKind};

/// A service with its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// Its name.
    pub(crate) name: String,
    /// The ARNs of the target groups that it registers its tasks with.
    pub(crate) target_groups: Vec<String>,
    /// The ARNs of its revisions, if only these may show its target groups.
    pub(crate) revisions: Vec<String>,
    /// The names of its deployment alarms, if they are to roll it back.
    pub(crate) alarms: Vec<String>,
}

/// One page of a list, and the token of the next.
pub(crate) type Page = (Vec<String>, Option<String>);

impl Ecs {
    /// One page of the names of all clusters.
    pub(crate) async fn clusters(&self, token: Option<String>) -> Result<Page, CallError> {
        let answer = self.client.list_clusters().max_results(100).set_next_token(token).send().await;
        let answer = answer.map_err(|error| CallError::new("ecs:ListClusters", "list the clusters", error))?;
        Ok((names(answer.cluster_arns()), answer.next_token))
    }

    /// One page of the names of the services in a cluster. A cluster that does not exist has none.
    pub(crate) async fn services(&self, cluster: &str, token: Option<String>) -> Result<Page, CallError> {
        let list = self.client.list_services().cluster(cluster).max_results(100).set_next_token(token);
        match list.send().await {
            Ok(answer) => Ok((names(answer.service_arns()), answer.next_token)),
            Err(error) => {
                match CallError::new("ecs:ListServices", format!("list the services of the cluster {cluster}"), error) {
                    CallError { kind: ErrorKind::ServiceNotFound, .. } => Ok((Vec::new(), None)),
                    error => Err(error),
                }
            }
        }
    }

    /// The surroundings of up to ten services. Services that no longer exist are left out.
    pub(crate) async fn surroundings(&self, cluster: &str, services: &[String]) -> Result<Vec<Indexed>, CallError> {
        let describe = self.client.describe_services().cluster(cluster).set_services(Some(services.to_vec()));
        match describe.send().await {
            Ok(answer) => Ok(answer.services().iter().filter_map(indexed).collect()),
            Err(error) => match CallError::new(
                "ecs:DescribeServices",
                format!("describe services of the cluster {cluster}"),
                error,
            ) {
                CallError { kind: ErrorKind::ServiceNotFound, .. } => Ok(Vec::new()),
                error => Err(error),
            },
        }
    }
}

/// The last part of each ARN, in the long form and the short one.
fn names(arns: &[String]) -> Vec<String> {
    arns.iter().filter_map(|arn| arn.rsplit('/').next()).map(str::to_owned).collect()
}

fn indexed(service: &types::Service) -> Option<Indexed> {
    let groups: Vec<String> =
        service.load_balancers().iter().flat_map(target_groups::of_balancer).flatten().map(str::to_owned).collect();
    // The target groups of Express services, ECS gateways and VPC Lattice are only in the revisions.
    let revisions = service.current_service_revisions().iter().filter(|_| groups.is_empty());
    let alarms = service.deployment_configuration().and_then(types::DeploymentConfiguration::alarms);
    let alarms = alarms.filter(|alarms| alarms.enable() && alarms.rollback());
    Some(Indexed {
        name: service.service_name()?.to_owned(),
        revisions: revisions.filter_map(|revision| revision.arn().map(str::to_owned)).collect(),
        target_groups: groups,
        alarms: alarms.map(|alarms| alarms.alarm_names().to_vec()).unwrap_or_default(),
    })
}
