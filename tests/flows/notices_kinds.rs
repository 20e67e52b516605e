//! Notices of deployments that were left alone, of signals that came too late, and of alarms that lead to no service.

use std::time::Duration;

use serde_json::{Value, json};
use signals::{Alarm, EcsEvent, Metric, at};
use simulator::{DeploymentSeed, Fault, Operation, ServiceSeed, Stage, Status, StopCode, Strategy, TaskFailure};

use crate::{
    notices::{BUS, TOPIC, kinds, messages, notices, world},
    support::{World, alarm, in_flight, web},
};

/// The only notice on an event in a world with this service.
async fn notice(variables: &[(&str, &str)], seed: ServiceSeed, event: &Value) -> Value {
    let world = world(variables);
    world.plant(seed);
    world.outcome(event).await;
    let mut sent = notices(&world);
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.remove(0)
}

/// The command among the next steps that begins so.
fn command<'a>(notice: &'a Value, call: &str) -> Option<&'a str> {
    let steps = notice["nextSteps"].as_array().expect("next steps").iter().filter_map(Value::as_str);
    steps.filter_map(|step| step.split_once(": aws ecs ")).map(|(_, command)| command).find(|it| it.starts_with(call))
}

/// A blue/green deployment that waits, without a task, before the tasks are started.
fn not_serving() -> ServiceSeed {
    let deployment = DeploymentSeed::of("app:42").stage(Stage::PreScaleUp);
    ServiceSeed::new("prod/web").strategy(Strategy::BlueGreen).deployed("app:41").with(deployment)
}

fn no_capacity() -> ServiceSeed {
    let stopped = TaskFailure::new("RESOURCE:MEMORY", None).code(StopCode::TaskFailedToStart).at(at("11:58:00"));
    ServiceSeed::new("prod/web").deployed("app:41").with(DeploymentSeed::of("app:42").revision("42").stopped(stopped))
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_left_alone_for_a_good_reason_has_a_notice_that_begins_with_it() {
    let impaired = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json();
    let straddling = Alarm::on("prod/web").since(at("11:50:10")).as_action();
    let evidence = ("ROLLBACK_LOOK_UPS", "evidence");
    for (reason, seed, event, why) in [
        (
            "signal-predates-deployment",
            web(),
            Alarm::on("prod/web").since(at("11:49:00")).as_action(),
            "the signal is older",
        ),
        ("evidence-predates-deployment", web(), straddling, "the trouble began before the deployment"),
        ("not-serving", not_serving(), alarm(), "the new revision does not serve yet"),
        ("no-capacity", no_capacity(), impaired, "its tasks lack capacity"),
        (
            "first-deployment",
            ServiceSeed::new("prod/web").deploying("app:42"),
            alarm(),
            "there is nothing to go back to",
        ),
        (
            "way-back",
            ServiceSeed::new("prod/web").deployed("app:41").deployed("app:42").deploying("app:41"),
            alarm(),
            "this deployment is itself the way back",
        ),
    ] {
        let notice = notice(&[evidence], seed, &event).await;
        assert_eq!((&notice["notice"], &notice["reason"]), (&json!("left-alone"), &json!(reason)));
        let detail = notice["detail"].as_str().expect("a detail");
        assert!(detail.starts_with(&format!("Not rolled back, because {why}")), "{detail}");
        let arn = notice["serviceDeploymentArn"].as_str().expect("a deployment");
        assert_eq!(notice["id"], format!("{arn}#left-alone"));
        assert!(
            notice["title"].as_str().is_some_and(|title| title.starts_with("Did not roll back prod/web")),
            "{notice}"
        );
        assert!(notice["nextSteps"][0].as_str().is_some_and(|step| step.starts_with("Nothing to do now")), "{notice}");
        assert_eq!(command(&notice, "stop-service-deployment").is_some(), reason != "first-deployment", "{notice}");
        assert!(command(&notice, "tag-resource").is_some(), "{notice}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_title_of_a_deployment_that_stays_shows_which_way_it_went() {
    let old = Alarm::on("prod/web").since(at("11:49:00")).as_action();
    let left_alone = notice(&[], in_flight("prod/web"), &old).await;
    assert_eq!(left_alone["title"], "Did not roll back prod/web: app:41 → app:42 · 123456789012 · us-east-1");
}

#[tokio::test(start_paused = true)]
async fn a_remembered_look_leaves_nothing_out_of_the_notice() {
    let world = world(&[("ROLLBACK_MEMORY_SECONDS", "300")]);
    world.web_in_flight();
    let of_another = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/1").as_json();
    assert_eq!(world.outcome(&of_another).await, "skipped · different-deployment");
    let looks = world.count(Operation::DescribeServices);
    world.outcome(&Alarm::on("prod/web").since(at("11:49:00")).as_action()).await;
    assert_eq!(world.count(Operation::DescribeServices), looks);
    let notice = notices(&world).remove(0);
    assert!(notice["title"].as_str().is_some_and(|title| title.contains("app:41 → app:42")), "{notice}");
}

#[tokio::test(start_paused = true)]
async fn many_alarms_for_which_a_deployment_is_left_alone_have_one_notice() {
    let world = world(&[]);
    world.web_in_flight();
    for name in ["web-5xx", "web-latency", "web-memory"] {
        world.outcome(&Alarm::on("prod/web").named(name).since(at("11:49:00")).as_action()).await;
    }
    assert_eq!(kinds(&world), ["left-alone"]);
}

/// A service whose last deployment succeeded a minute before the alarm.
fn succeeded() -> ServiceSeed {
    let last = DeploymentSeed::of("web:42").status(Status::Successful).created(at("11:40:00")).finished(at("11:54:00"));
    ServiceSeed::new("prod/web").deployed("web:41").with(last)
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_comes_too_late_has_a_notice_with_the_command_that_goes_back() {
    let notice = notice(&[], succeeded(), &alarm()).await;
    assert_eq!((&notice["notice"], &notice["reason"]), (&json!("too-late"), &json!("too-late")));
    let arn = notice["serviceDeploymentArn"].as_str().expect("a deployment");
    assert_eq!(notice["id"], format!("{arn}#too-late"));
    assert_eq!(notice["title"], "Too late to roll back prod/web: web:41 → web:42 · 123456789012 · us-east-1");
    let back = "update-service --cluster prod --service web --task-definition web:41 --region us-east-1";
    assert_eq!(command(&notice, "update-service"), Some(back));
    assert!(notice["detail"].as_str().is_some_and(|detail| detail.contains("bake time would have had to be at least")));
}

#[tokio::test(start_paused = true)]
async fn without_the_earlier_deployment_a_signal_that_comes_too_late_has_a_notice_that_says_so() {
    let world = world(&[]);
    world.plant(succeeded());
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::DescribeServiceDeployments));
    world.outcome(&alarm()).await;
    let notice = notices(&world).remove(0);
    assert_eq!((&notice["notice"], command(&notice, "update-service")), (&json!("too-late"), None));
    assert!(notice["unknown"][0].as_str().is_some_and(|text| text.contains("describe the service deployment")));
}

fn silent(name: &str) -> Value {
    Alarm::of(Metric::new("Shop", "Errors")).named(name).as_action()
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_leads_to_no_service_has_one_notice_a_day() {
    let world = world(&[]);
    for _ in 0..3 {
        assert_eq!(world.outcome(&silent("lost")).await, "skipped · unmapped");
    }
    world.outcome(&silent("lost as well")).await;
    world.outcome(&Alarm::of(Metric::of_load_balancer("app/shop/1")).named("balancer").as_action()).await;
    let sent = notices(&world);
    let ids: Vec<&str> = sent.iter().filter_map(|notice| notice["id"].as_str()).collect();
    let id = |name: &str| format!("123456789012:us-east-1:{name}@2026-06-01#led-nowhere");
    assert_eq!(ids, [id("lost"), id("lost%20as%20well"), id("balancer")]);
    assert_eq!(sent[0]["title"], "No service found for alarm \"lost\" · 123456789012 · us-east-1");
    assert_eq!(messages(&world).len(), 3);

    tokio::time::sleep(Duration::from_hours(24)).await;
    let tomorrow = Alarm::of(Metric::new("Shop", "Errors")).named("lost").since(world.aws().now()).as_action();
    world.outcome(&tomorrow).await;
    assert_eq!(notices(&world)[3]["id"], "123456789012:us-east-1:lost@2026-06-02#led-nowhere");
}

#[tokio::test(start_paused = true)]
async fn a_notice_of_the_day_that_no_channel_took_is_sent_by_the_next_event() {
    let world = world(&[]);
    world.aws().inject(Fault::exception("NotFound", "no").on(Operation::Publish));
    world.aws().inject(Fault::exception("ResourceNotFoundException", "no").on(Operation::PutEvents));
    world.outcome(&silent("lost")).await;
    world.aws().clear_faults();
    world.outcome(&silent("lost")).await;
    assert_eq!(kinds(&world), ["led-nowhere"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_of_ecs_that_leads_to_no_service_has_no_notice() {
    let world = world(&[]);
    let mut event = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json();
    event["resources"] = json!([]);
    world.report(&event).await;
    assert_eq!(kinds(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_notice_can_be_left_out() {
    let old = Alarm::on("prod/web").since(at("11:49:00")).as_action();
    for (kind, event) in [("left-alone", old), ("led-nowhere", silent("lost")), ("rolled-back", alarm())] {
        for (setting, is_sent) in [("all", true), (kind, true), ("rollback-failed too-late", false)] {
            let world = World::with(&[TOPIC, BUS, ("ROLLBACK_NOTICES", setting)]);
            world.web_in_flight();
            world.outcome(&event).await;
            assert_eq!(kinds(&world).len(), usize::from(is_sent), "{kind} with {setting}");
        }
    }
}
