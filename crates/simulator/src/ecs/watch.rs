//! The two ways in which ECS itself finds a deployment bad.

use std::collections::BTreeSet;

use crate::ecs::configuration::DeploymentConfiguration;
use crate::ecs::status::Monitor;

/// The circuit breaker's or the alarms' part in one deployment.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) status: Monitor,
    pub(crate) rollback: bool,
}

impl Watch {
    /// The circuit breaker, if it is on.
    pub(crate) fn circuit_breaker(configuration: &DeploymentConfiguration) -> Self {
        match &configuration.deployment_circuit_breaker {
            Some(breaker) if breaker.enable => Self { status: Monitor::Monitoring, rollback: breaker.rollback },
            _ => Self { status: Monitor::Disabled, rollback: false },
        }
    }

    /// An alarm that is in ALARM when the deployment begins makes ECS ignore all of them until its end (documented).
    pub(crate) fn alarms(configuration: &DeploymentConfiguration, in_alarm: &BTreeSet<String>) -> Self {
        match &configuration.alarms {
            Some(alarms) if alarms.enable && alarms.alarm_names.iter().all(|name| !in_alarm.contains(name)) => {
                Self { status: Monitor::Monitoring, rollback: alarms.rollback }
            }
            _ => Self { status: Monitor::Disabled, rollback: false },
        }
    }
}
