//! Conversion of the SDK's shapes to our own, by the function's conversions where they are the same.

use aws_sdk_ecs::types;
use ecs_auto_rollback::{shapes, timestamp};
use judgement::{
    Location,
    observation::{Latest, ObservedService},
};
use serde_json::Value;

use super::{Deployment, Native, OwnAlarms, Service};

pub(super) fn service(service: &types::Service, cluster: &str, home: &Location) -> Option<Service> {
    let configuration = service.deployment_configuration();
    let breaker = configuration.and_then(types::DeploymentConfiguration::deployment_circuit_breaker);
    let alarms = configuration.and_then(types::DeploymentConfiguration::alarms);
    let early = configuration.and_then(types::DeploymentConfiguration::early_success_criteria);
    Some(Service {
        service: home.service(cluster, service.service_name()?),
        // The PRIMARY deployment is that of now, which must not count in an observation of the past.
        observed: ObservedService { primary: None, ..shapes::service(service, &Value::Null) },
        task_definition: service.task_definition().unwrap_or_default().to_owned(),
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

pub(super) fn described(deployment: &types::ServiceDeployment) -> Option<Deployment> {
    let Latest { candidate, rollback, status_reason, .. } = shapes::latest(deployment, &Value::Null)?;
    Some(Deployment {
        listed: candidate.deployment,
        source_revisions: candidate.source_revisions,
        rollback,
        stopped: timestamp(deployment.stopped_at()),
        status_reason,
        strategy: candidate.strategy,
        bake_minutes: deployment.deployment_configuration().and_then(bake_minutes),
    })
}

fn bake_minutes(configuration: &types::DeploymentConfiguration) -> Option<u32> {
    configuration.bake_time_in_minutes().and_then(|minutes| minutes.try_into().ok())
}
