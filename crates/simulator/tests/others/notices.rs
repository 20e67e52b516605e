//! SNS, EventBridge, STS, Lambda and Elastic Load Balancing.

use serde_json::json;
use simulator::{Aws, Home, LambdaFunction, Operation};

use crate::{ask, aws, noon};

#[test]
fn a_message_without_a_topic_or_a_text_is_refused() {
    let mut aws = aws();
    for body in [json!({"Message": "x"}), json!({"TopicArn": "arn:aws:sns:us-east-1:123456789012:on-call"})] {
        let (status, text) = ask(&mut aws, Operation::Publish, &body);
        assert!(status == 400 && text.contains("<Code>InvalidParameter</Code>"), "{text}");
    }
    assert!(aws.sns.published.is_empty());
}

#[test]
fn a_bus_can_accept_the_call_and_reject_its_events() {
    let mut aws = aws();
    let two = json!({"Entries": [{"Source": "a", "Detail": "{}"}, {"Source": "b", "Detail": "{}"}]});
    assert!(ask(&mut aws, Operation::PutEvents, &two).1.contains(r#""FailedEntryCount":0"#));
    assert_eq!(aws.eventbridge.put.len(), 2);
    aws.eventbridge.refuse("AccessDeniedException");
    let (status, text) = ask(&mut aws, Operation::PutEvents, &two);
    assert!(status == 200 && text.contains(r#""FailedEntryCount":2"#), "{text}");
    assert_eq!(aws.eventbridge.put.len(), 2);
}

#[test]
fn a_role_is_assumed_with_its_external_id_only() {
    let mut aws = aws();
    let role = "arn:aws:iam::444455556666:role/spoke";
    aws.sts.trust(role, Some("shop-1"));
    let mut assume = |id: &str| {
        let body = json!({"RoleArn": role, "RoleSessionName": "s", "ExternalId": id});
        ask(&mut aws, Operation::AssumeRole, &body)
    };
    assert!(assume("shop-1").1.contains("<AccessKeyId>ASIA444455556666</AccessKeyId>"));
    let (status, text) = assume("shop-2");
    assert!(status == 403 && text.contains("<Code>AccessDenied</Code>"), "{status} {text}");
}

#[test]
fn a_caller_is_somebody_of_the_account_and_its_partition() {
    let home = Home { partition: "aws-cn".to_owned(), region: "cn-north-1".to_owned(), ..Home::default() };
    let (status, text) = ask(&mut Aws::new(home, noon()), Operation::GetCallerIdentity, &json!({}));
    assert!(status == 200 && text.contains("<Account>123456789012</Account>"), "{text}");
    assert!(text.contains("<Arn>arn:aws-cn:sts::123456789012:assumed-role/operator/simulator</Arn>"), "{text}");
}

#[test]
fn a_rest_call_is_read_from_its_path_and_query() {
    let mut aws = aws();
    aws.lambda.put_function(LambdaFunction::new("roll back").reads("arn:aws:sqs:us-east-1:123456789012:signals"));
    for name in ["roll back", "arn:aws:lambda:us-east-1:123456789012:function:roll back"] {
        let body = json!({ "FunctionName": name });
        assert!(ask(&mut aws, Operation::GetFunctionConfiguration, &body).1.contains(r#""FunctionName":"roll back""#));
        assert!(ask(&mut aws, Operation::ListEventSourceMappings, &body).1.contains("signals"));
    }
    let (status, text) = ask(&mut aws, Operation::GetFunctionConfiguration, &json!({ "FunctionName": "x" }));
    assert!(status == 404 && text.contains("ResourceNotFoundException"), "{status} {text}");
}

#[test]
fn target_groups_are_those_behind_the_load_balancer() {
    let mut aws = aws();
    aws.load_balancing.put_load_balancer("arn:lb/shop", &["arn:tg/web", "arn:tg/cart"]);
    aws.load_balancing.put_load_balancer("arn:lb/bank", &["arn:tg/vault"]);
    let (_, text) = ask(&mut aws, Operation::DescribeTargetGroups, &json!({"LoadBalancerArn": "arn:lb/shop"}));
    assert!(text.contains("arn:tg/web") && text.contains("arn:tg/cart") && !text.contains("arn:tg/vault"), "{text}");
    let (status, text) = ask(&mut aws, Operation::DescribeTargetGroups, &json!({"LoadBalancerArn": "arn:lb/x"}));
    assert!(status == 400 && text.contains("LoadBalancerNotFound"), "{text}");
}
