//! Follow-ups: the ends of rollbacks, and deployments that people should know about, from ECS's own events.

use std::time::Duration;

use ecs_auto_rollback::Delivery;
use serde_json::{Value, json};
use signals::{EcsEvent, at, sqs};
use simulator::{Alarm as SimulatedAlarm, DeploymentSeed, Fault, Operation, RollbackEnd, ServiceSeed, Status};

use crate::{
    notices::{kinds, messages, notices, shop, world},
    support::{World, alarm, outcome, request},
};

/// Lets ECS go on for a time, and gives the function all that ECS sends meanwhile.
pub(crate) async fn go_on(world: &World, time: Duration) {
    world.aws().ecs.take_events();
    tokio::time::sleep(time).await;
    let events = world.aws().ecs.take_events();
    world.invoke(&sqs(events)).await.expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_rollback_has_a_notice_with_its_time_since_the_signal() {
    let world = world(&[]);
    let arn = world.plant(shop()).deployment().to_owned();
    world.outcome(&alarm()).await;
    go_on(&world, Duration::from_mins(5)).await;
    assert_eq!(kinds(&world), ["rolled-back", "rollback-successful"]);
    let notice = notices(&world).remove(1);
    assert_eq!(notice["id"], format!("{arn}#rollback-successful"));
    assert!(notice["detail"].as_str().is_some_and(|detail| detail.contains("is complete after")), "{notice}");
    assert!(
        notice.pointer("/rollback/seconds").and_then(Value::as_i64).is_some_and(|seconds| (1..300).contains(&seconds))
    );
    let since = notice.pointer("/rollback/secondsSinceSignal").and_then(Value::as_i64).expect("a time");
    assert!((300..600).contains(&since), "{since}");
    assert!(notice["rollback"]["reason"].is_string(), "{notice}");
    assert_eq!(messages(&world)[1].0["metadata"]["threadId"], arn);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_somebody_else_began_has_a_notice_at_its_end() {
    let world = world(&[]);
    let arn = world.web_in_flight();
    let stop = simulator::Request::new(
        Operation::StopServiceDeployment,
        &json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}),
    );
    world.aws().handle(&stop);
    go_on(&world, Duration::from_mins(5)).await;
    assert_eq!(kinds(&world), ["rollback-successful"]);
    assert_eq!(notices(&world)[0].pointer("/rollback/secondsSinceSignal"), Some(&Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_fails_has_a_notice() {
    let world = world(&[]);
    let seed = DeploymentSeed::of("app:42").rollback_ends(RollbackEnd::Failed).revision("42");
    let arn = world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(seed)).deployment().to_owned();
    world.outcome(&request()).await;
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(world.aws().ecs.status(&arn), Some(Status::RollbackFailed));
    let now = world.aws().now();
    let event = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/42").at(now).as_json();
    world.outcome(&event).await;
    assert_eq!(kinds(&world), ["rolled-back", "rollback-failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_goes_well_is_no_outcome_of_a_rollback() {
    let world = world(&[]);
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    world.aws().ecs.deploy("prod/web", "app:42");
    go_on(&world, Duration::from_hours(1)).await;
    assert!(world.requests().iter().any(|(call, _)| call == "ListServiceDeployments"));
    assert_eq!(kinds(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_old_event_is_not_held_against_a_newer_rollback() {
    let world = world(&[]);
    let rolled_back = DeploymentSeed::of("app:42")
        .status(Status::RollbackSuccessful)
        .created(at("11:50:00"))
        .finished(at("11:58:00"));
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(rolled_back));
    let completed = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/41");
    world.outcome(&completed.clone().at(at("11:40:00")).as_json()).await;
    assert_eq!(kinds(&world), Vec::<String>::new());
    world.outcome(&completed.at(at("11:58:00")).as_json()).await;
    assert_eq!(kinds(&world), ["rollback-successful"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_at_either_end_of_time_takes_nothing_else_with_it() {
    let world = world(&[("POWERTOOLS_METRICS_NAMESPACE", "shop")]);
    world.web_in_flight();
    let mut started = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_IN_PROGRESS", "ecs-svc/42").as_json();
    let dates = ["9999-12-30T22:00:00Z", "9999-12-30T22:00:00.999999999Z", "-009999-01-02T01:59:59Z"];
    let mut bodies = vec![alarm().to_string()];
    for date in dates {
        started["detail"]["createdAt"] = json!(date);
        bodies.push(started.to_string());
        let mut late = alarm();
        late["alarmData"]["state"]["timestamp"] = json!(date);
        bodies.push(late.to_string());
    }
    let answer = world.invoke(&sqs(&bodies)).await.expect("a response");
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(world.rollbacks(), 1);
    assert!(kinds(&world).contains(&"rolled-back".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_was_rolled_back_and_is_deployed_again_has_a_notice_at_its_start() {
    let world = world(&[]);
    world.web_in_flight();
    world.outcome(&alarm()).await;
    go_on(&world, Duration::from_mins(5)).await;
    let again = world.aws().ecs.deploy("prod/web", "app:42").expect("a deployment");
    go_on(&world, Duration::from_secs(30)).await;
    assert_eq!(kinds(&world), ["rolled-back", "rollback-successful", "redeployed"]);
    assert_eq!(notices(&world)[2]["serviceDeploymentArn"], again);
    // Another one is nobody's surprise, and neither is one that has succeeded meanwhile.
    tokio::time::sleep(Duration::from_hours(2)).await;
    world.aws().ecs.deploy("prod/web", "app:43");
    go_on(&world, Duration::from_hours(2)).await;
    world.aws().ecs.deploy("prod/web", "app:42");
    go_on(&world, Duration::from_secs(30)).await;
    assert_eq!(kinds(&world).len(), 3, "{:?}", kinds(&world));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_begins_during_an_alarm_has_a_notice_if_that_is_asked_for() {
    for (asked, expected) in [(true, vec!["unprotected".to_owned()]), (false, vec![])] {
        let setting: &[(&str, &str)] =
            if asked { &[("ROLLBACK_FOLLOW_DEPLOYMENTS", "outcomes-and-unprotected")] } else { &[] };
        let world = world(setting);
        world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
        world.plant(ServiceSeed::new("prod/api").deployed("app:41"));
        world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").on_service("prod/web").in_alarm());
        world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-calm").on_service("prod/web"));
        let scaling = "TargetTracking-service/prod/web-AlarmHigh";
        world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric(scaling).on_service("prod/web").in_alarm());
        world.aws().ecs.deploy("prod/web", "app:42");
        world.aws().ecs.deploy("prod/api", "app:42");
        go_on(&world, Duration::from_secs(30)).await;
        assert_eq!(kinds(&world), expected);
        if asked {
            assert_eq!(notices(&world)[0]["alarms"], json!(["web-5xx"]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn alarms_that_cannot_be_read_do_not_hide_a_revision_that_is_deployed_again() {
    let world = world(&[("ROLLBACK_FOLLOW_DEPLOYMENTS", "outcomes-and-unprotected")]);
    world.web_in_flight();
    world.outcome(&alarm()).await;
    go_on(&world, Duration::from_mins(5)).await;
    world.aws().inject(Fault::exception("AccessDenied", "as the test has it").on(Operation::DescribeAlarms));
    world.aws().ecs.take_events();
    world.aws().ecs.deploy("prod/web", "app:42");
    tokio::time::sleep(Duration::from_secs(30)).await;
    let begun =
        world.aws().ecs.take_events().into_iter().find(|event| event["detail-type"] == "ECS Deployment State Change");
    let report = world.report(&begun.expect("an event")).await;
    assert_eq!(report.delivery(), Delivery { delivered: 2, failed: 1 });
    assert_eq!(kinds(&world), ["rolled-back", "rollback-successful", "redeployed"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_followed_up_is_counted_and_fails_nothing() {
    let world = world(&[]);
    world.web_in_flight();
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::ListServiceDeployments));
    let event = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1").as_json();
    let report = world.report(&event).await;
    assert_eq!(report.delivery(), Delivery { delivered: 0, failed: 1 });
    let response = report.into_response().expect("a response");
    assert_eq!(outcome(&response["outcomes"][0]), "ignored · informational-event");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_ours_is_not_followed_up() {
    let world = world(&[("ROLLBACK_SERVICES", "prod/api")]);
    world.web_in_flight();
    let event = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1").as_json();
    world.outcome(&event).await;
    assert_eq!(world.requests(), Vec::new());
}
