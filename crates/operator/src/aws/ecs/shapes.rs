//! Conversion of the SDK's shapes to our own.

use aws_sdk_ecs::types;
use judgement::{
    Location,
    observation::{ObservedService, Revision, Rollback, ServiceDeployment},
    policy::TAG,
};

use super::{Deployment, Native, OwnAlarms, Service};
use crate::aws::time::timestamp;

pub(super) fn service(service: &types::Service, cluster: &str, home: &Location) -> Option<Service> {
    let configuration = service.deployment_configuration();
    let breaker = configuration.and_then(types::DeploymentConfiguration::deployment_circuit_breaker);
    let alarms = configuration.and_then(types::DeploymentConfiguration::alarms);
    let early = configuration.and_then(types::DeploymentConfiguration::early_success_criteria);
    let tag = service.tags().iter().find(|tag| tag.key() == Some(TAG));
    Some(Service {
        service: home.service(cluster, service.service_name()?),
        observed: ObservedService {
            arn: owned(service.service_arn()),
            status: owned(service.status()),
            controller: service.deployment_controller().map_or("ECS", |control| control.r#type().as_str()).to_owned(),
            tag: tag.map(|tag| owned(tag.value())),
            primary: None,
            current_service_deployment: service.current_service_deployment().map(str::to_owned),
            created: timestamp(service.created_at()),
            tasks: Vec::new(),
        },
        task_definition: owned(service.task_definition()),
        native: Native {
            breaker: breaker.is_some_and(|breaker| breaker.enable() && breaker.rollback()),
            alarms: alarms
                .filter(|alarms| alarms.enable())
                .map(|alarms| OwnAlarms { names: alarms.alarm_names().to_vec(), rollback: alarms.rollback() }),
        },
        strategy: configuration.and_then(|all| all.strategy()).map_or("ROLLING", |one| one.as_str()).to_owned(),
        bake_minutes: configuration.and_then(bake_minutes),
        succeeds_early: early.is_some_and(types::DeploymentEarlySuccessCriteria::enable),
    })
}

pub(super) fn listed(brief: &types::ServiceDeploymentBrief) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        arn: brief.service_deployment_arn()?.to_owned(),
        status: brief.status().map_or("", types::ServiceDeploymentStatus::as_str).into(),
        created: timestamp(brief.created_at()),
        started: timestamp(brief.started_at()),
        finished: timestamp(brief.finished_at()),
        target_revision: brief.target_service_revision_arn().map(str::to_owned),
    })
}

pub(super) fn described(deployment: &types::ServiceDeployment) -> Option<Deployment> {
    let revision = |revision: &types::ServiceRevisionSummary| revision.arn().map(str::to_owned);
    let configuration = deployment.deployment_configuration();
    Some(Deployment {
        listed: ServiceDeployment {
            arn: deployment.service_deployment_arn()?.to_owned(),
            status: deployment.status().map_or("", types::ServiceDeploymentStatus::as_str).into(),
            created: timestamp(deployment.created_at()),
            started: timestamp(deployment.started_at()),
            finished: timestamp(deployment.finished_at()),
            target_revision: deployment.target_service_revision().and_then(revision),
        },
        source_revisions: deployment.source_service_revisions().iter().filter_map(revision).collect(),
        rollback: deployment.rollback().map(|rollback| Rollback {
            reason: rollback.reason().map(str::to_owned),
            started: timestamp(rollback.started_at()),
        }),
        stopped: timestamp(deployment.stopped_at()),
        status_reason: deployment.status_reason().map(str::to_owned),
        strategy: configuration.and_then(|all| all.strategy()).map(|strategy| strategy.as_str().to_owned()),
        bake_minutes: configuration.and_then(bake_minutes),
    })
}

pub(super) fn revision(revision: &types::ServiceRevision) -> Option<Revision> {
    let resolved = revision.resolved_configuration();
    let balancers = resolved.into_iter().flat_map(types::ResolvedConfiguration::load_balancers);
    Some(Revision {
        arn: revision.service_revision_arn()?.to_owned(),
        task_definition: revision.task_definition().map(str::to_owned),
        images: revision.container_images().iter().filter_map(|image| image.image().map(str::to_owned)).collect(),
        target_groups: balancers.filter_map(|balancer| balancer.target_group_arn().map(str::to_owned)).collect(),
    })
}

fn bake_minutes(configuration: &types::DeploymentConfiguration) -> Option<u32> {
    configuration.bake_time_in_minutes().and_then(|minutes| minutes.try_into().ok())
}

fn owned(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
