//! One copy of the simulated world for each competitor: the same services, the same deployments at the same times.

use std::time::Duration;

use jiff::Timestamp;
use simulator::{
    Aws, CanaryConfiguration, CircuitBreaker, CloudWatch, DeploymentAlarms, DeploymentConfiguration, DeploymentSeed,
    HookAction, HookTarget, HookTimeout, LifecycleHook, ServiceSeed, Stage, Status, StopCode, Strategy, TaskFailure,
};

use crate::{
    cloudwatch, groups,
    incident::{Flaw, Incident, MINUTE, Ms, Rollout, Service, Shape, at, base, since_base},
};

/// The features of ECS that are on in a world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) alarms: bool,
    pub(crate) breaker: bool,
}

/// A world, with the service deployment of each deployment of the incident.
pub(crate) struct World {
    pub(crate) aws: Aws,
    /// The ids of the incident's deployments that have begun.
    ids: Vec<Option<String>>,
    watch: Watch,
    /// Amazon CloudWatch without alarms and metrics.
    blank: CloudWatch,
}

impl AsMut<Aws> for World {
    fn as_mut(&mut self) -> &mut Aws {
        &mut self.aws
    }
}

impl World {
    pub(crate) fn new(incident: &Incident, watch: Watch) -> Self {
        let mut aws = Aws::new(simulator::Home::default(), base());
        let nature = &incident.nature;
        let timing = aws.ecs.timing_mut();
        timing.pending = duration(nature.pending);
        timing.launch = duration(nature.launch);
        timing.listing_lag = duration(nature.listing_lag);
        let behaviour = aws.ecs.behaviour_mut();
        behaviour.order = nature.order;
        behaviour.page_size = nature.page_size;
        behaviour.stop_finished = nature.stop_finished;
        behaviour.current_only_in_flight = nature.current_only_in_flight;
        for (index, service) in incident.services.iter().enumerate() {
            if !service.history.is_empty() && !service.foreign {
                aws.ecs.plant(seed(incident, index, watch));
            }
        }
        for deployment in &incident.deployments {
            let service = &incident.services[deployment.service];
            let task_definition = task_definition(service, deployment.revision);
            match deployment.flaw {
                Some(Flaw::TaskStart) => aws.ecs.break_task_definition(&task_definition),
                Some(Flaw::Capacity) => aws.ecs.break_task_definition_so(&task_definition, no_capacity()),
                Some(Flaw::Errors { .. }) | None => {}
            }
        }
        let blank = aws.cloudwatch.clone();
        Self { aws, ids: vec![None; incident.deployments.len()], watch, blank }
    }

    /// Begins a deployment of the incident, now.
    pub(crate) fn deploy(&mut self, incident: &Incident, index: usize) {
        let deployment = &incident.deployments[index];
        let service = &incident.services[deployment.service];
        let task_definition = task_definition(service, deployment.revision);
        let arn = if service.history.is_empty()
            && self.aws.ecs.services().iter().all(|known| known.service != service.path())
        {
            let now = self.aws.now();
            let first = DeploymentSeed::of(&task_definition).created(now).started(now).sources(&[]);
            let first = first.stage(Stage::ScaleUp).stays(duration(incident.nature.launch));
            let planted = self.aws.ecs.plant(seed(incident, deployment.service, self.watch).with(first));
            Some(planted.deployment().to_owned())
        } else {
            self.aws.ecs.deploy(&service.path(), &task_definition)
        };
        self.ids[index] = arn.and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
    }

    /// Lets Amazon CloudWatch show what is now so.
    pub(crate) fn show_alarms(&mut self, incident: &Incident) {
        let mut cloudwatch = self.blank.clone();
        cloudwatch::show(incident, &self.undone(), since_base(self.aws.now()), &mut cloudwatch);
        self.aws.cloudwatch = cloudwatch;
    }

    /// The deployment of the incident that has this id.
    pub(crate) fn which(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|known| known.as_deref() == Some(id))
    }

    /// The time at which each deployment of the incident was asked to roll back, or began to.
    pub(crate) fn undone(&self) -> Vec<Option<Ms>> {
        let mut undone = vec![None; self.ids.len()];
        for moved in self.aws.ecs.transitions() {
            if matches!(moved.to, Status::RollbackRequested | Status::RollbackInProgress)
                && let Some(index) = self.which(&moved.deployment)
            {
                undone[index].get_or_insert(since_base(moved.at));
            }
        }
        undone
    }

    /// True for a deployment that has begun and has not ended.
    pub(crate) fn is_in_flight(&self, index: usize) -> bool {
        let last = self.ids[index].as_ref().and_then(|id| {
            self.aws
                .ecs
                .transitions()
                .iter()
                .rev()
                .find(|moved| moved.deployment == *id)
                .map(|moved| moved.to.is_final())
        });
        self.ids[index].is_some() && last != Some(true)
    }
}

/// The end of a task for which no container instance has room.
fn no_capacity() -> TaskFailure {
    TaskFailure::new("RESOURCE:MEMORY", None).code(StopCode::TaskFailedToStart)
}

pub(crate) fn task_definition(service: &Service, revision: u32) -> String {
    format!("{}:{revision}", service.name)
}

pub(crate) fn duration(ms: Ms) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

/// Derives the start and the end of each deployment if nobody interferes.
pub(crate) fn undisturbed(incident: &mut Incident) -> Vec<serde_json::Value> {
    let mut world = World::new(incident, Watch::default());
    for index in incident.in_order() {
        world.aws.set_now(at(incident.deployments[index].at));
        world.deploy(incident, index);
    }
    world.aws.set_now(at(incident.horizon));
    for index in 0..incident.deployments.len() {
        let id = world.ids[index].clone().unwrap_or_default();
        let moves: Vec<_> = world.aws.ecs.transitions().iter().filter(|moved| moved.deployment == id).collect();
        let when = |wanted: &dyn Fn(&Status) -> bool| -> Option<Timestamp> {
            moves.iter().find(|moved| wanted(&moved.to)).map(|moved| moved.at)
        };
        let is_first = moves.iter().all(|moved| moved.to != Status::Pending);
        let ended = when(&|to| to.is_final() || *to == Status::StopRequested).map_or(incident.horizon, since_base);
        let started = when(&|to| *to == Status::InProgress).map_or(ended, since_base);
        let deployment = &mut incident.deployments[index];
        deployment.started = if is_first { deployment.at } else { started };
        deployment.ended = ended;
    }
    world.aws.ecs.take_events()
}

fn seed(incident: &Incident, index: usize, watch: Watch) -> ServiceSeed {
    let service = &incident.services[index];
    let mut seed = ServiceSeed::new(&service.path()).configured(configuration(incident, index, watch));
    if let Some(tag) = service.tag {
        seed = seed.tag("auto-rollback", tag);
    }
    if service.is_balanced {
        let [blue, green] = groups::arns(service);
        seed = seed.between(&blue, &green);
    }
    for (index, revision) in service.history.iter().enumerate() {
        let deployed = DeploymentSeed::of(&task_definition(service, *revision)).status(Status::Successful);
        let is_last = index + 1 == service.history.len();
        seed = seed.with(if is_last { deployed.failed_tasks(service.failed_tasks) } else { deployed });
    }
    for number in 0..service.rolled_back_lately {
        let finished = at(-MINUTE * (2 + 4 * i64::from(service.rolled_back_lately - number)));
        let created = finished.checked_sub(Duration::from_mins(3)).unwrap_or(finished);
        let rolled_back = DeploymentSeed::of(&task_definition(service, 60 + number)).status(Status::RollbackSuccessful);
        seed = seed.with(rolled_back.created(created).started(created).finished(finished));
    }
    seed
}

/// A held service has no alarms and no circuit breaker configured: that is how ECS's own features are turned off.
fn configuration(incident: &Incident, index: usize, watch: Watch) -> DeploymentConfiguration {
    let service = &incident.services[index];
    let is_held = service.tag.is_some();
    let watched = |alarm: &&crate::incident::Alarm| {
        matches!(alarm.shape, Shape::Metric | Shape::Math) && alarm.services.contains(&index) && !service.foreign
    };
    let alarm_names: Vec<String> = incident.alarms.iter().filter(watched).map(|alarm| alarm.name.clone()).collect();
    let pause = service.pause.map(|pause| LifecycleHook {
        target_type: Some(HookTarget::Pause),
        lifecycle_stages: vec![if pause.is_before_tasks { Stage::PreScaleUp } else { Stage::PostTestTrafficShift }],
        timeout_configuration: Some(HookTimeout {
            timeout_in_minutes: Some(pause.minutes),
            action: Some(HookAction::Continue),
        }),
        ..LifecycleHook::default()
    });
    DeploymentConfiguration {
        strategy: Some(match service.rollout {
            Rollout::Rolling => Strategy::Rolling,
            Rollout::BlueGreen => Strategy::BlueGreen,
            Rollout::Canary => Strategy::Canary,
        }),
        bake_time_in_minutes: Some(service.bake_minutes),
        canary_configuration: (service.rollout == Rollout::Canary)
            .then_some(CanaryConfiguration { canary_percent: Some(10.0), canary_bake_time_in_minutes: Some(3) }),
        lifecycle_hooks: pause.map(|hook| vec![hook]),
        alarms: (watch.alarms && !is_held && !alarm_names.is_empty()).then_some(DeploymentAlarms {
            alarm_names,
            enable: true,
            rollback: true,
        }),
        deployment_circuit_breaker: (watch.breaker && !is_held).then_some(CircuitBreaker {
            enable: true,
            rollback: true,
            reset_on_healthy_task: None,
            threshold_configuration: None,
        }),
        ..DeploymentConfiguration::default()
    }
}
