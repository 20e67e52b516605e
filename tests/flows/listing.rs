//! Deployments that ECS lists late, or lists but does not describe.

use std::time::Duration;

use simulator::{DeploymentSeed, Fault, Operation, ServiceSeed, Strategy};

use crate::support::{World, alarm, outcome};

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_listed_but_not_described_is_a_failure_unless_a_later_look_describes_it() {
    let missing = || Fault::http(200, r#"{"serviceDeployments":[],"failures":[{"arn":"arn","reason":"MISSING"}]}"#);
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(missing().on(Operation::DescribeServiceDeployments));
    let (error_type, message) = world.failure(&alarm()).await;
    assert_eq!(error_type, "ServerError", "{message}");
    assert!(message.contains("although ECS lists it as in progress"), "{message}");
    assert_eq!(
        (world.count(Operation::DescribeServiceDeployments), world.count(Operation::StopServiceDeployment)),
        (4, 0)
    );
    let world = World::new();
    world.web_in_flight();
    world.aws().inject(missing().on(Operation::DescribeServiceDeployments).times(2));
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_not_listed_yet_is_listed_again() {
    for (hint, strategy) in [(true, Strategy::Rolling), (false, Strategy::Rolling), (false, Strategy::BlueGreen)] {
        let world = World::new();
        world.aws().ecs.behaviour_mut().current_only_in_flight = !hint;
        let late = DeploymentSeed::of("app:42").unlisted_for(Duration::from_millis(10 * 60_000 + 600));
        world.plant(ServiceSeed::new("prod/web").strategy(strategy).deployed("app:41").with(late));
        assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested", "{hint} {strategy:?}");
        assert!(world.count(Operation::ListServiceDeployments) > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_never_listed_is_given_up_after_a_while() {
    let world = World::new();
    let never = DeploymentSeed::of("app:42").unlisted_for(Duration::from_hours(1));
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(never));
    let entry = world.entry(&alarm()).await;
    assert_eq!(outcome(&entry), "no-op · nothing-in-flight");
    assert!(entry["detail"].as_str().is_some_and(|detail| detail.contains("lists no service deployment for it yet")));
    assert_eq!(world.count(Operation::ListServiceDeployments), 4);
}

#[tokio::test(start_paused = true)]
async fn a_service_with_nothing_in_flight_is_listed_once_with_any_strategy() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen, Strategy::Canary] {
        let world = World::new();
        world.plant(ServiceSeed::new("prod/web").strategy(strategy).deployed("app:41"));
        assert_eq!(world.outcome(&alarm()).await, "no-op · nothing-in-flight");
        assert_eq!(world.count(Operation::ListServiceDeployments), 1, "{strategy:?}");
    }
}
