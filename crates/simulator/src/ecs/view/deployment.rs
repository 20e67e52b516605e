//! Service deployments and service revisions as the API shows them.

use serde::Serialize;

use super::split::{Split, Tasks};
use crate::ecs::configuration::{DeploymentConfiguration, HookAction, HookTarget, Strategy};
use crate::ecs::counts::RevisionCounts;
use crate::ecs::deployment::Deployment;
use crate::ecs::hook::HookStatus;
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
    #[serde(flatten)]
    counts: RevisionCounts,
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
        let counts = |tasks: Tasks, production: f64, test: f64| RevisionCounts {
            requested_production_traffic_weight: shifts.then_some(production),
            requested_test_traffic_weight: shifts.then_some(test),
            ..RevisionCounts::tasks(tasks.requested, tasks.running, tasks.pending)
        };
        let summary = |revision: &Revision, counts: RevisionCounts| RevisionSummary {
            arn: home.service_revision_arn(&path, &revision.number),
            counts,
        };
        let Split { target, source } = Split::of(deployment, deployment.desired);
        let (production, test) = (deployment.production_traffic(), deployment.test_traffic());
        let target = deployment.target_counts.clone().unwrap_or_else(|| counts(target, production, test));
        let first_source = || counts(source, 100.0 - production, 100.0 - test);
        let sources = deployment.sources.iter().enumerate().map(|(index, revision)| {
            // Only the first source ran as a whole; one that was superseded on its way is gone.
            let counts = match index {
                0 => deployment.source_counts.clone().unwrap_or_else(first_source),
                _ => counts(Tasks::NONE, 0.0, 0.0),
            };
            summary(revision, counts)
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
            target_service_revision: summary(&deployment.target, target),
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
