//! A notice as an event of our own on an event bus.

use jiff::Timestamp;
use serde_json::json;

use super::Notice;
use crate::target::Target;

/// A notice as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// The ARNs of the service and the service deployment.
    pub resources: Vec<String>,
    /// The notice as JSON.
    pub detail: String,
}

impl Event {
    /// Its `source`.
    pub const SOURCE: &'static str = "ecs-auto-rollback";

    /// Its `detail-type`. A change that could break a consumer gets another number.
    pub const DETAIL_TYPE: &'static str = "ECS Auto Rollback Notice v1";

    /// The event of a notice.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        let service = notice.service.as_ref().and_then(service_arn);
        let resources = service.into_iter().chain(notice.service_deployment_arn.clone()).collect();
        Self { at: notice.at, resources, detail: json!(notice).to_string() }
    }
}

/// The ARN of a service whose account is known.
pub(super) fn service_arn(Target { partition, account, region, cluster, name }: &Target) -> Option<String> {
    let account = account.as_ref()?;
    Some(format!("arn:{partition}:ecs:{region}:{account}:service/{cluster}/{name}"))
}
