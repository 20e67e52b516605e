//! Injected faults, and the journal of calls.

use serde_json::json;
use simulator::{Answer, Fault, Operation, ServiceSeed};

use crate::caller::{ask, aws, call, described, error_of, listed, seconds, status, stop, web_in_flight};

#[test]
fn an_exception_replaces_the_answer_and_prevents_the_effect() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    aws.inject(Fault::exception("ConflictException", "in the way").on(Operation::StopServiceDeployment).once());
    let answer = stop(&mut aws, &arn);
    assert_eq!(answer.json(), json!({ "__type": "ConflictException", "message": "in the way" }));
    assert_eq!(status(&aws, &arn), "IN_PROGRESS");
    assert!(!aws.calls()[0].accepted);
    stop(&mut aws, &arn);
    assert!(aws.calls()[1].accepted);
}

#[test]
fn a_server_exception_has_status_500() {
    let mut aws = aws();
    aws.inject(Fault::exception("ServerException", ""));
    assert_eq!(call(&mut aws, Operation::ListClusters, &json!({})).status(), Some(500));
}

#[test]
fn an_answer_can_be_lost_before_or_after_the_calls_effect() {
    for (fault, after) in [(Fault::dropped(), "IN_PROGRESS"), (Fault::dropped().after_effect(), "ROLLBACK_REQUESTED")] {
        let mut aws = aws();
        let arn = web_in_flight(&mut aws);
        aws.inject(fault.on(Operation::StopServiceDeployment).once());
        assert!(matches!(stop(&mut aws, &arn), Answer::Dropped { .. }));
        assert_eq!(status(&aws, &arn), after);
        let call = &aws.calls()[0];
        assert_eq!((call.status, call.accepted), (None, after == "ROLLBACK_REQUESTED"));
    }
}

#[test]
fn an_answer_need_not_be_json() {
    let mut aws = aws();
    aws.inject(Fault::http(502, "<html>Bad Gateway</html>"));
    let answer = call(&mut aws, Operation::ListClusters, &json!({}));
    let Answer::Response { status, body, .. } = answer else { panic!("{answer:?}") };
    assert_eq!((status, body), (502, b"<html>Bad Gateway</html>".to_vec()));
}

#[test]
fn a_delay_is_returned_to_the_caller_and_not_slept() {
    let mut aws = aws();
    aws.inject(Fault::delay(seconds(7)).once());
    aws.inject(Fault::hang());
    let late = call(&mut aws, Operation::ListClusters, &json!({}));
    assert!(matches!(late, Answer::Response { status: 200, delay, .. } if delay == seconds(7)));
    let never = call(&mut aws, Operation::ListClusters, &json!({}));
    assert!(matches!(never, Answer::Dropped { delay } if delay >= seconds(600)));
}

#[test]
fn a_stale_read_shows_the_past_while_writes_see_the_present() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    stop(&mut aws, &arn);
    aws.advance(seconds(10));
    let newer = aws.ecs.deploy("prod/web", "web:43").unwrap();
    aws.inject(Fault::stale(seconds(30)));
    assert_eq!(described(&mut aws, &arn)["status"], "IN_PROGRESS");
    assert_eq!(listed(&mut aws, &json!({})).len(), 2);
    assert_eq!(described(&mut aws, &newer), json!(null));
    assert_eq!(stop(&mut aws, &arn).json()["__type"], "ConflictException");

    aws.clear_faults();
    aws.inject(Fault::stale(seconds(9)));
    assert_eq!(described(&mut aws, &arn)["status"], "ROLLBACK_REQUESTED");
    aws.clear_faults();
    assert_eq!(described(&mut aws, &arn)["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn a_service_that_is_newer_than_a_stale_read_is_missing_from_it() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    aws.advance(seconds(60));
    let create = json!({ "cluster": "prod", "serviceName": "cart", "taskDefinition": "web:41", "desiredCount": 1 });
    ask(&mut aws, Operation::CreateService, &create);
    aws.advance(seconds(1));
    aws.inject(Fault::stale(seconds(10)));
    let answer = ask(&mut aws, Operation::DescribeServices, &json!({ "cluster": "prod", "services": ["cart", "web"] }));
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    assert_eq!(answer["services"].as_array().unwrap().len(), 1);
}

#[test]
fn a_fault_can_be_limited_to_one_service_or_one_arn() {
    let mut aws = aws();
    let web = web_in_flight(&mut aws);
    let cart =
        aws.ecs.plant(ServiceSeed::new("prod/cart").deployed("cart:1").deploying("cart:2")).deployment().to_owned();
    for only in ["prod/cart", &cart] {
        aws.inject(Fault::throttling().service(only));
        assert_eq!(
            error_of(&mut aws, Operation::StopServiceDeployment, &json!({ "serviceDeploymentArn": cart })),
            "ThrottlingException"
        );
        assert_eq!(stop(&mut aws, &web).status(), Some(200));
        aws.clear_faults();
    }
}

#[test]
fn a_change_can_be_made_between_two_calls() {
    let mut aws = aws();
    let judged = web_in_flight(&mut aws);
    aws.before_next(Operation::StopServiceDeployment, |aws| {
        aws.ecs.deploy("prod/web", "web:43");
        aws.advance(seconds(1));
    });
    assert_eq!(stop(&mut aws, &judged).json()["__type"], "ConflictException");
    assert_eq!(status(&aws, &judged), "STOPPED");
    assert_eq!(listed(&mut aws, &json!({ "status": ["PENDING"] })).len(), 1);
}

#[test]
fn the_journal_records_requests_and_answers() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    stop(&mut aws, &arn);
    stop(&mut aws, &arn);
    listed(&mut aws, &json!({}));
    let stops: Vec<_> = aws.calls_of(Operation::StopServiceDeployment).map(|call| call.accepted).collect();
    assert_eq!(stops, [true, false]);
    let first = &aws.calls()[0];
    assert_eq!(first.service.as_deref(), Some("prod/web"));
    assert_eq!(first.body["stopType"], "ROLLBACK");
    assert_eq!((first.status, first.error.as_deref()), (Some(200), None));
    aws.clear_calls();
    assert!(aws.calls().is_empty());
}
