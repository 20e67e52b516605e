//! From a seed to a service that lives.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::ecs::configuration::{DeploymentConfiguration, HookAction, HookTarget, Strategy};
use crate::ecs::deployment::{Deployment, Moment, ROLLED_BACK_BY_USER, Rollback};
use crate::ecs::hook::{Hook, HookStatus};
use crate::ecs::image::Container;
use crate::ecs::revision::{Front, Revision};
use crate::ecs::seed::{DeploymentSeed, ServiceSeed};
use crate::ecs::service::{Event, Service};
use crate::ecs::status::{Controller, Stage, Status};
use crate::ecs::target_groups::Served;
use crate::ecs::task::TaskFailure;
use crate::home::Home;
use crate::time::after;

const DESIRED: u32 = 3;
/// In minutes.
const DAY: usize = 24 * 60;

/// Makes the service that the seed describes.
pub(crate) fn plant(seed: ServiceSeed, moment: &mut Moment<'_>) -> Service {
    let status = seed.status.unwrap_or_else(|| "ACTIVE".to_owned());
    let desired = if status == "ACTIVE" { seed.desired.unwrap_or(DESIRED) } else { 0 };
    let oldest = seed.finished.iter().chain(&seed.in_flight).filter_map(|deployment| deployment.created_at).min();
    let usually_created_at = oldest.unwrap_or(moment.now).min(ago(moment.now, 30 * DAY));
    let cluster = seed.cluster.unwrap_or_else(|| "default".to_owned());
    let mut service = Service {
        status,
        controller: seed.controller.unwrap_or_default(),
        desired,
        tags: seed.tags,
        front: Front { load_balancers: seed.load_balancers, vpc_lattice: seed.vpc_lattice_configurations },
        configuration: Arc::new(complete(seed.configuration.unwrap_or_default())),
        revision_members: seed.revision_members,
        ..Service::new(cluster, seed.name, seed.created_at.unwrap_or(usually_created_at))
    };
    service.events.extend(seed.events.into_iter().map(|event| Event {
        id: moment.ids.uuid(),
        created_at: event.created_at.unwrap_or(moment.now),
        message: event.message,
    }));
    // Where a seed gives no times, a finished deployment was a day after the one before it, the last one yesterday.
    for (newer_ones, deployment) in (0..seed.finished.len()).rev().zip(seed.finished) {
        let created_at = ago(moment.now, DAY * (newer_ones + 1));
        plant_deployment(&mut service, deployment, Status::Successful, created_at, moment);
    }
    for (newer_ones, deployment) in (0..seed.in_flight.len()).rev().zip(seed.in_flight) {
        let created_at = ago(moment.now, 10 * (newer_ones + 1));
        plant_deployment(&mut service, deployment, Status::InProgress, created_at, moment);
    }
    if service.revisions.is_empty() {
        // Deployed before October 2024: it runs, but has no service deployment.
        let task_definition = format!("{}:1", service.name);
        let number = moment.ids.service_revision();
        let container = Container::assumed(moment.home, &task_definition, None);
        let revision = Revision::next_of(&service, number, &task_definition, vec![container], moment.now);
        service.settled = Some(add(&mut service, revision));
    }
    if service.controller != Controller::Ecs {
        service.deployments.clear();
    }
    service
}

/// Fills in what AWS adds to a configuration that leaves it out.
pub(crate) fn complete(configuration: DeploymentConfiguration) -> DeploymentConfiguration {
    DeploymentConfiguration {
        maximum_percent: configuration.maximum_percent.or(Some(200)),
        minimum_healthy_percent: configuration.minimum_healthy_percent.or(Some(100)),
        strategy: configuration.strategy.or(Some(Strategy::Rolling)),
        bake_time_in_minutes: configuration.bake_time_in_minutes.or(Some(0)),
        ..configuration
    }
}

fn plant_deployment(
    service: &mut Service,
    seed: DeploymentSeed,
    usual_status: Status,
    usually_created_at: Timestamp,
    moment: &mut Moment<'_>,
) {
    let status = seed.status.unwrap_or(usual_status);
    let over = status.is_final();
    let created_at = seed.created_at.unwrap_or(usually_created_at);

    let task_definition = seed.task_definition.unwrap_or_else(|| format!("{}:1", service.name));
    let number = seed.revision.unwrap_or_else(|| moment.ids.service_revision());
    let container = Container::assumed(moment.home, &task_definition, seed.image);
    let mut target = Revision::next_of(service, number, &task_definition, vec![container], created_at);
    target.extras.extend(seed.revision_members.unwrap_or_default());
    if let Some(load_balancers) = seed.serves {
        target.serves = Served { load_balancers, ..target.serves };
    }
    let target = add(service, target);
    plant_stopped_tasks(service, &target, seed.stopped_tasks.unwrap_or_default(), moment.now);
    let sources = match seed.sources {
        None => service.settled.iter().cloned().collect(),
        Some(numbers) => source_revisions(service, numbers, created_at, moment.home),
    };

    let id = seed.id.unwrap_or_else(|| moment.ids.service_deployment());
    let configuration = Arc::clone(&service.configuration);
    let mut deployment = Deployment::new(id, target, configuration, service.desired, moment);
    deployment.settled_before = sources.first().cloned();
    deployment.sources = sources;
    deployment.failed_tasks = seed.failed_tasks.unwrap_or_default();
    deployment.target_counts = seed.target_counts;
    deployment.source_counts = seed.source_counts;
    deployment.rollback_ends = seed.rollback_ends.unwrap_or_default();

    deployment.created_at = created_at;
    deployment.listed_at = after(created_at, seed.unlisted_for.unwrap_or_default());
    let starts = status != Status::Pending && seed.never_started != Some(true);
    let started_at = seed.started_at.unwrap_or_else(|| after(created_at, Duration::from_secs(2)));
    deployment.started_at = starts.then_some(started_at);
    deployment.updated_at = deployment.started_at.unwrap_or(created_at);

    if status != Status::Pending {
        let stage = seed.stage.unwrap_or(if over { Stage::CleanUp } else { Stage::BakeTime });
        deployment.stage = Some(stage);
        deployment.position = deployment.plan.iter().position(|step| step.stage == stage).unwrap_or(0);
    }
    deployment.due = (!over).then(|| after(moment.now, seed.stays.unwrap_or(moment.timing.seeded)));
    if let Some(hook_id) = seed.paused_by {
        pause(&mut deployment, hook_id, seed.stays, moment);
    }
    bring_to(&mut deployment, status, seed.status_reason);
    if over {
        let finished_at = seed.finished_at.unwrap_or_else(|| after(created_at, Duration::from_mins(6)));
        deployment.finished_at = Some(finished_at);
        deployment.updated_at = finished_at;
        deployment.stop_watching();
    }

    if deployment.status == Status::Successful {
        service.settled = Some(Arc::clone(&deployment.target));
    }
    service.deployments.push(Arc::new(deployment));
}

fn bring_to(deployment: &mut Deployment, status: Status, reason: Option<String>) {
    let back = matches!(status, Status::RollbackInProgress | Status::RollbackSuccessful | Status::RollbackFailed);
    deployment.status_reason = reason.or_else(|| back.then(|| ROLLED_BACK_BY_USER.to_owned()));
    if back {
        deployment.stopped_at = Some(deployment.updated_at);
        deployment.rollback = deployment.settled_before.clone().map(|to| Rollback {
            reason: ROLLED_BACK_BY_USER.to_owned(),
            started_at: deployment.updated_at,
            to,
        });
    }
    deployment.status = status;
}

fn pause(deployment: &mut Deployment, id: String, stays: Option<Duration>, moment: &Moment<'_>) {
    let configured = deployment.configuration.lifecycle_hooks.iter().flatten();
    let mut pauses = configured.filter(|hook| hook.target_type == Some(HookTarget::Pause));
    let timeout = pauses.find_map(|hook| hook.timeout_configuration.clone()).unwrap_or_default();
    let configured_for = Duration::from_mins(u64::from(timeout.timeout_in_minutes.unwrap_or(20_160)));
    let expires_at = after(moment.now, stays.unwrap_or(configured_for));
    deployment.hooks.push(Hook {
        id,
        target: HookTarget::Pause,
        target_arn: None,
        status: HookStatus::AwaitingAction,
        expires_at,
        timeout_action: timeout.action.unwrap_or(HookAction::Rollback),
    });
    deployment.due = Some(expires_at);
}

/// The last of them stopped last.
fn plant_stopped_tasks(service: &mut Service, revision: &Arc<Revision>, stopped: Vec<TaskFailure>, now: Timestamp) {
    let path = service.path();
    for (later_ones, end) in (0..stopped.len()).rev().zip(stopped) {
        // None can have stopped before its revision was there.
        let stopped_at = end.stopped_at.unwrap_or_else(|| ago(now, later_ones + 1).max(revision.created_at));
        let created_at = ago(stopped_at, 1).max(revision.created_at).min(stopped_at);
        service.stopped_tasks.add(&path, revision, created_at, stopped_at, end);
    }
}

fn source_revisions(
    service: &mut Service,
    numbers: Vec<String>,
    created_at: Timestamp,
    home: &Home,
) -> Vec<Arc<Revision>> {
    let before = service.settled.as_ref().map(|settled| settled.task_definition.clone());
    let task_definition = before.unwrap_or_else(|| format!("{}:1", service.name));
    let known =
        |service: &Service, number: &str| service.revisions.iter().find(|known| known.number == number).cloned();
    numbers
        .into_iter()
        .map(|number| {
            known(service, &number).unwrap_or_else(|| {
                let container = Container::assumed(home, &task_definition, None);
                let source = Revision::next_of(service, number, &task_definition, vec![container], created_at);
                add(service, source)
            })
        })
        .collect()
}

fn add(service: &mut Service, revision: Revision) -> Arc<Revision> {
    let revision = Arc::new(revision);
    service.revisions.push(Arc::clone(&revision));
    revision
}

fn ago(now: Timestamp, minutes: usize) -> Timestamp {
    let duration = Duration::from_mins(minutes as u64);
    now.checked_sub(duration).unwrap_or(Timestamp::MIN)
}
