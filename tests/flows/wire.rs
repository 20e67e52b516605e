//! The requests to ECS: their exact content, their number, and lists of more than one page.

use serde_json::{Value, json};
use signals::{EcsEvent, at, sns, sqs};
use simulator::{DeploymentSeed, Operation, Order, ServiceSeed, Stage, Status};

use crate::support::{World, alarm, alarm_event_on, in_flight, outcome, web};

fn call(operation: &str, body: Value) -> (String, Value) {
    (operation.to_owned(), body)
}

#[tokio::test(start_paused = true)]
async fn a_rollback_takes_five_requests_in_three_steps() {
    let world = World::new();
    let arn = world.web_in_flight();
    world.entry(&alarm()).await;
    let mut requests = world.requests();
    // Read together with the description of the deployment: its revision and the previous one.
    let (operation, revisions) = requests.remove(3);
    assert_eq!(operation, "DescribeServiceRevisions");
    assert_eq!(revisions["serviceRevisionArns"].as_array().map(Vec::len), Some(2), "{revisions}");
    assert_eq!(
        requests,
        [
            call("DescribeServices", json!({"cluster": "prod", "services": ["web"], "include": ["TAGS"]})),
            call("ListServiceDeployments", json!({"cluster": "prod", "service": "web", "maxResults": 100})),
            call("DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]})),
            call("StopServiceDeployment", json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"})),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_paused_deployment_is_continued_with_a_rollback() {
    let world = World::new();
    let paused = DeploymentSeed::of("app:42").paused_by("ecs-pause-Xk7", Stage::PostTestTrafficShift);
    let arn = world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(paused)).deployment().to_owned();
    world.entry(&alarm()).await;
    let body = json!({"serviceDeploymentArn": arn, "hookId": "ecs-pause-Xk7", "action": "ROLLBACK"});
    assert_eq!(world.requests().last(), Some(&call("ContinueServiceDeployment", body)));
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_is_screened_out_or_finds_no_service_makes_no_further_calls() {
    for (event, calls) in [
        (EcsEvent::task_stopped("prod/web", "ecs-svc/1").as_json(), 0),
        (signals::request("prod/a b", "it is broken"), 0),
        (alarm_event_on("prod/nowhere"), 2),
    ] {
        let world = World::new();
        world.plant(web());
        world.entry(&event).await;
        assert_eq!(world.requests().len(), calls, "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_in_flight_takes_two_calls() {
    let world = World::new();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    world.entry(&alarm()).await;
    assert_eq!(world.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn signals_of_one_batch_for_one_service_share_one_observation_and_one_stop() {
    let world = World::new();
    world.web_in_flight();
    let batch = sqs((0..10).map(|_| alarm_event_on("prod/web")));
    assert_eq!(world.invoke(&batch).await.expect("a response"), json!({"batchItemFailures": []}));
    assert_eq!(world.requests().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn services_are_handled_eight_at_a_time() {
    let world = World::new();
    let batch = sns((0..20).map(|number| {
        let service = format!("prod/s{number}");
        world.plant(in_flight(&service));
        alarm_event_on(&service)
    }));
    world.aws().inject(simulator::Fault::delay(std::time::Duration::from_secs(1)));
    let began = tokio::time::Instant::now();
    world.invoke(&batch).await.expect("a response");
    // Twenty services, eight at a time, three steps of a second each.
    assert_eq!(began.elapsed().as_secs(), 9);
    assert_eq!(world.rollbacks(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_deployment_in_flight_is_found_on_any_page() {
    for order in [Order::NewestFirst, Order::OldestFirst, Order::Shuffled] {
        for page_size in [1, 2, 3, 100] {
            let world = World::new();
            let finished = |hour: i64| {
                let time = at("11:00:00") - jiff::SignedDuration::from_hours(hour);
                DeploymentSeed::of("app:41").status(Status::Successful).created(time).finished(time)
            };
            let mut seed = ServiceSeed::new("prod/web");
            for hour in 1..6 {
                seed = seed.with(finished(hour));
            }
            world.plant(seed.deploying("app:42"));
            world.aws().ecs.behaviour_mut().page_size = Some(page_size);
            world.aws().ecs.behaviour_mut().order = order;
            assert_eq!(outcome(&world.entry(&alarm()).await), "rolled-back · stop-requested", "{order:?} {page_size}");
            assert_eq!(world.count(Operation::ListServiceDeployments), 6_usize.div_ceil(page_size));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_history_is_read_only_as_far_back_as_needed() {
    let world = World::new();
    let mut seed = ServiceSeed::new("prod/web");
    for hour in (1..=350).rev() {
        let time = at("11:00:00") - jiff::SignedDuration::from_hours(hour);
        seed = seed.with(DeploymentSeed::of("app:41").status(Status::Successful).created(time).finished(time));
    }
    world.plant(seed.deploying("app:42"));
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
    assert_eq!(world.count(Operation::ListServiceDeployments), 1);
    world.aws().ecs.behaviour_mut().order = Order::OldestFirst;
    world.aws().clear_calls();
    assert_eq!(world.outcome(&alarm()).await, "no-op · already-rolling-back");
    assert_eq!(
        world.count(Operation::ListServiceDeployments),
        4,
        "a list that is not ordered newest first is read completely"
    );
}
