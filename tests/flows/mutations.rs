//! Rules that no other test covers: each test here fails for one small change of the code.

use std::time::Duration;

use serde_json::json;
use signals::sqs;
use simulator::{DeploymentSeed, Fault, Operation, ServiceSeed, Status};

use crate::support::{World, alarm, alarm_event_on, request};

#[tokio::test(start_paused = true)]
async fn after_a_failed_stop_no_message_about_the_service_is_acknowledged() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::StopServiceDeployment));
    let answer =
        world.invoke(&sqs([alarm_event_on("prod/web"), alarm_event_on("prod/web")])).await.expect("a response");
    let both = json!({"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]});
    assert_eq!(answer, both);
    assert_eq!(world.count(Operation::StopServiceDeployment), 1);
}

#[tokio::test(start_paused = true)]
async fn a_held_service_is_reported_as_held_even_with_nothing_in_flight() {
    let world = World::new();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").tag("auto-rollback", "off"));
    assert_eq!(world.outcome(&alarm()).await, "skipped · held");
}

#[tokio::test(start_paused = true)]
async fn a_failed_second_look_is_reported_as_a_failure_and_not_as_a_conflict() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("ConflictException", "later").on(Operation::StopServiceDeployment));
    let denied = Fault::exception("AccessDeniedException", "no").on(Operation::DescribeServiceDeployments);
    world.aws().inject(denied.skip(1));
    assert_eq!(world.failure(&request()).await.0, "AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn the_limit_counts_rollbacks_beyond_the_first_page() {
    let world = World::with(&[("ROLLBACK_LIMIT_WINDOW_SECONDS", "604800")]);
    let minutes_ago = |minutes: u64| world.aws().now() - Duration::from_secs(60 * minutes);
    let ended = |status: Status, minutes: u64| {
        DeploymentSeed::of("app:42").status(status).created(minutes_ago(minutes)).finished(minutes_ago(minutes))
    };
    let mut seed = ServiceSeed::new("prod/web").with(ended(Status::Successful, 2_000));
    for minutes in [1_003, 1_002, 1_001] {
        seed = seed.with(ended(Status::RollbackSuccessful, minutes));
    }
    for number in 0..110 {
        seed = seed.with(ended(Status::Stopped, 900 - number));
    }
    world.plant(seed.deploying("app:42"));
    assert_eq!(world.outcome(&alarm()).await, "skipped · rollback-limit");
}

#[tokio::test(start_paused = true)]
async fn the_pauses_between_conflicts_grow() {
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(Fault::exception("ConflictException", "later").on(Operation::StopServiceDeployment));
    assert_eq!(world.outcome(&alarm()).await, "no-op · conflict");
    let aws = world.aws();
    let tries: Vec<_> = aws.calls_of(Operation::StopServiceDeployment).map(|call| call.at).collect();
    let pauses: Vec<_> = tries.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis()).collect();
    assert!((4..15).contains(&tries.len()), "{pauses:?}");
    assert!(pauses[0] >= 200 && pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert!(pauses[3] >= 4 * pauses[0], "{pauses:?}");
}
