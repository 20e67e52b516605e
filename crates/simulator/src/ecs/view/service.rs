//! A service as `DescribeServices` shows it, with the older view of its deployments that came before service deployments.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::split::{Split, Tasks};
use super::{Tag, tags};
use crate::ecs::configuration::{DeploymentConfiguration, LoadBalancer, Strategy, VpcLatticeConfiguration};
use crate::ecs::deployment::Deployment;
use crate::ecs::revision::Revision;
use crate::ecs::service::Service;
use crate::ecs::settings::Behaviour;
use crate::ecs::status::{Controller, Status};
use crate::home::Home;
use crate::wire::Epoch;

/// `Service`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceView<'a> {
    service_arn: String,
    service_name: &'a str,
    cluster_arn: String,
    load_balancers: &'a [LoadBalancer],
    status: &'a str,
    desired_count: u32,
    running_count: u32,
    pending_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_definition: Option<String>,
    deployment_configuration: &'a DeploymentConfiguration,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    task_sets: Vec<TaskSetView>,
    deployments: Vec<DeploymentView<'a>>,
    events: Vec<EventView<'a>>,
    created_at: Epoch,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_service_deployment: Option<String>,
    current_service_revisions: Vec<CurrentRevision>,
    deployment_controller: ControllerView,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
    #[serde(flatten)]
    extras: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct ControllerView {
    r#type: Controller,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventView<'a> {
    id: &'a str,
    created_at: Epoch,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentRevision {
    arn: String,
    requested_task_count: u32,
    running_task_count: u32,
    pending_task_count: u32,
}

/// `Deployment`: one revision that runs, not one service deployment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentView<'a> {
    id: String,
    status: &'static str,
    task_definition: String,
    desired_count: u32,
    pending_count: u32,
    running_count: u32,
    failed_tasks: u32,
    created_at: Epoch,
    updated_at: Epoch,
    /// Of rolling deployments only, as is its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout_state_reason: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    vpc_lattice_configurations: &'a [VpcLatticeConfiguration],
}

/// `TaskSet`: what the other controllers deploy by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskSetView {
    id: String,
    task_set_arn: String,
    service_arn: String,
    cluster_arn: String,
    status: &'static str,
    task_definition: String,
    computed_desired_count: u32,
    pending_count: u32,
    running_count: u32,
    created_at: Epoch,
    updated_at: Epoch,
    stability_status: &'static str,
}

/// A revision that runs, with its state.
pub(super) struct Running<'a> {
    pub(super) revision: &'a Arc<Revision>,
    pub(super) tasks: Tasks,
    state: &'static str,
    rolling: bool,
    failed_tasks: u32,
    updated_at: Timestamp,
}

impl<'a> ServiceView<'a> {
    /// The service as it is shown at `as_of`, with its tags only if they were asked for.
    pub(crate) fn new(
        home: &Home,
        service: &'a Service,
        behaviour: &Behaviour,
        as_of: Timestamp,
        with_tags: bool,
    ) -> Self {
        let path = service.path();
        let running = running(service);
        let by_ecs = service.controller == Controller::Ecs;
        let revisions = if by_ecs { &running[..] } else { &[] };
        let task_sets = if by_ecs { &[] } else { &running[..] };
        Self {
            service_arn: home.service_arn(&path),
            service_name: &service.name,
            cluster_arn: home.cluster_arn(&service.cluster),
            load_balancers: &service.front.load_balancers,
            status: &service.status,
            desired_count: service.desired,
            running_count: running.iter().map(|entry| entry.tasks.running).sum(),
            pending_count: running.iter().map(|entry| entry.tasks.pending).sum(),
            task_definition: running.first().map(|entry| home.task_definition_arn(&entry.revision.task_definition)),
            deployment_configuration: &service.configuration,
            task_sets: task_sets.iter().map(|entry| TaskSetView::new(home, service, entry)).collect(),
            deployments: revisions.iter().enumerate().map(|(n, entry)| DeploymentView::new(home, n, entry)).collect(),
            events: service.events.iter().rev().map(EventView::new).collect(),
            created_at: Epoch(service.created_at),
            current_service_deployment: current(service, behaviour, as_of)
                .map(|deployment| home.service_deployment_arn(&path, &deployment.id)),
            current_service_revisions: revisions.iter().map(|entry| CurrentRevision::new(home, &path, entry)).collect(),
            deployment_controller: ControllerView { r#type: service.controller },
            tags: with_tags.then(|| tags(&service.tags)),
            extras: &service.extras,
        }
    }
}

fn current<'a>(service: &'a Service, behaviour: &Behaviour, as_of: Timestamp) -> Option<&'a Deployment> {
    let listed = service.deployments.iter().filter(|deployment| deployment.listed_at <= as_of);
    let newest = listed.max_by_key(|deployment| deployment.created_at)?;
    let hidden = behaviour.current_only_in_flight && newest.status.is_final();
    (!hidden).then_some(newest)
}

/// The revisions that run, the primary one first.
pub(super) fn running(service: &Service) -> Vec<Running<'_>> {
    let Some(newest) = service.newest() else {
        return service.settled.iter().map(|revision| Running::settled(revision, service.desired)).collect();
    };
    let Split { target, source } = Split::of(newest, service.desired);
    let target = target.or_as_seeded(newest.target_counts.as_ref());
    let source = source.or_as_seeded(newest.source_counts.as_ref());
    let rolling = newest.configuration.strategy.unwrap_or_default() == Strategy::Rolling;
    let target = Running {
        revision: &newest.target,
        tasks: target,
        state: "IN_PROGRESS",
        rolling,
        failed_tasks: newest.failed_tasks,
        updated_at: newest.updated_at,
    };
    let sources = newest.sources.iter().enumerate().map(|(index, revision)| Running {
        revision,
        tasks: if index == 0 { source } else { Tasks::NONE },
        state: if index == 0 { "COMPLETED" } else { "FAILED" },
        rolling,
        failed_tasks: service.failed_tasks_of(revision),
        updated_at: newest.updated_at,
    });
    match newest.status {
        Status::Successful => vec![Running { state: "COMPLETED", ..target }],
        Status::RollbackSuccessful => sources.take(1).collect(),
        Status::RollbackInProgress | Status::RollbackFailed => {
            let state = if newest.status == Status::RollbackFailed { "FAILED" } else { "IN_PROGRESS" };
            let back = sources.take(1).map(|source| Running { state, ..source });
            back.chain([Running { state: "FAILED", ..target }]).collect()
        }
        Status::StopRequested | Status::Stopped => {
            [Running { state: "FAILED", ..target }].into_iter().chain(sources).collect()
        }
        Status::Pending | Status::InProgress | Status::RollbackRequested | Status::Other(_) => {
            [target].into_iter().chain(sources).collect()
        }
    }
}

impl<'a> Running<'a> {
    fn settled(revision: &'a Arc<Revision>, desired: u32) -> Self {
        let tasks = Tasks::all_run(desired);
        Self { revision, tasks, state: "COMPLETED", rolling: true, failed_tasks: 0, updated_at: revision.created_at }
    }

    fn id(&self) -> String {
        format!("ecs-svc/{}", self.revision.number)
    }
}

impl<'a> DeploymentView<'a> {
    fn new(home: &Home, position: usize, entry: &Running<'a>) -> Self {
        let id = entry.id();
        let how = match entry.state {
            "COMPLETED" => "completed",
            "FAILED" => "failed",
            _ => "in progress",
        };
        Self {
            status: if position == 0 { "PRIMARY" } else { "ACTIVE" },
            task_definition: home.task_definition_arn(&entry.revision.task_definition),
            desired_count: entry.tasks.requested,
            pending_count: entry.tasks.pending,
            running_count: entry.tasks.running,
            failed_tasks: entry.failed_tasks,
            created_at: Epoch(entry.revision.created_at),
            updated_at: Epoch(entry.updated_at),
            rollout_state: entry.rolling.then_some(entry.state),
            rollout_state_reason: entry.rolling.then(|| format!("ECS deployment {id} {how}.")),
            vpc_lattice_configurations: &entry.revision.front.vpc_lattice,
            id,
        }
    }
}

impl TaskSetView {
    fn new(home: &Home, service: &Service, entry: &Running<'_>) -> Self {
        let path = service.path();
        let id = entry.id();
        Self {
            task_set_arn: home.arn(&format!("task-set/{path}/{id}")),
            service_arn: home.service_arn(&path),
            cluster_arn: home.cluster_arn(&service.cluster),
            status: "PRIMARY",
            task_definition: home.task_definition_arn(&entry.revision.task_definition),
            computed_desired_count: entry.tasks.requested,
            pending_count: entry.tasks.pending,
            running_count: entry.tasks.running,
            created_at: Epoch(entry.revision.created_at),
            updated_at: Epoch(entry.updated_at),
            stability_status: "STEADY_STATE",
            id,
        }
    }
}

impl<'a> EventView<'a> {
    fn new(event: &'a crate::ecs::service::Event) -> Self {
        Self { id: &event.id, created_at: Epoch(event.created_at), message: &event.message }
    }
}

impl CurrentRevision {
    fn new(home: &Home, path: &str, entry: &Running<'_>) -> Self {
        Self {
            arn: home.service_revision_arn(path, &entry.revision.number),
            requested_task_count: entry.tasks.requested,
            running_task_count: entry.tasks.running,
            pending_task_count: entry.tasks.pending,
        }
    }
}
