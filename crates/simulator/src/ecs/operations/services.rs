//! `CreateService`, `UpdateService`, `DeleteService`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clusters::is_name;
use crate::ecs::Ecs;
use crate::ecs::configuration::{DeploymentConfiguration, LoadBalancer, VpcLatticeConfiguration};
use crate::ecs::plant::complete;
use crate::ecs::revision::{Front, Revision};
use crate::ecs::service::Service;
use crate::ecs::status::Controller;
use crate::ecs::view::{ServiceView, Tag};
use crate::wire::{ApiError, input, required};

/// Members that a service repeats as they came, without effect.
const REPEATED: [&str; 13] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceRegistries",
];

/// More than the quota of tasks per service (5,000), and small enough that sums of counts cannot overflow.
const MOST_TASKS: u32 = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateServiceInput {
    cluster: Option<String>,
    service_name: Option<String>,
    task_definition: Option<String>,
    desired_count: Option<u32>,
    #[serde(default)]
    load_balancers: Option<Vec<LoadBalancer>>,
    #[serde(default)]
    vpc_lattice_configurations: Option<Vec<VpcLatticeConfiguration>>,
    deployment_configuration: Option<DeploymentConfiguration>,
    deployment_controller: Option<DeploymentController>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
struct DeploymentController {
    r#type: Controller,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateServiceInput {
    cluster: Option<String>,
    service: Option<String>,
    task_definition: Option<String>,
    desired_count: Option<u32>,
    load_balancers: Option<Vec<LoadBalancer>>,
    vpc_lattice_configurations: Option<Vec<VpcLatticeConfiguration>>,
    deployment_configuration: Option<DeploymentConfiguration>,
    force_new_deployment: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeleteServiceInput {
    cluster: Option<String>,
    service: Option<String>,
    force: Option<bool>,
}

#[derive(Serialize)]
pub(crate) struct ServiceOutput<'a> {
    service: ServiceView<'a>,
}

impl Ecs {
    pub(crate) fn create_service(&mut self, body: &Value) -> Result<ServiceOutput<'_>, ApiError> {
        let wanted: CreateServiceInput = input(body)?;
        let name = required(wanted.service_name, "serviceName")?;
        if !is_name(&name) {
            return Err(ApiError::invalid_parameter("Invalid service name."));
        }
        let cluster = self.cluster_name(wanted.cluster.as_deref())?.to_owned();
        let path = format!("{cluster}/{name}");
        if self.world.service(&path, self.now).is_some_and(|service| service.exists()) {
            return Err(ApiError::invalid_parameter("Creation of service was not idempotent."));
        }
        let controller = wanted.deployment_controller.map_or(Controller::Ecs, |controller| controller.r#type);
        let task_definition = match wanted.task_definition {
            None if controller == Controller::External => None,
            None => return Err(ApiError::invalid_parameter("TaskDefinition cannot be blank.")),
            Some(given) => Some(self.task_definition_name(&given)?),
        };
        let mut extras = repeated(body, &REPEATED);
        extras.entry("schedulingStrategy").or_insert_with(|| "REPLICA".into());
        for list in ["placementConstraints", "placementStrategy", "serviceRegistries"] {
            extras.entry(list).or_insert_with(|| json!([]));
        }
        self.world.insert(Service {
            controller,
            desired: task_count(wanted.desired_count)?.unwrap_or(0),
            tags: by_key(wanted.tags),
            front: Front {
                load_balancers: wanted.load_balancers.unwrap_or_default(),
                vpc_lattice: wanted.vpc_lattice_configurations.unwrap_or_default(),
            },
            configuration: Arc::new(complete(wanted.deployment_configuration.unwrap_or_default())),
            extras,
            ..Service::new(cluster, name, self.now)
        });
        if let Some(task_definition) = task_definition {
            self.update_to(&path, &task_definition);
        }
        self.service_output(&path)
    }

    pub(crate) fn update_service(&mut self, body: &Value) -> Result<ServiceOutput<'_>, ApiError> {
        let wanted: UpdateServiceInput = input(body)?;
        let path = self.service_path(wanted.cluster.as_deref(), &required(wanted.service, "service")?)?;
        let service = self.world.service(&path, self.now).ok_or_else(ApiError::service_not_found)?;
        if service.status != "ACTIVE" {
            return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        let by_ecs = service.controller == Controller::Ecs;
        if !by_ecs && (wanted.task_definition.is_some() || wanted.force_new_deployment == Some(true)) {
            let text =
                "Unable to update task definition on services with a CODE_DEPLOY or EXTERNAL deployment controller.";
            return Err(ApiError::invalid_parameter(text));
        }
        let deployed = service.primary().map(|revision| revision.task_definition.clone());
        let task_definition = match wanted.task_definition {
            Some(given) => Some(self.task_definition_name(&given)?),
            None => deployed.clone(),
        };
        let desired = task_count(wanted.desired_count)?;
        let changes = repeated(body, &REPEATED);
        let differs = self.change(&path, |service, _| {
            let before = (Revision::repeated(&service.extras), service.front.clone());
            service.extras.extend(changes);
            service.desired = desired.unwrap_or(service.desired);
            if let Some(load_balancers) = wanted.load_balancers {
                service.front.load_balancers = load_balancers;
            }
            if let Some(vpc_lattice) = wanted.vpc_lattice_configurations {
                service.front.vpc_lattice = vpc_lattice;
            }
            if let Some(configuration) = wanted.deployment_configuration {
                service.configuration = Arc::new(overlay(&service.configuration, configuration));
            }
            before != (Revision::repeated(&service.extras), service.front.clone())
        });
        // Scaling and the like need no deployment.
        let needed = wanted.force_new_deployment == Some(true) || differs == Some(true) || task_definition != deployed;
        if let Some(task_definition) = task_definition.filter(|_| needed && by_ecs) {
            self.update_to(&path, &task_definition);
        }
        self.service_output(&path)
    }

    pub(crate) fn delete_service(&mut self, input: DeleteServiceInput) -> Result<ServiceOutput<'_>, ApiError> {
        let path = self.service_path(input.cluster.as_deref(), &required(input.service, "service")?)?;
        let service = self.world.service(&path, self.now).filter(|service| service.exists());
        let service = service.ok_or_else(ApiError::service_not_found)?;
        if service.desired > 0 && input.force != Some(true) {
            let text = "The service cannot be stopped while it is scaled above 0.";
            return Err(ApiError::invalid_parameter(text));
        }
        self.change(&path, Service::drain);
        self.service_output(&path)
    }

    /// Deploys a task definition (`family:revision`) in a new revision. Returns the service deployment's id.
    pub(crate) fn update_to(&mut self, path: &str, task_definition: &str) -> Option<String> {
        let containers = self.containers_of(task_definition);
        self.change(path, |service, moment| {
            let number = moment.ids.service_revision();
            let revision = Revision::next_of(service, number, task_definition, containers, moment.now);
            service.deploy(revision, moment)
        })
    }

    fn service_output(&self, path: &str) -> Result<ServiceOutput<'_>, ApiError> {
        let service = self.world.service(path, self.now).ok_or_else(ApiError::service_not_found)?;
        Ok(ServiceOutput { service: ServiceView::new(&self.home, service, &self.behaviour, self.now, true) })
    }
}

fn task_count(wanted: Option<u32>) -> Result<Option<u32>, ApiError> {
    match wanted {
        Some(count) if count > MOST_TASKS => Err(ApiError::invalid_parameter("desiredCount is too large.")),
        other => Ok(other),
    }
}

/// A new configuration over the old one: what it leaves out stays.
fn overlay(old: &DeploymentConfiguration, new: DeploymentConfiguration) -> DeploymentConfiguration {
    let old = old.clone();
    DeploymentConfiguration {
        deployment_circuit_breaker: new.deployment_circuit_breaker.or(old.deployment_circuit_breaker),
        maximum_percent: new.maximum_percent.or(old.maximum_percent),
        minimum_healthy_percent: new.minimum_healthy_percent.or(old.minimum_healthy_percent),
        alarms: new.alarms.or(old.alarms),
        strategy: new.strategy.or(old.strategy),
        bake_time_in_minutes: new.bake_time_in_minutes.or(old.bake_time_in_minutes),
        lifecycle_hooks: new.lifecycle_hooks.or(old.lifecycle_hooks),
        linear_configuration: new.linear_configuration.or(old.linear_configuration),
        canary_configuration: new.canary_configuration.or(old.canary_configuration),
        early_success_criteria: new.early_success_criteria.or(old.early_success_criteria),
    }
}

fn repeated(body: &Value, names: &[&str]) -> Map<String, Value> {
    let given = names.iter().filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone())));
    given.filter(|(_, value)| !value.is_null()).collect()
}

fn by_key(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}
