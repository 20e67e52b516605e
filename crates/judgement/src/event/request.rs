//! A person's request, or that of any tool in a person's name.

use serde::Deserialize;
use serde_json::Value;

use super::{Unrecognized, read};
use crate::signal::{About, Clues, Kind, Named, Signal, Source};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    cluster: Option<String>,
    service: Option<String>,
    service_deployment_arn: Option<String>,
    reason: Option<String>,
}

pub(super) fn parse(event: &Value) -> Result<Signal, Unrecognized> {
    let request: Request = read(event, "a manual request")?;
    let deployment = request.service_deployment_arn;
    let named = [
        request.cluster.map(Named::Cluster),
        request.service.map(Named::Service),
        deployment.clone().map(Named::ServiceDeployment),
    ];
    Ok(Signal {
        source: Source::Manual,
        name: request.reason.unwrap_or_else(|| "manual request".to_owned()),
        kind: Kind::Request,
        sent: None,
        began: None,
        evidence: None,
        explanation: None,
        threshold: None,
        about: deployment.map(About::ServiceDeployment),
        clues: Clues { named: named.into_iter().flatten().collect(), ..Clues::default() },
    })
}
