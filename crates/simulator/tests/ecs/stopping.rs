//! `StopServiceDeployment`, by the status of the service deployment.

use serde_json::json;
use simulator::{Aws, DeploymentSeed, Operation, Refusal, RollbackEnd, ServiceSeed, Status};

use crate::caller::{ask, aws, described, error_of, listed, seconds, status, stop, web, web_in_flight};

fn deployment_that_is(aws: &mut Aws, status: Status) -> String {
    let deployment = DeploymentSeed::of("web:42").status(status);
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(deployment)).deployment().to_owned()
}

#[test]
fn the_effect_of_a_stop_depends_on_the_status() {
    let unknown = Status::Other("STOP_IN_PROGRESS".to_owned());
    // The status before and after, `true` if the stop changed it, and the error if the stop is refused.
    let documented = [
        (Status::Pending, "ROLLBACK_REQUESTED", true, None),
        (Status::InProgress, "ROLLBACK_REQUESTED", true, None),
        (Status::StopRequested, "STOP_REQUESTED", false, None),
        (Status::RollbackRequested, "ROLLBACK_REQUESTED", false, None),
        (Status::RollbackInProgress, "ROLLBACK_IN_PROGRESS", false, None),
        (unknown, "STOP_IN_PROGRESS", false, None),
        (Status::Successful, "SUCCESSFUL", false, Some("ConflictException")),
        (Status::Stopped, "STOPPED", false, Some("ConflictException")),
        (Status::RollbackSuccessful, "ROLLBACK_SUCCESSFUL", false, Some("ConflictException")),
        (Status::RollbackFailed, "ROLLBACK_FAILED", false, Some("ConflictException")),
    ];
    for (before, after, accepted, error) in documented {
        let mut aws = aws();
        let arn = deployment_that_is(&mut aws, before.clone());
        let answer = stop(&mut aws, &arn);
        assert_eq!(answer.json()["__type"].as_str(), error, "{before}");
        assert_eq!(status(&aws, &arn), after, "{before}");
        assert_eq!(aws.calls()[0].accepted, accepted, "{before}");
        assert_eq!(aws.calls()[0].error.as_deref(), error, "{before}");
    }
}

#[test]
fn a_rollback_takes_its_time_and_returns_to_the_last_successful_revision() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    let source = described(&mut aws, &arn)["sourceServiceRevisions"][0]["arn"].clone();
    stop(&mut aws, &arn);
    aws.advance(seconds(2));
    assert_eq!(status(&aws, &arn), "ROLLBACK_IN_PROGRESS");
    assert_eq!(described(&mut aws, &arn)["rollback"]["serviceRevisionArn"], source);
    let half_way = web(&mut aws);
    assert!(half_way["taskDefinition"].as_str().unwrap().ends_with("web:41"));
    assert_eq!(half_way["deployments"][0]["rolloutState"], "IN_PROGRESS");

    aws.advance(seconds(4));
    assert_eq!(status(&aws, &arn), "ROLLBACK_SUCCESSFUL");
    let ended = described(&mut aws, &arn);
    assert_eq!(ended["statusReason"], "Service deployment rolled back by user.");
    assert_eq!(ended["finishedAt"], 1_780_315_206.0);
    let web = web(&mut aws);
    assert_eq!(web["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(web["currentServiceRevisions"][0]["arn"], source, "a rollback creates no revision");
    assert_eq!(web["currentServiceDeployment"], arn);
}

#[test]
fn a_rollback_can_end_in_each_documented_way() {
    let ends = [
        (RollbackEnd::Successful, "ROLLBACK_SUCCESSFUL"),
        (RollbackEnd::Failed, "ROLLBACK_FAILED"),
        (RollbackEnd::CompletedFirst, "SUCCESSFUL"),
        (RollbackEnd::Stopped, "STOPPED"),
    ];
    for (end, expected) in ends {
        let mut aws = aws();
        let seed =
            ServiceSeed::new("prod/web").deployed("web:41").with(DeploymentSeed::of("web:42").rollback_ends(end));
        let arn = aws.ecs.plant(seed).deployment().to_owned();
        stop(&mut aws, &arn);
        aws.advance(seconds(10));
        assert_eq!(status(&aws, &arn), expected);
    }
}

#[test]
fn a_first_deployment_has_nothing_to_go_back_to() {
    let mut aws = aws();
    let arn = aws.ecs.plant(ServiceSeed::new("prod/newborn").deploying("newborn:1")).deployment().to_owned();
    assert_eq!(described(&mut aws, &arn)["sourceServiceRevisions"], json!([]));
    assert_eq!(stop(&mut aws, &arn).json()["__type"], "InvalidParameterException");
    aws.ecs.behaviour_mut().stop_first = Refusal::Conflict;
    assert_eq!(stop(&mut aws, &arn).json()["__type"], "ConflictException");
    assert_eq!(status(&aws, &arn), "IN_PROGRESS");
}

#[test]
fn the_error_for_a_finished_deployment_can_be_chosen() {
    let mut aws = aws();
    let arn = deployment_that_is(&mut aws, Status::Successful);
    aws.ecs.behaviour_mut().stop_finished = Refusal::InvalidParameter;
    assert_eq!(stop(&mut aws, &arn).json()["__type"], "InvalidParameterException");
}

#[test]
fn rollback_is_the_only_valid_stop_type_and_the_default() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    let abort = json!({ "serviceDeploymentArn": arn, "stopType": "ABORT" });
    assert_eq!(error_of(&mut aws, Operation::StopServiceDeployment, &abort), "InvalidParameterException");
    ask(&mut aws, Operation::StopServiceDeployment, &json!({ "serviceDeploymentArn": arn }));
    assert_eq!(status(&aws, &arn), "ROLLBACK_REQUESTED");
}

#[test]
fn an_unknown_deployment_cannot_be_stopped() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    for unknown in [format!("{arn}x"), arn.replace("/web/", "/cart/"), arn.replace("123456789012", "999999999999")] {
        assert_eq!(stop(&mut aws, &unknown).json()["__type"], "ServiceDeploymentNotFoundException");
    }
    assert_eq!(error_of(&mut aws, Operation::StopServiceDeployment, &json!({})), "InvalidParameterException");
}

#[test]
fn a_service_can_deploy_again_after_a_rollback() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    stop(&mut aws, &arn);
    aws.advance(seconds(10));
    // The task definition that was rolled back differs from the running one, so this is a change.
    let update = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web:42" });
    let updated = ask(&mut aws, Operation::UpdateService, &update);
    let again = updated["service"]["currentServiceDeployment"].as_str().unwrap();
    assert_ne!(again, arn);
    aws.advance(seconds(60));
    assert_eq!(status(&aws, again), "SUCCESSFUL");
    assert_eq!(listed(&mut aws, &json!({})).len(), 3);
}
