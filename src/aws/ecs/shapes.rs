//! Conversion of the SDK's shapes to the types of the judgement. Fields that the SDK sets to zero if ECS leaves them out are read from
//! the JSON of the answer; without it, which is `Value::Null`, they are not known.

use aws_sdk_ecs::types;
use judgement::{
    observation::{
        Candidate, Latest, ObservedService, Primary, Revision, RevisionTasks, Rollback, ServiceDeployment, Status,
    },
    policy::TAG,
};
use serde_json::Value;

use super::target_groups;
use crate::aws::{raw::count, time::timestamp};

/// Converts a service. `raw` is the same service in the JSON of the answer.
#[must_use]
pub fn service(service: &types::Service, raw: &Value) -> ObservedService {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    ObservedService {
        arn: text(service.service_arn()),
        status: text(service.status()),
        controller: service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str()).to_owned(),
        tag: service
            .tags()
            .iter()
            .find(|tag| tag.key() == Some(TAG))
            .map(|tag| tag.value().unwrap_or_default().to_owned()),
        primary: service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY")).map(primary),
        current_service_deployment: service.current_service_deployment().map(str::to_owned),
        created: timestamp(service.created_at()),
        tasks: raw["deployments"].as_array().into_iter().flatten().filter_map(tasks).collect(),
    }
}

fn primary(deployment: &types::Deployment) -> Primary {
    Primary {
        id: deployment.id().unwrap_or_default().to_owned(),
        rollout: deployment.rollout_state().map(|state| state.as_str().to_owned()),
        created: timestamp(deployment.created_at()),
    }
}

fn tasks(deployment: &Value) -> Option<RevisionTasks> {
    Some(RevisionTasks {
        revision: deployment["id"].as_str()?.strip_prefix("ecs-svc/")?.to_owned(),
        is_primary: deployment["status"] == "PRIMARY",
        failed: count(deployment, "/failedTasks"),
    })
}

/// Converts a service deployment as it is listed. `None` if it has no ARN.
#[must_use]
pub fn listed(brief: &types::ServiceDeploymentBrief) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        arn: brief.service_deployment_arn()?.to_owned(),
        status: status(brief.status()),
        created: timestamp(brief.created_at()),
        started: timestamp(brief.started_at()),
        finished: timestamp(brief.finished_at()),
        target_revision: brief.target_service_revision_arn().map(str::to_owned),
    })
}

/// Converts a service deployment. `raw` is the same deployment in the JSON of the answer.
pub(super) fn described(deployment: &types::ServiceDeployment, raw: &Value) -> Option<Candidate> {
    let revision = |revision: &types::ServiceRevisionSummary| revision.arn().map(str::to_owned);
    Some(Candidate {
        deployment: ServiceDeployment {
            arn: deployment.service_deployment_arn()?.to_owned(),
            status: status(deployment.status()),
            created: timestamp(deployment.created_at()),
            started: timestamp(deployment.started_at()),
            finished: timestamp(deployment.finished_at()),
            target_revision: deployment.target_service_revision().and_then(revision),
        },
        source_revisions: deployment.source_service_revisions().iter().filter_map(revision).collect(),
        paused_at: deployment
            .lifecycle_hook_details()
            .iter()
            .find(|hook| {
                hook.target_type() == Some(&types::DeploymentLifecycleHookTargetType::Pause)
                    && hook.status() == Some(&types::DeploymentLifecycleHookStatus::AwaitingAction)
            })
            .and_then(|hook| hook.hook_id().map(str::to_owned)),
        strategy: deployment
            .deployment_configuration()
            .and_then(|configuration| configuration.strategy())
            .map(|strategy| strategy.as_str().to_owned()),
        running: count(raw, "/targetServiceRevision/runningTaskCount"),
        production_traffic: deployment
            .target_service_revision()
            .and_then(types::ServiceRevisionSummary::requested_production_traffic_weight),
    })
}

/// Converts a service deployment with its rollback. `raw` is the same deployment in the JSON of the answer.
#[must_use]
pub fn latest(deployment: &types::ServiceDeployment, raw: &Value) -> Option<Latest> {
    let alarms = deployment.deployment_configuration().and_then(|configuration| configuration.alarms());
    let observed = deployment.alarms().map(types::ServiceDeploymentAlarms::alarm_names);
    Some(Latest {
        candidate: described(deployment, raw)?,
        rollback: deployment.rollback().map(|rollback| Rollback {
            reason: rollback.reason().map(str::to_owned),
            started: timestamp(rollback.started_at()),
        }),
        status_reason: deployment.status_reason().map(str::to_owned),
        alarm_names: alarms.map(types::DeploymentAlarms::alarm_names).or(observed).unwrap_or_default().to_vec(),
    })
}

/// Converts a service revision. `None` if it has no ARN.
#[must_use]
pub fn revision(revision: &types::ServiceRevision) -> Option<Revision> {
    Some(Revision {
        arn: revision.service_revision_arn()?.to_owned(),
        task_definition: revision.task_definition().map(str::to_owned),
        images: revision.container_images().iter().filter_map(|image| image.image().map(str::to_owned)).collect(),
        target_groups: target_groups::served(revision).collect(),
    })
}

fn status(status: Option<&types::ServiceDeploymentStatus>) -> Status {
    status.map_or("", types::ServiceDeploymentStatus::as_str).into()
}
