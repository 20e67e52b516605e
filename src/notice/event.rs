//! A notice as an event of our own on an event bus.

use judgement::Service;
use serde_json::json;

use super::Notice;
use crate::aws::BusEvent;

/// Its `source`.
const SOURCE: &str = "ecs-auto-rollback";

/// Its `detail-type`. A change that could break a consumer gets another number.
const DETAIL_TYPE: &str = "ECS Auto Rollback Notice v1";

/// Writes a notice as an event.
pub(super) fn of(notice: &Notice) -> BusEvent {
    let service = notice.service.as_ref().and_then(Service::arn);
    BusEvent {
        source: SOURCE,
        detail_type: DETAIL_TYPE,
        at: notice.at,
        resources: service.into_iter().chain(notice.service_deployment_arn.clone()).collect(),
        detail: json!(notice).to_string(),
    }
}
