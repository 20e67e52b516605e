//! A service as it is when the simulation begins: written as prose in tests, and as TOML in scenario files.

mod deployment;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use deployment::DeploymentSeed;

use crate::ecs::configuration::{
    AdvancedConfiguration, DeploymentConfiguration, LoadBalancer, Strategy, VpcLatticeConfiguration,
};
use crate::ecs::status::{Controller, Status};
use crate::time::toml_time;

/// A service with its history.
///
/// ```
/// # use simulator::{DeploymentSeed, ServiceSeed, Status};
/// ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42");
/// ServiceSeed::new("prod/cart").deployed("cart:7").with(DeploymentSeed::of("cart:8").status(Status::Pending));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSeed {
    /// Its name.
    pub name: String,
    /// The name of its cluster; `default` if left out.
    pub cluster: Option<String>,
    /// `ACTIVE` if left out, `DRAINING` or `INACTIVE`.
    pub status: Option<String>,
    /// Its creation time; if left out, a month ago, or that of its oldest deployment if it is older.
    #[serde(deserialize_with = "toml_time")]
    pub created_at: Option<Timestamp>,
    /// The deployment controller; ECS if left out.
    pub controller: Option<Controller>,
    /// The number of tasks; 3 if left out.
    pub desired: Option<u32>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its target groups, as in the API.
    pub load_balancers: Vec<LoadBalancer>,
    /// Its VPC Lattice target groups, as in the API.
    pub vpc_lattice_configurations: Vec<VpcLatticeConfiguration>,
    /// Further members of each of its service revisions, as the API has them.
    pub revision_members: Map<String, Value>,
    /// Messages among its events, oldest first.
    pub events: Vec<EventSeed>,
    /// Its deployment configuration, as in the API.
    pub configuration: Option<DeploymentConfiguration>,
    /// Service deployments that are over, oldest first.
    pub finished: Vec<DeploymentSeed>,
    /// Service deployments that are not, oldest first.
    pub in_flight: Vec<DeploymentSeed>,
}

impl ServiceSeed {
    /// A service named `cluster/service` (or `service`, in the cluster `default`) that has been there for a month.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let (cluster, name) = path.split_once('/').unwrap_or(("default", path));
        Self { name: name.to_owned(), cluster: Some(cluster.to_owned()), ..Self::default() }
    }

    /// Has deployed this task definition (`family:revision`) successfully.
    #[must_use]
    pub fn deployed(self, task_definition: &str) -> Self {
        self.with(DeploymentSeed::of(task_definition).status(Status::Successful))
    }

    /// Is deploying this task definition.
    #[must_use]
    pub fn deploying(self, task_definition: &str) -> Self {
        self.with(DeploymentSeed::of(task_definition).status(Status::InProgress))
    }

    /// Has this service deployment; the last one given is the newest. Without a status it is in progress.
    #[must_use]
    pub fn with(mut self, deployment: DeploymentSeed) -> Self {
        let over = deployment.status.as_ref().is_some_and(Status::is_final);
        if over { &mut self.finished } else { &mut self.in_flight }.push(deployment);
        self
    }

    /// Carries a tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Stands behind the target group with this ARN.
    #[must_use]
    pub fn behind(mut self, target_group_arn: &str) -> Self {
        self.load_balancers.push(LoadBalancer {
            target_group_arn: Some(target_group_arn.to_owned()),
            container_name: Some(self.name.clone()),
            container_port: Some(8080),
            ..LoadBalancer::default()
        });
        self
    }

    /// Stands behind two target groups that a blue/green deployment swaps.
    #[must_use]
    pub fn between(self, target_group_arn: &str, alternate_target_group_arn: &str) -> Self {
        let mut seed = self.behind(target_group_arn);
        if let Some(load_balancer) = seed.load_balancers.last_mut() {
            load_balancer.advanced_configuration = Some(AdvancedConfiguration {
                alternate_target_group_arn: Some(alternate_target_group_arn.to_owned()),
                ..AdvancedConfiguration::default()
            });
        }
        seed
    }

    /// Stands behind two target groups of VPC Lattice that a blue/green deployment swaps.
    #[must_use]
    pub fn between_in_lattice(mut self, target_group_arn: &str, alternate_target_group_arn: &str) -> Self {
        self.vpc_lattice_configurations.push(VpcLatticeConfiguration {
            role_arn: "arn:aws:iam::123456789012:role/ecsInfrastructureRole".to_owned(),
            target_group_arn: target_group_arn.to_owned(),
            port_name: "http".to_owned(),
            advanced_configuration: Some(AdvancedConfiguration {
                alternate_target_group_arn: Some(alternate_target_group_arn.to_owned()),
                ..AdvancedConfiguration::default()
            }),
        });
        self
    }

    /// Is an Express service: ECS itself made these target groups for it.
    #[must_use]
    pub fn express(self, target_group_arns: &[&str]) -> Self {
        let groups = target_group_arns.iter().map(|arn| {
            json!({"arn": arn, "status": "ACTIVE", "updatedAt": 1_767_225_600.0, "healthCheckPath": "/",
                "healthCheckPort": 8080, "port": 8080})
        });
        let endpoint = format!("{}.ecs.us-east-1.on.aws", self.name);
        let path = json!({"accessType": "PUBLIC", "endpoint": endpoint, "targetGroups": groups.collect::<Value>()});
        self.managed("ingressPaths", path)
    }

    /// Is connected to an ECS Gateway, with two target groups at its shared load balancer.
    #[must_use]
    pub fn behind_gateway(self, target_group_arn: &str, alternate_target_group_arn: &str) -> Self {
        let groups = json!({"targetGroupArn": target_group_arn, "alternateTargetGroupArn": alternate_target_group_arn});
        let connection = json!({"portName": "http", "status": "ACTIVE", "resources": {"hostSharedAlb": [groups]}});
        self.managed("gatewayConnections", connection)
    }

    /// Adds a resource to a list of `ecsManagedResources`.
    fn managed(mut self, list: &str, resource: Value) -> Self {
        let resources = self.revision_members.entry("ecsManagedResources").or_insert_with(|| json!({}));
        match &mut resources[list] {
            Value::Array(there) => there.push(resource),
            nothing => *nothing = json!([resource]),
        }
        self
    }

    /// Has service revisions with this member, as the API has it.
    #[must_use]
    pub fn revision_member(mut self, name: &str, value: Value) -> Self {
        self.revision_members.insert(name.to_owned(), value);
        self
    }

    /// Was created then.
    #[must_use]
    pub fn created(mut self, at: Timestamp) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Has this message among its events. The last one given is the newest.
    #[must_use]
    pub fn event(mut self, at: Timestamp, message: &str) -> Self {
        self.events.push(EventSeed { created_at: Some(at), message: message.to_owned() });
        self
    }

    /// Is `DRAINING` or `INACTIVE`.
    #[must_use]
    pub fn status(mut self, status: &str) -> Self {
        self.status = Some(status.to_owned());
        self
    }

    /// Is deployed by this controller.
    #[must_use]
    pub fn controller(mut self, controller: Controller) -> Self {
        self.controller = Some(controller);
        self
    }

    /// Runs this number of tasks.
    #[must_use]
    pub fn desired(mut self, tasks: u32) -> Self {
        self.desired = Some(tasks);
        self
    }

    /// Has this deployment configuration.
    #[must_use]
    pub fn configured(mut self, configuration: DeploymentConfiguration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    /// Is deployed by this strategy.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.configuration.get_or_insert_default().strategy = Some(strategy);
        self
    }
}

/// A message among a service's events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSeed {
    /// Its time; now if left out.
    #[serde(default, deserialize_with = "toml_time")]
    pub created_at: Option<Timestamp>,
    /// The message, such as `(service web) was unable to place a task.`
    pub message: String,
}
