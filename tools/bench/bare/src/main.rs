//! A Lambda function that makes the four calls in sequence and decides nothing, to measure the cost of the AWS SDK for Rust
//! in its default configuration.

use aws_config::BehaviorVersion;
use aws_sdk_ecs::{Client, types::StopServiceDeploymentStopType};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ecs = Client::new(&aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| roll_back(&ecs, event.payload))).await
}

async fn roll_back(ecs: &Client, event: Value) -> Result<Value, Error> {
    let dimensions = &event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"];
    let name = |dimension: &str| dimensions[dimension].as_str().ok_or("the alarm is on no service");
    let (cluster, service) = (name("ClusterName")?, name("ServiceName")?);
    ecs.describe_services().cluster(cluster).services(service).send().await?;
    let list = ecs.list_service_deployments().cluster(cluster).service(service).send().await?;
    let arn = list.service_deployments().first().and_then(|newest| newest.service_deployment_arn());
    let arn = arn.ok_or("there is no service deployment")?;
    ecs.describe_service_deployments().service_deployment_arns(arn).send().await?;
    let stop = ecs.stop_service_deployment().service_deployment_arn(arn);
    stop.stop_type(StopServiceDeploymentStopType::Rollback).send().await?;
    Ok(json!({"stopped": arn}))
}
