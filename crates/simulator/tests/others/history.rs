//! CloudWatch: the history of alarms.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Alarm, AlarmState, AlarmType, Aws, Contributor, Fault, HistoryItem, Operation};

use crate::{answer, aws, noon, refusal};

const DAY: Duration = Duration::from_hours(24);

fn flapping() -> Aws {
    let mut aws = aws();
    aws.cloudwatch.put_alarm(Alarm::composite("shop", "ALARM(web-5xx)"));
    let at = |minutes| noon() - Duration::from_mins(minutes);
    let up = HistoryItem::state_update("web-5xx", at(30), AlarmState::Ok, AlarmState::Alarm);
    let evidence = json!({"recentDatapoints": [7.0]});
    aws.cloudwatch.put_history(up.new_state("Threshold Crossed", &evidence).old_state("All is well", &Value::Null));
    aws.cloudwatch.put_history(HistoryItem::action("web-5xx", at(29), "arn:aws:sns:us-east-1:123456789012:a"));
    aws.cloudwatch.put_history(HistoryItem::state_update("web-5xx", at(20), AlarmState::Alarm, AlarmState::Ok));
    aws.cloudwatch.put_history(HistoryItem::state_update("shop", at(10), AlarmState::Ok, AlarmState::Alarm));
    aws.cloudwatch.put_history(HistoryItem::state_update("old", noon() - 31 * DAY, AlarmState::Ok, AlarmState::Alarm));
    aws
}

fn summaries(aws: &mut Aws, body: &Value) -> Vec<String> {
    let items = answer(aws, Operation::DescribeAlarmHistory, body)["AlarmHistoryItems"].take();
    items.as_array().unwrap().iter().map(|item| item["HistorySummary"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_state_update_holds_the_evidence_of_its_time() {
    let mut aws = flapping();
    let body = json!({"AlarmName": "web-5xx", "HistoryItemType": "StateUpdate", "ScanBy": "TimestampAscending"});
    let items = answer(&mut aws, Operation::DescribeAlarmHistory, &body)["AlarmHistoryItems"].take();
    assert_eq!(items[0]["HistorySummary"], "Alarm updated from OK to ALARM");
    assert_eq!(items[0]["AlarmType"], "MetricAlarm");
    let data: Value = serde_json::from_str(items[0]["HistoryData"].as_str().unwrap()).unwrap();
    assert_eq!(data["oldState"], json!({"stateValue": "OK", "stateReason": "All is well"}));
    assert_eq!(data["newState"]["stateReasonData"], json!({"recentDatapoints": [7.0]}));
}

#[test]
fn history_is_of_metric_alarms_unless_another_type_is_named() {
    let mut aws = flapping();
    assert_eq!(summaries(&mut aws, &json!({})).len(), 3);
    assert_eq!(summaries(&mut aws, &json!({"AlarmTypes": ["CompositeAlarm"]})), ["Alarm updated from OK to ALARM"]);
    let logs = HistoryItem::state_update("gone", noon(), AlarmState::Ok, AlarmState::Alarm).of_type(AlarmType::Log);
    aws.cloudwatch.put_history(logs);
    assert_eq!(summaries(&mut aws, &json!({"AlarmTypes": ["LogAlarm"]})).len(), 1);
}

#[test]
fn history_is_newest_first_and_can_be_filtered_by_time() {
    let mut aws = flapping();
    let newest = &summaries(&mut aws, &json!({}))[0];
    assert_eq!(newest, "Alarm updated from ALARM to OK");
    let from = (noon() - Duration::from_mins(29)).as_second();
    assert_eq!(summaries(&mut aws, &json!({"StartDate": from})).len(), 2);
    assert_eq!(summaries(&mut aws, &json!({"EndDate": from})).len(), 2);
}

#[test]
fn history_comes_in_pages_of_a_hundred_and_ends_after_thirty_days() {
    let mut aws = aws();
    for minute in 0..150 {
        let at = noon() - Duration::from_mins(minute);
        aws.cloudwatch.put_history(HistoryItem::state_update("flapping", at, AlarmState::Ok, AlarmState::Alarm));
    }
    let first = answer(&mut aws, Operation::DescribeAlarmHistory, &json!({}));
    assert_eq!(first["AlarmHistoryItems"].as_array().unwrap().len(), 100);
    assert_eq!(summaries(&mut aws, &json!({"NextToken": first["NextToken"]})).len(), 50);
    assert_eq!(refusal(&mut aws, Operation::DescribeAlarmHistory, &json!({"NextToken": "x"})), "InvalidNextToken");
    aws.advance(30 * DAY);
    assert_eq!(summaries(&mut aws, &json!({})).len(), 0);
}

#[test]
fn an_entry_about_a_contributor_names_it() {
    let mut aws = aws();
    let web = Contributor::of(&[("ServiceName", "web")]);
    let item = HistoryItem::state_update("services", noon(), AlarmState::Ok, AlarmState::Alarm);
    aws.cloudwatch.put_history(item.of_contributor(web));
    let body = json!({"HistoryItemType": "AlarmContributorStateUpdate"});
    let item = answer(&mut aws, Operation::DescribeAlarmHistory, &body)["AlarmHistoryItems"][0].take();
    assert_eq!(item["AlarmContributorAttributes"], json!({"ServiceName": "web"}));
    let mut found = |id: &Value| summaries(&mut aws, &json!({"AlarmContributorId": id})).len();
    assert_eq!((found(&item["AlarmContributorId"]), found(&json!("other"))), (1, 0));
}

#[test]
fn faults_strike_every_call_of_cloudwatch() {
    let mut aws = flapping();
    for operation in [Operation::DescribeAlarmHistory, Operation::DescribeAlarmContributors, Operation::GetMetricData] {
        aws.inject(Fault::throttling().on(operation).once());
        assert_eq!(refusal(&mut aws, operation, &json!({})), "ThrottlingException");
        assert_eq!(aws.calls_of(operation).count(), 1);
    }
}
