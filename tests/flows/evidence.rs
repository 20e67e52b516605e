//! The closer look at the evidence: its calls, its effect on the decision, and that it never delays a rollback.

use std::time::Duration;

use serde_json::{Value, json};
use signals::{Alarm, Metric, at, sns};
use simulator::{Alarm as SimulatedAlarm, Contributor, Fault, Operation, Series, ServiceSeed};
use tokio::time::Instant;

use crate::support::{World, in_flight, outcome, web};

const EVIDENCE: &[(&str, &str)] = &[("ROLLBACK_LOOK_UPS", "evidence")];

fn with_evidence() -> World {
    let world = World::with(EVIDENCE);
    world.plant(web());
    world
}

/// The alarm by SNS, which carries no data.
fn by_sns() -> Value {
    sns([Alarm::on("prod/web").as_notification()])
}

/// The `reasonData` of `count` breaching minutes, starting with `first`.
fn minutes_from(first: &str, count: usize) -> Value {
    let start = at(first);
    let point = |minute: usize| {
        let start = start + Duration::from_secs(60 * minute as u64);
        json!({"timestamp": start.to_string(), "value": 90.0})
    };
    json!({"version": "1.0", "period": 60, "threshold": 5.0,
        "evaluatedDatapoints": (0..count).rev().map(point).collect::<Vec<_>>()})
}

fn alarm_with(data: &Value) -> SimulatedAlarm {
    SimulatedAlarm::metric("web-5xx")
        .on_service("prod/web")
        .on_metric("AWS/ECS", "CPUUtilization", "Average")
        .compares("GreaterThanThreshold", 5.0)
        .evaluates(60, 5, 3)
        .in_alarm()
        .since(at("11:55:00"))
        .reason("Threshold Crossed", data)
}

#[tokio::test(start_paused = true)]
async fn the_data_missing_from_an_sns_alarm_are_looked_up() {
    for (first, expected) in
        [("11:47:00", "skipped · evidence-predates-deployment"), ("11:51:00", "rolled-back · stop-requested")]
    {
        let world = with_evidence();
        world.aws().cloudwatch.put_alarm(alarm_with(&minutes_from(first, 4)));
        assert_eq!(world.outcome(&by_sns()).await, expected, "{first}");
        assert_eq!(world.other_calls(), ["DescribeAlarms"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_notification_is_judged_by_when_the_alarm_first_entered_alarm() {
    let world = with_evidence();
    world.aws().cloudwatch.put_alarm(alarm_with(&Value::Null).since(at("11:40:00")));
    assert_eq!(world.outcome(&by_sns()).await, "skipped · signal-predates-deployment");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_has_left_its_state_since_is_no_evidence() {
    for alarm in [
        alarm_with(&minutes_from("11:47:00", 4)).since(at("11:58:00")),
        SimulatedAlarm::metric("web-5xx").on_service("prod/web").reason("fine", &minutes_from("11:47:00", 4)),
    ] {
        let world = with_evidence();
        world.aws().cloudwatch.put_alarm(alarm);
        assert_eq!(world.outcome(&by_sns()).await, "rolled-back · stop-requested");
    }
}

#[tokio::test(start_paused = true)]
async fn the_children_of_a_composite_alarm_are_looked_up() {
    let event = Alarm::composite("ALARM(\"web-5xx\")").named("shop-down").tagged_with_services("prod/web");
    for (first, expected) in
        [("11:47:00", "skipped · evidence-predates-deployment"), ("11:51:00", "rolled-back · stop-requested")]
    {
        for event in [event.clone(), event.clone().triggered_by("web-5xx", at("11:55:00"))] {
            let world = with_evidence();
            world.aws().cloudwatch.put_alarm(alarm_with(&minutes_from(first, 4)));
            assert_eq!(world.outcome(&event.as_action()).await, expected, "{first}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_contributor_is_judged_by_its_own_start() {
    let event = Alarm::of_insights("SELECT AVG(CPUUtilization) FROM \"AWS/ECS\" GROUP BY ClusterName, ServiceName");
    let event = event.named("any-service").contributor_on("prod/web");
    for (since, expected) in
        [("11:40:00", "skipped · signal-predates-deployment"), ("11:54:00", "rolled-back · stop-requested")]
    {
        let world = with_evidence();
        let attributes = [("ClusterName", "prod"), ("ServiceName", "web")];
        let alarm = SimulatedAlarm::metrics_insights("any-service", "SELECT 1", 60).in_alarm();
        world.aws().cloudwatch.put_alarm(alarm.contributor(Contributor::of(&attributes).since(at(since))));
        assert_eq!(world.outcome(&event.as_action()).await, expected, "{since}");
        assert_eq!(world.other_calls(), ["DescribeAlarmContributors"]);
    }
}

/// An alarm on errors over five minutes, whose window straddles the start of the deployment at 11:50.
fn straddling() -> Value {
    let metric = Metric::new("Shop", "Errors").service("prod/web").stat("Sum");
    Alarm::of(metric)
        .named("web-5xx")
        .above(100.0)
        .period(300)
        .since(at("11:53:30"))
        .datapoints([(at("11:48:00"), 400.0)])
        .as_action()
}

#[tokio::test(start_paused = true)]
async fn a_window_that_straddles_the_deployments_start_is_examined_by_the_minute() {
    for (case, minutes, expected) in [
        ("only after it", vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 150.0, 250.0], "rolled-back · stop-requested"),
        (
            "before it",
            vec![0.0, 0.0, 0.0, 0.0, 0.0, 80.0, 90.0, 110.0, 120.0],
            "skipped · evidence-predates-deployment",
        ),
        ("a little before it", vec![0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 200.0, 200.0], "rolled-back · stop-requested"),
        ("nothing is known", vec![], "rolled-back · stop-requested"),
    ] {
        let world = with_evidence();
        let values: Vec<Option<f64>> = minutes.into_iter().map(Some).collect();
        let series = Series::metric("Shop", "Errors").on_service("prod/web").minutes(at("11:43:00"), &values);
        world.aws().cloudwatch.put_series(series);
        assert_eq!(world.outcome(&straddling()).await, expected, "{case}");
        assert_eq!(world.other_calls(), ["GetMetricData"], "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_contributor_is_looked_at_by_the_minute_among_its_own_group_alone() {
    let query = |condition: &str| {
        format!(
            "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName){condition} GROUP BY ClusterName, ServiceName"
        )
    };
    let one = query(" WHERE ClusterName = 'prod' AND ServiceName = 'web'");
    let event = Alarm::of_insights(&query("")).named("any-service").contributor_on("prod/web");
    let event = event.above(100.0).period(300).since(at("11:53:30")).datapoints([(at("11:48:00"), 400.0)]).as_action();
    let (older, newer) = ([80.0, 90.0, 110.0, 120.0], [0.0, 0.0, 150.0, 250.0]);
    for (minutes, expected) in
        [(older, "skipped · evidence-predates-deployment"), (newer, "rolled-back · stop-requested")]
    {
        let world = with_evidence();
        // The first of all groups is another service.
        for (query, minutes) in [(query(""), newer), (query(""), older), (one.clone(), minutes)] {
            let series = Series::expression(&query).minutes(at("11:48:00"), &minutes.map(Some));
            world.aws().cloudwatch.put_series(series);
        }
        assert_eq!(world.outcome(&event).await, expected);
        assert_eq!(world.other_calls(), ["DescribeAlarmContributors", "GetMetricData"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_sentence_of_an_alarm_is_evidence_where_nothing_else_is() {
    let query = "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";
    let contributor = Alarm::of_insights(query).contributor_on("prod/web");
    let all = "Threshold Crossed: 5 out of the last 5 query results were greater than the threshold (50.0).";
    let log = Alarm::of_log("stats count(*)", "/ecs/prod").tagged_with_services("prod/web");
    for (event, expected) in [
        (contributor.clone().values([9.0; 4]).as_action(), "rolled-back · stop-requested"),
        (contributor.values([9.0; 7]).as_action(), "skipped · evidence-predates-deployment"),
        (sns([Alarm::on("prod/web").values([9.0; 7]).as_notification()]), "skipped · evidence-predates-deployment"),
        (log.clone().as_action(), "rolled-back · stop-requested"),
        (log.clone().because(all).as_action(), "rolled-back · stop-requested"),
        (log.because(&all.replace("5 ", "6 ")).as_action(), "skipped · evidence-predates-deployment"),
    ] {
        let world = with_evidence();
        assert_eq!(world.outcome(&event).await, expected, "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn evidence_is_looked_up_only_if_the_service_would_be_rolled_back() {
    for seed in [
        ServiceSeed::new("prod/web").deployed("app:41"),
        web().tag("auto-rollback", "off"),
        ServiceSeed::new("prod/web")
            .deployed("app:41")
            .with(simulator::DeploymentSeed::of("app:42").created(at("11:57:00"))),
    ] {
        let world = World::with(EVIDENCE);
        world.plant(seed);
        world.outcome(&by_sns()).await;
        assert!(world.other_calls().is_empty(), "{:?}", world.other_calls());
    }
    let world = World::with(&[]);
    world.plant(web());
    assert_eq!(world.outcome(&by_sns()).await, "rolled-back · stop-requested");
    assert!(world.other_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_is_named_and_the_decision_is_made_in_time_without_it() {
    for (fault, named) in [
        (Fault::exception("AccessDenied", "no"), "describe the alarm"),
        (Fault::exception("Throttling", "slow down"), "the evidence was not looked up"),
        (Fault::hang(), "the evidence was not looked up in time"),
    ] {
        let world = with_evidence();
        world.aws().inject(fault.on(Operation::DescribeAlarms));
        let began = Instant::now();
        let entry = world.entry(&by_sns()).await;
        assert_eq!(outcome(&entry), "rolled-back · stop-requested");
        assert!(entry["detail"].as_str().is_some_and(|detail| detail.contains(named)), "{entry}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_describe_revisions_is_named_and_the_decision_is_made_without_them() {
    let world = World::new();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").deployed("app:42").deploying("app:41"));
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::DescribeServiceRevisions));
    let entry = world.entry(&crate::support::alarm()).await;
    assert_eq!(outcome(&entry), "rolled-back · stop-requested");
    assert!(entry["detail"].as_str().is_some_and(|detail| detail.contains("decided without the revisions")), "{entry}");
}

#[tokio::test(start_paused = true)]
async fn the_closer_look_runs_concurrently_with_the_other_reads() {
    let world = World::with(EVIDENCE);
    world.plant(in_flight("prod/web"));
    world.aws().cloudwatch.put_alarm(alarm_with(&minutes_from("11:51:00", 4)));
    world.aws().inject(Fault::delay(Duration::from_secs(1)));
    let began = Instant::now();
    assert_eq!(world.outcome(&by_sns()).await, "rolled-back · stop-requested");
    assert_eq!(began.elapsed().as_secs(), 3, "three steps of a second each");
}
