//! The contract with callers of the function: the exact response, partial batches, failures.

use serde_json::{Value, json};
use signals::{ACCOUNT, Alarm, Message, REGION, sns, sqs};
use simulator::{Fault, Operation};

use crate::support::{World, alarm, alarm_event_on, in_flight, outcome, request, web};

#[tokio::test(start_paused = true)]
async fn the_response_is_exactly_as_documented() {
    let world = World::new();
    let arn = world.web_in_flight();
    let response = world.invoke(&alarm()).await.expect("a response");
    let detail = response["outcomes"][0]["detail"].clone();
    assert!(
        detail.as_str().is_some_and(|detail| detail.starts_with("Requested the rollback of prod/web from revision "))
    );
    assert_eq!(
        response,
        json!({"outcomes": [{
            "outcome": "rolled-back",
            "reason": "stop-requested",
            "detail": detail,
            "foundBy": "ecs-dimensions",
            "signal": {"source": "aws.cloudwatch", "name": "web-5xx", "began": "2026-06-01T11:55:00Z"},
            "service": {"account": ACCOUNT, "region": REGION, "cluster": "prod", "name": "web"},
            "serviceDeploymentArn": arn,
        }]})
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_are_null() {
    let world = World::new();
    let event = signals::request("prod/a b", "checkout is broken");
    let response = world.invoke(&event).await.expect("a response");
    let entry = &response["outcomes"][0];
    assert_eq!(entry["signal"], json!({"source": "manual", "name": "checkout is broken", "began": null}));
    assert_eq!((&entry["service"], &entry["serviceDeploymentArn"]), (&Value::Null, &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn the_account_that_a_request_leaves_out_is_taken_from_ecs() {
    let mut world = World::new();
    world.home.account = None;
    world.web_in_flight();
    assert_eq!(world.entry(&request()).await["service"]["account"], ACCOUNT);
}

#[tokio::test(start_paused = true)]
async fn an_sqs_batch_returns_only_the_messages_that_failed() {
    let world = World::new();
    for service in ["prod/web", "prod/cart", "prod/mail"] {
        world.plant(in_flight(service));
    }
    world.aws().inject(
        Fault::exception("AccessDeniedException", "no").on(Operation::StopServiceDeployment).service("prod/cart"),
    );
    let batch = sqs([
        Message::from(alarm_event_on("prod/web")),
        Message::from(alarm_event_on("prod/cart")),
        Message::from("not JSON"),
        Message::from(json!({"hello": "world"})),
        Message::enveloped(alarm_event_on("prod/mail")),
        Message::from(alarm_event_on("prod/nowhere")),
        Message::enveloped("{"),
    ]);
    let response = world.invoke(&batch).await.expect("a response");
    let failed = |id: &str| json!({"itemIdentifier": id});
    assert_eq!(response, json!({"batchItemFailures": [failed("m1"), failed("m2"), failed("m3"), failed("m6")]}));
    assert_eq!(world.rollbacks(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_sqs_message_without_an_id_fails_the_whole_batch_after_the_others_are_handled() {
    let world = World::new();
    world.web_in_flight();
    let mut batch = sqs([Message::from("not JSON"), alarm_event_on("prod/web").into()]);
    batch["Records"][0].as_object_mut().expect("a record").remove("messageId");
    assert_eq!(world.failure(&batch).await.0, "UnrecognizedEvent");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_sqs_message_is_returned_by_its_id() {
    let world = World::new();
    world.web_in_flight();
    let mut batch = sqs([Message::from(""), alarm_event_on("prod/web").into()]);
    batch["Records"][0]["body"] = json!({"an": "object"});
    let response = world.invoke(&batch).await.expect("a response");
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_service_does_not_prevent_the_others_but_fails_the_invocation() {
    let world = World::new();
    world.plant(web());
    world.plant(in_flight("prod/cart"));
    world.aws().inject(Fault::throttling().on(Operation::DescribeServices).service("prod/web"));
    let event = Alarm::on_all(["prod/web", "prod/cart"]).as_action();
    let (error_type, message) = world.failure(&event).await;
    assert_eq!(error_type, "Throttled");
    assert!(message.contains("Could not describe the service prod/web"), "{message}");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_error_type_is_that_of_the_worst_failure() {
    let world = World::new();
    let batch = sns(["prod/web", "prod/cart", "prod/mail"].map(alarm_event_on));
    for (service, exception) in
        [("prod/web", "ServerException"), ("prod/cart", "AccessDeniedException"), ("prod/mail", "ClientException")]
    {
        world.plant(in_flight(service));
        world.aws().inject(Fault::exception(exception, "no").on(Operation::StopServiceDeployment).service(service));
    }
    let (error_type, message) = world.failure(&batch).await;
    assert_eq!(error_type, "AccessDenied");
    assert!(["prod/web", "prod/cart", "prod/mail"].iter().all(|service| message.contains(service)), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_sns_record_does_not_affect_the_others_but_fails_the_invocation() {
    let world = World::new();
    world.web_in_flight();
    let (error_type, message) = world.failure(&sns([Message::from("{"), alarm_event_on("prod/web").into()])).await;
    assert_eq!(error_type, "UnrecognizedEvent");
    assert!(message.contains("not JSON"), "{message}");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_pair_of_signal_and_service_gives_one_entry_in_order() {
    let world = World::new();
    world.plant(web());
    world.plant(in_flight("prod/cart"));
    let batch = sns(["prod/cart", "prod/nowhere", "prod/web", "prod/cart"].map(alarm_event_on));
    let entries = world.entries(&batch).await;
    let seen: Vec<(String, &str)> =
        entries.iter().map(|entry| (outcome(entry), entry["service"]["name"].as_str().expect("a name"))).collect();
    assert_eq!(
        seen,
        [
            ("rolled-back · stop-requested".to_owned(), "cart"),
            ("skipped · service-not-found".to_owned(), "nowhere"),
            ("rolled-back · stop-requested".to_owned(), "web"),
            ("no-op · already-rolling-back".to_owned(), "cart"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn unrecognized_input_fails_with_a_message_that_lists_its_keys_but_no_values() {
    let world = World::new();
    for (event, seen) in [
        (json!({"password": "s3cret", "b": 1}), "an object with the keys \"b\", \"password\""),
        (json!([1, 2]), "an array of 2 items"),
        (json!("s3cret"), "a string"),
        (json!(null), "null"),
        (json!({}), "an object with no keys"),
        (json!({"Records": []}), "an object with the keys \"Records\""),
        (json!({"Records": [{"eventSource": "aws:s3", "s3": "s3cret"}]}), "an object with the keys \"Records\""),
        (json!({"source": "aws.ec2", "detail-type": "s3cret"}), "an object with the keys \"detail-type\", \"source\""),
        (json!({"service": {"name": "s3cret"}, "cluster": "prod"}), "an object with the keys \"cluster\", \"service\""),
        (json!({"alarmData": {"alarmName": "s3cret"}}), "an object with the keys \"alarmData\""),
        (json!({"k\ney": 1}), "an object with the keys \"k\\ney\""),
    ] {
        let (error_type, message) = world.failure(&event).await;
        assert_eq!(error_type, "UnrecognizedEvent", "{event}");
        assert!(message.ends_with(&format!("; got {seen}")) && message.contains("expected "), "{message}");
        assert!(!message.contains("s3cret") && !message.contains('\n'), "{message}");
    }
    assert!(world.requests().is_empty());
}
