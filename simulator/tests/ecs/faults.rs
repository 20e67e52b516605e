//! What goes wrong on request, and what the journal says of it.

use serde_json::json;
use simulator::{Answer, Fault, Operation, ServiceSeed};

use crate::caller::{ask, call, described, ecs, error_of, listed, seconds, status, stop, web_in_flight};

#[test]
fn an_exception_replaces_the_answer_and_nothing_happens() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    ecs.inject(Fault::exception("ConflictException", "in the way").on(Operation::StopServiceDeployment).once());
    let answer = stop(&mut ecs, &arn);
    assert_eq!(answer.json(), json!({ "__type": "ConflictException", "message": "in the way" }));
    assert_eq!(status(&ecs, &arn), "IN_PROGRESS");
    assert!(!ecs.calls()[0].accepted);
    stop(&mut ecs, &arn);
    assert!(ecs.calls()[1].accepted);
}

#[test]
fn a_server_exception_has_status_500() {
    let mut ecs = ecs();
    ecs.inject(Fault::exception("ServerException", ""));
    assert_eq!(call(&mut ecs, Operation::ListClusters, &json!({})).status(), Some(500));
}

#[test]
fn an_answer_can_be_lost_before_or_after_the_call_took_effect() {
    for (fault, after) in [(Fault::dropped(), "IN_PROGRESS"), (Fault::dropped().after_effect(), "ROLLBACK_REQUESTED")] {
        let mut ecs = ecs();
        let arn = web_in_flight(&mut ecs);
        ecs.inject(fault.on(Operation::StopServiceDeployment).once());
        assert!(matches!(stop(&mut ecs, &arn), Answer::Dropped { .. }));
        assert_eq!(status(&ecs, &arn), after);
        let call = &ecs.calls()[0];
        assert_eq!((call.status, call.accepted), (None, after == "ROLLBACK_REQUESTED"));
    }
}

#[test]
fn an_answer_can_be_no_json() {
    let mut ecs = ecs();
    ecs.inject(Fault::http(502, "<html>Bad Gateway</html>"));
    let answer = call(&mut ecs, Operation::ListClusters, &json!({}));
    let Answer::Response { status, body, .. } = answer else { panic!("{answer:?}") };
    assert_eq!((status, body), (502, b"<html>Bad Gateway</html>".to_vec()));
}

#[test]
fn a_delay_is_asked_for_and_not_slept() {
    let mut ecs = ecs();
    ecs.inject(Fault::delay(seconds(7)).once());
    ecs.inject(Fault::hang());
    let late = call(&mut ecs, Operation::ListClusters, &json!({}));
    assert!(matches!(late, Answer::Response { status: 200, delay, .. } if delay == seconds(7)));
    let never = call(&mut ecs, Operation::ListClusters, &json!({}));
    assert!(matches!(never, Answer::Dropped { delay } if delay >= seconds(600)));
}

#[test]
fn a_stale_read_shows_what_was_and_writes_see_what_is() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    stop(&mut ecs, &arn);
    ecs.advance(seconds(10));
    let newer = ecs.deploy("prod/web", "web:43").unwrap();
    ecs.inject(Fault::stale(seconds(30)));
    assert_eq!(described(&mut ecs, &arn)["status"], "IN_PROGRESS");
    assert_eq!(listed(&mut ecs, &json!({})).len(), 2);
    assert_eq!(described(&mut ecs, &newer), json!(null));
    assert_eq!(stop(&mut ecs, &arn).json()["__type"], "ConflictException");

    ecs.clear_faults();
    ecs.inject(Fault::stale(seconds(9)));
    assert_eq!(described(&mut ecs, &arn)["status"], "ROLLBACK_REQUESTED");
    ecs.clear_faults();
    assert_eq!(described(&mut ecs, &arn)["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn a_service_that_is_newer_than_a_stale_read_is_missing_from_it() {
    let mut ecs = ecs();
    web_in_flight(&mut ecs);
    ecs.advance(seconds(60));
    let create = json!({ "cluster": "prod", "serviceName": "cart", "taskDefinition": "web:41", "desiredCount": 1 });
    ask(&mut ecs, Operation::CreateService, &create);
    ecs.advance(seconds(1));
    ecs.inject(Fault::stale(seconds(10)));
    let answer = ask(&mut ecs, Operation::DescribeServices, &json!({ "cluster": "prod", "services": ["cart", "web"] }));
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    assert_eq!(answer["services"].as_array().unwrap().len(), 1);
}

#[test]
fn a_fault_can_be_kept_to_one_service_or_one_arn() {
    let mut ecs = ecs();
    let web = web_in_flight(&mut ecs);
    let cart = ecs.plant(ServiceSeed::new("prod/cart").deployed("cart:1").deploying("cart:2")).deployment().to_owned();
    for only in ["prod/cart", &cart] {
        ecs.inject(Fault::throttling().service(only));
        assert_eq!(
            error_of(&mut ecs, Operation::StopServiceDeployment, &json!({ "serviceDeploymentArn": cart })),
            "ThrottlingException"
        );
        assert_eq!(stop(&mut ecs, &web).status(), Some(200));
        ecs.clear_faults();
    }
}

#[test]
fn something_can_be_made_to_happen_between_two_calls() {
    let mut ecs = ecs();
    let judged = web_in_flight(&mut ecs);
    ecs.before_next(Operation::StopServiceDeployment, |ecs| {
        ecs.deploy("prod/web", "web:43");
        ecs.advance(seconds(1));
    });
    assert_eq!(stop(&mut ecs, &judged).json()["__type"], "ConflictException");
    assert_eq!(status(&ecs, &judged), "STOPPED");
    assert_eq!(listed(&mut ecs, &json!({ "status": ["PENDING"] })).len(), 1);
}

#[test]
fn the_journal_keeps_what_was_asked_and_answered() {
    let mut ecs = ecs();
    let arn = web_in_flight(&mut ecs);
    stop(&mut ecs, &arn);
    stop(&mut ecs, &arn);
    listed(&mut ecs, &json!({}));
    let stops: Vec<_> = ecs.calls_of(Operation::StopServiceDeployment).map(|call| call.accepted).collect();
    assert_eq!(stops, [true, false]);
    let first = &ecs.calls()[0];
    assert_eq!(first.service.as_deref(), Some("prod/web"));
    assert_eq!(first.body["stopType"], "ROLLBACK");
    assert_eq!((first.status, first.error.as_deref()), (Some(200), None));
    ecs.clear_calls();
    assert!(ecs.calls().is_empty());
}
