//! ECS's own events, as EventBridge delivers them. Three of them are signals; all others are news.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Unrecognized,
    fields::{Time, origin},
    read, shown,
};
use crate::signal::{About, Clues, Named, Signal, Source, Statement, Word};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    detail_type: String,
    account: Option<String>,
    region: Option<String>,
    time: Option<Time>,
    #[serde(default)]
    resources: Vec<String>,
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
    let Event { detail_type, account, region, time, resources, detail } = read(event, "an ECS event")?;
    let name = detail.event_name.unwrap_or_else(|| detail_type.clone());
    let revision = detail.deployment_id.as_deref().and_then(|id| id.strip_prefix("ecs-svc/")).map(str::to_owned);
    let word = word(&detail_type, &name, revision.is_some());
    let began = detail.created_at.or(detail.updated_at).or(time).map(|Time(time)| time);
    if word == Word::Trouble && began.is_none() {
        return Err(Unrecognized::new("an ECS event that does not say when it happened", event));
    }

    let service = detail.service_arn.or_else(|| resources.iter().find(|arn| arn.contains(":service/")).cloned());
    let origin = origin(service.as_deref().or(detail.cluster_arn.as_deref()), account, region);
    let named = [detail.cluster_arn.map(Named::Cluster), service.map(Named::Service)];
    Ok(Signal {
        source: Source::Ecs,
        name,
        word,
        sent: time.map(|Time(time)| time),
        began,
        evidence_ended: None,
        statement: Statement {
            reason: detail.reason.as_ref().and_then(Value::as_str).map(str::to_owned),
            threshold: None,
        },
        about: revision.map(About::Revision),
        clues: Clues { origin, named: named.into_iter().flatten().collect(), ..Clues::default() },
    })
}

/// What an event says: trouble, or news with the sentence that tells why it asks for nothing.
fn word(detail_type: &str, name: &str, names_revision: bool) -> Word {
    let news = match (detail_type, name) {
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED") if names_revision => return Word::Trouble,
        ("ECS Service Action", "SERVICE_TASK_START_IMPAIRED" | "SERVICE_TASK_CONFIGURATION_FAILURE") => {
            return Word::Trouble;
        }
        ("ECS Deployment State Change" | "ECS Service Action", "SERVICE_DEPLOYMENT_FAILED") => {
            "It does not name the revision that failed, so it could be about any deployment.".to_owned()
        }
        (_, "SERVICE_DEPLOYMENT_IN_PROGRESS") => {
            "A deployment has begun, which is no sign of trouble; a rollback sends the same event.".to_owned()
        }
        (_, "SERVICE_DEPLOYMENT_COMPLETED") => "A deployment is complete, and cannot be rolled back any more.".to_owned(),
        ("ECS Hook State Change", _) => {
            "A lifecycle hook changed its state; ECS itself acts on a hook that failed.".to_owned()
        }
        ("ECS Task State Change", _) => {
            "One task changed its state, which does not condemn a deployment: alarm on the rate, or use the circuit breaker."
                .to_owned()
        }
        ("ECS Service Action", _) => "This service event does not point at the deployment as its cause.".to_owned(),
        _ => format!("Events of type {} are not about a service deployment.", shown(detail_type, 100)),
    };
    Word::News(news)
}
