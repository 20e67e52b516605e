//! The simulator from outside: calls, time, seeds, faults and the journal.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::ecs::Ecs;
use crate::fault::{Effect, Fault};
use crate::home::Home;
use crate::image::Container;
use crate::journal::{Call, Journal};
use crate::operation::Operation;
use crate::plant::plant;
use crate::scenario::{Scenario, ScenarioError};
use crate::seed::ServiceSeed;
use crate::service::Service;
use crate::settings::{Behaviour, Timing, after};
use crate::status::{Controller, Status};
use crate::task::TaskFailure;
use crate::throttle::Throttle;
use crate::wire::{Answer, ApiError, Request};
use crate::world::Transition;

/// By when every caller has gone.
const HANG: Duration = Duration::from_hours(1);

type Meddler = Box<dyn FnOnce(&mut Simulator) + Send>;

/// Amazon ECS for service deployments. See the crate's documentation.
pub struct Simulator {
    ecs: Ecs,
    faults: Vec<Fault>,
    throttle: Throttle,
    journal: Journal,
    /// What happens just before the next call of an operation.
    meddlers: Vec<(Operation, Meddler)>,
}

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

impl Simulator {
    /// An empty account.
    #[must_use]
    pub fn new(home: Home, now: Timestamp) -> Self {
        Self {
            ecs: Ecs::new(home, now),
            faults: Vec::new(),
            throttle: Throttle::default(),
            journal: Journal::default(),
            meddlers: Vec::new(),
        }
    }

    /// An account as the scenario says.
    ///
    /// # Errors
    /// A scenario that contradicts itself, for example by naming one service twice.
    pub fn from_scenario(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let mut simulator = Self::new(scenario.home.clone(), scenario.now);
        simulator.ecs.timing = scenario.timing.clone();
        simulator.ecs.behaviour = scenario.behaviour.clone();
        simulator.ecs.facts.alarms.extend(scenario.alarms.iter().cloned());
        let broken = scenario.broken_task_definitions.iter().cloned();
        simulator.ecs.facts.broken.extend(broken.map(|name| (name, TaskFailure::default())));
        for seed in scenario.seeds()? {
            simulator.plant(seed);
        }
        simulator.faults.extend(scenario.faults.iter().cloned());
        Ok(simulator)
    }

    /// Answers one call, now. It takes no time.
    pub fn handle(&mut self, request: &Request) -> Answer {
        let operation = Operation::from_target(&request.target);
        if let Some(operation) = operation {
            self.let_meddle(operation);
        }
        let parsed = serde_json::from_slice(&request.body);
        let body: &Value = parsed.as_ref().unwrap_or(&Value::Null);
        let service = self.service_named_by(body);
        let moves_before = self.ecs.world.transitions.len();

        let (answer, error) = match operation {
            None => respond(Err(ApiError::unknown_operation())),
            Some(_) if !body.is_object() => {
                respond(Err(ApiError::new("SerializationException", "The body is no JSON object.")))
            }
            Some(operation) => self.answer(operation, body, service.as_deref(), request),
        };

        let rolled_back = |moved: &Transition| moved.to == Status::RollbackRequested;
        let accepted = self.ecs.world.transitions[moves_before..].iter().any(rolled_back);
        self.journal.add(Call {
            at: self.ecs.now,
            operation: operation.map_or_else(|| request.target.clone(), |known| known.name().to_owned()),
            service,
            status: answer.status(),
            error,
            accepted,
            body: parsed.unwrap_or_default(),
        });
        self.with_request_id(answer)
    }

    fn answer(
        &mut self,
        operation: Operation,
        body: &Value,
        service: Option<&str>,
        request: &Request,
    ) -> (Answer, Option<String>) {
        if self.ecs.behaviour.throttling && !self.throttle.admits(operation, self.ecs.now) {
            return respond(Err(ApiError::throttled()));
        }
        let struck = self.faults.iter_mut().find_map(|fault| {
            let strikes = fault.strikes(operation, service, &request.body);
            strikes.then(|| (fault.effect.clone(), fault.after_effect))
        });
        let Some((effect, after_effect)) = struck else {
            return respond(self.ecs.perform(operation, body, self.ecs.now));
        };
        let replaces = !matches!(effect, Effect::Delay(_) | Effect::Stale(_));
        if replaces && after_effect {
            // Its answer is the one that gets lost.
            drop(self.ecs.perform(operation, body, self.ecs.now));
        }
        match effect {
            Effect::Delay(by) => {
                let (answer, error) = respond(self.ecs.perform(operation, body, self.ecs.now));
                (delayed(answer, by), error)
            }
            Effect::Stale(by) => {
                let as_of = self.ecs.now.checked_sub(by).unwrap_or(Timestamp::MIN);
                respond(self.ecs.perform(operation, body, as_of))
            }
            Effect::Throttling => respond(Err(ApiError::throttled())),
            Effect::Exception { name, message, status } => {
                let usual = if name == "ServerException" { 500 } else { 400 };
                respond(Err(ApiError { status: status.unwrap_or(usual), ..ApiError::new(&name, message) }))
            }
            Effect::Http { status, body } => {
                let body = body.into_bytes();
                (Answer::Response { status, request_id: String::new(), body, delay: Duration::ZERO }, None)
            }
            Effect::Hang => (Answer::Dropped { delay: HANG }, None),
            Effect::Drop => (Answer::Dropped { delay: Duration::ZERO }, None),
        }
    }

    /// Now, on the simulated clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ecs.now
    }

    /// Lets time pass until then. Time never goes back: an earlier time changes nothing.
    pub fn set_now(&mut self, now: Timestamp) {
        self.ecs.pass_time_until(now);
    }

    /// Lets so much time pass.
    pub fn advance(&mut self, duration: Duration) {
        self.ecs.pass_time_until(after(self.ecs.now, duration));
    }

    /// Puts a service into the account, with its cluster and its task definitions.
    pub fn plant(&mut self, seed: ServiceSeed) -> Planted {
        let (_, mut moment) = self.ecs.world_and_moment();
        let service = plant(seed, &mut moment);
        let path = service.path();
        let arn = |id: &str| self.ecs.home.service_deployment_arn(&path, id);
        let (finished, in_flight): (Vec<_>, Vec<_>) =
            service.deployments.iter().partition(|deployment| deployment.status.is_final());
        let planted = Planted {
            service: self.ecs.home.service_arn(&path),
            finished: finished.iter().map(|deployment| arn(&deployment.id)).collect(),
            in_flight: in_flight.iter().map(|deployment| arn(&deployment.id)).collect(),
        };
        for revision in &service.revisions {
            self.ecs.assume_task_definition(&revision.task_definition, &revision.containers);
        }
        self.ecs.world.insert(service);
        planted
    }

    /// Deploys a task definition (`family:revision`) to a service (`cluster/service`), as `UpdateService` does. Gives the
    /// new service deployment's ARN; nothing if there is no such service.
    pub fn deploy(&mut self, service: &str, task_definition: &str) -> Option<String> {
        let container = Container::assumed(&self.ecs.home, task_definition, None);
        self.ecs.assume_task_definition(task_definition, &[container]);
        let id = self.ecs.deploy(service, task_definition)?;
        Some(self.ecs.home.service_deployment_arn(service, &id))
    }

    /// From now on this goes wrong. Of several faults that fit a call the first one injected strikes.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// No faults any more.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Does something just before the next call of this operation: whatever can come between two calls of a caller. Each
    /// is done once, in the order they were given, one a call.
    pub fn before_next(&mut self, operation: Operation, meddle: impl FnOnce(&mut Self) + Send + 'static) {
        self.meddlers.push((operation, Box::new(meddle)));
    }

    fn let_meddle(&mut self, operation: Operation) {
        if let Some(index) = self.meddlers.iter().position(|(before, _)| *before == operation) {
            let (_, meddle) = self.meddlers.remove(index);
            meddle(self);
        }
    }

    /// An alarm that services may name in `deploymentConfiguration.alarms` goes to ALARM, or leaves it.
    pub fn set_alarm(&mut self, name: &str, in_alarm: bool) {
        if !in_alarm {
            self.ecs.facts.alarms.remove(name);
        } else if self.ecs.facts.alarms.insert(name.to_owned()) {
            for path in self.ecs.world.paths() {
                self.ecs.change(&path, |service, moment| service.alarm(name, moment));
            }
        }
    }

    /// Tasks of this task definition (`family:revision`) fail to start from now on: their container exits with 1.
    pub fn break_task_definition(&mut self, task_definition: &str) {
        self.break_task_definition_so(task_definition, TaskFailure::default());
    }

    /// Tasks of this task definition (`family:revision`) fail to start from now on, and stop so.
    pub fn break_task_definition_so(&mut self, task_definition: &str, failure: TaskFailure) {
        self.ecs.facts.broken.insert(task_definition.to_owned(), failure);
    }

    /// The Lambda hook with this ARN answers FAILED from now on.
    pub fn fail_hook(&mut self, hook_target_arn: &str) {
        self.ecs.facts.failing_hooks.insert(hook_target_arn.to_owned());
    }

    /// How long things take. What is under way keeps its time.
    pub fn timing_mut(&mut self) -> &mut Timing {
        &mut self.ecs.timing
    }

    /// What is done where AWS documents nothing.
    pub fn behaviour_mut(&mut self) -> &mut Behaviour {
        &mut self.ecs.behaviour
    }

    /// Every call so far, oldest first.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        self.journal.calls()
    }

    /// The calls of one operation.
    pub fn calls_of(&self, operation: Operation) -> impl Iterator<Item = &Call> {
        self.journal.calls().iter().filter(move |call| call.operation == operation.name())
    }

    /// Forgets the calls.
    pub fn clear_calls(&mut self) {
        self.journal.clear();
    }

    /// Every change of a service deployment's status so far, oldest first.
    #[must_use]
    pub fn transitions(&self) -> &[Transition] {
        &self.ecs.world.transitions
    }

    /// Takes the transitions so far out.
    pub fn take_transitions(&mut self) -> Vec<Transition> {
        std::mem::take(&mut self.ecs.world.transitions)
    }

    /// Every event that ECS would have sent to EventBridge so far, oldest first, as it arrives at a rule's target: at most
    /// 20,000 of them, of which the older half goes first.
    #[must_use]
    pub fn events(&self) -> &[Value] {
        self.ecs.world.events.kept()
    }

    /// Takes the events so far out.
    pub fn take_events(&mut self) -> Vec<Value> {
        self.ecs.world.events.take()
    }

    /// The status of the service deployment with this ARN.
    #[must_use]
    pub fn status(&self, service_deployment_arn: &str) -> Option<Status> {
        let (path, id) = self.ecs.home.service_and_id(service_deployment_arn, "service-deployment")?;
        let service = self.ecs.world.service(path, self.ecs.now)?;
        Some(service.deployment(id)?.status.clone())
    }

    /// All services, by name.
    #[must_use]
    pub fn services(&self) -> Vec<ServiceSummary> {
        let paths = self.ecs.world.paths();
        let services = paths.iter().filter_map(|path| self.ecs.world.service(path, self.ecs.now));
        services.map(|service| self.summary(service)).collect()
    }

    fn summary(&self, service: &Service) -> ServiceSummary {
        let path = service.path();
        let newest = service.newest().filter(|_| service.controller == Controller::Ecs);
        ServiceSummary {
            status: service.status.clone(),
            settled: service.settled.as_ref().map(|revision| revision.task_definition.clone()),
            deployment: newest.map(|newest| self.ecs.home.service_deployment_arn(&path, &newest.id)),
            task_definition: newest.map(|newest| newest.target.task_definition.clone()),
            deployment_status: newest.map(|newest| newest.status.clone()),
            service: path,
        }
    }

    /// `cluster/service`, if the call is about exactly one.
    fn service_named_by(&self, body: &Value) -> Option<String> {
        let member = |name: &str| body.get(name).and_then(Value::as_str);
        let only = |name: &str| match body.get(name)?.as_array()?.as_slice() {
            [only] => only.as_str(),
            _ => None,
        };
        let deployment = member("serviceDeploymentArn").or_else(|| only("serviceDeploymentArns"));
        if let Some(arn) = deployment {
            return self.ecs.home.service_and_id(arn, "service-deployment").map(|(path, _)| path.to_owned());
        }
        let service = member("service").or_else(|| member("serviceName")).or_else(|| only("services"))?;
        self.ecs.service_path(member("cluster"), service).ok()
    }

    fn with_request_id(&mut self, answer: Answer) -> Answer {
        match answer {
            Answer::Response { status, body, delay, .. } => {
                Answer::Response { status, request_id: self.ecs.ids.uuid(), body, delay }
            }
            dropped @ Answer::Dropped { .. } => dropped,
        }
    }
}

fn respond(outcome: Result<Vec<u8>, ApiError>) -> (Answer, Option<String>) {
    let (status, body, error) = match outcome {
        Ok(body) => (200, body, None),
        Err(error) => (error.status, error.body(), Some(error.kind)),
    };
    (Answer::Response { status, request_id: String::new(), body, delay: Duration::ZERO }, error)
}

fn delayed(answer: Answer, by: Duration) -> Answer {
    match answer {
        Answer::Response { status, request_id, body, .. } => Answer::Response { status, request_id, body, delay: by },
        Answer::Dropped { .. } => Answer::Dropped { delay: by },
    }
}
