//! `StopServiceDeployment`, by the status that the service deployment has.

use serde_json::json;
use simulator::{DeploymentSeed, Operation, Refusal, RollbackEnd, ServiceSeed, Simulator, Status};

use crate::caller::{ask, described, ecs, error_of, listed, seconds, status, stop, web, web_in_flight};

fn deployment_that_is(ecs: &mut Simulator, status: Status) -> String {
    let deployment = DeploymentSeed::of("web:42").status(status);
    ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(deployment)).deployment().to_owned()
}

#[test]
fn what_a_stop_does_depends_on_the_status() {
    let unknown = Status::Other("STOP_IN_PROGRESS".to_owned());
    // Status, what it is afterwards, whether the stop made the difference, the error if it is refused.
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
        let mut ecs = ecs();
        let arn = deployment_that_is(&mut ecs, before.clone());
        let answer = stop(&mut ecs, &arn);
        assert_eq!(answer.json()["__type"].as_str(), error, "{before}");
        assert_eq!(status(&ecs, &arn), after, "{before}");
        assert_eq!(ecs.calls()[0].accepted, accepted, "{before}");
        assert_eq!(ecs.calls()[0].error.as_deref(), error, "{before}");
    }
}

#[test]
fn a_rollback_takes_its_time_and_returns_to_the_last_successful_revision() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    let source = described(&mut ecs, &arn)["sourceServiceRevisions"][0]["arn"].clone();
    stop(&mut ecs, &arn);
    ecs.advance(seconds(2));
    assert_eq!(status(&ecs, &arn), "ROLLBACK_IN_PROGRESS");
    assert_eq!(described(&mut ecs, &arn)["rollback"]["serviceRevisionArn"], source);
    let half_way = web(&mut ecs);
    assert!(half_way["taskDefinition"].as_str().unwrap().ends_with("web:41"));
    assert_eq!(half_way["deployments"][0]["rolloutState"], "IN_PROGRESS");

    ecs.advance(seconds(4));
    assert_eq!(status(&ecs, &arn), "ROLLBACK_SUCCESSFUL");
    let ended = described(&mut ecs, &arn);
    assert_eq!(ended["statusReason"], "Service deployment rolled back by user.");
    assert_eq!(ended["finishedAt"], 1_780_315_206.0);
    let web = web(&mut ecs);
    assert_eq!(web["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(web["currentServiceRevisions"][0]["arn"], source, "a rollback makes no revision of its own");
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
        let mut ecs = ecs();
        let seed =
            ServiceSeed::new("prod/web").deployed("web:41").with(DeploymentSeed::of("web:42").rollback_ends(end));
        let arn = ecs.plant(seed).deployment().to_owned();
        stop(&mut ecs, &arn);
        ecs.advance(seconds(10));
        assert_eq!(status(&ecs, &arn), expected);
    }
}

#[test]
fn a_first_deployment_has_nothing_to_go_back_to() {
    let mut ecs = ecs();
    let arn = ecs.plant(ServiceSeed::new("prod/newborn").deploying("newborn:1")).deployment().to_owned();
    assert_eq!(described(&mut ecs, &arn)["sourceServiceRevisions"], json!([]));
    assert_eq!(stop(&mut ecs, &arn).json()["__type"], "InvalidParameterException");
    ecs.behaviour_mut().stop_first = Refusal::Conflict;
    assert_eq!(stop(&mut ecs, &arn).json()["__type"], "ConflictException");
    assert_eq!(status(&ecs, &arn), "IN_PROGRESS");
}

#[test]
fn the_error_for_one_that_is_over_can_be_chosen() {
    let mut ecs = ecs();
    let arn = deployment_that_is(&mut ecs, Status::Successful);
    ecs.behaviour_mut().stop_finished = Refusal::InvalidParameter;
    assert_eq!(stop(&mut ecs, &arn).json()["__type"], "InvalidParameterException");
}

#[test]
fn only_rollback_is_a_valid_stop_type_and_the_default() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    let abort = json!({ "serviceDeploymentArn": arn, "stopType": "ABORT" });
    assert_eq!(error_of(&mut ecs, Operation::StopServiceDeployment, &abort), "InvalidParameterException");
    ask(&mut ecs, Operation::StopServiceDeployment, &json!({ "serviceDeploymentArn": arn }));
    assert_eq!(status(&ecs, &arn), "ROLLBACK_REQUESTED");
}

#[test]
fn a_deployment_that_nobody_knows_cannot_be_stopped() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    for unknown in [format!("{arn}x"), arn.replace("/web/", "/cart/"), arn.replace("123456789012", "999999999999")] {
        assert_eq!(stop(&mut ecs, &unknown).json()["__type"], "ServiceDeploymentNotFoundException");
    }
    assert_eq!(error_of(&mut ecs, Operation::StopServiceDeployment, &json!({})), "InvalidParameterException");
}

#[test]
fn once_rolled_back_a_service_can_deploy_again() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    stop(&mut ecs, &arn);
    ecs.advance(seconds(10));
    // The very task definition that was rolled back: it is not the one that runs, so this is a change.
    let update = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web:42" });
    let updated = ask(&mut ecs, Operation::UpdateService, &update);
    let again = updated["service"]["currentServiceDeployment"].as_str().unwrap();
    assert_ne!(again, arn);
    ecs.advance(seconds(60));
    assert_eq!(status(&ecs, again), "SUCCESSFUL");
    assert_eq!(listed(&mut ecs, &json!({})).len(), 3);
}
