//! The lifecycle of a service deployment: its stages, pauses, and a newer deployment that supersedes it.

use serde_json::{Value, json};
use simulator::{Aws, DeploymentSeed, Operation, ServiceSeed, Stage};

use crate::caller::{ask, aws, described, error_of, listed, seconds, status, stop, web, web_at_rest};

fn pause_at(stage: &str, minutes: u32, action: &str) -> Value {
    json!({
        "strategy": "BLUE_GREEN",
        "lifecycleHooks": [{
            "targetType": "PAUSE",
            "lifecycleStages": [stage],
            "timeoutConfiguration": { "timeoutInMinutes": minutes, "action": action },
        }],
    })
}

fn deploy(aws: &mut Aws) -> String {
    aws.ecs.deploy("prod/web", "web:42").unwrap()
}

/// Each new status and stage, observed every half second.
fn changes(aws: &mut Aws, arn: &str) -> Vec<String> {
    let mut changes: Vec<String> = Vec::new();
    for _ in 0..10_000 {
        let now = described(aws, arn);
        let line = format!("{} {}", now["status"].as_str().unwrap(), now["lifecycleStage"].as_str().unwrap_or("-"));
        if changes.last() != Some(&line) {
            changes.push(line);
        }
        if now.get("finishedAt").is_some() {
            break;
        }
        aws.advance(std::time::Duration::from_millis(500));
    }
    changes
}

#[test]
fn a_rolling_deployment_starts_bakes_and_succeeds() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({ "bakeTimeInMinutes": 1 }));
    let arn = deploy(&mut aws);
    let expected = [
        "PENDING -",
        "IN_PROGRESS RECONCILE_SERVICE",
        "IN_PROGRESS SCALE_UP",
        "IN_PROGRESS BAKE_TIME",
        "IN_PROGRESS CLEAN_UP",
        "SUCCESSFUL CLEAN_UP",
    ];
    assert_eq!(changes(&mut aws, &arn), expected);
    let web = web(&mut aws);
    assert!(web["taskDefinition"].as_str().unwrap().ends_with(":task-definition/web:42"));
    assert_eq!(web["deployments"][0]["status"], "PRIMARY");
    assert_eq!(web["deployments"][0]["rolloutState"], "COMPLETED");
}

#[test]
fn a_blue_green_deployment_goes_through_every_stage() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1 }));
    let arn = deploy(&mut aws);
    let stages: Vec<_> = changes(&mut aws, &arn)
        .iter()
        .filter_map(|line| line.strip_prefix("IN_PROGRESS ").map(str::to_owned))
        .collect();
    let expected = [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ];
    assert_eq!(stages, expected);
}

#[test]
fn a_canary_takes_a_small_share_of_traffic_first() {
    let mut aws = aws();
    let canary = json!({ "canaryPercent": 20.0, "canaryBakeTimeInMinutes": 10 });
    web_at_rest(&mut aws, &json!({ "strategy": "CANARY", "canaryConfiguration": canary }));
    let arn = deploy(&mut aws);
    aws.advance(seconds(300));
    let baking = described(&mut aws, &arn);
    assert_eq!(baking["lifecycleStage"], "PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(baking["targetServiceRevision"]["requestedProductionTrafficWeight"], 20.0);
    assert_eq!(baking["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"], 80.0);
}

#[test]
fn describe_services_names_revisions_by_number() {
    let mut aws = aws();
    let in_flight = DeploymentSeed::of("web:42").revision("0192876354410987623");
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(in_flight));
    let web = web(&mut aws);
    assert_eq!(web["deployments"][0]["id"], "ecs-svc/0192876354410987623");
    assert_eq!(web["deployments"][0]["status"], "PRIMARY");
    assert_eq!(web["deployments"][1]["status"], "ACTIVE");
    assert!(web["currentServiceRevisions"][0]["arn"].as_str().unwrap().ends_with("/web/0192876354410987623"));
}

#[test]
fn a_pause_hook_waits_for_continue() {
    let mut aws = aws();
    web_at_rest(&mut aws, &pause_at("POST_TEST_TRAFFIC_SHIFT", 60, "ROLLBACK"));
    let arn = deploy(&mut aws);
    aws.advance(seconds(600));
    let paused = described(&mut aws, &arn);
    let hook = &paused["lifecycleHookDetails"][0];
    assert_eq!((&paused["status"], &hook["status"]), (&json!("IN_PROGRESS"), &json!("AWAITING_ACTION")));

    let go_on = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"] });
    ask(&mut aws, Operation::ContinueServiceDeployment, &go_on);
    aws.advance(seconds(60));
    let ended = described(&mut aws, &arn);
    assert_eq!(ended["status"], "SUCCESSFUL");
    assert_eq!(ended["lifecycleHookDetails"][0]["status"], "SUCCEEDED");
    assert_eq!(error_of(&mut aws, Operation::ContinueServiceDeployment, &go_on), "InvalidParameterException");
}

#[test]
fn a_paused_deployment_can_be_rolled_back_by_its_hook_or_by_a_stop() {
    for by_hook in [true, false] {
        let mut aws = aws();
        let paused = DeploymentSeed::of("web:42").paused_by("ecs-pause-1", Stage::PostTestTrafficShift);
        let arn = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(paused)).deployment().to_owned();
        if by_hook {
            let back = json!({ "serviceDeploymentArn": arn, "hookId": "ecs-pause-1", "action": "ROLLBACK" });
            ask(&mut aws, Operation::ContinueServiceDeployment, &back);
        } else {
            stop(&mut aws, &arn);
        }
        assert_eq!(status(&aws, &arn), "ROLLBACK_REQUESTED");
        assert!(aws.calls()[0].accepted);
        aws.advance(seconds(10));
        assert_eq!(status(&aws, &arn), "ROLLBACK_SUCCESSFUL");
    }
}

#[test]
fn a_pause_hook_without_an_answer_times_out_as_configured() {
    for (action, end) in [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")] {
        let mut aws = aws();
        web_at_rest(&mut aws, &pause_at("PRE_SCALE_UP", 5, action));
        let arn = deploy(&mut aws);
        aws.advance(seconds(200));
        assert_eq!(status(&aws, &arn), "IN_PROGRESS");
        aws.advance(seconds(200));
        assert_eq!(status(&aws, &arn), end);
        assert_eq!(described(&mut aws, &arn)["lifecycleHookDetails"][0]["status"], "TIMED_OUT");
    }
}

#[test]
fn a_lambda_hook_that_fails_rolls_back() {
    let hook_arn = "arn:aws:lambda:us-east-1:123456789012:function:check";
    for (fails, end) in [(false, "SUCCESSFUL"), (true, "ROLLBACK_SUCCESSFUL")] {
        let mut aws = aws();
        let hook = json!({ "hookTargetArn": hook_arn, "lifecycleStages": ["POST_SCALE_UP"] });
        web_at_rest(&mut aws, &json!({ "strategy": "BLUE_GREEN", "lifecycleHooks": [hook] }));
        if fails {
            aws.ecs.fail_hook(hook_arn);
        }
        let arn = deploy(&mut aws);
        aws.advance(seconds(120));
        assert_eq!(status(&aws, &arn), end);
    }
}

#[test]
fn a_newer_deployment_supersedes_the_one_in_flight() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let older = deploy(&mut aws);
    aws.advance(seconds(10));
    let force = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    let during = ask(&mut aws, Operation::UpdateService, &force);
    let newer = during["service"]["currentServiceDeployment"].as_str().unwrap().to_owned();
    assert_ne!(newer, older);
    let in_flight = json!({ "status": ["PENDING", "IN_PROGRESS", "STOP_REQUESTED"] });
    assert_eq!(listed(&mut aws, &in_flight).len(), 2, "both are in flight briefly");

    aws.advance(seconds(1));
    assert_eq!(status(&aws, &older), "STOPPED");
    assert_eq!(listed(&mut aws, &in_flight).len(), 1);
    let source = described(&mut aws, &newer)["sourceServiceRevisions"][0]["arn"].clone();
    stop(&mut aws, &newer);
    aws.advance(seconds(10));
    assert_eq!(described(&mut aws, &newer)["rollback"]["serviceRevisionArn"], source);
    assert!(web(&mut aws)["taskDefinition"].as_str().unwrap().ends_with("web:41"));
}

#[test]
fn changes_within_one_step_of_the_clock_keep_their_own_times() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let arn = deploy(&mut aws);
    aws.advance(seconds(3600));
    let at: Vec<_> =
        aws.ecs.transitions().iter().map(|moved| (moved.at.strftime("%T").to_string(), moved.to.to_string())).collect();
    let expected = [("12:00:00", "PENDING"), ("12:00:02", "IN_PROGRESS"), ("12:00:34", "SUCCESSFUL")];
    assert_eq!(at, expected.map(|(at, to)| (at.to_owned(), to.to_owned())));
    assert_eq!(described(&mut aws, &arn)["finishedAt"], 1_780_315_234.0);
}

#[test]
fn the_clock_never_goes_back() {
    let mut aws = aws();
    aws.advance(seconds(60));
    let now = aws.now();
    aws.set_now(now - seconds(30));
    assert_eq!(aws.now(), now);
}

#[test]
fn a_service_that_is_deleted_drains_and_stops_its_deployment() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let arn = deploy(&mut aws);
    let delete = json!({ "cluster": "prod", "service": "web" });
    assert_eq!(error_of(&mut aws, Operation::DeleteService, &delete), "InvalidParameterException");
    let forced = json!({ "cluster": "prod", "service": "web", "force": true });
    assert_eq!(ask(&mut aws, Operation::DeleteService, &forced)["service"]["status"], "DRAINING");
    aws.advance(seconds(2));
    assert_eq!(status(&aws, &arn), "STOPPED");
    aws.advance(seconds(5));
    assert_eq!(web(&mut aws)["status"], "INACTIVE");
    assert_eq!(error_of(&mut aws, Operation::ListServiceDeployments, &delete), "ServiceNotFoundException");
}
