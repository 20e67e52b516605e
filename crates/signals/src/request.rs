//! Requests of a person or a tool to roll a deployment back.

use serde_json::{Value, json};

use crate::place::parts;

/// A request about the deployment in flight of a service, `cluster/name`.
///
/// # Panics
/// If `service` has no cluster.
#[must_use]
pub fn request(service: &str, reason: &str) -> Value {
    let (cluster, name) = parts(service);
    json!({"cluster": cluster, "service": name, "reason": reason})
}

/// A request about one service deployment.
#[must_use]
pub fn request_for_deployment(arn: &str, reason: &str) -> Value {
    json!({"serviceDeploymentArn": arn, "reason": reason})
}
