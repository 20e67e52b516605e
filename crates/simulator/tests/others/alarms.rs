//! CloudWatch: which alarms a call is shown, and how.

use serde_json::{Value, json};
use simulator::{Alarm, AlarmState, Aws, Operation};

use crate::{ask, aws, noon};

fn names(aws: &mut Aws, body: &Value) -> Vec<String> {
    let (status, text) = ask(aws, Operation::DescribeAlarms, body);
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let of = |kind: &str| answer[kind].as_array().unwrap().iter().map(|alarm| alarm["AlarmName"].as_str().unwrap());
    of("MetricAlarms").chain(of("CompositeAlarms")).map(str::to_owned).collect()
}

fn three() -> Aws {
    let mut aws = aws();
    aws.cloudwatch.put_alarm(Alarm::metric("web-5xx").on_service("prod/web").in_alarm());
    aws.cloudwatch.put_alarm(Alarm::metric("web-cpu").on_service("prod/web"));
    aws.cloudwatch.put_alarm(Alarm::composite("shop", "ALARM(web-5xx)").in_alarm());
    aws
}

#[test]
fn only_metric_alarms_are_described_unless_types_are_named() {
    let mut aws = three();
    assert_eq!(names(&mut aws, &json!({})), ["web-5xx", "web-cpu"]);
    let both = json!({"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]});
    assert_eq!(names(&mut aws, &both), ["web-5xx", "web-cpu", "shop"]);
}

#[test]
fn alarms_are_found_by_name_prefix_and_state() {
    let mut aws = three();
    assert_eq!(names(&mut aws, &json!({"AlarmNames": ["web-cpu", "gone"]})), ["web-cpu"]);
    assert_eq!(names(&mut aws, &json!({"AlarmNamePrefix": "web-c"})), ["web-cpu"]);
    assert_eq!(names(&mut aws, &json!({"StateValue": "ALARM"})), ["web-5xx"]);
}

#[test]
fn alarms_come_in_pages() {
    let mut aws = three();
    let (_, first) = ask(&mut aws, Operation::DescribeAlarms, &json!({"MaxRecords": 1}));
    let token: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(names(&mut aws, &json!({"MaxRecords": 1, "NextToken": token["NextToken"]})), ["web-cpu"]);
    let (status, text) = ask(&mut aws, Operation::DescribeAlarms, &json!({"NextToken": "x"}));
    assert!(status == 400 && text.contains("InvalidNextToken"), "{text}");
}

#[test]
fn more_than_a_hundred_names_are_refused() {
    let names: Vec<String> = (0..101).map(|number| format!("a{number}")).collect();
    let (status, text) = ask(&mut aws(), Operation::DescribeAlarms, &json!({ "AlarmNames": names }));
    assert!(status == 400 && text.contains("ValidationError"), "{text}");
}

#[test]
fn an_alarm_says_when_it_entered_its_state_and_what_it_is_on() {
    let mut aws = aws();
    let cpu = Alarm::metric("cpu").dimension("ClusterName", "prod").state(AlarmState::InsufficientData);
    aws.cloudwatch.put_alarm(cpu.since(noon()));
    let (_, text) = ask(&mut aws, Operation::DescribeAlarms, &json!({}));
    let answer: Value = serde_json::from_str(&text).unwrap();
    let alarm = &answer["MetricAlarms"][0];
    assert_eq!(alarm["AlarmArn"], "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu");
    assert_eq!(alarm["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(alarm["StateTransitionedTimestamp"], json!(1_780_315_200.0));
    assert_eq!(alarm["Dimensions"], json!([{"Name": "ClusterName", "Value": "prod"}]));
}

#[test]
fn tags_are_listed_for_an_alarm_that_is_there() {
    let mut aws = aws();
    aws.cloudwatch.put_alarm(Alarm::metric("mail").tagged("auto-rollback:services", "prod/mail"));
    let mut tags_of = |name: &str| {
        let arn = format!("arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}");
        ask(&mut aws, Operation::ListTagsForAlarm, &json!({ "ResourceARN": arn }))
    };
    assert_eq!(tags_of("mail").1, r#"{"Tags":[{"Key":"auto-rollback:services","Value":"prod/mail"}]}"#);
    let (status, text) = tags_of("gone");
    assert!(status == 404 && text.contains("ResourceNotFoundException"), "{status} {text}");
}
