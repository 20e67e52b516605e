//! CloudWatch: calls that describe alarms.

use serde_json::{Value, json};
use simulator::{Alarm, AlarmState, Aws, Contributor, Operation};

use crate::{answer, ask, aws, noon, refusal};

fn names(aws: &mut Aws, body: &Value) -> Vec<String> {
    let answer = answer(aws, Operation::DescribeAlarms, body);
    let kinds = ["MetricAlarms", "CompositeAlarms", "LogAlarms"];
    let alarms = kinds.iter().filter_map(|kind| answer[kind].as_array()).flatten();
    alarms.map(|alarm| alarm["AlarmName"].as_str().unwrap().to_owned()).collect()
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
    let token = answer(&mut aws, Operation::DescribeAlarms, &json!({"MaxRecords": 1}));
    assert_eq!(names(&mut aws, &json!({"MaxRecords": 1, "NextToken": token["NextToken"]})), ["web-cpu"]);
    assert_eq!(refusal(&mut aws, Operation::DescribeAlarms, &json!({"NextToken": "x"})), "InvalidNextToken");
    assert_eq!(refusal(&mut aws, Operation::DescribeAlarms, &json!({"MaxRecords": 101})), "ValidationError");
}

#[test]
fn more_than_a_hundred_names_are_refused() {
    let names: Vec<String> = (0..101).map(|number| format!("a{number}")).collect();
    let refused = refusal(&mut aws(), Operation::DescribeAlarms, &json!({ "AlarmNames": names }));
    assert_eq!(refused, "ValidationError");
}

#[test]
fn an_alarm_has_the_time_of_its_state_and_its_metric() {
    let mut aws = aws();
    let cpu = Alarm::metric("cpu").dimension("ClusterName", "prod").state(AlarmState::InsufficientData);
    aws.cloudwatch.put_alarm(cpu.since(noon()));
    let answer = answer(&mut aws, Operation::DescribeAlarms, &json!({}));
    let alarm = &answer["MetricAlarms"][0];
    assert_eq!(alarm["AlarmArn"], "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu");
    assert_eq!(alarm["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(alarm["StateTransitionedTimestamp"], json!(1_780_315_200.0));
    assert_eq!(alarm["Dimensions"], json!([{"Name": "ClusterName", "Value": "prod"}]));
}

#[test]
fn tags_are_listed_for_an_existing_alarm() {
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

#[test]
fn alarms_are_found_by_action_and_by_parent_or_child() {
    let mut aws = three();
    let lambda = "arn:aws:lambda:us-east-1:123456789012:function:rollback";
    aws.cloudwatch.put_alarm(Alarm::metric("acting").action("arn:aws:sns:us-east-1:123456789012:a").action(lambda));
    aws.cloudwatch.put_alarm(Alarm::composite("all", "ALARM(\"shop\") AND NOT OK(web-cpu)"));
    assert_eq!(names(&mut aws, &json!({"ActionPrefix": lambda})), ["acting"]);
    assert_eq!(names(&mut aws, &json!({"ChildrenOfAlarmName": "all"})), ["web-cpu", "shop"]);
    assert_eq!(names(&mut aws, &json!({"ParentsOfAlarmName": "web-5xx"})), ["shop"]);
    let brief = answer(&mut aws, Operation::DescribeAlarms, &json!({"ParentsOfAlarmName": "web-5xx"}));
    assert!(brief["CompositeAlarms"][0].get("AlarmRule").is_none());
    for together in [
        json!({"ChildrenOfAlarmName": "all", "StateValue": "OK"}),
        json!({"ChildrenOfAlarmName": "all", "ParentsOfAlarmName": "web-5xx"}),
        json!({"AlarmNames": ["all"], "AlarmNamePrefix": "a"}),
    ] {
        assert_eq!(refusal(&mut aws, Operation::DescribeAlarms, &together), "ValidationError", "{together}");
    }
}

#[test]
fn log_alarms_are_described_only_if_their_type_is_named() {
    let mut aws = three();
    aws.cloudwatch.put_alarm(Alarm::log("panics", "filter @message like /panic/").in_alarm());
    assert_eq!(names(&mut aws, &json!({"AlarmNames": ["panics"]})), Vec::<String>::new());
    let body = json!({"AlarmNames": ["panics"], "AlarmTypes": ["MetricAlarm", "LogAlarm"]});
    assert_eq!(names(&mut aws, &body), ["panics"]);
    let panics = answer(&mut aws, Operation::DescribeAlarms, &body)["LogAlarms"][0].take();
    assert_eq!(panics["ScheduledQueryConfiguration"]["QueryString"], "filter @message like /panic/");
    assert!(panics.get("Dimensions").is_none());
}

#[test]
fn an_alarm_has_its_comparison_and_the_reason_for_its_state() {
    let mut aws = aws();
    let data = json!({"version": "1.0", "recentDatapoints": [6.0]});
    let alarm = Alarm::metric("web-5xx").on_service("prod/web").on_metric("AWS/ECS", "CPUUtilization", "p99");
    let alarm = alarm.compares("GreaterThanThreshold", 5.0).evaluates(60, 5, 3).treats_missing_data_as("notBreaching");
    aws.cloudwatch.put_alarm(alarm.reason("Threshold Crossed", &data).in_alarm().since(noon()).updated(noon()));
    let alarm = answer(&mut aws, Operation::DescribeAlarms, &json!({}))["MetricAlarms"][0].take();
    assert_eq!((&alarm["ExtendedStatistic"], alarm.get("Statistic")), (&json!("p99"), None));
    assert_eq!((&alarm["Threshold"], &alarm["ComparisonOperator"]), (&json!(5.0), &json!("GreaterThanThreshold")));
    assert_eq!([&alarm["Period"], &alarm["EvaluationPeriods"], &alarm["DatapointsToAlarm"]], [60, 5, 3]);
    assert_eq!(alarm["TreatMissingData"], "notBreaching");
    assert_eq!(
        (&alarm["StateReason"], &alarm["StateReasonData"]),
        (&json!("Threshold Crossed"), &data.to_string().into())
    );
}

#[test]
fn only_contributors_in_alarm_are_described() {
    let mut aws = aws();
    let web = Contributor::of(&[("ServiceName", "web")]).reason("Threshold Crossed").since(noon());
    let query = "SELECT MAX(CPUUtilization) FROM \"AWS/ECS\" GROUP BY ServiceName";
    let alarm = Alarm::metrics_insights("services", query, 60).in_alarm();
    aws.cloudwatch.put_alarm(alarm.contributor(web).contributor(Contributor::of(&[])));
    let body = json!({"AlarmName": "services"});
    let contributors = answer(&mut aws, Operation::DescribeAlarmContributors, &body)["AlarmContributors"].take();
    assert_eq!(contributors[0]["ContributorAttributes"], json!({"ServiceName": "web"}));
    assert_eq!(contributors[0]["StateReason"], "Threshold Crossed");
    assert_eq!(contributors[0]["StateTransitionedTimestamp"], 1_780_315_200.0);
    assert_eq!(contributors[1]["ContributorAttributes"], json!({}));
    assert_ne!(contributors[0]["ContributorId"], contributors[1]["ContributorId"]);
    let gone = refusal(&mut aws, Operation::DescribeAlarmContributors, &json!({"AlarmName": "gone"}));
    assert_eq!(gone, "ResourceNotFoundException");
}
