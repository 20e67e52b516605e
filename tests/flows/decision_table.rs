//! One test for each row and reason of the decision table, named after it, through the whole function.

use serde_json::{Value, json};
use signals::{ACCOUNT, Alarm, EcsEvent, Metric, REGION, at};
use simulator::{Controller, DeploymentSeed, ServiceSeed, Stage, Status};

use crate::support::{World, alarm, alarm_event_on, in_flight, request, web};

/// The outcome of the alarm on `prod/web` in a world with this service. It must have left the deployment alone.
async fn left_alone(seed: ServiceSeed, event: &Value) -> String {
    left_alone_with(&[], seed, event).await
}

async fn left_alone_with(variables: &[(&str, &str)], seed: ServiceSeed, event: &Value) -> String {
    let world = World::with(variables);
    world.plant(seed);
    let outcome = world.outcome(event).await;
    assert_eq!(world.rollbacks(), 0, "{outcome}");
    outcome
}

#[tokio::test(start_paused = true)]
pub(crate) async fn not_in_alarm() {
    let event = Alarm::on("prod/web").recovered(at("11:57:00")).as_action();
    assert_eq!(left_alone(web(), &event).await, "ignored · not-in-alarm");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn alarm_not_listed() {
    let outcome = left_alone_with(&[("ROLLBACK_ALARMS", "cart-*")], web(), &alarm()).await;
    assert_eq!(outcome, "ignored · alarm-not-listed");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn scaling_alarm() {
    let event = Alarm::on("prod/web").named("TargetTracking-service/prod/web-AlarmHigh-0b1c").as_action();
    assert_eq!(left_alone(web(), &event).await, "ignored · scaling-alarm");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn informational_event() {
    let service = "prod/web";
    for event in [
        EcsEvent::deployment(service, "SERVICE_DEPLOYMENT_IN_PROGRESS", "ecs-svc/1"),
        EcsEvent::deployment(service, "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1"),
        EcsEvent::service_action(service, "SERVICE_STEADY_STATE"),
        EcsEvent::service_action(service, "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        EcsEvent::service_action(service, "SERVICE_DEPLOYMENT_FAILED"),
        EcsEvent::hook(service, "HOOK_AWAITING_ACTION", "NCWGC2ZR-taawPAYrIaU5"),
        EcsEvent::task_stopped(service, "ecs-svc/1"),
        EcsEvent::of_type("ECS Daemon Deployment State Change", service, "DAEMON_DEPLOYMENT_FAILED"),
        EcsEvent::of_type("ECS Event To Come", service, "SERVICE_TASK_START_IMPAIRED"),
    ] {
        let event = event.as_json();
        assert_eq!(left_alone(web(), &event).await, "ignored · informational-event", "{event}");
    }
    let not_chosen = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json();
    let outcome = left_alone_with(&[("ROLLBACK_ECS_EVENTS", "none")], web(), &not_chosen).await;
    assert_eq!(outcome, "ignored · informational-event");
    let alarm = Alarm::on("prod/web");
    let changed = alarm.as_change_from(&alarm.clone().above(9.0), at("11:58:00"));
    assert_eq!(left_alone(web(), &changed).await, "ignored · informational-event");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn alarm_suppressed() {
    let event = Alarm::on("prod/web").suppressed_by("WaitPeriod").as_event();
    assert_eq!(left_alone(web(), &event).await, "ignored · alarm-suppressed");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn alarm_muted() {
    let event = Alarm::on("prod/web").muted_by("night").as_event();
    assert_eq!(left_alone(web(), &event).await, "ignored · alarm-muted");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn stale_signal() {
    let event = Alarm::on("prod/web").since(at("11:44:00")).as_action();
    assert_eq!(left_alone(web(), &event).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn unmapped() {
    let errors = || Metric::new("Shop", "Errors");
    for metric in [
        errors(),
        errors().dimension("ClusterName", "prod"),
        errors().dimension("ServiceName", "web"),
        errors().service("prod/daemon:web"),
        Metric::of_target_group("app/web/1", "targetgroup/web/2"),
    ] {
        assert_eq!(left_alone(web(), &Alarm::of(metric).as_action()).await, "skipped · unmapped");
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn ambiguous() {
    let event = signals::request(&format!("prod/arn:aws:ecs:{REGION}:{ACCOUNT}:service/stage/web"), "it is broken");
    assert_eq!(left_alone(web(), &event).await, "skipped · ambiguous");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn not_allowed() {
    for event in [alarm(), request()] {
        let outcome = left_alone_with(&[("ROLLBACK_SERVICES", "prod/cart stage/*")], web(), &event).await;
        assert_eq!(outcome, "skipped · not-allowed");
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn foreign_account() {
    let alarm = || Alarm::on("prod/web");
    for alarm in [alarm().in_account("444455556666"), alarm().in_region("eu-west-1"), alarm().in_region("cn-north-1")] {
        assert_eq!(left_alone(web(), &alarm.as_action()).await, "skipped · foreign-account");
    }
    let metric = Metric::new("Shop", "Errors").service("prod/web").in_account("444455556666");
    assert_eq!(left_alone(web(), &Alarm::of(metric).as_action()).await, "skipped · foreign-account");
}

#[tokio::test(start_paused = true)]
async fn foreign_account_where_only_ecs_knows_our_own() {
    let mut world = World::new();
    world.home.account = None;
    world.web_in_flight();
    let event = Alarm::on("prod/web").in_account("444455556666").as_action();
    assert_eq!(world.outcome(&event).await, "skipped · foreign-account");
    assert_eq!(world.rollbacks(), 0);
}

#[tokio::test(start_paused = true)]
pub(crate) async fn service_not_found() {
    assert_eq!(left_alone(in_flight("prod/cart"), &alarm()).await, "skipped · service-not-found");
    assert_eq!(left_alone(in_flight("stage/web"), &alarm()).await, "skipped · service-not-found");
    assert_eq!(left_alone(web().status("DRAINING"), &alarm()).await, "skipped · service-not-found");
    assert_eq!(left_alone(web().status("INACTIVE"), &request()).await, "skipped · service-not-found");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn unsupported_controller() {
    for controller in [Controller::CodeDeploy, Controller::External] {
        assert_eq!(left_alone(web().controller(controller), &alarm()).await, "skipped · unsupported-controller");
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn held() {
    let off = ("ROLLBACK_MODE", "off");
    let tagged = ("ROLLBACK_OPT_IN", "tagged");
    assert_eq!(left_alone(web().tag("auto-rollback", "off"), &alarm()).await, "skipped · held");
    assert_eq!(left_alone(web().tag("auto-rollback", "disabled"), &alarm()).await, "skipped · held");
    assert_eq!(left_alone(web().tag("auto-rollback", "off"), &request()).await, "skipped · held");
    assert_eq!(left_alone_with(&[off], web(), &alarm()).await, "skipped · held");
    assert_eq!(left_alone_with(&[off], web().tag("auto-rollback", "enforce"), &alarm()).await, "skipped · held");
    assert_eq!(left_alone_with(&[off], web().tag("auto-rollback", "enforce"), &request()).await, "skipped · held");
    assert_eq!(left_alone_with(&[tagged], web(), &alarm()).await, "skipped · held");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn nothing_in_flight() {
    let world = World::new();
    let done = world.plant(ServiceSeed::new("prod/web").deployed("app:41")).finished[0].clone();
    let entry = world.entry(&alarm()).await;
    assert_eq!(entry["reason"], "nothing-in-flight");
    assert_eq!(entry["outcome"], "no-op");
    assert_eq!(entry["serviceDeploymentArn"], Value::Null);
    let detail = entry["detail"].as_str().expect("a sentence");
    assert!(detail.contains(&done) && detail.contains(" ago as SUCCESSFUL"), "{detail}");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn different_deployment() {
    let failed = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/42").as_json();
    let zeros = web_of_revision("0042");
    assert_eq!(left_alone(zeros, &failed).await, "skipped · different-deployment");
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5");
    let event = signals::request_for_deployment(&arn, "it is broken");
    assert_eq!(left_alone(web(), &event).await, "skipped · different-deployment");
}

fn web_of_revision(number: &str) -> ServiceSeed {
    ServiceSeed::new("prod/web").deployed("app:41").with(DeploymentSeed::of("app:42").revision(number))
}

fn web_in(status: Status) -> ServiceSeed {
    ServiceSeed::new("prod/web").deployed("app:41").with(DeploymentSeed::of("app:42").status(status))
}

#[tokio::test(start_paused = true)]
pub(crate) async fn already_rolling_back() {
    for status in [Status::RollbackRequested, Status::RollbackInProgress] {
        assert_eq!(left_alone(web_in(status), &alarm()).await, "no-op · already-rolling-back");
    }
}

#[tokio::test(start_paused = true)]
pub(crate) async fn already_stopping() {
    assert_eq!(left_alone(web_in(Status::StopRequested), &alarm()).await, "no-op · already-stopping");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn unknown_status() {
    let seed = web_in(Status::Other("STOP_IN_PROGRESS".to_owned()));
    assert_eq!(left_alone(seed, &alarm()).await, "skipped · unknown-status");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn signal_predates_deployment() {
    let event = Alarm::on("prod/web").since(at("11:50:01")).as_action();
    assert_eq!(left_alone(web(), &event).await, "skipped · signal-predates-deployment");
    let impaired = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").at(at("11:50:01.999"));
    assert_eq!(left_alone(web(), &impaired.as_json()).await, "skipped · signal-predates-deployment");
}

#[tokio::test(start_paused = true)]
async fn signal_predates_deployment_when_it_was_only_released_from_suppression_since() {
    let released = Alarm::on("prod/web").since(at("11:49:00")).released(at("11:55:00")).as_action();
    assert_eq!(left_alone(web(), &released).await, "skipped · signal-predates-deployment");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn evidence_predates_deployment() {
    let event = Alarm::on("prod/web").since(at("11:50:02")).as_action();
    assert_eq!(left_alone(web(), &event).await, "skipped · evidence-predates-deployment");
}

#[tokio::test(start_paused = true)]
async fn evidence_predates_deployment_when_three_of_five_breaching_minutes_ended_before_it() {
    let points = [("11:47:00", 90.0), ("11:48:00", 91.0), ("11:49:00", 93.0), ("11:50:00", 92.0), ("11:51:00", 90.0)];
    let alarm = Alarm::on("prod/web").since(at("11:52:10")).datapoints(points.map(|(start, value)| (at(start), value)));
    assert_eq!(left_alone(web(), &alarm.as_action()).await, "skipped · evidence-predates-deployment");
}

#[tokio::test(start_paused = true)]
async fn evidence_predates_deployment_when_58_of_the_hours_58_and_a_half_minutes_are_older() {
    let alarm = Alarm::on("prod/web").since(at("11:50:32")).period(3_600).datapoints([(at("10:52:02"), 90.0)]);
    assert_eq!(left_alone(web(), &alarm.as_action()).await, "skipped · evidence-predates-deployment");
}

#[tokio::test(start_paused = true)]
async fn stop_requested_when_two_datapoints_of_a_sparse_metric_have_no_times() {
    let sparse = Alarm::on("prod/web").datapoints([(at("11:46:00"), 9.0), (at("11:54:00"), 12.0)]).without_times();
    let world = World::new();
    world.plant(web());
    assert_eq!(world.outcome(&sparse.as_action()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn first_deployment() {
    let newborn = || ServiceSeed::new("prod/web").with(DeploymentSeed::of("app:1").sources(&[]));
    assert_eq!(left_alone(newborn(), &alarm()).await, "skipped · first-deployment");
    assert_eq!(left_alone(newborn(), &request()).await, "skipped · first-deployment");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn rollback_limit() {
    let rolled_back = |time: &str| {
        DeploymentSeed::of("app:42").status(Status::RollbackSuccessful).created(at(time)).finished(at(time))
    };
    let flaky = || {
        ServiceSeed::new("prod/web")
            .deployed("app:41")
            .with(rolled_back("11:10:00"))
            .with(rolled_back("11:20:00"))
            .with(rolled_back("11:30:00"))
            .deploying("app:42")
    };
    assert_eq!(left_alone(flaky(), &alarm()).await, "skipped · rollback-limit");
    let world = World::new();
    world.plant(flaky());
    assert_eq!(world.outcome(&request()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn observe_mode() {
    let observe = ("ROLLBACK_MODE", "observe");
    assert_eq!(left_alone_with(&[observe], web(), &alarm()).await, "would-roll-back · observe-mode");
    assert_eq!(left_alone(web().tag("auto-rollback", "observe"), &alarm()).await, "would-roll-back · observe-mode");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn stop_requested() {
    let failed = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/0042").as_json();
    for event in [alarm(), alarm_event_on("prod/web"), request(), failed] {
        let world = World::new();
        let arn = world.plant(web_of_revision("0042")).deployment().to_owned();
        let entry = world.entry(&event).await;
        assert_eq!((&entry["outcome"], &entry["reason"]), (&json!("rolled-back"), &json!("stop-requested")), "{event}");
        assert_eq!(entry["serviceDeploymentArn"], json!(arn));
        assert_eq!(world.aws().ecs.status(&arn), Some(Status::RollbackRequested));
        assert_eq!(world.rollbacks(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_requested_where_the_tag_overrides_the_mode() {
    let world = World::with(&[("ROLLBACK_MODE", "observe"), ("ROLLBACK_OPT_IN", "tagged")]);
    world.plant(web().tag("auto-rollback", "enforce"));
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
pub(crate) async fn continue_requested() {
    let world = World::new();
    let paused = DeploymentSeed::of("app:42").paused_by("ecs-pause-Xk7rT2mP9s", Stage::PostTestTrafficShift);
    let arn = world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(paused)).deployment().to_owned();
    let entry = world.entry(&alarm()).await;
    assert_eq!((&entry["outcome"], &entry["reason"]), (&json!("rolled-back"), &json!("continue-requested")));
    assert_eq!(world.aws().ecs.status(&arn), Some(Status::RollbackRequested));
}

#[tokio::test(start_paused = true)]
async fn the_newer_of_two_deployments_in_flight_is_stopped_and_the_other_is_left_alone() {
    let world = World::new();
    let planted = world.plant(
        ServiceSeed::new("prod/web")
            .deployed("app:41")
            .with(DeploymentSeed::of("app:42").created(at("11:50:00")).started(at("11:50:02")))
            .with(DeploymentSeed::of("app:43").created(at("11:50:10")).started(at("11:50:11"))),
    );
    let entry = world.entry(&alarm()).await;
    assert_eq!(entry["serviceDeploymentArn"], json!(planted.deployment()));
    let stopped: Vec<String> = world
        .aws()
        .calls()
        .iter()
        .filter(|call| call.accepted)
        .map(|call| call.body["serviceDeploymentArn"].to_string())
        .collect();
    assert_eq!(stopped, [json!(planted.deployment()).to_string()]);
}

#[tokio::test(start_paused = true)]
async fn each_service_that_an_alarm_names_is_judged_separately() {
    let world = World::new();
    world.plant(web());
    world.plant(ServiceSeed::new("prod/cart").deployed("app:41"));
    let event = Alarm::on_all(["prod/web", "prod/cart"]).as_action();
    let entries = world.entries(&event).await;
    let seen: Vec<(&Value, &Value)> =
        entries.iter().map(|entry| (&entry["service"]["name"], &entry["reason"])).collect();
    assert_eq!(seen, [(&json!("web"), &json!("stop-requested")), (&json!("cart"), &json!("nothing-in-flight"))]);
}
