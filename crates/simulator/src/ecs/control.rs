//! ECS from outside: the means of tests and scenarios to plant, change and inspect it without a call.

use serde::Serialize;
use serde_json::Value;

use crate::ecs::Ecs;
use crate::ecs::image::Container;
use crate::ecs::plant::plant;
use crate::ecs::seed::ServiceSeed;
use crate::ecs::service::Service;
use crate::ecs::settings::{Behaviour, Timing};
use crate::ecs::status::{Controller, Status};
use crate::ecs::task::TaskFailure;
use crate::ecs::world::Transition;

/// The ARNs of what was planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The service's ARN.
    pub service: String,
    /// The ARNs of its service deployments that are over, oldest first.
    pub finished: Vec<String>,
    /// The ARNs of its service deployments that are not, oldest first.
    pub in_flight: Vec<String>,
}

impl Planted {
    /// The ARN of the newest service deployment; empty if there is none.
    #[must_use]
    pub fn deployment(&self) -> &str {
        self.in_flight.last().or(self.finished.last()).map_or("", String::as_str)
    }
}

/// One line about a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSummary {
    /// `cluster/service`
    pub service: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// The task definition (`family:revision`) of its last successful deployment.
    pub settled: Option<String>,
    /// The ARN of its newest service deployment.
    pub deployment: Option<String>,
    /// The task definition that this deploys.
    pub task_definition: Option<String>,
    /// The status of its newest service deployment.
    pub deployment_status: Option<Status>,
}

impl Ecs {
    /// Puts a service into the account, with its cluster and its task definitions.
    pub fn plant(&mut self, seed: ServiceSeed) -> Planted {
        let (_, mut moment) = self.world_and_moment();
        let service = plant(seed, &mut moment);
        let path = service.path();
        let arn = |id: &str| self.home.service_deployment_arn(&path, id);
        let (finished, in_flight): (Vec<_>, Vec<_>) =
            service.deployments.iter().partition(|deployment| deployment.status.is_final());
        let planted = Planted {
            service: self.home.service_arn(&path),
            finished: finished.iter().map(|deployment| arn(&deployment.id)).collect(),
            in_flight: in_flight.iter().map(|deployment| arn(&deployment.id)).collect(),
        };
        for revision in &service.revisions {
            self.assume_task_definition(&revision.task_definition, &revision.containers);
        }
        self.world.insert(service);
        planted
    }

    /// Deploys a task definition (`family:revision`) to a service (`cluster/service`), as `UpdateService` does. Returns the
    /// new service deployment's ARN; nothing if there is no such service.
    pub fn deploy(&mut self, service: &str, task_definition: &str) -> Option<String> {
        let container = Container::assumed(&self.home, task_definition, None);
        self.assume_task_definition(task_definition, &[container]);
        let id = self.update_to(service, task_definition)?;
        Some(self.home.service_deployment_arn(service, &id))
    }

    /// An alarm that services may name in `deploymentConfiguration.alarms` goes to ALARM, or leaves it.
    pub fn set_alarm(&mut self, name: &str, in_alarm: bool) {
        if !in_alarm {
            self.facts.alarms.remove(name);
        } else if self.facts.alarms.insert(name.to_owned()) {
            for path in self.world.paths() {
                self.change(&path, |service, moment| service.alarm(name, moment));
            }
        }
    }

    /// Tasks of this task definition (`family:revision`) fail to start from now on: their container exits with 1.
    pub fn break_task_definition(&mut self, task_definition: &str) {
        self.break_task_definition_so(task_definition, TaskFailure::default());
    }

    /// Tasks of this task definition (`family:revision`) fail to start from now on, and stop in this way.
    pub fn break_task_definition_so(&mut self, task_definition: &str, failure: TaskFailure) {
        self.facts.broken.insert(task_definition.to_owned(), failure);
    }

    /// The Lambda hook with this ARN answers FAILED from now on.
    pub fn fail_hook(&mut self, hook_target_arn: &str) {
        self.facts.failing_hooks.insert(hook_target_arn.to_owned());
    }

    /// The duration of each step. A step that has begun keeps its own.
    pub fn timing_mut(&mut self) -> &mut Timing {
        &mut self.timing
    }

    /// The behaviour where AWS documents nothing.
    pub fn behaviour_mut(&mut self) -> &mut Behaviour {
        &mut self.behaviour
    }

    /// Every change of a service deployment's status so far, oldest first.
    #[must_use]
    pub fn transitions(&self) -> &[Transition] {
        &self.world.transitions
    }

    /// Takes the transitions so far out.
    pub fn take_transitions(&mut self) -> Vec<Transition> {
        std::mem::take(&mut self.world.transitions)
    }

    /// Every event that ECS would have sent to EventBridge so far, oldest first, as it arrives at a rule's target: at most
    /// 20,000 of them, of which the older half goes first.
    #[must_use]
    pub fn events(&self) -> &[Value] {
        self.world.events.kept()
    }

    /// Takes the events so far out.
    pub fn take_events(&mut self) -> Vec<Value> {
        self.world.events.take()
    }

    /// The status of the service deployment with this ARN.
    #[must_use]
    pub fn status(&self, service_deployment_arn: &str) -> Option<Status> {
        let (path, id) = self.home.service_and_id(service_deployment_arn, "service-deployment")?;
        let service = self.world.service(path, self.now)?;
        Some(service.deployment(id)?.status.clone())
    }

    /// All services, by name.
    #[must_use]
    pub fn services(&self) -> Vec<ServiceSummary> {
        let paths = self.world.paths();
        let services = paths.iter().filter_map(|path| self.world.service(path, self.now));
        services.map(|service| self.summary(service)).collect()
    }

    fn summary(&self, service: &Service) -> ServiceSummary {
        let path = service.path();
        let newest = service.newest().filter(|_| service.controller == Controller::Ecs);
        ServiceSummary {
            status: service.status.clone(),
            settled: service.settled.as_ref().map(|revision| revision.task_definition.clone()),
            deployment: newest.map(|newest| self.home.service_deployment_arn(&path, &newest.id)),
            task_definition: newest.map(|newest| newest.target.task_definition.clone()),
            deployment_status: newest.map(|newest| newest.status.clone()),
            service: path,
        }
    }

    /// `cluster/service`, if the call is about exactly one.
    pub(crate) fn service_named_by(&self, body: &Value) -> Option<String> {
        let member = |name: &str| body.get(name).and_then(Value::as_str);
        let only = |name: &str| match body.get(name)?.as_array()?.as_slice() {
            [only] => only.as_str(),
            _ => None,
        };
        let deployment = member("serviceDeploymentArn").or_else(|| only("serviceDeploymentArns"));
        if let Some(arn) = deployment {
            return self.home.service_and_id(arn, "service-deployment").map(|(path, _)| path.to_owned());
        }
        let service = member("service").or_else(|| member("serviceName")).or_else(|| only("services"))?;
        self.service_path(member("cluster"), service).ok()
    }
}
