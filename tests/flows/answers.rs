//! AWS's answers to the stop, with one test for each answer in the table of reasons, and failures of other calls.

use std::time::Duration;

use serde_json::{Value, json};
use signals::sqs;
use simulator::{Aws, DeploymentSeed, Fault, Operation, Refusal, Request, ServiceSeed, Stage, Status};
use tokio::time::Instant;

use crate::support::{World, alarm, alarm_event_on, in_flight, outcome, request};

const STOP: Operation = Operation::StopServiceDeployment;

#[tokio::test(start_paused = true)]
async fn a_stop_that_ecs_accepts_is_a_rollback() {
    let world = World::new();
    world.web_in_flight();
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
pub(crate) async fn service_deployment_not_found() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("ServiceDeploymentNotFoundException", "It doesn't exist.").on(STOP));
    assert_eq!(world.outcome(&alarm()).await, "no-op · deployment-not-found");
    assert_eq!(world.count(STOP), 1);
}

/// A change to the service deployment with this ARN.
type Interference = fn(&mut Aws, &str);

/// The outcome if the deployment changes just before the stop arrives, which ECS then refuses with `exception`.
async fn refused_after(interfere: Interference, exception: &str) -> String {
    let world = World::new();
    let arn = world.web_in_flight();
    world.aws().before_next(STOP, move |aws| {
        interfere(aws, &arn);
        aws.clear_calls();
    });
    world.aws().inject(Fault::exception(exception, "not now").on(STOP));
    let outcome = world.outcome(&alarm()).await;
    assert_eq!((world.count(STOP), world.rollbacks()), (1, 0), "{outcome}");
    outcome
}

/// Somebody else stops it.
fn somebody_stops_it(aws: &mut Aws, arn: &str) {
    aws.clear_faults();
    aws.handle(&Request::new(STOP, &json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"})));
    aws.inject(Fault::exception("ConflictException", "not now").on(STOP));
}

#[tokio::test(start_paused = true)]
async fn a_refused_stop_is_judged_by_the_deployments_status_and_not_by_the_exception() {
    let cases: [(Interference, &str); 6] = [
        (|aws, _| aws.advance(Duration::from_hours(25)), "no-op · already-finished"),
        (somebody_stops_it, "no-op · already-rolling-back"),
        (
            |aws, arn| {
                somebody_stops_it(aws, arn);
                while aws.ecs.status(arn) == Some(Status::RollbackRequested) {
                    aws.advance(Duration::from_millis(100));
                }
            },
            "no-op · already-rolling-back",
        ),
        (
            |aws, arn| {
                somebody_stops_it(aws, arn);
                aws.advance(Duration::from_hours(1));
            },
            "no-op · already-finished",
        ),
        (
            |aws, _| {
                aws.ecs.deploy("prod/web", "app:43");
            },
            "no-op · already-stopping",
        ),
        (
            |aws, _| {
                aws.ecs.deploy("prod/web", "app:43");
                aws.advance(Duration::from_mins(1));
            },
            "no-op · already-finished",
        ),
    ];
    for exception in ["ConflictException", "InvalidParameterException"] {
        for (index, (interfere, expected)) in cases.into_iter().enumerate() {
            assert_eq!(refused_after(interfere, exception).await, expected, "{exception}, case {index}");
        }
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn conflict_of_ecs_itself_for_a_deployment_that_has_ended() {
    for refusal in [Refusal::Conflict, Refusal::InvalidParameter] {
        let world = World::new();
        world.aws().ecs.behaviour_mut().stop_finished = refusal;
        world.web_in_flight();
        world.aws().before_next(STOP, |aws| aws.advance(Duration::from_hours(25)));
        assert_eq!(world.outcome(&alarm()).await, "no-op · already-finished");
        assert_eq!(world.count(STOP), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_retried_until_the_conflict_is_over() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("ConflictException", "not now").on(STOP).times(2));
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert_eq!((world.count(STOP), world.rollbacks()), (3, 1));
}

#[tokio::test(start_paused = true)]
pub(crate) async fn conflict_that_stays_is_no_error() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("ConflictException", "not now").on(STOP));
    let began = Instant::now();
    let entry = world.entry(&alarm()).await;
    assert_eq!(outcome(&entry), "no-op · conflict");
    let detail = entry["detail"].as_str().expect("a sentence");
    assert!(detail.contains(" times within ") && detail.contains("not now"), "{detail}");
    assert!(began.elapsed() > Duration::from_secs(10) && began.elapsed() < Duration::from_secs(25));
    assert!(world.count(STOP) > 6);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_still_retried_after_ten_seconds_of_conflict() {
    let world = World::new();
    let (began, arn) = (Instant::now(), world.web_in_flight());
    world.aws().inject(Fault::exception("ConflictException", "not now").on(STOP).times(7));
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert!(began.elapsed() > Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(world.aws().ecs.status(&arn), Some(Status::RollbackRequested));
}

#[tokio::test(start_paused = true)]
async fn a_lasting_conflict_is_reported_within_the_time_that_lambda_leaves() {
    let mut world = World::new();
    world.time_left = Some(Duration::from_secs(5));
    world.web_in_flight();
    world.aws().inject(Fault::exception("ConflictException", "not now").on(STOP));
    let began = Instant::now();
    assert_eq!(world.outcome(&alarm()).await, "no-op · conflict");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_whose_answers_are_all_lost_the_deployment_is_observed_again() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::dropped().on(STOP).after_effect());
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
pub(crate) async fn invalid_parameter_for_a_deployment_that_can_be_stopped_is_a_failure() {
    assert_eq!(failure_of_the_stop("InvalidParameterException").await, "InvalidParameter");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn unsupported_feature() {
    assert_eq!(failure_of_the_stop("UnsupportedFeatureException").await, "UnsupportedFeature");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn access_denied() {
    assert_eq!(failure_of_the_stop("AccessDeniedException").await, "AccessDenied");
    assert_eq!(failure_of_the_stop("ExpiredTokenException").await, "AccessDenied");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn client_exception() {
    assert_eq!(failure_of_the_stop("ClientException").await, "ClientError");
    assert_eq!(failure_of_the_stop("ExceptionToCome").await, "ClientError");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn server_exception_throttling_and_lost_connections_fail_after_the_sdks_retries() {
    for (fault, expected) in [
        (Fault::exception("ServerException", "oops"), "ServerError"),
        (Fault::http(503, "<html>busy</html>"), "ServerError"),
        (Fault::throttling(), "Throttled"),
        (Fault::dropped(), "Unreachable"),
        (Fault::hang(), "Unreachable"),
    ] {
        let world = World::new();
        world.web_in_flight();
        world.aws().inject(fault.on(STOP));
        let (error_type, message) = world.failure(&alarm()).await;
        assert_eq!(error_type, expected, "{message}");
        assert!(world.count(STOP) > 1 && !message.contains('\n'), "{expected}: {message}");
    }
}

async fn failure_of_the_stop(exception: &str) -> String {
    let world = World::new();
    let arn = world.web_in_flight();
    world.aws().inject(Fault::exception(exception, "first line\nsecond line").on(STOP));
    let (error_type, message) = world.failure(&alarm()).await;
    assert!(message.contains(&format!("Could not stop {arn}")), "{message}");
    assert!(message.contains(exception) && message.contains(r"first line\nsecond line"), "{message}");
    assert_eq!((world.count(STOP), world.rollbacks()), (1, 0));
    error_type
}

#[tokio::test(start_paused = true)]
async fn a_transient_fault_of_any_call_does_not_prevent_a_rollback() {
    for operation in
        [Operation::DescribeServices, Operation::ListServiceDeployments, Operation::DescribeServiceDeployments, STOP]
    {
        for fault in
            [Fault::exception("ServerException", "oops"), Fault::throttling(), Fault::dropped(), Fault::http(500, "")]
        {
            let world = World::new();
            world.web_in_flight();
            world.aws().inject(fault.on(operation).times(2));
            assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested", "{operation:?}");
            assert_eq!(world.rollbacks(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_whose_answer_is_lost_is_still_one_rollback() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::dropped().on(STOP).once().after_effect());
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert_eq!((world.count(STOP), world.rollbacks()), (2, 1));
}

/// `prod/web`, whose deployment waits at a PAUSE hook.
fn paused_web() -> ServiceSeed {
    let paused = DeploymentSeed::of("app:42").paused_by("ecs-pause-1", Stage::PostTestTrafficShift);
    ServiceSeed::new("prod/web").deployed("app:41").with(paused)
}

#[tokio::test(start_paused = true)]
async fn a_continue_that_is_refused_for_any_reason_is_followed_by_a_stop() {
    for exception in [
        "AccessDeniedException",
        "ConflictException",
        "InvalidParameterException",
        "ServerException",
        "ServiceDeploymentNotFoundException",
        "UnsupportedFeatureException",
    ] {
        let world = World::new();
        world.plant(paused_web());
        world.aws().inject(Fault::exception(exception, "no").on(Operation::ContinueServiceDeployment));
        assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested", "{exception}");
        assert_eq!((world.count(STOP), world.rollbacks()), (1, 1), "{exception}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_continue_finds_the_rollback_that_somebody_else_requested() {
    let world = World::new();
    let arn = world.plant(paused_web()).deployment().to_owned();
    world.aws().before_next(Operation::ContinueServiceDeployment, move |aws| somebody_stops_it(aws, &arn));
    world.aws().inject(Fault::exception("ConflictException", "no").on(Operation::ContinueServiceDeployment));
    assert_eq!(world.outcome(&alarm()).await, "no-op · already-rolling-back");
}

#[tokio::test(start_paused = true)]
async fn the_deployment_that_was_judged_is_the_one_that_is_stopped() {
    let world = World::new();
    let judged = world.web_in_flight();
    world.aws().before_next(STOP, |aws| {
        aws.ecs.deploy("prod/web", "app:43");
    });
    let entry = world.entry(&alarm()).await;
    assert_eq!(entry["serviceDeploymentArn"], json!(judged));
    let stops: Vec<Value> = world.aws().calls_of(STOP).map(|call| call.body["serviceDeploymentArn"].clone()).collect();
    assert_eq!(stops, [json!(judged)]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_is_reported_with_the_error_type_of_its_exception() {
    for operation in
        [Operation::DescribeServices, Operation::ListServiceDeployments, Operation::DescribeServiceDeployments]
    {
        for (exception, expected) in [
            ("AccessDeniedException", "AccessDenied"),
            ("ClientException", "ClientError"),
            ("InvalidParameterException", "InvalidParameter"),
            ("ServerException", "ServerError"),
            ("ThrottlingException", "Throttled"),
        ] {
            let world = World::new();
            world.web_in_flight();
            world.aws().inject(Fault::exception(exception, "no").on(operation));
            let (error_type, message) = world.failure(&alarm()).await;
            assert_eq!(error_type, expected, "{operation:?}: {message}");
            assert_eq!(world.count(STOP), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn whatever_hangs_the_invocation_has_answered_within_25_seconds() {
    for operation in
        [Operation::DescribeServices, Operation::ListServiceDeployments, Operation::DescribeServiceDeployments, STOP]
    {
        let world = World::new();
        world.web_in_flight();
        world.aws().inject(Fault::hang().on(operation));
        let began = Instant::now();
        let (error_type, message) = world.failure(&alarm()).await;
        assert_eq!(error_type, "Unreachable", "{message}");
        assert!(began.elapsed() < Duration::from_secs(25), "{operation:?}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_ends_in_time_if_every_call_is_slow() {
    let world = World::new();
    let services: Vec<String> = (0..40).map(|number| format!("prod/s{number}")).collect();
    for service in &services {
        world.plant(in_flight(service));
    }
    world.aws().inject(Fault::delay(Duration::from_millis(2_900)));
    let batch = sqs(services.iter().map(|service| alarm_event_on(service)));
    let began = Instant::now();
    let response = world.invoke(&batch).await.expect("a response");
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    let failed = response["batchItemFailures"].as_array().expect("failures").len();
    assert!(failed > 0 && failed < services.len(), "some succeed, and the rest are returned to the queue: {failed}");
    world.aws().clear_faults();
    assert_eq!(world.invoke(&batch).await.expect("a response"), json!({"batchItemFailures": []}));
    assert_eq!(world.rollbacks(), services.len(), "the redelivery rolls back the rest, each once");
}

#[tokio::test(start_paused = true)]
async fn an_invocation_ends_within_the_time_that_lambda_leaves() {
    let mut world = World::new();
    world.time_left = Some(Duration::from_secs(1));
    world.web_in_flight();
    world.aws().inject(Fault::hang());
    let began = Instant::now();
    assert_eq!(world.failure(&alarm()).await.0, "Unreachable");
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_handled_in_time_is_returned_to_the_queue() {
    for (left, slow, calls, stops) in [(600, 0, 0, 0), (1_350, 300, 4, 0), (3_000, 300, 5, 1)] {
        let mut world = World::new();
        world.time_left = Some(Duration::from_millis(left));
        world.web_in_flight();
        world.aws().inject(Fault::delay(Duration::from_millis(slow)));
        let done = world.invoke(&sqs([alarm_event_on("prod/web")])).await.expect("a response");
        assert_eq!(done["batchItemFailures"].as_array().map(Vec::is_empty), Some(stops == 1), "{left} ms");
        assert_eq!((world.requests().len(), world.rollbacks()), (calls, stops), "{left} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_is_a_no_op_at_every_stage_of_the_rollback() {
    let world = World::new();
    let arn = world.web_in_flight();
    assert_eq!(world.outcome(&request()).await, "rolled-back · stop-requested");
    for (status, expected) in [
        (Status::RollbackRequested, "no-op · already-rolling-back"),
        (Status::RollbackInProgress, "no-op · already-rolling-back"),
        (Status::RollbackSuccessful, "no-op · nothing-in-flight"),
    ] {
        while world.aws().ecs.status(&arn) != Some(status.clone()) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(world.outcome(&request()).await, expected);
    }
    assert_eq!(world.rollbacks(), 1);
}
