//! The many shapes of input: what each says, and what happens to those that say it badly.

use serde_json::{Value, json};

use crate::support::{
    ACCOUNT, REGION, World, alarm, alarm_event_on, alarm_on, at, notification, outcome, request, sns, sqs, web,
};

/// The outcome of `event` where `prod/web` is in flight.
async fn with_web(event: &Value) -> String {
    let world = World::new();
    world.plant(web());
    world.outcome(event).await
}

const ROLLED_BACK: &str = "rolled-back · stop-requested";

fn metrics(event: &mut Value) -> &mut Value {
    event.pointer_mut("/alarmData/configuration").expect("a configuration")
}

fn sns_alarm() -> Value {
    json!({
        "AlarmName": "web-5xx", "AlarmDescription": null, "AWSAccountId": ACCOUNT, "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed", "StateChangeTime": "2026-06-01T11:55:00.640+0000", "Region": "US East (N. Virginia)",
        "AlarmArn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:web-5xx"), "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "Errors", "Namespace": "AWS/ECS", "StatisticType": "Statistic", "Statistic": "SUM", "Unit": null,
            "Dimensions": [{"value": "web", "name": "ServiceName"}, {"value": "prod", "name": "ClusterName"}],
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 5.0, "TreatMissingData": "", "EvaluateLowSampleCountPercentile": "",
        },
    })
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_alarm_action_is_read() {
    let stat = metrics(&mut alarm())["metrics"][0].clone();
    let mut math = alarm();
    metrics(&mut math)["metrics"] = json!([
        {"id": "e1", "expression": "errors / requests", "label": "rate", "returnData": true, "period": 86400},
        {"id": "errors", "metricStat": stat["metricStat"], "returnData": false},
        {"id": "requests", "metricStat": {"period": 86400, "stat": "p99.9", "metric": {"namespace": "AWS/ELB", "name": "R", "dimensions": {}}}},
    ]);
    let mut anomaly = alarm();
    metrics(&mut anomaly)["metrics"] = json!([{"id": "m1", "metricStat": stat["metricStat"]}, {"id": "ad1", "expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]);
    metrics(&mut anomaly)["thresholdMetricId"] = json!("ad1");
    let mut contributor = alarm();
    contributor["alarmData"]["alarmContributor"] =
        json!({"id": "d9", "attributes": {"ClusterName": "prod", "ServiceName": "web"}});
    metrics(&mut contributor)["metrics"] =
        json!([{"id": "q", "expression": "SELECT SUM(E) FROM \"AWS/ECS\" GROUP BY ClusterName, ServiceName"}]);
    let mut composite = alarm();
    composite["alarmData"]["configuration"] = json!({"alarmRule": "ALARM(a) OR ALARM(b)"});
    composite["alarmData"]["state"]["reasonData"] =
        json!(json!({"triggeringAlarms": [{"arn": "a", "state": {"value": "ALARM"}}]}).to_string());
    composite["alarmTags"] = json!({"auto-rollback:services": "prod/web"});
    let mut log = composite.clone();
    log["alarmData"]["configuration"] =
        json!({"queryString": "fields @message", "logGroupNames": ["app"], "period": "PT5M"});
    log["alarmData"]["state"]["reasonData"] = json!("{ ... elided ... }");
    log["alarmTags"] = json!([{"Key": "auto-rollback:services", "Value": "prod/web"}]);
    let mut tagged_within = alarm();
    tagged_within["alarmData"]["alarmTags"] = json!([{"key": "auto-rollback:services", "value": "prod/web"}]);
    let mut bare = alarm();
    for optional in ["source", "accountId", "region", "time"] {
        bare.as_object_mut().expect("an event").remove(optional);
    }
    bare["alarmData"].as_object_mut().expect("data").remove("previousState");
    for (kind, event) in [
        ("metric math", math),
        ("anomaly", anomaly),
        ("contributor", contributor),
        ("composite", composite),
        ("log", log),
        ("tags within", tagged_within),
        ("bare", bare),
    ] {
        assert_eq!(with_web(&event).await, ROLLED_BACK, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_envelope_is_opened() {
    let event = alarm_event_on("prod/web").to_string();
    let message = sns_alarm().to_string();
    for (kind, batch) in [
        ("SNS with an alarm", sns(std::slice::from_ref(&message))),
        ("SNS with an EventBridge event", sns(std::slice::from_ref(&event))),
    ] {
        assert_eq!(with_web(&batch).await, ROLLED_BACK, "{kind}");
    }
    for (kind, body) in [
        ("an EventBridge event", event.clone()),
        ("an alarm action", alarm().to_string()),
        ("an alarm by SNS", notification(&message).to_string()),
        ("an alarm by SNS, raw", message),
        ("an EventBridge event by SNS", notification(&event).to_string()),
    ] {
        let world = World::new();
        world.plant(web());
        let response = world.invoke(&sqs(&[body])).await.expect("a response");
        assert_eq!((response, world.rollbacks()), (json!({"batchItemFailures": []}), 1), "SQS with {kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_back_from_the_on_failure_queue_is_read_again() {
    for payload in [alarm(), sns(&[sns_alarm().to_string()]), request()] {
        comes_back(&payload).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_back_is_stale_when_its_failure_is_too_long_ago() {
    let failed = json!({"version": "1.0", "timestamp": "2026-06-01T11:44:00.000Z", "requestPayload": request(),
        "requestContext": {"requestId": "8476a536", "condition": "RetriesExhausted", "approximateInvokeCount": 3}});
    assert_eq!(with_web(&failed).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn news_of_another_tool_that_names_a_cluster_and_a_service_stops_nothing() {
    let resolved = json!({"status": "resolved", "cluster": "prod", "service": "web"});
    for news in [&resolved, &request()].map(Value::to_string) {
        let world = World::new();
        world.plant(web());
        let (error_type, message) = world.failure(&sns(std::slice::from_ref(&news))).await;
        assert_eq!(error_type, "UnrecognizedEvent");
        assert!(message.contains("only a direct invocation can make one"), "{message}");
        for body in [news.clone(), notification(&news).to_string()] {
            let answer = world.invoke(&sqs(&[body])).await.expect("a response");
            assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
        }
        assert_eq!(world.rollbacks(), 0);
    }
    let world = World::new();
    world.plant(web());
    assert_eq!(world.failure(&resolved).await.0, "UnrecognizedEvent");
    assert_eq!(world.rollbacks(), 0);
}

async fn comes_back(payload: &Value) {
    let failed = json!({
        "version": "1.0", "timestamp": "2026-06-01T11:58:00.000Z", "requestPayload": payload,
        "requestContext": {"requestId": "8476a536", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorType": "AccessDenied", "errorMessage": "…"},
    });
    assert_eq!(with_web(&failed).await, ROLLED_BACK);
    let world = World::new();
    world.plant(web());
    let answer = world.invoke(&sqs(&[failed.to_string()])).await.expect("a response");
    assert_eq!((answer, world.rollbacks()), (json!({"batchItemFailures": []}), 1));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_by_sns_is_read_in_its_own_dialect() {
    let world = World::new();
    world.plant(web());
    let entry = world.entry(&sns(&[sns_alarm().to_string()])).await;
    assert_eq!(outcome(&entry), ROLLED_BACK);
    assert_eq!(entry["signal"]["began"], "2026-06-01T11:55:00.64Z");
    assert_eq!(entry["service"]["region"], REGION);

    let mut math = sns_alarm();
    math["Trigger"] = json!({"Metrics": [
        {"Expression": "m1", "Id": "e1", "ReturnData": true},
        {"Id": "m1", "MetricStat": {"Metric": {"Dimensions": [{"name": "ClusterName", "value": "prod"}, {"name": "ServiceName", "value": "web"}]},
            "Period": 300, "Stat": "Sum"}},
    ]});
    assert_eq!(with_web(&sns(&[math.to_string()])).await, ROLLED_BACK);

    let mut composite = sns_alarm();
    composite.as_object_mut().expect("an alarm").remove("Trigger");
    composite["AlarmRule"] = json!("ALARM(a)");
    composite["AlarmTags"] = json!([{"Key": "auto-rollback:services", "Value": "prod/web"}]);
    composite["TriggeringChildren"] =
        json!([{"Arn": "a", "State": {"Value": "ALARM", "Timestamp": "2026-06-01T11:54:00.000+0000"}}]);
    assert_eq!(with_web(&sns(&[composite.to_string()])).await, ROLLED_BACK);

    let mut released = composite.clone();
    released["OldStateValue"] = json!("ALARM");
    released["TriggeringChildren"][0]["State"]["Timestamp"] = json!("2026-06-01T11:49:00.000+0000");
    assert_eq!(with_web(&sns(&[released.to_string()])).await, "skipped · signal-predates-deployment");

    let mut contributor = sns_alarm();
    contributor["Trigger"] = json!({"Metrics": [{"Expression": "SELECT ..."}]});
    contributor["AlarmContributorId"] = json!("d9");
    contributor["AlarmContributorAttributes"] = json!({"ClusterName": "prod", "ServiceName": "web"});
    assert_eq!(with_web(&sns(&[contributor.to_string()])).await, ROLLED_BACK);

    let mut elsewhere = sns_alarm();
    elsewhere["AlarmArn"] = json!(format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:web-5xx"));
    assert_eq!(with_web(&sns(&[elsewhere.to_string()])).await, "skipped · foreign-account");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_by_eventbridge_is_read_per_contributor_too() {
    let mut event = alarm_event_on("prod/web");
    event["detail-type"] = json!("CloudWatch Alarm Contributor State Change");
    let detail = event["detail"].as_object_mut().expect("a detail");
    detail.remove("previousState");
    detail["configuration"] = json!({"metrics": [{"id": "q", "expression": "SELECT ..."}]});
    detail.insert(
        "alarmContributor".to_owned(),
        json!({"id": "d9", "attributes": {"ClusterName": "prod", "ServiceName": "web"}}),
    );
    assert_eq!(with_web(&event).await, ROLLED_BACK);
}

#[tokio::test(start_paused = true)]
async fn a_late_redelivery_by_sns_or_sqs_is_stale_although_the_envelope_is_new() {
    let mut event = alarm_event_on("prod/web");
    event["time"] = json!("2026-06-01T11:30:00Z");
    assert_eq!(with_web(&sns(&[event.to_string()])).await, "skipped · stale-signal");
    let mut message = sns_alarm();
    message["StateChangeTime"] = json!("2026-06-01T11:30:00.000+0000");
    let mut batch = sns(&[message.to_string()]);
    batch["Records"][0]["Sns"]["Timestamp"] = json!("2026-06-01T11:30:01.000Z");
    assert_eq!(with_web(&batch).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn a_known_shape_with_a_wrong_or_impossible_field_is_refused_with_its_place() {
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
async fn an_event_from_the_future_is_not_believed() {
    let mut event = alarm();
    event["time"] = json!("2031-01-01T00:00:00Z");
    assert_eq!(with_web(&event).await, "skipped · stale-signal");
}

#[tokio::test(start_paused = true)]
async fn absurd_sizes_are_read_in_time_and_lead_to_nothing() {
    let mut crowded = alarm();
    let dimensions: serde_json::Map<String, Value> = (0..10_000).map(|n| (format!("d{n}"), json!("v"))).collect();
    *crowded.pointer_mut("/alarmData/configuration/metrics/0/metricStat/metric/dimensions").expect("dimensions") =
        json!(dimensions);
    assert_eq!(with_web(&crowded).await, "skipped · unmapped");

    let mut everything = alarm();
    let metric = |n: usize| alarm_on(&format!("prod/s{n}"))["alarmData"]["configuration"]["metrics"][0].clone();
    metrics(&mut everything)["metrics"] = (0..10_000).map(metric).collect();
    assert_eq!(with_web(&everything).await, "skipped · ambiguous");

    let mut long = alarm();
    long["alarmData"]["alarmName"] = json!("x".repeat(6_000_000));
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
    let response = World::new().invoke(&sqs(&[nested])).await.expect("a response");
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
}

#[tokio::test(start_paused = true)]
async fn control_characters_in_names_never_reach_ecs_nor_a_sentence_unescaped() {
    let world = World::new();
    world.plant(web());
    let dimensions = "/alarmData/configuration/metrics/0/metricStat/metric/dimensions/ServiceName";
    let mut event = alarm();
    *event.pointer_mut(dimensions).expect("a dimension") = json!("web\n\u{1b}[31m{\"level\":\"ERROR\"}");
    event["alarmData"]["alarmName"] = json!("evil\r\nname");
    let entry = world.entry(&event).await;
    assert_eq!(outcome(&entry), "skipped · unmapped");
    let detail = entry["detail"].as_str().expect("a sentence");
    assert!(!detail.chars().any(char::is_control), "{detail:?}");
    assert!(world.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn evidence_that_cannot_be_read_is_no_evidence() {
    for reason_data in [json!(null), json!(5), json!("... elided ..."), json!("{}"), json!({"period": "soon"})] {
        let mut event = alarm();
        event["alarmData"]["state"]["reasonData"] = reason_data;
        event["alarmData"]["state"]["timestamp"] = json!(at("11:50:03").to_string());
        assert_eq!(with_web(&event).await, ROLLED_BACK);
    }
}
