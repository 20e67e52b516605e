//! A notice as an event of our own on an event bus.

use judgement::Service;
use serde_json::{Value, json};

use super::{Notice, text::without_controls};
use crate::aws::BusEvent;

/// Its `source`.
const SOURCE: &str = "ecs-auto-rollback";

/// Its `detail-type`. A change that could break a consumer gets another number.
const DETAIL_TYPE: &str = "ECS Auto Rollback Notice v1";

/// Writes a notice as an event. Programs get every text as it is, except for control characters.
pub(super) fn of(notice: &Notice) -> BusEvent {
    let service = notice.service.as_ref().and_then(Service::arn);
    let resources = service.into_iter().chain(notice.service_deployment_arn.clone());
    let mut detail = json!(notice);
    clean(&mut detail);
    BusEvent {
        source: SOURCE,
        detail_type: DETAIL_TYPE,
        at: notice.at,
        resources: resources.map(|arn| without_controls(&arn)).collect(),
        detail: detail.to_string(),
    }
}

fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_controls(text),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(members) => members.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
