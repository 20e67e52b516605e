//! Deployments that an alarm seems to indicate, but that ECS's own data show not to be the cause.

use serde_json::{Value, json};
use signals::{ACCOUNT, Alarm, EcsEvent, Metric, REGION, at};
use simulator::{
    DeploymentSeed, RevisionCounts, ServiceSeed,
    Stage::{CleanUp, PostScaleUp, PostTestTrafficShift, PreScaleUp},
    Status, StopCode, Strategy, TaskFailure,
};

use crate::support::{World, alarm, outcome, request};

const BALANCER: &str = "app/shop/50dc6c495c0c9188";
const BLUE: &str = "targetgroup/blue/4b5e57f6eb2f42b9";
const GREEN: &str = "targetgroup/green/9f1b3c2a7d8e4f50";

fn arn(group: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{group}")
}

/// A blue/green service with this deployment in flight.
fn blue_green(deployment: DeploymentSeed) -> ServiceSeed {
    ServiceSeed::new("prod/web")
        .strategy(Strategy::BlueGreen)
        .between(&arn(BLUE), &arn(GREEN))
        .deployed("app:41")
        .with(deployment)
}

/// An alarm on this metric, tagged with `prod/web`.
fn on(metric: Metric) -> Value {
    Alarm::of(metric).named("web-5xx").tagged_with_services("prod/web").as_action()
}

fn on_balancer() -> Value {
    on(Metric::of_load_balancer(BALANCER))
}

fn on_group(group: &str) -> Value {
    on(Metric::of_target_group(BALANCER, group))
}

fn impaired() -> Value {
    EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").at(at("11:58:00")).as_json()
}

/// The outcome of an event. Checks that a stop was sent only if the outcome says so.
async fn decided(seed: ServiceSeed, event: &Value) -> String {
    let world = World::new();
    world.plant(seed);
    let decided = world.outcome(event).await;
    assert_eq!(world.rollbacks() == 1, decided.starts_with("rolled-back"), "{decided}");
    decided
}

#[tokio::test(start_paused = true)]
pub(crate) async fn not_serving_while_a_blue_green_deployment_waits_before_its_tasks_start() {
    let waiting = || blue_green(DeploymentSeed::of("app:42").stage(PreScaleUp).target(RevisionCounts::tasks(3, 0, 0)));
    for event in [alarm(), on_balancer(), on_group(GREEN)] {
        assert_eq!(decided(waiting(), &event).await, "skipped · not-serving", "{event}");
    }
    assert_eq!(decided(waiting(), &request()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn not_serving_by_a_load_balancers_alarm_before_any_traffic_is_shifted() {
    let scaled_up = || {
        let counts = RevisionCounts::tasks(3, 3, 0).production(0.0).test(0.0);
        blue_green(DeploymentSeed::of("app:42").stage(PostScaleUp).target(counts))
    };
    assert_eq!(decided(scaled_up(), &on_balancer()).await, "skipped · not-serving");
    assert_eq!(decided(scaled_up(), &on_group(GREEN)).await, "rolled-back · stop-requested");
    // A worker needs no traffic to do harm.
    assert_eq!(decided(scaled_up(), &alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn stop_requested_if_ecs_reports_no_counts_for_the_new_revision() {
    let silent =
        || blue_green(DeploymentSeed::of("app:42").stage(PostTestTrafficShift).target(RevisionCounts::default()));
    assert_eq!(decided(silent(), &on_balancer()).await, "rolled-back · stop-requested");
    assert_eq!(decided(silent(), &alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn different_deployment_while_the_old_revisions_target_group_drains() {
    let cleaning_up = || {
        let counts = RevisionCounts::tasks(3, 3, 0).production(100.0);
        blue_green(DeploymentSeed::of("app:42").stage(CleanUp).target(counts))
    };
    assert_eq!(decided(cleaning_up(), &on_group(BLUE)).await, "skipped · different-deployment");
    assert_eq!(decided(cleaning_up(), &on_group(GREEN)).await, "rolled-back · stop-requested");
    assert_eq!(decided(cleaning_up(), &on_balancer()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn different_deployment_when_57_tasks_of_the_old_revision_fail_and_none_of_the_new() {
    let failing = |old: u32, new: u32| {
        ServiceSeed::new("prod/web")
            .with(DeploymentSeed::of("app:41").status(Status::Successful).failed_tasks(old))
            .with(DeploymentSeed::of("app:42").failed_tasks(new))
    };
    assert_eq!(decided(failing(57, 0), &impaired()).await, "skipped · different-deployment");
    assert_eq!(decided(failing(57, 3), &impaired()).await, "rolled-back · stop-requested");
    assert_eq!(decided(failing(57, 0), &alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn no_capacity_if_every_stopped_task_of_the_new_revision_stopped_for_that() {
    let evidence = [("ROLLBACK_LOOK_UPS", "evidence")];
    let stopped = |tasks: &[(&str, StopCode)]| {
        let failure = |(reason, code): &(&str, StopCode)| TaskFailure::new(reason, None).code(*code).at(at("11:57:00"));
        let deployment = tasks.iter().map(failure).fold(DeploymentSeed::of("app:42"), DeploymentSeed::stopped);
        ServiceSeed::new("prod/web").deployed("app:41").with(deployment.failed_tasks(3))
    };
    let none = ("Capacity is unavailable at this time. Please try again later", StopCode::TaskFailedToStart);
    let memory = ("RESOURCE:MEMORY", StopCode::TaskFailedToStart);
    let spot = ("Your Spot Task was interrupted.", StopCode::SpotInterruption);
    let host = ("The host is unhealthy", StopCode::InfrastructureHealth);
    let crash = ("Essential container in task exited", StopCode::EssentialContainerExited);
    for (tasks, expected) in [
        (vec![none, memory, spot, host], "skipped · no-capacity"),
        (vec![none, crash], "rolled-back · stop-requested"),
        (vec![], "rolled-back · stop-requested"),
    ] {
        let world = World::with(&evidence);
        world.plant(stopped(&tasks));
        assert_eq!(world.outcome(&impaired()).await, expected, "{tasks:?}");
    }
    // Stopped tasks are read only if the look-up is on.
    assert_eq!(decided(stopped(&[none]), &impaired()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn first_deployment_if_nothing_ever_succeeded() {
    let failed =
        |created: &str| DeploymentSeed::of("app:41").status(Status::Stopped).created(at(created)).finished(at(created));
    let young =
        || ServiceSeed::new("prod/web").with(failed("11:00:00")).with(DeploymentSeed::of("app:42").sources(&["1"]));
    let old = || young().created("2026-02-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(decided(young(), &alarm()).await, "skipped · first-deployment");
    assert_eq!(decided(young(), &request()).await, "skipped · first-deployment");
    assert_eq!(decided(old(), &alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn way_back_if_app_41_is_deployed_again_after_app_42_succeeded() {
    let deployed = |last: &str| ServiceSeed::new("prod/web").deployed("app:41").deployed("app:42").deploying(last);
    assert_eq!(decided(deployed("app:41"), &alarm()).await, "skipped · way-back");
    assert_eq!(decided(deployed("app:43"), &alarm()).await, "rolled-back · stop-requested");
    assert_eq!(decided(deployed("app:42"), &alarm()).await, "rolled-back · stop-requested");
    assert_eq!(decided(deployed("app:41"), &request()).await, "rolled-back · stop-requested");
    assert_eq!(decided(deployed("app:41"), &impaired()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn signal_predates_deployment_for_the_child_of_a_composite_that_has_been_on_for_three_days() {
    let world = World::with(&[("ROLLBACK_LOOK_UPS", "composite-children")]);
    for service in ["prod/web", "prod/cart"] {
        world.plant(ServiceSeed::new(service).deployed("app:41").deploying("app:42"));
    }
    let three_days = "2026-05-29T11:55:00Z".parse().expect("a time");
    world
        .aws()
        .cloudwatch
        .put_alarm(simulator::Alarm::metric("web").on_service("prod/web").in_alarm().since(at("11:54:00")));
    world
        .aws()
        .cloudwatch
        .put_alarm(simulator::Alarm::metric("cart").on_service("prod/cart").in_alarm().since(three_days));
    let both = Alarm::composite("ALARM(web) AND ALARM(cart)").named("shop-down");
    for event in [
        both.clone().as_action(),
        both.triggered_by("web", at("11:54:00")).triggered_by("cart", three_days).as_action(),
    ] {
        let world = world.another(&[("ROLLBACK_LOOK_UPS", "composite-children"), ("ROLLBACK_MODE", "observe")]);
        let mut entries = world.entries(&event).await;
        entries.sort_by_key(|entry| entry["service"]["name"].to_string());
        let seen: Vec<_> = entries.iter().map(|entry| (entry["service"]["name"].clone(), outcome(entry))).collect();
        assert_eq!(
            seen,
            [
                (json!("cart"), "skipped · signal-predates-deployment".to_owned()),
                (json!("web"), "would-roll-back · observe-mode".to_owned()),
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn too_late_if_the_deployment_succeeded_meanwhile_or_at_most_15_minutes_before() {
    let ended = |time: &str| {
        let deployment = DeploymentSeed::of("app:42").status(Status::Successful).created(at("11:30:00"));
        ServiceSeed::new("prod/web").deployed("app:41").with(deployment.started(at("11:30:05")).finished(at(time)))
    };
    assert_eq!(decided(ended("11:56:00"), &alarm()).await, "no-op · too-late");
    assert_eq!(decided(ended("11:45:00"), &alarm()).await, "no-op · too-late");
    assert_eq!(decided(ended("11:31:00"), &alarm()).await, "no-op · nothing-in-flight");
    assert_eq!(decided(ended("11:56:00"), &request()).await, "no-op · nothing-in-flight");
    let strict = World::with(&[("ROLLBACK_TOO_LATE_SECONDS", "0")]);
    strict.plant(ended("11:45:00"));
    assert_eq!(strict.outcome(&alarm()).await, "no-op · nothing-in-flight");
}
