//! The parts of an index of services: clusters, the services in them, and the surroundings of each.

use aws_sdk_ecs::types;

use super::Ecs;
use crate::aws::error::{CallError, ErrorKind};

/// A service with its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// Its name.
    pub(crate) name: String,
    /// The ARNs of the target groups that it registers its tasks with.
    pub(crate) target_groups: Vec<String>,
    /// The names of its deployment alarms.
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
    let groups = service.load_balancers().iter().flat_map(|balancer| {
        let alternate = balancer.advanced_configuration().and_then(|both| both.alternate_target_group_arn());
        [balancer.target_group_arn(), alternate].into_iter().flatten().map(str::to_owned)
    });
    let alarms = service.deployment_configuration().and_then(types::DeploymentConfiguration::alarms);
    Some(Indexed {
        name: service.service_name()?.to_owned(),
        target_groups: groups.collect(),
        alarms: alarms.map(|alarms| alarms.alarm_names().to_vec()).unwrap_or_default(),
    })
}
