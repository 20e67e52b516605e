//! ECS's own failure detection: the circuit breaker and deployment alarms.

use serde_json::{Value, json};
use simulator::{Aws, ServiceSeed};

use crate::caller::{aws, described, seconds, status, web, web_at_rest};

fn breaker(rollback: bool) -> Value {
    json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": rollback } })
}

fn alarms(rollback: bool) -> Value {
    json!({ "alarms": { "alarmNames": ["web-5xx", "web-latency"], "enable": true, "rollback": rollback } })
}

fn deploy_broken(aws: &mut Aws) -> String {
    aws.ecs.break_task_definition("web:42");
    aws.ecs.deploy("prod/web", "web:42").unwrap()
}

#[test]
fn the_circuit_breaker_counts_to_its_threshold_and_rolls_back() {
    let mut aws = aws();
    web_at_rest(&mut aws, &breaker(true));
    let arn = deploy_broken(&mut aws);
    aws.advance(seconds(10));
    let counting = described(&mut aws, &arn);
    assert_eq!(
        counting["deploymentCircuitBreaker"],
        json!({ "status": "MONITORING", "failureCount": 1, "threshold": 3 })
    );
    assert_eq!(web(&mut aws)["deployments"][0]["failedTasks"], 1);

    aws.advance(seconds(10));
    assert_eq!(status(&aws, &arn), "ROLLBACK_IN_PROGRESS");
    aws.advance(seconds(10));
    let ended = described(&mut aws, &arn);
    assert_eq!(ended["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(ended["deploymentCircuitBreaker"]["status"], "TRIGGERED");
    assert!(web(&mut aws)["taskDefinition"].as_str().unwrap().ends_with("web:41"));
}

#[test]
fn the_circuit_breaker_without_rollback_stops() {
    let mut aws = aws();
    web_at_rest(&mut aws, &breaker(false));
    let arn = deploy_broken(&mut aws);
    aws.advance(seconds(60));
    assert_eq!(status(&aws, &arn), "STOPPED");
    assert_eq!(web(&mut aws)["deployments"][0]["rolloutState"], "FAILED");
}

#[test]
fn a_first_deployment_that_fails_stalls() {
    let mut aws = aws();
    let configuration = serde_json::from_value(breaker(true)).unwrap();
    aws.ecs.break_task_definition("newborn:1");
    let seed = ServiceSeed::new("prod/newborn").configured(configuration);
    let first = simulator::DeploymentSeed::of("newborn:1").stage(simulator::Stage::ScaleUp).stays(seconds(5));
    let arn = aws.ecs.plant(seed.with(first)).deployment().to_owned();
    aws.advance(seconds(3600));
    let stalled = described(&mut aws, &arn);
    assert_eq!(stalled["status"], "IN_PROGRESS");
    assert_eq!(stalled["deploymentCircuitBreaker"]["status"], "TRIGGERED");
}

#[test]
fn without_a_circuit_breaker_tasks_fail_forever() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let arn = deploy_broken(&mut aws);
    aws.advance(seconds(3600));
    assert_eq!(status(&aws, &arn), "IN_PROGRESS");
    assert_eq!(described(&mut aws, &arn)["deploymentCircuitBreaker"]["status"], "DISABLED");
}

#[test]
fn an_alarm_during_the_deployment_rolls_back_or_stops() {
    for (rollback, end) in [(true, "ROLLBACK_SUCCESSFUL"), (false, "STOPPED")] {
        let mut aws = aws();
        web_at_rest(&mut aws, &alarms(rollback));
        let arn = aws.ecs.deploy("prod/web", "web:42").unwrap();
        aws.advance(seconds(10));
        aws.ecs.set_alarm("web-latency", true);
        aws.advance(seconds(10));
        let ended = described(&mut aws, &arn);
        assert_eq!(ended["status"], end);
        assert_eq!(ended["alarms"]["triggeredAlarmNames"], json!(["web-latency"]));
    }
}

#[test]
fn an_alarm_that_was_on_before_the_deployment_disables_all_deployment_alarms() {
    let mut aws = aws();
    web_at_rest(&mut aws, &alarms(true));
    aws.ecs.set_alarm("web-5xx", true);
    let arn = aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(5));
    aws.ecs.set_alarm("web-5xx", false);
    aws.ecs.set_alarm("web-5xx", true);
    aws.ecs.set_alarm("web-latency", true);
    assert_eq!(described(&mut aws, &arn)["alarms"]["status"], "DISABLED");
    aws.advance(seconds(60));
    assert_eq!(status(&aws, &arn), "SUCCESSFUL");
}

#[test]
fn an_alarm_that_the_service_does_not_list_changes_nothing() {
    let mut aws = aws();
    web_at_rest(&mut aws, &alarms(true));
    let arn = aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(5));
    aws.ecs.set_alarm("cart-5xx", true);
    aws.advance(seconds(60));
    assert_eq!(status(&aws, &arn), "SUCCESSFUL");
}
