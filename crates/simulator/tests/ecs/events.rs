//! The events about deployments, hooks and tasks that ECS sends to EventBridge.

use serde_json::{Value, json};
use simulator::{Aws, DeploymentSeed, Operation, RollbackEnd, ServiceSeed, Stage};

use crate::caller::{ask, aws, seconds, stop, web_at_rest, web_in_flight};

const BREAKER: &str = r#"{ "deploymentCircuitBreaker": { "enable": true, "rollback": true } }"#;

/// Event names, each with the revision or the hook that it names; service actions name neither.
fn sent(aws: &mut Aws) -> Vec<String> {
    aws.ecs.take_events().iter().map(line).collect()
}

fn line(event: &Value) -> String {
    let detail = &event["detail"];
    let name = detail["eventName"].as_str().unwrap().replace("SERVICE_", "").replace("DEPLOYMENT_", "");
    match detail["deploymentId"].as_str() {
        Some(deployment) => format!("{name} {deployment}"),
        None => name,
    }
}

/// Only `ECS Deployment State Change`.
fn state_changes(aws: &mut Aws) -> Vec<String> {
    let events = aws.ecs.take_events();
    events.iter().filter(|event| event["detail-type"] == "ECS Deployment State Change").map(line).collect()
}

fn planted(aws: &mut Aws, configuration: &str, deployment: DeploymentSeed) -> String {
    let seed = ServiceSeed::new("prod/web").configured(serde_json::from_str(configuration).unwrap());
    let before = DeploymentSeed::of("web:41").status(simulator::Status::Successful).revision("41");
    aws.ecs.plant(seed.with(before).with(deployment.revision("42"))).deployment().to_owned()
}

fn sample(event: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

#[test]
fn planting_sends_no_event() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    assert_eq!(aws.ecs.events(), &[] as &[Value]);
}

#[test]
fn a_deployment_sends_events_when_it_starts_and_when_it_completes() {
    let mut aws = aws();
    planted(&mut aws, "{}", DeploymentSeed::of("web:42").status(simulator::Status::Pending).stays(seconds(1)));
    aws.advance(seconds(1));
    assert_eq!(sent(&mut aws), ["IN_PROGRESS ecs-svc/42", "IN_PROGRESS"]);
    aws.advance(seconds(60));
    assert_eq!(sent(&mut aws), ["COMPLETED ecs-svc/42", "COMPLETED", "STEADY_STATE"]);
}

#[test]
fn an_event_has_the_documented_form() {
    let mut aws = aws();
    planted(
        &mut aws,
        "{}",
        DeploymentSeed::of("web:42").stays(std::time::Duration::from_millis(1500)).stage(Stage::CleanUp),
    );
    aws.advance(seconds(2));
    let expected = json!({
        "version": "0",
        "id": aws.ecs.events()[0]["id"],
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "account": "123456789012",
        "time": "2026-06-01T12:00:01Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ecs:us-east-1:123456789012:service/prod/web"],
        "detail": {
            "eventType": "INFO",
            "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
            "deploymentId": "ecs-svc/42",
            "updatedAt": "2026-06-01T12:00:01.5Z",
            "reason": "ECS deployment ecs-svc/42 completed.",
        },
    });
    assert_eq!(aws.ecs.events()[0], expected);
    let action = &aws.ecs.events()[2];
    assert_eq!(action["detail-type"], "ECS Service Action");
    assert_eq!(sample(&action["detail"]), ["clusterArn", "createdAt", "eventName", "eventType"]);
    assert_eq!(action["detail"]["clusterArn"], "arn:aws:ecs:us-east-1:123456789012:cluster/prod");
}

#[test]
fn a_rollback_names_the_revision_that_it_goes_back_to() {
    let mut aws = aws();
    let arn = planted(&mut aws, "{}", DeploymentSeed::of("web:42"));
    stop(&mut aws, &arn);
    assert_eq!(sent(&mut aws), [] as [&str; 0], "the request sends no event");
    aws.advance(seconds(3));
    let reason = aws.ecs.events()[0]["detail"]["reason"].clone();
    assert_eq!(reason, "ECS deployment rolling back to deploymentId ecs-svc/41.");
    assert_eq!(sent(&mut aws), ["IN_PROGRESS ecs-svc/41", "IN_PROGRESS"]);
    aws.advance(seconds(10));
    assert_eq!(sent(&mut aws), ["COMPLETED ecs-svc/41", "COMPLETED", "STEADY_STATE"]);
}

#[test]
fn the_circuit_breaker_reports_the_failure_of_the_new_revision_and_then_the_rollback() {
    let mut aws = aws();
    aws.ecs.break_task_definition("web:42");
    planted(&mut aws, BREAKER, DeploymentSeed::of("web:42").stage(Stage::ScaleUp).stays(seconds(1)));
    aws.advance(seconds(60));
    let events = aws.ecs.events().to_vec();
    let reason_of = |name: &str| {
        let sent = |event: &&Value| event["detail"]["eventName"] == name && !event["detail"]["reason"].is_null();
        events.iter().find(sent).unwrap()["detail"]["reason"].clone()
    };
    assert_eq!(reason_of("SERVICE_DEPLOYMENT_FAILED"), "ECS deployment circuit breaker: task failed to start.");
    let back = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/41.";
    assert_eq!(reason_of("SERVICE_DEPLOYMENT_IN_PROGRESS"), back);
    let expected = [
        "TASK_START_IMPAIRED",
        "TASK_START_IMPAIRED",
        "FAILED ecs-svc/42",
        "FAILED",
        "IN_PROGRESS ecs-svc/41",
        "IN_PROGRESS",
        "COMPLETED ecs-svc/41",
        "COMPLETED",
        "STEADY_STATE",
    ];
    assert_eq!(sent(&mut aws), expected);
}

#[test]
fn a_deployment_alarm_reports_a_failure_with_and_without_rollback() {
    for (rollback, expected) in [
        (true, &["FAILED ecs-svc/42", "IN_PROGRESS ecs-svc/41", "COMPLETED ecs-svc/41"][..]),
        (false, &["FAILED ecs-svc/42"]),
    ] {
        let mut aws = aws();
        let alarms = json!({ "alarms": { "alarmNames": ["web-5xx"], "enable": true, "rollback": rollback } });
        planted(&mut aws, &alarms.to_string(), DeploymentSeed::of("web:42"));
        aws.ecs.set_alarm("web-5xx", true);
        aws.advance(seconds(60));
        assert_eq!(state_changes(&mut aws), expected);
    }
}

#[test]
fn a_first_deployment_that_stalls_is_reported_as_failed() {
    let mut aws = aws();
    aws.ecs.break_task_definition("newborn:1");
    let first = DeploymentSeed::of("newborn:1").revision("1").stage(Stage::ScaleUp).stays(seconds(1));
    aws.ecs.plant(ServiceSeed::new("prod/newborn").configured(serde_json::from_str(BREAKER).unwrap()).with(first));
    aws.advance(seconds(600));
    assert_eq!(state_changes(&mut aws), ["FAILED ecs-svc/1"]);
}

#[test]
fn a_failed_rollback_is_reported_only_with_failure_detection() {
    for (configuration, last) in [(BREAKER, Some("FAILED ecs-svc/42")), ("{}", Some("IN_PROGRESS ecs-svc/41"))] {
        let mut aws = aws();
        let arn = planted(&mut aws, configuration, DeploymentSeed::of("web:42").rollback_ends(RollbackEnd::Failed));
        stop(&mut aws, &arn);
        aws.advance(seconds(60));
        assert_eq!(state_changes(&mut aws).last().map(String::as_str), last);
    }
}

#[test]
fn a_superseded_deployment_ends_without_an_event() {
    let mut aws = aws();
    planted(&mut aws, BREAKER, DeploymentSeed::of("web:42"));
    aws.ecs.deploy("prod/web", "web:43").unwrap();
    aws.advance(seconds(60));
    let sent = state_changes(&mut aws);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(|line| !line.contains("ecs-svc/42")), "{sent:?}");
}

#[test]
fn a_hooks_event_names_the_service_deployment() {
    let mut aws = aws();
    let hook = json!({ "targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"] });
    web_at_rest(&mut aws, &json!({ "strategy": "BLUE_GREEN", "lifecycleHooks": [hook] }));
    let arn = aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(600));
    let waiting = aws.ecs.take_events().pop().unwrap();
    assert_eq!(waiting["detail-type"], "ECS Hook State Change");
    assert_eq!(waiting["resources"], json!([arn]));
    let members = [
        "clusterArn",
        "eventName",
        "eventType",
        "expiresAt",
        "hookId",
        "hookType",
        "lifecycleStage",
        "serviceArn",
        "serviceDeploymentArn",
        "updatedAt",
    ];
    assert_eq!(sample(&waiting["detail"]), members);
    assert_eq!(waiting["detail"]["hookType"], "PAUSE");
    assert_eq!(waiting["detail"]["lifecycleStage"], "POST_TEST_TRAFFIC_SHIFT");

    let go_on = json!({ "serviceDeploymentArn": arn, "hookId": waiting["detail"]["hookId"] });
    ask(&mut aws, Operation::ContinueServiceDeployment, &go_on);
    assert_eq!(sent(&mut aws), ["HOOK_SUCCEEDED"]);
}

#[test]
fn a_failed_lambda_hook_is_reported_and_with_failure_detection_its_deployment_as_well() {
    let hook_arn = "arn:aws:lambda:us-east-1:123456789012:function:check";
    let mut aws = aws();
    aws.ecs.fail_hook(hook_arn);
    let hook = json!({ "hookTargetArn": hook_arn, "lifecycleStages": ["POST_SCALE_UP"] });
    let breaker = json!({ "enable": true, "rollback": true });
    web_at_rest(
        &mut aws,
        &json!({ "strategy": "BLUE_GREEN", "lifecycleHooks": [hook], "deploymentCircuitBreaker": breaker }),
    );
    aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(120));
    let sent = sent(&mut aws);
    let names: Vec<&str> = sent.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names[2..6], ["HOOK_IN_PROGRESS", "HOOK_FAILED", "FAILED", "FAILED"]);
}

#[test]
fn tasks_that_keep_failing_are_reported_less_and_less_often() {
    let mut aws = aws();
    aws.ecs.break_task_definition("web:42");
    planted(&mut aws, "{}", DeploymentSeed::of("web:42").stage(Stage::ScaleUp).stays(seconds(1)));
    aws.advance(seconds(24 * 3600));
    let sent = sent(&mut aws);
    assert!(sent.iter().all(|line| line == "TASK_START_IMPAIRED"), "{sent:?}");
    assert_eq!(sent.len(), 15, "17,280 failures");
}

#[test]
fn events_are_deterministic_and_recording_them_changes_nothing_else() {
    let run = |take: bool| {
        let mut aws = aws();
        let arn = web_in_flight(&mut aws);
        stop(&mut aws, &arn);
        aws.advance(seconds(3));
        let mut events = if take { aws.ecs.take_events() } else { Vec::new() };
        let next = aws.ecs.deploy("prod/web", "web:43");
        aws.advance(seconds(600));
        events.extend(aws.ecs.take_events());
        (events, next)
    };
    assert_eq!(run(true), run(false));
    let (events, _) = run(true);
    let mut ids: Vec<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
}

#[test]
fn memory_for_events_is_bounded() {
    let mut aws = aws();
    for number in 0..250 {
        let path = format!("prod/web-{number}");
        aws.ecs.plant(ServiceSeed::new(&path).deployed("web:41"));
        for _ in 0..20 {
            aws.ecs.deploy(&path, "web:42").unwrap();
            aws.advance(seconds(40));
        }
    }
    assert!(aws.ecs.events().len() <= 20_000, "{}", aws.ecs.events().len());
    assert!(aws.ecs.events().len() >= 10_000, "{}", aws.ecs.events().len());
}
