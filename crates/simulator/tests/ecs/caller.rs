//! Short helpers to call the simulator.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Answer, Aws, DeploymentConfiguration, Home, Operation, Request, ServiceSeed};

pub(crate) fn noon() -> jiff::Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn aws() -> Aws {
    Aws::new(Home::default(), noon())
}

/// `prod/web` with a deployment of `web:42` in flight. Returns the ARN of that service deployment.
pub(crate) fn web_in_flight(aws: &mut Aws) -> String {
    let web = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
    web.deployment().to_owned()
}

/// `prod/web`, with a completed deployment of `web:41`.
pub(crate) fn web_at_rest(aws: &mut Aws, configuration: &Value) {
    let configuration: DeploymentConfiguration = serde_json::from_value(configuration.clone()).unwrap();
    aws.ecs.plant(ServiceSeed::new("prod/web").configured(configuration).deployed("web:41"));
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn call(aws: &mut Aws, operation: Operation, body: &Value) -> Answer {
    aws.handle(&Request::new(operation, body))
}

/// The answer to a call that must succeed.
pub(crate) fn ask(aws: &mut Aws, operation: Operation, body: &Value) -> Value {
    let answer = call(aws, operation, body);
    assert_eq!(answer.status(), Some(200), "{operation} {body}: {}", answer.json());
    answer.json()
}

/// The error type of a call that must fail.
pub(crate) fn error_of(aws: &mut Aws, operation: Operation, body: &Value) -> String {
    let answer = call(aws, operation, body);
    assert_ne!(answer.status(), Some(200), "{operation} {body}: {}", answer.json());
    answer.json()["__type"].as_str().unwrap_or_default().to_owned()
}

pub(crate) fn stop(aws: &mut Aws, arn: &str) -> Answer {
    call(aws, Operation::StopServiceDeployment, &json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" }))
}

pub(crate) fn status(aws: &Aws, arn: &str) -> String {
    aws.ecs.status(arn).unwrap().to_string()
}

/// The description of a service deployment, or null if it is missing.
pub(crate) fn described(aws: &mut Aws, arn: &str) -> Value {
    let body = json!({ "serviceDeploymentArns": [arn] });
    ask(aws, Operation::DescribeServiceDeployments, &body)["serviceDeployments"].get(0).cloned().unwrap_or_default()
}

pub(crate) fn web(aws: &mut Aws) -> Value {
    ask(aws, Operation::DescribeServices, &json!({ "cluster": "prod", "services": ["web"] }))["services"][0].take()
}

/// The answer of `ListServiceDeployments` for `prod/web`, with additional members in the request.
pub(crate) fn listed(aws: &mut Aws, more: &Value) -> Vec<Value> {
    let mut body = json!({ "cluster": "prod", "service": "web" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(aws, Operation::ListServiceDeployments, &body)["serviceDeployments"].as_array().unwrap().clone()
}
