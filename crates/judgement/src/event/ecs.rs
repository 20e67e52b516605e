//! ECS's own events, as EventBridge delivers them. Three of them are signals; all others are news.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Unrecognized,
    fields::{EventBridge, Time, text},
    origin::Statements,
    read,
};
use crate::{
    signal::{About, Clues, Kind, Named, Signal, Source},
    text::shown,
};

#[derive(Deserialize)]
struct EventDetail {
    #[serde(default)]
    detail: Detail,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_name: Option<String>,
    cluster_arn: Option<String>,
    service_arn: Option<String>,
    deployment_id: Option<String>,
    reason: Option<Value>,
    created_at: Option<Time>,
    updated_at: Option<Time>,
}

/// The ECS events that can roll a deployment back.
pub const SIGNALS: [&str; 3] =
    ["SERVICE_DEPLOYMENT_FAILED", "SERVICE_TASK_START_IMPAIRED", "SERVICE_TASK_CONFIGURATION_FAILURE"];

pub(super) fn from_eventbridge(event: &Value) -> Result<Signal, Unrecognized> {
    let EventBridge { detail_type, account, region, time, resources } = read(event, "an ECS event")?;
    let EventDetail { detail } = read(event, "an ECS event")?;
    let name = detail.event_name.unwrap_or_else(|| detail_type.clone());
    let revision = detail.deployment_id.as_deref().and_then(|id| id.strip_prefix("ecs-svc/")).map(str::to_owned);
    let kind = kind(&detail_type, &name, revision.is_some());
    let began = detail.created_at.or(detail.updated_at).or(time).map(|Time(time)| time);
    if kind == Kind::Trouble && began.is_none() {
        return Err(Unrecognized::new("an ECS event that does not say when it happened", event));
    }

    let service = detail.service_arn.or_else(|| resources.iter().find(|arn| arn.contains(":service/")).cloned());
    let stated = Statements::of_arn("service's ARN", service.as_deref())
        .and_arn("cluster's ARN", detail.cluster_arn.as_deref())
        .and_account("account", account.as_deref())
        .and_region("Region", region.as_deref())
        .agreed();
    let named = [detail.cluster_arn.map(Named::Cluster), service.map(Named::Service)];
    Ok(Signal {
        source: Source::Ecs,
        name,
        kind,
        sent: time.map(|Time(time)| time),
        began,
        run: None,
        explanation: text(detail.reason.as_ref()),
        threshold: None,
        about: revision.map(About::Revision),
        clues: Clues { named: named.into_iter().flatten().collect(), ..stated.clues() },
    })
}

/// The kind of signal of an event: trouble, or news with the sentence that explains why it needs no action.
fn kind(detail_type: &str, name: &str, names_revision: bool) -> Kind {
    let news = match (detail_type, name) {
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED") if names_revision => return Kind::Trouble,
        ("ECS Service Action", "SERVICE_TASK_START_IMPAIRED" | "SERVICE_TASK_CONFIGURATION_FAILURE") => {
            return Kind::Trouble;
        }
        ("ECS Deployment State Change" | "ECS Service Action", "SERVICE_DEPLOYMENT_FAILED") => {
            "The event does not name the revision that failed, so it could be about any deployment.".to_owned()
        }
        (_, "SERVICE_DEPLOYMENT_IN_PROGRESS") => {
            "A deployment started. That is normal, and rollbacks emit the same event.".to_owned()
        }
        (_, "SERVICE_DEPLOYMENT_COMPLETED") => {
            "A deployment is complete, so it can no longer be rolled back.".to_owned()
        }
        ("ECS Hook State Change", _) => {
            "A lifecycle hook changed its state. ECS itself acts on hooks that fail.".to_owned()
        }
        ("ECS Task State Change", _) => {
            "One stopped task is not evidence against a deployment. Alarm on the rate, or use the circuit breaker."
                .to_owned()
        }
        ("ECS Service Action", _) => "This service event does not point to the deployment as its cause.".to_owned(),
        _ => format!("Events of type {} are not about a service deployment.", shown(detail_type, 100)),
    };
    Kind::News(news)
}
