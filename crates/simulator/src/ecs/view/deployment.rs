//! Service deployments and service revisions as the API shows them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ecs::configuration::{DeploymentConfiguration, HookAction, HookTarget, LoadBalancer, Strategy};
use crate::ecs::deployment::Deployment;
use crate::ecs::hook::HookStatus;
use crate::ecs::image::Container;
use crate::ecs::revision::Revision;
use crate::ecs::service::Service;
use crate::ecs::status::{Monitor, Stage, Status};
use crate::home::Home;
use crate::wire::Epoch;

/// `ServiceDeploymentBrief`: an entry of `ListServiceDeployments`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceDeploymentBrief<'a> {
    service_deployment_arn: String,
    service_arn: String,
    cluster_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Epoch>,
    created_at: Epoch,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Epoch>,
    target_service_revision_arn: String,
    status: &'a Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'a str>,
}

impl<'a> ServiceDeploymentBrief<'a> {
    pub(crate) fn new(home: &Home, service: &Service, deployment: &'a Deployment) -> Self {
        let path = service.path();
        Self {
            service_deployment_arn: home.service_deployment_arn(&path, &deployment.id),
            service_arn: home.service_arn(&path),
            cluster_arn: home.cluster_arn(&service.cluster),
            started_at: deployment.started_at.map(Epoch),
            created_at: Epoch(deployment.created_at),
            finished_at: deployment.finished_at.map(Epoch),
            target_service_revision_arn: home.service_revision_arn(&path, &deployment.target.number),
            status: &deployment.status,
            status_reason: deployment.status_reason.as_deref(),
        }
    }
}

/// `ServiceDeployment`: an entry of `DescribeServiceDeployments`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceDeploymentView<'a> {
    service_deployment_arn: String,
    service_arn: String,
    cluster_arn: String,
    created_at: Epoch,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<Epoch>,
    updated_at: Epoch,
    source_service_revisions: Vec<RevisionSummary>,
    target_service_revision: RevisionSummary,
    status: &'a Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_stage: Option<Stage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lifecycle_hook_details: Vec<HookDetail<'a>>,
    deployment_configuration: &'a DeploymentConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<RollbackView<'a>>,
    deployment_circuit_breaker: BreakerView,
    alarms: AlarmsView<'a>,
}

/// `ServiceRevisionSummary`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevisionSummary {
    arn: String,
    requested_task_count: u32,
    running_task_count: u32,
    pending_task_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_production_traffic_weight: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HookDetail<'a> {
    hook_id: &'a str,
    target_type: HookTarget,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_arn: Option<&'a str>,
    status: HookStatus,
    expires_at: Epoch,
    timeout_action: HookAction,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RollbackView<'a> {
    reason: &'a str,
    started_at: Epoch,
    service_revision_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BreakerView {
    status: Monitor,
    failure_count: u32,
    threshold: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlarmsView<'a> {
    status: Monitor,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alarm_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    triggered_alarm_names: &'a [String],
}

impl<'a> ServiceDeploymentView<'a> {
    pub(crate) fn new(home: &Home, service: &Service, deployment: &'a Deployment) -> Self {
        let path = service.path();
        let shifts = deployment.configuration.strategy.unwrap_or_default() != Strategy::Rolling;
        let summary = |revision: &Revision, tasks: Tasks, production: f64| RevisionSummary {
            arn: home.service_revision_arn(&path, &revision.number),
            requested_task_count: tasks.requested,
            running_task_count: tasks.running,
            pending_task_count: tasks.pending,
            requested_production_traffic_weight: shifts.then_some(production),
        };
        let Split { target, source } = Split::of(deployment, deployment.desired);
        let production = deployment.production_traffic();
        let sources = deployment.sources.iter().enumerate().map(|(index, revision)| {
            // Only the first source ran as a whole; one that was superseded on its way is gone.
            if index == 0 { summary(revision, source, 100.0 - production) } else { summary(revision, Tasks::NONE, 0.0) }
        });
        let watched = deployment.configuration.alarms.iter().flat_map(|alarms| &alarms.alarm_names);

        Self {
            service_deployment_arn: home.service_deployment_arn(&path, &deployment.id),
            service_arn: home.service_arn(&path),
            cluster_arn: home.cluster_arn(&service.cluster),
            created_at: Epoch(deployment.created_at),
            started_at: deployment.started_at.map(Epoch),
            finished_at: deployment.finished_at.map(Epoch),
            stopped_at: deployment.stopped_at.map(Epoch),
            updated_at: Epoch(deployment.updated_at),
            source_service_revisions: sources.collect(),
            target_service_revision: summary(&deployment.target, target, production),
            status: &deployment.status,
            status_reason: deployment.status_reason.as_deref(),
            lifecycle_stage: deployment.stage.map(Stage::shown),
            lifecycle_hook_details: deployment.hooks.iter().map(HookDetail::new).collect(),
            deployment_configuration: &deployment.configuration,
            rollback: deployment.rollback.as_ref().map(|rollback| RollbackView {
                reason: &rollback.reason,
                started_at: Epoch(rollback.started_at),
                service_revision_arn: home.service_revision_arn(&path, &rollback.to.number),
            }),
            deployment_circuit_breaker: BreakerView {
                status: deployment.breaker.status,
                failure_count: deployment.failed_tasks,
                threshold: deployment.breaker_threshold(),
            },
            alarms: AlarmsView {
                status: deployment.alarms.status,
                alarm_names: watched.map(String::as_str).collect(),
                triggered_alarm_names: &deployment.triggered_alarms,
            },
        }
    }
}

impl<'a> HookDetail<'a> {
    fn new(hook: &'a crate::ecs::hook::Hook) -> Self {
        Self {
            hook_id: &hook.id,
            target_type: hook.target,
            target_arn: hook.target_arn.as_deref(),
            status: hook.status,
            expires_at: Epoch(hook.expires_at),
            timeout_action: hook.timeout_action,
        }
    }
}

/// `ServiceRevision`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceRevisionView<'a> {
    service_revision_arn: String,
    service_arn: String,
    cluster_arn: String,
    task_definition: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    load_balancers: &'a [LoadBalancer],
    container_images: Vec<ContainerImage<'a>>,
    created_at: Epoch,
    #[serde(flatten)]
    extras: &'a Map<String, Value>,
}

/// `ContainerImage`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerImage<'a> {
    container_name: &'a str,
    image: &'a str,
    image_digest: String,
}

impl<'a> ContainerImage<'a> {
    fn new(container: &'a Container) -> Self {
        Self { container_name: &container.name, image: &container.image, image_digest: container.image_digest() }
    }
}

impl<'a> ServiceRevisionView<'a> {
    pub(crate) fn new(home: &Home, service: &Service, revision: &'a Revision) -> Self {
        let path = service.path();
        Self {
            service_revision_arn: home.service_revision_arn(&path, &revision.number),
            service_arn: home.service_arn(&path),
            cluster_arn: home.cluster_arn(&service.cluster),
            task_definition: home.task_definition_arn(&revision.task_definition),
            load_balancers: &revision.load_balancers,
            container_images: revision.containers.iter().map(ContainerImage::new).collect(),
            created_at: Epoch(revision.created_at),
            extras: &revision.extras,
        }
    }
}

/// How many tasks of a revision are wanted, run and are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tasks {
    pub(super) requested: u32,
    pub(super) running: u32,
    pub(super) pending: u32,
}

impl Tasks {
    pub(super) const NONE: Self = Self { requested: 0, running: 0, pending: 0 };

    pub(super) fn all_run(count: u32) -> Self {
        Self { requested: count, running: count, pending: 0 }
    }

    fn launching(count: u32) -> Self {
        Self { requested: count, running: 0, pending: count }
    }
}

/// The tasks on both sides of a deployment.
pub(super) struct Split {
    pub(super) target: Tasks,
    pub(super) source: Tasks,
}

impl Split {
    /// With so many tasks wanted in `all`.
    pub(super) fn of(deployment: &Deployment, all: u32) -> Self {
        let rolling = deployment.configuration.strategy.unwrap_or_default() == Strategy::Rolling;
        let (target, source) = match deployment.status {
            Status::Successful => (Tasks::all_run(all), Tasks::NONE),
            Status::RollbackInProgress | Status::RollbackFailed if rolling => (Tasks::NONE, Tasks::launching(all)),
            Status::Pending
            | Status::RollbackInProgress
            | Status::RollbackFailed
            | Status::RollbackSuccessful
            | Status::Stopped => (Tasks::NONE, Tasks::all_run(all)),
            Status::InProgress | Status::RollbackRequested | Status::StopRequested | Status::Other(_) => {
                match deployment.stage {
                    None | Some(Stage::ReconcileService | Stage::PreScaleUp) => (Tasks::NONE, Tasks::all_run(all)),
                    Some(Stage::ScaleUp) => (Tasks::launching(all), Tasks::all_run(all)),
                    Some(Stage::CleanUp) => (Tasks::all_run(all), Tasks::NONE),
                    Some(_) if rolling => (Tasks::all_run(all), Tasks::NONE),
                    Some(_) => (Tasks::all_run(all), Tasks::all_run(all)),
                }
            }
        };
        // A first deployment has no other side.
        let source = if deployment.sources.is_empty() { Tasks::NONE } else { source };
        Self { target, source }
    }
}
