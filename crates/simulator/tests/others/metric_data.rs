//! CloudWatch: metrics, minute by minute.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Aws, Operation, Series};

use crate::{answer, aws, noon, refusal};

fn query(id: &str, dimensions: &Value, stat: &str, period: u32) -> Value {
    let metric = json!({"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": dimensions});
    json!({"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}})
}

fn web() -> Value {
    json!([{"Name": "ServiceName", "Value": "web"}, {"Name": "ClusterName", "Value": "prod"}])
}

/// A request for the ten minutes after noon.
fn request(queries: &[Value]) -> Value {
    let noon = noon().as_second();
    json!({"MetricDataQueries": queries, "StartTime": noon, "EndTime": noon + 600, "ScanBy": "TimestampAscending"})
}

fn results(aws: &mut Aws, body: &Value) -> Vec<Value> {
    answer(aws, Operation::GetMetricData, body)["MetricDataResults"].as_array().unwrap().clone()
}

/// `prod/web` with a value for each minute but the second.
fn measured() -> Aws {
    let mut aws = aws();
    let cpu = Series::metric("AWS/ECS", "CPUUtilization").on_service("prod/web");
    aws.cloudwatch.put_series(cpu.minutes(noon(), &[Some(10.0), None, Some(40.0), Some(70.0), Some(80.0), Some(90.0)]));
    aws
}

#[test]
fn a_metric_is_found_by_name_and_all_its_dimensions_in_any_order() {
    let mut aws = measured();
    let other = json!([{"Name": "ServiceName", "Value": "web"}]);
    let both = [query("web", &web(), "Average", 60), query("other", &other, "Average", 60)];
    let found = results(&mut aws, &request(&both));
    assert_eq!(found[0]["Values"], json!([10.0, 40.0, 70.0, 80.0, 90.0]));
    assert_eq!((&found[0]["Id"], &found[0]["Label"]), (&json!("web"), &json!("CPUUtilization")));
    assert_eq!(found[0]["Timestamps"][1], 1_780_315_320.0);
    assert_eq!(found[1]["Values"], json!([]));
    assert!(found.iter().all(|result| result["StatusCode"] == "Complete"));
}

#[test]
fn longer_periods_are_aggregated_from_minutes() {
    let mut aws = measured();
    let stats = [query("a", &web(), "Sum", 300), query("b", &web(), "Maximum", 300), query("c", &web(), "p50", 300)];
    let values: Vec<Value> = results(&mut aws, &request(&stats)).iter().map(|found| found["Values"].clone()).collect();
    assert_eq!(values, [json!([200.0, 90.0]), json!([80.0, 90.0]), json!([40.0, 90.0])]);
}

#[test]
fn the_newest_datapoint_comes_first_unless_asked_otherwise() {
    let mut aws = measured();
    let mut body = request(&[query("web", &web(), "Average", 60)]);
    body.as_object_mut().unwrap().remove("ScanBy");
    assert_eq!(results(&mut aws, &body)[0]["Values"][0], 90.0);
}

#[test]
fn an_expression_is_answered_by_the_series_seeded_for_it() {
    let mut aws = measured();
    let insights = "SELECT MAX(Latency) FROM Shop GROUP BY Service";
    let of = |label: &str, value| Series::expression(insights).labelled(label).minutes(noon(), &[Some(value)]);
    aws.cloudwatch.put_series(of("web", 1.5));
    aws.cloudwatch.put_series(of("cart", 0.5));
    let found = results(&mut aws, &request(&[json!({"Id": "q1", "Expression": insights, "Period": 60})]));
    let shown: Vec<_> = found.iter().map(|result| (&result["Label"], &result["Values"][0])).collect();
    assert_eq!(shown, [(&json!("web"), &json!(1.5)), (&json!("cart"), &json!(0.5))]);
}

#[test]
fn a_math_expression_is_answered_for_the_metrics_in_the_request() {
    let mut aws = measured();
    let share = |path: &str, value| Series::expression("m1 * 2").on_service(path).minutes(noon(), &[Some(value)]);
    aws.cloudwatch.put_series(share("prod/cart", 1.0));
    aws.cloudwatch.put_series(share("prod/web", 2.0));
    let mut hidden = query("m1", &web(), "Average", 60);
    hidden["ReturnData"] = json!(false);
    let found = results(&mut aws, &request(&[hidden, json!({"Id": "e1", "Expression": "m1 * 2", "Label": "twice"})]));
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["Label"], &found[0]["Values"]), (&json!("twice"), &json!([2.0])));
}

#[test]
fn a_series_of_another_account_or_statistic_answers_only_that() {
    let mut aws = aws();
    let cpu = Series::metric("AWS/ECS", "CPUUtilization").on_service("prod/web").statistic("Maximum");
    aws.cloudwatch.put_series(cpu.account("444455556666").minutes(noon(), &[Some(1.0)]));
    let mut count = |stat: &str, account: Value| {
        let mut query = query("web", &web(), stat, 60);
        if !account.is_null() {
            query["AccountId"] = account;
        }
        results(&mut aws, &request(&[query]))[0]["Values"].as_array().unwrap().len()
    };
    assert_eq!(count("Maximum", json!("444455556666")), 1);
    assert_eq!(count("Average", json!("444455556666")), 0);
    assert_eq!(count("Maximum", Value::Null), 0);
}

#[test]
fn invalid_requests_are_refused() {
    let mut aws = measured();
    let many: Vec<Value> = (0..501).map(|number| query(&format!("q{number}"), &web(), "Sum", 60)).collect();
    let twice = [query("web", &web(), "Sum", 60), query("web", &web(), "Maximum", 60)];
    let mut no_time = request(&[query("web", &web(), "Sum", 60)]);
    no_time["EndTime"] = no_time["StartTime"].clone();
    for wrong in [
        request(&many),
        request(&twice),
        request(&[query("Web", &web(), "Sum", 60)]),
        request(&[query("web", &web(), "Sum", 90)]),
        request(&[json!({"Id": "neither"})]),
        no_time,
    ] {
        assert_eq!(refusal(&mut aws, Operation::GetMetricData, &wrong), "ValidationError");
    }
}

#[test]
fn the_start_is_rounded_down_to_the_period() {
    let mut aws = measured();
    let mut body = request(&[query("web", &web(), "SampleCount", 300)]);
    body["StartTime"] = json!((noon() + Duration::from_mins(3)).as_second());
    assert_eq!(results(&mut aws, &body)[0]["Values"], json!([4.0, 1.0]));
}
