//! Amazon ECS: services, their deployments and revisions, within the documented rates; and the one tag that is changed.

mod shapes;

use aws_config::SdkConfig;
use aws_sdk_ecs::{
    Client,
    types::{ServiceField, Tag},
};
use ecs_auto_rollback::{CallError, ErrorKind, Pace, shapes as function_shapes};
use jiff::Timestamp;
use judgement::{
    Location,
    observation::{ObservedService, Revision, Rollback, ServiceDeployment},
    policy::TAG,
    text::shown,
};
use tokio::sync::Mutex;

use super::config::patient;

/// The most services that one call describes.
const SERVICES_AT_ONCE: usize = 10;

/// The most service deployments, or revisions, that one call describes.
const AT_ONCE: usize = 20;

/// The gateway to Amazon ECS in one account and Region.
#[derive(Debug)]
pub(crate) struct Ecs {
    client: Client,
    home: Location,
    /// The pace of `DescribeServices` and `ListServices`.
    surveys: Mutex<Pace>,
    /// The pace of the calls about service deployments and revisions.
    looks: Mutex<Pace>,
}

/// A service as it is configured now.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_field_names, reason = "its name and place are of the type that the judgement calls a service")]
pub(crate) struct Service {
    /// Its name and place.
    pub(crate) service: judgement::Service,
    /// The parts that decisions depend on.
    pub(crate) observed: ObservedService,
    /// The ARN of its task definition.
    pub(crate) task_definition: String,
    /// The ways in which ECS itself rolls it back.
    pub(crate) native: Native,
    /// Its deployment strategy, by ECS's name.
    pub(crate) strategy: String,
    /// Its bake time in minutes, if it has one.
    pub(crate) bake_minutes: Option<u32>,
    /// `true` if a deployment may count as successful before all tasks are healthy.
    pub(crate) succeeds_early: bool,
}

/// The ways in which ECS itself rolls a service back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Native {
    /// `true` if its circuit breaker rolls back.
    pub(crate) breaker: bool,
    /// Its deployment alarms, if they are on.
    pub(crate) alarms: Option<OwnAlarms>,
}

/// Deployment alarms of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnAlarms {
    /// Their names.
    pub(crate) names: Vec<String>,
    /// `true` if they roll back.
    pub(crate) rollback: bool,
}

/// A service deployment as ECS describes it, in most cases after its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deployment {
    /// Its ARN, status, times and target revision.
    pub(crate) listed: ServiceDeployment,
    /// The ARNs of the revisions that it replaced.
    pub(crate) source_revisions: Vec<String>,
    /// Its rollback, if one was begun.
    pub(crate) rollback: Option<Rollback>,
    /// When its stop was requested, if it was.
    pub(crate) stopped: Option<Timestamp>,
    /// The reason for its status, in the words of ECS.
    pub(crate) status_reason: Option<String>,
    /// Its strategy, by ECS's name.
    pub(crate) strategy: Option<String>,
    /// Its bake time in minutes, if it had one.
    pub(crate) bake_minutes: Option<u32>,
}

impl Ecs {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig, home: &Location) -> Self {
        Self {
            client: Client::new(&patient(config)),
            home: home.clone(),
            surveys: Mutex::new(Pace::of_surveys(1)),
            looks: Mutex::new(Pace::of_looks(1)),
        }
    }

    /// Waits until another caller may survey the account at the full rate.
    pub(crate) async fn refill(&self) {
        self.surveys.lock().await.refill().await;
    }

    /// The names of all clusters.
    pub(crate) async fn clusters(&self) -> Result<Vec<String>, CallError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let answer = self.client.list_clusters().max_results(100).set_next_token(token).send().await;
            let answer = answer.map_err(|error| CallError::new("ecs:ListClusters", "list the clusters", error))?;
            found.extend(answer.cluster_arns().iter().map(|arn| last(arn).to_owned()));
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// The names of the services in a cluster.
    pub(crate) async fn names(&self, cluster: &str) -> Result<Vec<String>, CallError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            self.surveys.lock().await.turn().await;
            let list = self.client.list_services().cluster(cluster).max_results(100).set_next_token(token);
            let answer = list.send().await.map_err(|error| {
                CallError::new("ecs:ListServices", format!("list the services of the cluster {cluster}"), error)
            })?;
            found.extend(answer.service_arns().iter().map(|arn| last(arn).to_owned()));
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// The services of these names in a cluster, with their tags. Those that do not exist are left out.
    pub(crate) async fn services(&self, cluster: &str, names: &[String]) -> Result<Vec<Service>, CallError> {
        let mut found = Vec::new();
        for names in names.chunks(SERVICES_AT_ONCE) {
            self.surveys.lock().await.turn().await;
            let describe = self.client.describe_services().cluster(cluster).set_services(Some(names.to_vec()));
            match describe.include(ServiceField::Tags).send().await {
                Ok(answer) => {
                    found.extend(answer.services().iter().filter_map(|one| shapes::service(one, cluster, &self.home)));
                }
                Err(error) => match CallError::new(
                    "ecs:DescribeServices",
                    format!("describe services of the cluster {cluster}"),
                    error,
                ) {
                    CallError { kind: ErrorKind::ServiceNotFound, .. } => {}
                    error => return Err(error),
                },
            }
        }
        Ok(found)
    }

    /// The deployments of a service that ECS still knows, those of 90 days. A service that does not exist has none.
    pub(crate) async fn deployments(&self, service: &judgement::Service) -> Result<Vec<ServiceDeployment>, CallError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            self.looks.lock().await.turn().await;
            let list = self.client.list_service_deployments().cluster(&service.cluster).service(&service.name);
            let answer = match list.max_results(100).set_next_token(token).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    let doing = format!("list the service deployments of {service}");
                    return match CallError::new("ecs:ListServiceDeployments", doing, error) {
                        CallError { kind: ErrorKind::ServiceNotFound, .. } => Ok(found),
                        error => Err(error),
                    };
                }
            };
            found.extend(answer.service_deployments().iter().filter_map(function_shapes::listed));
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// The service deployments with these ARNs. Those that ECS does not know are left out.
    pub(crate) async fn describe(&self, arns: &[String]) -> Result<Vec<Deployment>, CallError> {
        let mut found = Vec::new();
        for arns in arns.chunks(AT_ONCE) {
            self.looks.lock().await.turn().await;
            let describe = self.client.describe_service_deployments().set_service_deployment_arns(Some(arns.to_vec()));
            match describe.send().await {
                Ok(answer) => found.extend(answer.service_deployments().iter().filter_map(shapes::described)),
                Err(error) => {
                    match CallError::new("ecs:DescribeServiceDeployments", "describe the service deployments", error) {
                        CallError { kind: ErrorKind::DeploymentNotFound | ErrorKind::ServiceNotFound, .. } => {}
                        error => return Err(error),
                    }
                }
            }
        }
        Ok(found)
    }

    /// The service revisions with these ARNs.
    pub(crate) async fn revisions(&self, arns: &[String]) -> Result<Vec<Revision>, CallError> {
        let mut found = Vec::new();
        for arns in arns.chunks(AT_ONCE) {
            self.looks.lock().await.turn().await;
            let describe = self.client.describe_service_revisions().set_service_revision_arns(Some(arns.to_vec()));
            let answer = describe.send().await.map_err(|error| {
                CallError::new("ecs:DescribeServiceRevisions", "describe the service revisions", error)
            })?;
            found.extend(answer.service_revisions().iter().filter_map(function_shapes::revision));
        }
        Ok(found)
    }

    /// The newest task definition of a family, as `family:revision`. `None` if it has none that is active.
    pub(crate) async fn newest_task_definition(&self, family: &str) -> Result<Option<String>, CallError> {
        match self.client.describe_task_definition().task_definition(family).send().await {
            Ok(answer) => {
                let arn = answer.task_definition().and_then(aws_sdk_ecs::types::TaskDefinition::task_definition_arn);
                Ok(arn.map(|arn| last(arn).to_owned()))
            }
            Err(error) => {
                let doing = format!("describe the newest task definition of {}", shown(family, 255));
                match CallError::new("ecs:DescribeTaskDefinition", doing, error) {
                    CallError { kind: ErrorKind::Client, .. } => Ok(None),
                    error => Err(error),
                }
            }
        }
    }

    /// Sets the tag `auto-rollback` of a service.
    pub(crate) async fn tag(&self, service: &Service, value: &str) -> Result<(), CallError> {
        let tag = Tag::builder().key(TAG).value(value).build();
        let answer = self.client.tag_resource().resource_arn(&service.observed.arn).tags(tag).send().await;
        answer.map(drop).map_err(|error| CallError::new("ecs:TagResource", format!("tag {}", service.service), error))
    }

    /// Removes the tag `auto-rollback` of a service.
    pub(crate) async fn untag(&self, service: &Service) -> Result<(), CallError> {
        let untag = self.client.untag_resource().resource_arn(&service.observed.arn).tag_keys(TAG);
        untag
            .send()
            .await
            .map(drop)
            .map_err(|error| CallError::new("ecs:UntagResource", format!("untag {}", service.service), error))
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
