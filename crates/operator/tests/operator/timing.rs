//! `timing`: whether alarms can fire before a deployment ends.

use std::time::Duration;

use operator::{End, Failure};
use serde_json::{Value, json};
use simulator::{
    Alarm, AlarmState, Api, Aws, DeploymentConfiguration, DeploymentSeed, EarlySuccessCriteria, Fault, HistoryItem,
    Operation, ServiceSeed, Status, sdk::Network,
};
use tokio::time::Instant;

use crate::{
    cloud::FUNCTION,
    support::{NOON, installed, json, on_screen, text},
};

/// A service whose past deployments took this number of seconds each.
fn took(path: &str, seconds: &[u64]) -> ServiceSeed {
    let noon: jiff::Timestamp = NOON.parse().expect("a time");
    seconds.iter().zip(1..).fold(ServiceSeed::new(path), |seed, (seconds, days)| {
        let began = noon - Duration::from_hours(24 * (1 + seconds_count(days)));
        let deployment =
            DeploymentSeed::of(&format!("web:{days}")).status(Status::Successful).created(began).started(began);
        seed.with(deployment.finished(began + Duration::from_secs(*seconds)))
    })
}

/// Older deployments come first.
fn seconds_count(days: u64) -> u64 {
    60 - days
}

fn alarm(name: &str, period: u32, of: u32, to_alarm: u32) -> Alarm {
    let alarm = Alarm::metric(name).on_metric("Shop", "5xx", "Sum").compares("GreaterThanThreshold", 5.0);
    alarm.evaluates(period, of, to_alarm).action(FUNCTION)
}

/// A change to ALARM of `web-5xx` this long after the end of its newest datapoint.
fn fired(aws: &mut Aws, name: &str, delay: u64) {
    let start: jiff::Timestamp = "2026-05-20T10:00:00Z".parse().expect("a time");
    let at = start + Duration::from_secs(60 + delay);
    let data = json!({
        "version": "1.0",
        "queryDate": at.to_string(),
        "startDate": start.to_string(),
        "period": 60,
        "recentDatapoints": [9.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [{"timestamp": start.to_string(), "value": 9.0}],
    });
    let item = HistoryItem::state_update(name, at, AlarmState::Ok, AlarmState::Alarm);
    aws.cloudwatch.put_history(
        item.new_state("Threshold Crossed: 1 datapoint [9.0] was greater than the threshold (5.0).", &data),
    );
}

fn of<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let alarms = answer["services"][0]["alarms"].as_array().expect("alarms");
    alarms.iter().find(|alarm| alarm["alarm"] == name).unwrap_or(&Value::Null)
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_compared_with_the_durations_of_past_deployments() {
    let mut aws = installed();
    aws.ecs.plant(took("prod/web", &[160, 230, 230, 240, 430]));
    for (name, period, count) in [("web-5xx", 60, 1), ("web-p99", 300, 3), ("web-cpu", 60, 3)] {
        aws.cloudwatch.put_alarm(alarm(name, period, count, count).on_service("prod/web"));
    }
    for delay in [70, 75, 200] {
        fired(&mut aws, "web-5xx", delay);
    }
    let (answer, end) = json(&Network::to(aws), &["timing", "prod/web", "--fail-on-blind"]).await;
    let durations = &answer["services"][0]["durations"];
    assert_eq!(
        (&durations["count"], &durations["p10Seconds"], &durations["p90Seconds"]),
        (&json!(5), &json!(160), &json!(430))
    );
    let fast = of(&answer, "web-5xx");
    assert_eq!((&fast["delaySeconds"], &fast["delayMeasuredBy"]), (&json!(75), &json!(3)), "{answer}");
    assert_eq!((&fast["firesAfterSeconds"], &fast["verdict"]), (&json!(135), &json!("ok")));
    let slow = of(&answer, "web-p99");
    assert_eq!((&slow["firesAfterSeconds"], &slow["verdict"]), (&json!(975), &json!("blind")));
    assert_eq!((&slow["delayMeasuredBy"], &slow["deploymentsLongEnough"]), (&json!(0), &json!(0)));
    assert_eq!(slow["bakeMinutesThatWouldDo"], 14);
    let tight = of(&answer, "web-cpu");
    assert_eq!((&tight["firesAfterSeconds"], &tight["verdict"]), (&json!(255), &json!("tight")));
    assert_eq!((&tight["deploymentsLongEnough"], &tight["datapointsThatWouldDo"]), (&json!(1), &json!(1)));
    assert_eq!(end, End::Short);
}

#[tokio::test(start_paused = true)]
async fn a_bake_time_that_is_long_enough_makes_an_alarm_ok() {
    let mut aws = installed();
    let configuration = Some(DeploymentConfiguration { bake_time_in_minutes: Some(20), ..Default::default() });
    aws.ecs.plant(ServiceSeed { configuration, ..took("prod/web", &[160]) });
    aws.cloudwatch.put_alarm(alarm("web-p99", 300, 3, 3).on_service("prod/web"));
    let (answer, end) = json(&Network::to(aws), &["timing", "--fail-on-blind"]).await;
    assert_eq!((&of(&answer, "web-p99")["verdict"], end), (&json!("ok"), End::Fine));
}

#[tokio::test(start_paused = true)]
async fn every_form_of_alarm_has_its_time() {
    let mut aws = installed();
    aws.ecs.plant(took("prod/web", &[600]));
    let metric = |id: &str, period: u32| {
        let dimensions = json!([{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]);
        let metric = json!({"Namespace": "Shop", "MetricName": "5xx", "Dimensions": dimensions});
        json!({"Id": id, "ReturnData": false, "MetricStat": {"Period": period, "Stat": "Sum", "Metric": metric}})
    };
    let expression = |text: &str| json!({"Id": "e1", "Expression": text, "ReturnData": true});
    let math = json!([expression("m1 / m2"), metric("m1", 60), metric("m2", 300)]);
    let band = json!([expression("ANOMALY_DETECTION_BAND(m1, 2)"), metric("m1", 60)]);
    for (name, queries, periods) in [("math", math, 1), ("band", band, 3)] {
        let alarm = Alarm::metric(name).queries(queries).member("EvaluationPeriods", json!(periods));
        aws.cloudwatch.put_alarm(alarm);
    }
    aws.cloudwatch.put_alarm(alarm("seconds", 10, 3, 2).on_service("prod/web"));
    let tagged = |alarm: Alarm| alarm.tagged("auto-rollback:services", "prod/web");
    aws.cloudwatch.put_alarm(tagged(Alarm::log("panics", "filter @message like /panic/")));
    aws.cloudwatch.put_alarm(tagged(Alarm::promql("slow", "latency > 1")));
    aws.cloudwatch.put_alarm(Alarm::composite("any", "ALARM(math) OR ALARM(seconds)"));
    aws.cloudwatch.put_alarm(Alarm::composite("both", "ALARM(math) AND ALARM(seconds)"));
    let (answer, _) = json(&Network::to(aws), &["timing"]).await;
    for (name, seconds) in
        [("math", 375), ("band", 255), ("seconds", 95), ("panics", 135), ("slow", 135), ("any", 95), ("both", 375)]
    {
        assert_eq!(of(&answer, name)["firesAfterSeconds"], seconds, "{name}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_keep_an_alarm_from_protecting_the_next_deployment_is_said() {
    let mut aws = installed();
    let early = EarlySuccessCriteria { enable: true, healthy_percent: None, source_service_revision_cleanup: None };
    let configuration = Some(DeploymentConfiguration { early_success_criteria: Some(early), ..Default::default() });
    aws.ecs.plant(ServiceSeed { configuration, ..took("prod/web", &[600]) });
    let base = |name: &str| alarm(name, 60, 1, 1).on_service("prod/web");
    let unwired = |name: &str| Alarm::metric(name).evaluates(60, 1, 1).on_service("prod/web");
    let full: Vec<Value> =
        (0..5).map(|n| json!(format!("arn:aws:lambda:us-east-1:123456789012:function:f{n}"))).collect();
    for (alarm, warning) in [
        (base("off").member("ActionsEnabled", json!(false)), "actions-off"),
        (unwired("alone"), "not-wired"),
        (unwired("full").member("AlarmActions", full.into()), "five-actions"),
        (base("breaching").treats_missing_data_as("breaching"), "missing-data-breaches"),
        (base("now").in_alarm(), "in-alarm-now"),
        (base("silent").state(AlarmState::InsufficientData).since("2026-05-01T00:00:00Z".parse().unwrap()), "no-data"),
        (base("early"), "succeeds-early"),
    ] {
        let name = alarm.name.clone();
        aws.cloudwatch.put_alarm(alarm);
        let network = Network::to(aws);
        let (answer, _) = json(&network, &["timing", "web"]).await;
        assert!(of(&answer, &name)["warnings"].to_string().contains(warning), "{name}: {answer}");
        let (shown, _) = text(&network, &["timing", "web"]).await;
        assert!(shown.contains(&name), "{shown}");
        aws = installed();
        let early = EarlySuccessCriteria { enable: true, healthy_percent: None, source_service_revision_cleanup: None };
        let configuration = Some(DeploymentConfiguration { early_success_criteria: Some(early), ..Default::default() });
        aws.ecs.plant(ServiceSeed { configuration, ..took("prod/web", &[600]) });
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_history_the_delay_is_assumed_and_marked_so() {
    let mut aws = installed();
    aws.ecs.plant(took("prod/web", &[600]));
    aws.cloudwatch.put_alarm(alarm("web-5xx", 60, 1, 1).on_service("prod/web"));
    aws.inject(Fault::exception("AccessDeniedException", "not authorized").on(Operation::DescribeAlarmHistory));
    let network = Network::to(aws);
    let (shown, _) = text(&network, &["timing"]).await;
    assert!(shown.contains("60 s × 1 of 1 + 75 s = 2m 15s*"), "{shown}");
    assert!(shown.contains("* The history of 30 days shows no delay"), "{shown}");
    assert!(shown.contains("cloudwatch:DescribeAlarmHistory"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_exist_or_has_no_deployments_is_no_guess() {
    let mut aws = installed();
    aws.ecs.plant(ServiceSeed::new("prod/new").deploying("web:1"));
    aws.cloudwatch.put_alarm(alarm("new-5xx", 60, 1, 1).on_service("prod/new"));
    let network = Network::to(aws);
    let missing = on_screen(&network, &["timing", "prod/gone"], 100).await;
    assert!(matches!(missing, Err(Failure::Usage(ref text)) if text.contains("prod/gone")), "{missing:?}");
    let (answer, end) = json(&network, &["timing", "--fail-on-blind"]).await;
    assert_eq!((&of(&answer, "new-5xx")["verdict"], end), (&json!("unknown"), End::Fine));
}

#[tokio::test(start_paused = true)]
async fn an_account_without_alarms_has_an_answer_too() {
    let mut aws = installed();
    aws.ecs.plant(took("prod/web", &[600]));
    let (shown, end) = text(&Network::to(aws), &["timing", "--fail-on-blind"]).await;
    assert!(shown.contains("No alarm leads to a service"), "{shown}");
    assert_eq!(end, End::Fine);
}

#[tokio::test(start_paused = true)]
async fn a_narrow_terminal_has_room_for_the_verdicts() {
    let mut aws = installed();
    aws.ecs.plant(took("prod/web", &[160]));
    aws.cloudwatch.put_alarm(alarm("web-p99\u{7}-of-a-long-name", 300, 3, 3).on_service("prod/web").in_alarm());
    let shown = on_screen(&Network::to(aws), &["timing"], 60).await.expect("an answer").text;
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    assert!(shown.contains("BLIND") && !shown.contains('\u{7}'), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn the_deployments_of_many_services_are_read_within_the_documented_rates() {
    let mut aws = installed();
    aws.ecs.behaviour_mut().throttling = true;
    for number in 0..150 {
        let path = format!("prod/s{number:03}");
        aws.ecs.plant(took(&path, &[160, 200]));
        aws.cloudwatch.put_alarm(alarm(&format!("a{number:03}"), 60, 1, 1).on_service(&path));
    }
    let (network, began) = (Network::to(aws), Instant::now());
    let (answer, _) = json(&network, &["timing"]).await;
    assert_eq!(answer["services"].as_array().map(Vec::len), Some(150), "{}", answer["unknown"]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(network.lock().calls_to(Api::Ecs).filter(|call| call.error.is_some()).count(), 0);
}
