//! A storm: thousands of signals over hundreds of services, with ECS throttled as documented.

mod curve;
mod delivery;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use signals::{Alarm, at, sqs};
use simulator::{Operation, ServiceSeed};
use tokio::time::sleep;

use self::delivery::Storm;
use crate::support::{World, alarm, alarm_event_on, request, web};

fn remembering() -> World {
    World::with(&[("ROLLBACK_MEMORY_SECONDS", "20")])
}

#[tokio::test(start_paused = true)]
async fn another_signal_for_a_service_that_was_just_observed_costs_no_call() {
    let world = remembering();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    for calls in [2, 0, 0] {
        world.aws().clear_calls();
        assert_eq!(world.outcome(&alarm()).await, "no-op · nothing-in-flight");
        assert_eq!(world.aws().calls().len(), calls);
        sleep(Duration::from_secs(10)).await;
    }
    sleep(Duration::from_secs(1)).await;
    world.outcome(&alarm()).await;
    assert_eq!(world.aws().calls().len(), 2, "a look is forgotten once it is too old");
}

#[tokio::test(start_paused = true)]
async fn memory_never_rolls_back_and_never_hides_a_deployment_that_began_later() {
    let world = remembering();
    world.plant(web().tag("auto-rollback", "observe"));
    assert_eq!(world.outcome(&alarm()).await, "would-roll-back · observe-mode");
    assert_eq!(world.outcome(&request()).await, "would-roll-back · observe-mode");
    assert_eq!(
        world.count(Operation::DescribeServices),
        2,
        "a person's request has no start time, so the service is always observed"
    );

    let world = remembering();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    world.outcome(&alarm()).await;
    world.aws().ecs.deploy("prod/web", "app:42");
    sleep(Duration::from_secs(5)).await;
    let later = Alarm::on("prod/web").since(at("12:00:04")).without_data();
    assert_eq!(world.outcome(&later.as_action()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_new_deployment_is_not_listed_yet_is_observed_again() {
    let world = remembering();
    let late = simulator::DeploymentSeed::of("app:42").unlisted_for(Duration::from_mins(10) + Duration::from_secs(5));
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(late));
    assert_eq!(world.outcome(&alarm()).await, "no-op · nothing-in-flight");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn five_simultaneous_deliveries_of_one_message_cause_one_rollback() {
    let world = World::new();
    world.web_in_flight();
    let batch = sqs([alarm_event_on("prod/web")]);
    let answers = join_all((0..5).map(|_| world.invoke(&batch))).await;
    assert!(
        answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| *answer == json!({"batchItemFailures": []})))
    );
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn with_the_queue_a_storm_loses_no_signal_and_calls_grow_with_the_services() {
    let storm = Storm { services: 1_000, in_flight: 200, signals: 10_000 };
    let toll = storm.through_the_queue().await;
    let ratio = toll.took.as_secs_f64() / storm.at_best().as_secs_f64();
    assert_eq!(toll.lost, 0, "{toll:?}");
    assert_eq!((toll.rolled_back, toll.stops), (200, 200), "{toll:?}");
    assert!(toll.calls < 5 * storm.services, "{toll:?}");
    assert!(ratio < 2.5, "{ratio} {toll:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_queue_a_storm_loses_signals_and_calls_grow_with_the_signals() {
    let storm = Storm { services: 100, in_flight: 20, signals: 1_000 };
    let toll = storm.without_the_queue().await;
    assert!(toll.lost > 0, "{toll:?}");
    assert!(toll.calls > 20 * storm.services, "{toll:?}");
}

#[tokio::test(start_paused = true)]
async fn follow_ups_at_full_rate_delay_rollbacks_no_more_than_the_throttles_do() {
    let storm = Storm { services: 300, in_flight: 300, signals: 300 };
    let toll = storm.beside_news(1_000).await;
    let ratio = toll.rolled_back_in.as_secs_f64() / storm.at_best().as_secs_f64();
    assert_eq!((toll.rolled_back, toll.lost), (300, 0), "{toll:?}");
    assert!(ratio < 1.15, "{ratio} {toll:?}");
}

#[tokio::test(start_paused = true)]
async fn retries_of_a_batch_that_takes_too_long_handle_every_service() {
    let mut world = World::new();
    world.time_left = Some(Duration::from_secs(3));
    let services: Vec<String> = (0..200).map(|number| format!("prod/s{number}")).collect();
    for service in &services {
        world.plant(ServiceSeed::new(service).deployed("app:41"));
    }
    world.aws().inject(simulator::Fault::delay(Duration::from_millis(200)));
    let batch = sqs(services.iter().map(|service| alarm_event_on(service)));
    let mut waiting: std::collections::BTreeSet<String> = (0..200).map(|number| format!("m{number}")).collect();
    for _ in 0..6 {
        let answer = world.invoke(&batch).await.expect("a response");
        let failed = answer["batchItemFailures"].as_array().expect("failures").iter();
        let failed: Vec<&str> = failed.filter_map(|failure| failure["itemIdentifier"].as_str()).collect();
        assert!(failed.len() > 50, "{}", failed.len());
        waiting.retain(|message| failed.contains(&message.as_str()));
        sleep(Duration::from_secs(67)).await;
    }
    assert!(waiting.is_empty(), "{waiting:?}");
}
