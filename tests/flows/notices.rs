//! Notices: which there are, what they say, and that nothing that goes wrong with them touches a rollback.

use std::{fs, path::Path, time::Duration};

use ecs_auto_rollback::Delivery;
use serde_json::{Value, json};
use signals::{Alarm, EcsEvent, at, sns, sqs};
use simulator::{DeploymentSeed, Fault, Operation, ServiceSeed, Status, StopCode, TaskFailure};
use tokio::time::Instant;

use crate::support::{World, alarm, alarm_event_on, alarm_on, in_flight, outcome};

pub(crate) const TOPIC: (&str, &str) = ("ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:on-call");
pub(crate) const BUS: (&str, &str) = ("ROLLBACK_NOTICE_EVENT_BUS_NAME", "ops");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A world with both channels.
pub(crate) fn world(variables: &[(&str, &str)]) -> World {
    World::with(&[&[TOPIC, BUS], variables].concat())
}

/// The notices on the bus so far, each held against the published schema.
pub(crate) fn notices(world: &World) -> Vec<Value> {
    let schema: Value = serde_json::from_str(
        &fs::read_to_string(root().join("docs/reference/notice.v1.schema.json")).expect("the schema"),
    )
    .expect("JSON");
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let mut notices = Vec::new();
    for event in &world.aws().eventbridge.put {
        assert_eq!(event["Source"], "ecs-auto-rollback");
        assert_eq!(event["DetailType"], "ECS Auto Rollback Notice v1");
        assert!(event.to_string().len() < 256 * 1024, "{}", event.to_string().len());
        let detail: Value = serde_json::from_str(event["Detail"].as_str().expect("a detail")).expect("JSON");
        let wrong: Vec<String> =
            schema.iter_errors(&detail).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:?} in {detail}");
        notices.push(detail);
    }
    notices
}

/// The chat messages so far, each within the limits of SNS, and the e-mails with their subjects.
pub(crate) fn messages(world: &World) -> Vec<(Value, String, String)> {
    let published = &world.aws().sns.published;
    let read = |form: &Value| {
        assert!(form.to_string().len() < 256 * 1024);
        assert_eq!(form["MessageStructure"], "json");
        let subject = form["Subject"].as_str().expect("a subject").to_owned();
        assert!(subject.len() <= 100 && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{subject}");
        let body: Value = serde_json::from_str(form["Message"].as_str().expect("a message")).expect("JSON");
        let chat: Value = serde_json::from_str(body["default"].as_str().expect("a message")).expect("JSON");
        assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
        assert_eq!(chat["content"]["textType"], "client-markdown");
        assert!(chat["content"]["description"].as_str().is_some_and(|text| text.chars().count() <= 8_000));
        assert!(chat["content"]["title"].as_str().is_some_and(|text| text.chars().count() <= 250));
        (chat, subject, body["email"].as_str().expect("an e-mail").to_owned())
    };
    published.iter().map(read).collect()
}

pub(crate) fn kinds(world: &World) -> Vec<String> {
    notices(world).iter().map(|notice| notice["notice"].as_str().expect("a kind").to_owned()).collect()
}

/// `prod/web` with images and a task that crashed.
pub(crate) fn shop() -> ServiceSeed {
    let crashed =
        TaskFailure::new("Essential container in task exited", Some(137)).container_reason("OutOfMemoryError: killed");
    let scaled_in = TaskFailure::new("Scaling activity initiated by (deployment ecs-svc/1)", None);
    ServiceSeed::new("prod/web").deployed("web:41").with(
        DeploymentSeed::of("web:42")
            .image("123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2")
            .stopped(crashed.clone())
            .stopped(crashed)
            .stopped(scaled_in.code(StopCode::ServiceSchedulerInitiated)),
    )
}

#[tokio::test(start_paused = true)]
async fn a_rollback_has_a_notice_with_all_that_explains_it() {
    let world = world(&[("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/rollback")]);
    let arn = world.plant(shop()).deployment().to_owned();
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");

    let notice = notices(&world).remove(0);
    assert_eq!(notice["id"], format!("{arn}#rolled-back"));
    assert_eq!(notice["serviceDeploymentArn"], arn);
    let service = json!({"account": "123456789012", "region": "us-east-1", "cluster": "prod", "name": "web"});
    assert_eq!(notice["service"], service);
    let text = |pointer: &str| {
        notice.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {notice}"))
    };
    assert!(text("/detail").contains(r#"alarm "web-5xx" has been in ALARM since"#), "{}", text("/detail"));
    assert!(text("/deployment/from/taskDefinition").ends_with("task-definition/web:42"));
    assert_eq!(text("/deployment/from/images/0"), "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2");
    assert!(text("/deployment/to/0/taskDefinition").ends_with("task-definition/web:41"));
    assert!(text("/deployment/to/0/images/0").ends_with("/web:41"));
    assert!(text("/signal/reason").starts_with("Threshold Crossed: 2 out of the last 2 datapoints [9.0 "));
    assert_eq!(notice.pointer("/signal/threshold"), Some(&json!(5.0)));
    assert_eq!(text("/signal/began"), "2026-06-01T11:55:00Z");
    assert_eq!(text("/signal/evidenceEnded"), "2026-06-01T11:55:00Z");
    assert_eq!(text("/deployment/created"), "2026-06-01T11:50:00Z");
    assert_eq!(notice["stoppedTasks"].as_array().map(Vec::len), Some(1), "{notice}");
    assert_eq!(notice.pointer("/stoppedTasks/0/count"), Some(&json!(2)));
    assert!(text("/stoppedTasks/0/reason").contains("137") && text("/stoppedTasks/0/reason").contains("OutOfMemory"));
    let id = arn.rsplit('/').next().expect("an id");
    assert!(
        text("/links/serviceDeployment")
            .starts_with("https://us-east-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web/deployments/")
    );
    assert!(text("/links/serviceDeployment").contains(id));
    assert!(text("/links/alarm").ends_with("#alarmsV2:alarm/web-5xx"));
    assert!(text("/links/reason").ends_with("/reference/reasons.html#stop-requested"));
    assert_eq!(text("/version"), env!("CARGO_PKG_VERSION"));
    assert!(text("/links/logs").ends_with("log-group/$252Faws$252Flambda$252Frollback"));
    assert_eq!(text("/nextSteps/0"), "Nothing to do now: ECS goes back to web:41.");
    assert!(text("/nextSteps/1").contains("still declares web:42, so the next apply deploys it again"));
    assert!(
        text("/nextSteps/1").contains(": https://") && text("/nextSteps/1").ends_with("/ops/after-a-rollback.html")
    );
    let hold = "aws ecs tag-resource --resource-arn arn:aws:ecs:us-east-1:123456789012:service/prod/web \
                --tags key=auto-rollback,value=off --region us-east-1";
    assert!(text("/nextSteps/3").ends_with(hold), "{notice}");
    let graph = text("/links/metric").replace("%7E", "~").replace("%28", "(").replace("%27", "'").replace("%2A", "*");
    assert!(graph.contains("metricsV2:graph=~(") && graph.contains("~'Shop~'Errors~'ClusterName~'prod"), "{graph}");
    assert!(graph.contains("vertical~(~(label~'deployment*20started~value~'2026-06-01T11*3a50*3a02.000Z"), "{graph}");
    assert_eq!(notice["unknown"], json!([]));

    let (chat, subject, email) = messages(&world).remove(0);
    assert_eq!(notice["title"], "Rolled back prod/web: web:42 → web:41 · 123456789012 · us-east-1");
    assert_eq!(subject, "Rolled back prod/web: web:42 -> web:41 | 123456789012 | us-east-1");
    assert_eq!(chat["id"], notice["id"]);
    assert_eq!(chat["metadata"]["threadId"], arn);
    let description = chat["content"]["description"].as_str().expect("a description");
    for expected in [
        "New revision: web:42 (123456789012",
        "Previous revision: web:41 (",
        "Metric: \"Shop Errors\", Sum over 1m, value 9, threshold ",
        "2 × stopped task",
        "2026-06-01 11:55:00 UTC: signal began",
    ] {
        assert!(description.contains(expected) && email.contains(expected), "{expected} in {description} and {email}");
    }
    assert!(email.contains("still declares web:42"), "{email}");
    let form = world.aws().sns.published[0].clone();
    let attributes: Vec<(&str, &str)> = (1..=7)
        .filter_map(|index| {
            let of = |what: &str| form.get(format!("MessageAttributes.entry.{index}.{what}")).and_then(Value::as_str);
            Some((of("Name")?, of("Value.StringValue")?))
        })
        .collect();
    assert!(
        attributes.contains(&("notice", "rolled-back")) && attributes.contains(&("service", "web")),
        "{attributes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_decision_that_people_must_know_of_has_one_notice() {
    let observing = world(&[("ROLLBACK_MODE", "observe")]);
    observing.web_in_flight();
    observing.outcome(&alarm()).await;
    assert_eq!(kinds(&observing), ["would-roll-back"]);

    let limited = world(&[("ROLLBACK_LIMIT", "1")]);
    let before = DeploymentSeed::of("app:40")
        .status(Status::RollbackSuccessful)
        .created(at("11:30:00"))
        .finished(at("11:40:00"));
    limited.plant(ServiceSeed::new("prod/web").deployed("app:39").with(before).deploying("app:42"));
    assert_eq!(limited.outcome(&alarm()).await, "skipped · rollback-limit");
    assert_eq!(kinds(&limited), ["rollback-limit"]);

    let unsettled = world(&[]);
    unsettled.web_in_flight();
    unsettled.aws().inject(Fault::exception("ConflictException", "not now").on(Operation::StopServiceDeployment));
    assert_eq!(unsettled.outcome(&alarm()).await, "no-op · conflict");
    assert_eq!(kinds(&unsettled), ["conflict"]);

    let denied = world(&[]);
    let arn = denied.web_in_flight();
    denied.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::StopServiceDeployment));
    assert_eq!(denied.failure(&alarm()).await.0, "AccessDenied");
    assert_eq!(kinds(&denied), ["failed"]);
    assert_eq!(notices(&denied)[0]["id"], format!("{arn}#failed"));
    assert_eq!(notices(&denied)[0]["reason"], "access-denied");

    let several = world(&[]);
    several.web_in_flight();
    several.invoke(&sqs((0..10).map(|_| alarm_event_on("prod/web")))).await.expect("an answer");
    assert_eq!((kinds(&several), several.rollbacks()), (vec!["rolled-back".to_owned()], 1));
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_any_deployment_is_known_has_a_notice_with_an_id_of_its_own() {
    let world = world(&[]);
    world.web_in_flight();
    world.aws().inject(Fault::exception("ServerException", "oops").on(Operation::DescribeServices));
    for _ in 0..2 {
        assert_eq!(world.failure(&alarm()).await.0, "ServerError");
    }
    let sent = notices(&world);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["id"], sent[1]["id"]);
    assert_ne!(sent[0]["id"], "");
    world.failure(&Alarm::on("prod/web").since(at("11:56:00")).as_action()).await;
    assert_ne!(notices(&world)[2]["id"], sent[0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn news_and_plain_no_ops_have_no_notice() {
    let world = world(&[]);
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    world.plant(in_flight("prod/held").tag("auto-rollback", "off"));
    for (event, expected) in [
        (alarm(), "no-op · nothing-in-flight"),
        (Alarm::on("prod/web").recovered(at("11:57:00")).as_action(), "ignored · not-in-alarm"),
        (alarm_on("prod/held"), "skipped · held"),
        (alarm_on("prod/absent"), "skipped · service-not-found"),
        (Alarm::on("prod/web").since(at("09:00:00")).as_action(), "skipped · stale-signal"),
        (
            EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1").as_json(),
            "ignored · informational-event",
        ),
    ] {
        assert_eq!(world.outcome(&event).await, expected);
    }
    assert_eq!(world.other_calls(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn with_no_channel_nothing_more_is_read() {
    let world = World::new();
    world.web_in_flight();
    world.outcome(&alarm()).await;
    assert_eq!(world.requests().len(), 5);
    assert_eq!(world.other_calls(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_gone_or_denied_is_counted_and_costs_no_rollback() {
    for code in
        ["NotFound", "AuthorizationError", "ResourceNotFoundException", "AccessDeniedException", "InternalFailure"]
    {
        let world = world(&[]);
        world.web_in_flight();
        world.aws().inject(Fault::exception(code, "as the test has it").on(Operation::Publish));
        world.aws().inject(Fault::exception(code, "as the test has it").on(Operation::PutEvents));
        let report = world.report(&alarm()).await;
        assert_eq!(report.delivery(), Delivery { delivered: 0, failed: 2 }, "{code}");
        let response = report.into_response().expect("a response");
        assert_eq!(outcome(&response["outcomes"][0]), "rolled-back · stop-requested");
        assert_eq!(world.rollbacks(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_fails_does_not_keep_the_notice_from_the_other() {
    let world = world(&[]);
    world.web_in_flight();
    world.aws().inject(Fault::exception("NotFound", "as the test has it").on(Operation::Publish));
    assert_eq!(world.report(&alarm()).await.delivery(), Delivery { delivered: 1, failed: 1 });
    assert_eq!(kinds(&world), ["rolled-back"]);
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_the_bus_does_not_take_is_a_failure_though_the_call_succeeds() {
    let world = world(&[]);
    world.web_in_flight();
    world.aws().eventbridge.refuse("AccessDeniedException");
    assert_eq!(world.report(&alarm()).await.delivery(), Delivery { delivered: 1, failed: 1 });
}

#[tokio::test(start_paused = true)]
async fn a_fact_that_cannot_be_read_is_listed_in_the_notice_with_the_reason() {
    let world = world(&[]);
    world.plant(shop());
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::DescribeServiceRevisions));
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::ListTasks));
    let report = world.report(&alarm()).await;
    assert_eq!(report.delivery(), Delivery { delivered: 2, failed: 0 });
    let notice = notices(&world).remove(0);
    let unknown = notice["unknown"].as_array().expect("what is unknown");
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert!(notice.pointer("/deployment/from/serviceRevisionArn").is_some_and(Value::is_string));
    assert!(messages(&world)[0].2.contains("Unavailable: could not describe the service revisions"));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_ecs_or_a_short_deadline_leaves_time_for_the_notice() {
    for operation in [Operation::DescribeServiceRevisions, Operation::ListTasks, Operation::StopServiceDeployment] {
        let world = world(&[]);
        world.plant(shop());
        world.aws().inject(Fault::hang().on(operation));
        let began = Instant::now();
        let report = world.report(&alarm()).await;
        assert!(began.elapsed() < Duration::from_secs(25), "{operation:?}: {:?}", began.elapsed());
        assert_eq!(report.delivery(), Delivery { delivered: 2, failed: 0 }, "{operation:?}");
    }
    let mut world = world(&[]);
    world.time_left = Some(Duration::from_secs(1));
    world.plant(shop());
    world.aws().inject(Fault::delay(Duration::from_millis(60)));
    let began = Instant::now();
    let report = world.report(&alarm()).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(world.rollbacks(), 1);
    assert_eq!(report.delivery(), Delivery { delivered: 2, failed: 0 });
}

#[tokio::test(start_paused = true)]
async fn an_absurd_reason_fits_into_every_limit() {
    for filler in ["a", "\u{1}", "<", "\u{1f980}", "\"\\"] {
        let world = world(&[]);
        world.plant(shop());
        world.aws().inject(Fault::exception("AccessDeniedException", &filler.repeat(100_000)).on(Operation::ListTasks));
        let alarm = Alarm::on("prod/web").named(&filler.repeat(100_000)).because(&filler.repeat(300_000));
        let report = world.report(&alarm.as_action()).await;
        assert_eq!(report.delivery(), Delivery { delivered: 2, failed: 0 });
        assert_eq!((notices(&world).len(), messages(&world).len()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_message_five_times_at_once_is_one_rollback_and_one_id() {
    let world = world(&[]);
    world.web_in_flight();
    let others: Vec<World> = (0..4).map(|_| world.another(&[TOPIC, BUS])).collect();
    let event = sqs([alarm_event_on("prod/web")]);
    let all = std::iter::once(&world).chain(&others).map(|world| world.report(&event));
    futures_util::future::join_all(all).await;
    let ids: std::collections::BTreeSet<String> =
        notices(&world).iter().map(|notice| notice["id"].to_string()).collect();
    assert_eq!((world.rollbacks(), ids.len()), (1, 1), "{ids:?}");
}

#[tokio::test(start_paused = true)]
async fn the_alarms_own_words_are_read_from_every_dialect() {
    let alarm = Alarm::on("prod/web").because("Threshold Crossed");
    for event in [alarm.as_action(), alarm.as_event(), sns([alarm.as_notification()]), alarm.as_message()] {
        let world = world(&[]);
        world.web_in_flight();
        world.outcome(&event).await;
        let signal = notices(&world).remove(0)["signal"].clone();
        assert_eq!((&signal["reason"], &signal["threshold"]), (&json!("Threshold Crossed"), &json!(5.0)), "{event}");
        let metric = ["metric", "statistic", "period"].map(|name| &signal[name]);
        assert_eq!(metric, [&json!("Shop Errors"), &json!("Sum"), &json!(60)], "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_is_shown_with_its_threshold_and_the_operator_where_the_alarm_says_them() {
    for (alarm, operator, value, threshold) in [
        (Alarm::on("prod/web"), json!(">"), json!(9.0), json!(5.0)),
        (Alarm::on("prod/web").below(99.5).values([99.0, 98.25]), json!("<"), json!(98.25), json!(99.5)),
        (Alarm::on("prod/web").because("Threshold Crossed"), json!(null), json!(9.0), json!(5.0)),
        (Alarm::composite("ALARM(x)").tagged_with_services("prod/web"), json!(null), json!(null), json!(null)),
    ] {
        let world = world(&[]);
        world.web_in_flight();
        world.outcome(&alarm.as_action()).await;
        let signal = notices(&world).remove(0)["signal"].clone();
        assert_eq!([&signal["operator"], &signal["value"], &signal["threshold"]], [&operator, &value, &threshold]);
    }
}
