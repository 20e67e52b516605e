//! Faults in all services, each answered in the service's protocol, and the journal of all calls.

use serde_json::json;
use simulator::{Api, Fault, Operation, Request};

use crate::{ask, aws, read};

#[test]
fn an_exception_is_answered_in_the_protocol_of_the_service() {
    let mut aws = aws();
    aws.inject(Fault::exception("AccessDenied", "no & no"));
    let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no &amp; no</Message></Error></ErrorResponse>";
    let said = r#"{"__type":"AccessDenied","message":"no & no"}"#;
    for (operation, expected) in [
        (Operation::ListClusters, said),
        (Operation::DescribeAlarms, said),
        (Operation::PutEvents, said),
        (Operation::Publish, xml),
        (Operation::AssumeRole, xml),
        (Operation::DescribeTargetGroups, xml),
    ] {
        assert_eq!(ask(&mut aws, operation, &json!({})), (403, expected.to_owned()), "{operation}");
    }
}

#[test]
fn a_throttle_has_the_name_that_the_service_gives_it() {
    let mut aws = aws();
    aws.inject(Fault::throttling());
    assert!(ask(&mut aws, Operation::DescribeAlarms, &json!({})).1.contains("ThrottlingException"));
    assert!(ask(&mut aws, Operation::Publish, &json!({})).1.contains("<Code>Throttling</Code>"));
}

#[test]
fn an_operation_that_two_services_have_is_two_operations() {
    let mut aws = aws();
    aws.inject(Fault::http(503, "").on(Operation::ListTagsForAlarm));
    let mut status = |operation| aws.handle(&Request::new(operation, &json!({}))).status();
    assert_eq!(status(Operation::ListTagsForAlarm), Some(503));
    assert_eq!(status(Operation::ListTagsForResource), Some(400));
}

#[test]
fn a_call_whose_answer_is_lost_after_its_effect_keeps_the_effect() {
    let mut aws = aws();
    aws.inject(Fault::dropped().on(Operation::Publish).once().after_effect());
    let body = json!({"TopicArn": "arn:aws:sns:us-east-1:123456789012:on-call", "Message": "50 % & more"});
    assert_eq!(aws.handle(&Request::new(Operation::Publish, &body)).status(), None);
    assert_eq!(aws.sns.published[0]["Message"], "50 % & more");
}

#[test]
fn an_unknown_or_malformed_request_is_answered_with_an_error() {
    let mut aws = aws();
    let request = |path: &str, target: &str, body: &[u8]| Request {
        path: path.to_owned(),
        target: target.to_owned(),
        body: body.to_vec(),
    };
    for (request, expected) in [
        (request("/", "AWSEvents.CreateEventBus", b"{}"), "UnknownOperationException"),
        (request("/", "AWSEvents.PutEvents", b"{"), "SerializationException"),
        (
            request("/service/GraniteServiceVersion20100801/operation/PutDashboard", "", b""),
            "UnknownOperationException",
        ),
        (
            request("/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "", b"\xff"),
            "SerializationException",
        ),
        (request("/", "", b"Action=ListTopics&Version=2010-03-31"), "InvalidAction"),
        (request("/", "", b"Action=AssumeRole&Version=2011-06-15&RoleArn=%zz"), "ValidationError"),
        (request("/", "", b"\xff\xfe&&==%"), "UnknownOperationException"),
        (request("", "", b""), "UnknownOperationException"),
    ] {
        let (status, text) = read(&aws.handle(&request));
        assert!((400..500).contains(&status) && text.contains(expected), "{request:?}: {status} {text}");
    }
}

#[test]
fn one_journal_lists_the_calls_to_all_services() {
    let mut aws = aws();
    ask(&mut aws, Operation::ListClusters, &json!({}));
    ask(&mut aws, Operation::DescribeAlarms, &json!({"StateValue": "ALARM"}));
    ask(&mut aws, Operation::AssumeRole, &json!({"RoleArn": "arn:aws:iam::444455556666:role/spoke"}));
    let actions: Vec<String> = aws.calls().iter().map(simulator::Call::action).collect();
    assert_eq!(actions, ["ecs:ListClusters", "cloudwatch:DescribeAlarms", "sts:AssumeRole"]);
    assert_eq!(aws.calls()[1].body, json!({"StateValue": "ALARM"}));
    assert_eq!(aws.calls()[2].body["RoleArn"], "arn:aws:iam::444455556666:role/spoke");
    assert_eq!(aws.calls_to(Api::CloudWatch).count(), 1);
}
