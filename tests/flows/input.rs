//! The shapes of input, well-formed and malformed.

use serde_json::{Value, json};
use signals::{Alarm, Message, Metric, REGION, at, on_failure, sns, sqs};

use crate::support::{World, alarm, outcome, request, web};

/// The outcome of `event` where `prod/web` is in flight.
async fn with_web(event: &Value) -> String {
    let world = World::new();
    world.plant(web());
    world.outcome(event).await
}

const ROLLED_BACK: &str = "rolled-back · stop-requested";
const QUERY: &str = "SELECT SUM(E) FROM \"AWS/ECS\" GROUP BY ClusterName, ServiceName";

fn on_web() -> Alarm {
    Alarm::on("prod/web")
}

fn errors() -> Metric {
    Metric::new("Shop", "Errors").service("prod/web")
}

/// An alarm of every kind on `prod/web`.
fn kinds() -> [(&'static str, Alarm); 9] {
    let requests = Metric::new("AWS/ELB", "Requests").stat("p99.9").id("requests");
    let composite = Alarm::composite("ALARM(a) OR ALARM(b)").triggered_by("a", at("11:54:00"));
    let log = Alarm::of_log("fields @message", "app").tagged_with_services("prod/web");
    [
        ("metric", on_web()),
        (
            "metric math",
            Alarm::of_math("errors / requests", [errors().id("errors"), requests]).period(86_400).without_data(),
        ),
        ("anomaly", Alarm::of_anomaly(errors(), [(1.0, 5.0), (1.0, 5.0)])),
        ("contributor", Alarm::of_insights(QUERY).contributor_on("prod/web")),
        ("PromQL", Alarm::of_promql("rate(errors[5m]) > 1").contributor_on("prod/web")),
        ("composite", composite.tagged_with_services("prod/web")),
        ("log", log.clone()),
        ("log with its tags in a list", log.tags_listed()),
        ("metric with elided data", on_web().with_elided_data()),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_alarm_is_parsed_in_every_format() {
    for (kind, alarm) in kinds() {
        assert_eq!(with_web(&alarm.as_action()).await, ROLLED_BACK, "{kind} as an action");
        assert_eq!(with_web(&alarm.as_event()).await, ROLLED_BACK, "{kind} as an event");
        assert_eq!(with_web(&sns([alarm.as_notification()])).await, ROLLED_BACK, "{kind} by SNS");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_needs_no_field_that_its_arn_repeats_and_no_previous_state() {
    let mut bare = alarm();
    for optional in ["source", "accountId", "region", "time"] {
        bare.as_object_mut().expect("an event").remove(optional);
    }
    bare["alarmData"].as_object_mut().expect("data").remove("previousState");
    assert_eq!(with_web(&bare).await, ROLLED_BACK);
}

#[tokio::test(start_paused = true)]
async fn fields_without_a_documented_place_may_also_be_inside_the_alarm() {
    for (alarm, key) in [
        (Alarm::of_insights(QUERY).contributor_on("prod/web"), "alarmContributor"),
        (Alarm::of_log("fields @message", "app").tagged_with_services("prod/web"), "alarmTags"),
    ] {
        let mut event = alarm.as_action();
        event["alarmData"][key] = event.as_object_mut().expect("an event").remove(key).expect(key);
        assert_eq!(with_web(&event).await, ROLLED_BACK, "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_envelope_is_parsed() {
    let (event, message) = (on_web().as_event(), on_web().as_message());
    for (kind, batch) in [("SNS with an alarm", sns([&message])), ("SNS with an EventBridge event", sns([&event]))] {
        assert_eq!(with_web(&batch).await, ROLLED_BACK, "{kind}");
    }
    for (kind, body) in [
        ("an EventBridge event", Message::from(&event)),
        ("an alarm action", Message::from(alarm())),
        ("an alarm by SNS", Message::enveloped(&message)),
        ("an alarm by SNS, raw", Message::from(&message)),
        ("an EventBridge event by SNS", Message::enveloped(&event)),
    ] {
        let world = World::new();
        world.plant(web());
        let response = world.invoke(&sqs([body])).await.expect("a response");
        assert_eq!((response, world.rollbacks()), (json!({"batchItemFailures": []}), 1), "SQS with {kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_redriven_from_the_on_failure_queue_is_handled_again() {
    for payload in [alarm(), sns([on_web().as_notification()]), request()] {
        assert_handled_again(&payload).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_redriven_request_is_stale_if_its_failure_is_too_old() {
    assert_eq!(with_web(&on_failure(&request(), at("11:44:00"))).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn a_message_of_another_tool_that_names_a_cluster_and_a_service_stops_nothing() {
    let resolved = json!({"status": "resolved", "cluster": "prod", "service": "web"});
    for foreign in [resolved.clone(), request()] {
        let world = World::new();
        world.plant(web());
        let (error_type, message) = world.failure(&sns([foreign.clone()])).await;
        assert_eq!(error_type, "UnrecognizedEvent");
        assert!(message.contains("only a direct invocation can make one"), "{message}");
        for body in [Message::from(foreign.clone()), Message::enveloped(foreign.clone())] {
            let answer = world.invoke(&sqs([body])).await.expect("a response");
            assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
        }
        assert_eq!(world.rollbacks(), 0);
    }
    let world = World::new();
    world.plant(web());
    assert_eq!(world.failure(&resolved).await.0, "UnrecognizedEvent");
    assert_eq!(world.rollbacks(), 0);
}

async fn assert_handled_again(payload: &Value) {
    let failed = on_failure(payload, at("11:58:00"));
    assert_eq!(with_web(&failed).await, ROLLED_BACK);
    let world = World::new();
    world.plant(web());
    let answer = world.invoke(&sqs([failed])).await.expect("a response");
    assert_eq!((answer, world.rollbacks()), (json!({"batchItemFailures": []}), 1));
}

#[tokio::test(start_paused = true)]
async fn an_sns_alarm_is_parsed_in_its_own_format() {
    let world = World::new();
    world.plant(web());
    let entry = world.entry(&sns([on_web().since(at("11:55:00.640")).as_notification()])).await;
    assert_eq!(outcome(&entry), ROLLED_BACK);
    assert_eq!(entry["signal"]["began"], "2026-06-01T11:55:00.64Z");
    assert_eq!(entry["service"]["region"], REGION);

    // The message does not say when the alarm itself first entered ALARM, so the earliest child counts.
    let composite = Alarm::composite("ALARM(a)").tagged_with_services("prod/web");
    let released = composite.triggered_by("a", at("11:49:00")).released(at("11:55:00"));
    assert_eq!(with_web(&sns([released.as_notification()])).await, "skipped · signal-predates-deployment");

    let elsewhere = on_web().in_region("eu-west-1");
    assert_eq!(with_web(&sns([elsewhere.as_notification()])).await, "skipped · foreign-account");
}

#[tokio::test(start_paused = true)]
async fn a_late_redelivery_by_sns_or_sqs_is_stale_even_in_a_new_envelope() {
    let old = on_web().since(at("11:30:00"));
    assert_eq!(with_web(&sns([old.as_event()])).await, "skipped · stale-signal");
    assert_eq!(with_web(&sns([old.as_notification()])).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn a_known_shape_with_a_wrong_or_impossible_field_is_rejected_with_the_fields_path() {
    for (place, value) in [
        ("/alarmData/state/value", json!(5)),
        ("/alarmData/state/timestamp", json!("2026-13-45T99:99:99Z")),
        ("/alarmData/state/timestamp", json!(1_780_000_000)),
        ("/alarmData/previousState/timestamp", json!("yesterday")),
        ("/time", json!("2026-02-30T00:00:00Z")),
        ("/alarmData/alarmName", json!(["web"])),
        ("/alarmData/configuration/metrics", json!("all")),
        ("/alarmData/configuration/metrics/0/metricStat/metric/dimensions", json!({"ClusterName": {"not": "text"}})),
        (
            "/alarmData/configuration/metrics/0/metricStat/metric/dimensions",
            json!([{"name": "ServiceName", "value": "web"}, {"name": "ServiceName", "value": "cart"}]),
        ),
    ] {
        let world = World::new();
        world.plant(web());
        let mut event = alarm();
        *event.pointer_mut(place).expect(place) = value;
        let (error_type, message) = world.failure(&event).await;
        assert_eq!(error_type, "UnrecognizedEvent", "{place}");
        let field = place.rsplit('/').next().expect("a field");
        assert!(message.contains(field), "{place}: {message}");
        assert!(world.requests().is_empty());
    }
    let mut undated = alarm();
    undated.as_object_mut().expect("an event").remove("time");
    undated["alarmData"]["state"].as_object_mut().expect("a state").remove("timestamp");
    assert_eq!(World::new().failure(&undated).await.0, "UnrecognizedEvent");
}

#[tokio::test(start_paused = true)]
async fn an_event_from_the_future_is_stale() {
    let mut event = alarm();
    event["time"] = json!("2031-01-01T00:00:00Z");
    assert_eq!(with_web(&event).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn oversized_input_is_parsed_in_time_and_rolls_nothing_back() {
    let crowd = (0..10_000).fold(Metric::new("Shop", "Errors"), |crowd, n| crowd.dimension(&format!("d{n}"), "v"));
    assert_eq!(with_web(&Alarm::of(crowd).as_action()).await, "skipped · unmapped");

    let services: Vec<String> = (0..10_000).map(|n| format!("prod/s{n}")).collect();
    let everything = Alarm::on_all(services.iter().map(String::as_str));
    assert_eq!(with_web(&everything.as_action()).await, "skipped · ambiguous");

    let long = on_web().named(&"x".repeat(6_000_000)).as_action();
    let world = World::new();
    world.plant(web());
    let response = world.invoke(&long).await.expect("a response").to_string();
    assert!(response.len() < 2_000, "{}", response.len());

    let mut keys = serde_json::Map::new();
    keys.extend((0..100_000).map(|n| (format!("{}{n}", "k".repeat(100)), Value::Null)));
    let (error_type, message) = World::new().failure(&Value::Object(keys)).await;
    assert_eq!(error_type, "UnrecognizedEvent");
    assert!(message.len() < 3_000, "{}", message.len());

    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let response = World::new().invoke(&sqs([nested])).await.expect("a response");
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
}

#[tokio::test(start_paused = true)]
async fn control_characters_in_names_are_escaped_and_never_reach_ecs() {
    let world = World::new();
    world.plant(web());
    let event = Alarm::on("prod/web\n\u{1b}[31m{\"level\":\"ERROR\"}").named("evil\r\nname").as_action();
    let entry = world.entry(&event).await;
    assert_eq!(outcome(&entry), "skipped · unmapped");
    let detail = entry["detail"].as_str().expect("a sentence");
    assert!(!detail.chars().any(char::is_control), "{detail:?}");
    assert!(world.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn unreadable_evidence_is_no_evidence() {
    for reason_data in [json!(null), json!(5), json!("... elided ..."), json!("{}"), json!({"period": "soon"})] {
        let mut event = on_web().since(at("11:50:03")).as_action();
        event["alarmData"]["state"]["reasonData"] = reason_data;
        assert_eq!(with_web(&event).await, ROLLED_BACK);
    }
}
