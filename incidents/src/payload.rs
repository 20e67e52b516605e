//! Signals as JSON, in each of the forms in which they are told.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::story::{ACCOUNT, CLUSTER, Elsewhere, Ms, Path, REGION, SECOND, Shape, Signal, Story, What, at};

/// The event that one delivery brings. `revisions` are the numbers of the service revisions that the deployments brought.
pub(crate) fn event(story: &Story, path: Path, signals: &[usize], revisions: &[Option<String>]) -> Value {
    let one = |number: usize| told(story, number, path, revisions);
    match path {
        Path::Action | Path::EventBridge => signals.first().map_or(Value::Null, |number| one(*number)),
        Path::Sns => {
            let records: Vec<Value> = signals
                .iter()
                .map(|number| {
                    json!({"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn",
                        "Sns": notification(story, *number, &one(*number))})
                })
                .collect();
            json!({"Records": records})
        }
        Path::QueueEventBridge | Path::QueueSns | Path::QueueRaw => {
            let records: Vec<Value> = signals
                .iter()
                .map(|number| {
                    let body = match path {
                        Path::QueueSns => notification(story, *number, &one(*number)),
                        _ => one(*number),
                    };
                    json!({"messageId": format!("m{number}"), "receiptHandle": "r", "body": body.to_string(),
                        "eventSource": "aws:sqs", "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:signals"),
                        "awsRegion": REGION, "attributes": {}})
                })
                .collect();
            json!({"Records": records})
        }
    }
}

fn told(story: &Story, number: usize, path: Path, revisions: &[Option<String>]) -> Value {
    let signal = &story.signals[number];
    match signal.what {
        What::Impaired => service_action(story, signal, "WARN", "SERVICE_TASK_START_IMPAIRED"),
        What::News(name) => service_action(story, signal, "INFO", &format!("SERVICE_DEPLOYMENT_{name}")),
        What::Failed(deployment) => {
            let revision = revisions.get(deployment).and_then(Option::as_deref).unwrap_or("0");
            let mut event = ecs_event(story, signal, "ECS Deployment State Change");
            event["detail"] = json!({"eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED",
                "deploymentId": format!("ecs-svc/{revision}"), "updatedAt": at(signal.sent).to_string(),
                "reason": "ECS deployment circuit breaker: task failed to start."});
            event
        }
        What::InAlarm | What::Ok | What::Scaling if path.is_sns() => sns_message(story, signal),
        What::InAlarm | What::Ok | What::Scaling if path.is_eventbridge() => alarm_event(story, signal),
        What::InAlarm | What::Ok | What::Scaling => alarm_action(story, signal),
    }
}

fn notification(story: &Story, number: usize, message: &Value) -> Value {
    let sent = at(story.signals[number].sent);
    json!({"Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "TopicArn": "arn",
        "Message": message.to_string(), "Timestamp": sent.to_string()})
}

fn service_action(story: &Story, signal: &Signal, kind: &str, name: &str) -> Value {
    let mut event = ecs_event(story, signal, "ECS Service Action");
    event["detail"] = json!({"eventType": kind, "eventName": name,
        "clusterArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"), "createdAt": at(signal.sent).to_string()});
    event
}

fn ecs_event(story: &Story, signal: &Signal, detail_type: &str) -> Value {
    let path = signal.services.first().map(|service| story.services[*service].path()).unwrap_or_default();
    json!({"version": "0", "id": "ddca6449-b258-46c0-8653-e0e3a6d0ecf5", "detail-type": detail_type, "source": "aws.ecs",
        "account": ACCOUNT, "time": whole_seconds(signal.sent).to_string(), "region": REGION,
        "resources": [format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/{path}")]})
}

fn alarm_action(story: &Story, signal: &Signal) -> Value {
    let place = place(signal);
    let mut event = json!({"source": "aws.cloudwatch", "alarmArn": arn(story, signal), "accountId": place.account,
        "time": cloudwatch_time(signal.sent), "region": place.region, "alarmData": alarm_data(story, signal)});
    if let Some(tag) = tag(story, signal) {
        event["alarmTags"] = json!({"auto-rollback:services": tag});
    }
    if let Some(contributor) = contributor(story, signal) {
        event["alarmContributor"] = contributor;
    }
    event
}

fn alarm_event(story: &Story, signal: &Signal) -> Value {
    let place = place(signal);
    let mut detail = alarm_data(story, signal);
    if let Some(tag) = tag(story, signal) {
        detail["alarmTags"] = json!({"auto-rollback:services": tag});
    }
    if signal.muted {
        detail["muteDetail"] = json!({"mutedByArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:works"});
    }
    let mut detail_type = "CloudWatch Alarm State Change";
    if let Some(contributor) = contributor(story, signal) {
        detail["alarmContributor"] = contributor;
        detail_type = "CloudWatch Alarm Contributor State Change";
    }
    json!({"version": "0", "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92", "detail-type": detail_type,
        "source": "aws.cloudwatch", "account": place.account, "time": whole_seconds(signal.sent).to_string(),
        "region": place.region, "resources": [arn(story, signal)], "detail": detail})
}

fn alarm_data(story: &Story, signal: &Signal) -> Value {
    let mut state =
        json!({"value": state(signal), "reason": "as the incident has it", "timestamp": cloudwatch_time(signal.sent)});
    if let Some(data) = reason_data(story, signal) {
        state["reasonData"] = Value::String(data);
    }
    if signal.suppressed {
        state["actionsSuppressedBy"] = json!("WaitPeriod");
    }
    let mut previous = json!({"value": if signal.what == What::Ok { "ALARM" } else { "OK" },
        "timestamp": cloudwatch_time(signal.entered - 3_600 * SECOND)});
    if signal.released {
        previous = json!({"value": "ALARM", "actionsSuppressedBy": "WaitPeriod", "timestamp": cloudwatch_time(signal.entered)});
    }
    json!({"alarmName": name(story, signal), "state": state, "previousState": previous,
        "configuration": configuration(story, signal)})
}

fn configuration(story: &Story, signal: &Signal) -> Value {
    let metric = |index: usize, service: &usize, shown: bool| {
        json!({"id": format!("m{index}"), "returnData": shown, "metricStat": {"period": period(story, signal), "stat": "Sum",
            "metric": {"namespace": "Shop", "name": "Errors", "dimensions": dimensions(story, *service)}}})
    };
    let metrics =
        |shown: bool| signal.services.iter().enumerate().map(move |(index, service)| metric(index, service, shown));
    match shape(story, signal) {
        Shape::Metric => json!({"metrics": metrics(true).collect::<Vec<_>>()}),
        Shape::Math => {
            let sum = json!({"id": "e1", "expression": "SUM(METRICS())", "label": "errors", "returnData": true});
            json!({"metrics": std::iter::once(sum).chain(metrics(false)).collect::<Vec<_>>()})
        }
        Shape::Contributor => json!({"metrics": [{"id": "q1", "period": period(story, signal), "returnData": true,
            "expression": "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName"}]}),
        Shape::Composite => json!({"alarmRule": "ALARM(\"child\")", "actionsSuppressor": "works",
            "actionsSuppressorWaitPeriod": 120, "actionsSuppressorExtensionPeriod": 60}),
        Shape::Log => json!({"queryString": "fields @message | filter level = \"ERROR\" | stats count(*)",
            "logGroupIdentifiers": ["/ecs/prod"]}),
    }
}

/// What the alarm judged, as far as it says: metrics say it all, a composite alarm names its children, others say nothing.
fn reason_data(story: &Story, signal: &Signal) -> Option<String> {
    match shape(story, signal) {
        Shape::Metric | Shape::Math if !signal.data.is_empty() => {
            let newest_first = signal.data.iter().rev();
            let points: Vec<Value> = newest_first
                .map(|(start, breaches)| {
                    json!({"timestamp": cloudwatch_time(*start), "sampleCount": 60.0, "value": if *breaches { 40.0 } else { 0.0 }})
                })
                .collect();
            let data = json!({"version": "1.0", "queryDate": cloudwatch_time(signal.sent), "statistic": "Sum",
                "period": period(story, signal), "threshold": 5.0, "evaluatedDatapoints": points});
            Some(data.to_string())
        }
        Shape::Composite => {
            let child = json!({"arn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:child"),
                "state": {"value": state(signal), "timestamp": cloudwatch_time(signal.entered)}});
            Some(json!({"triggeringAlarms": [child]}).to_string())
        }
        Shape::Log => Some("...".to_owned()),
        Shape::Metric | Shape::Math | Shape::Contributor => None,
    }
}

fn sns_message(story: &Story, signal: &Signal) -> Value {
    let mut message = Map::new();
    let place = place(signal);
    let mut put = |key: &str, value: Value| message.insert(key.to_owned(), value);
    put("AlarmName", name(story, signal).into());
    put("AlarmDescription", Value::Null);
    put("AWSAccountId", place.account.into());
    put("NewStateValue", state(signal).into());
    put("NewStateReason", "as the incident has it".into());
    put("StateChangeTime", cloudwatch_time(signal.sent).into());
    put("Region", "US East (N. Virginia)".into());
    put("AlarmArn", arn(story, signal).into());
    let old = if signal.released || signal.what == What::Ok { "ALARM" } else { "OK" };
    put("OldStateValue", old.into());
    if let Some(tag) = tag(story, signal) {
        put("AlarmTags", json!([{"Key": "auto-rollback:services", "Value": tag}]));
    }
    let listed = |service: &usize| {
        let service = &story.services[*service];
        json!([{"name": "ClusterName", "value": CLUSTER}, {"name": "ServiceName", "value": service.name}])
    };
    match shape(story, signal) {
        Shape::Composite => {
            let child = json!({"Arn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:child"),
                "State": {"Value": state(signal), "Timestamp": cloudwatch_time(signal.entered)}});
            put("AlarmRule", "ALARM(\"child\")".into());
            put("TriggeringChildren", json!([child]));
        }
        Shape::Math => {
            let metrics: Vec<Value> = signal
                .services
                .iter()
                .enumerate()
                .map(|(index, service)| {
                    json!({"Id": format!("m{index}"), "ReturnData": false, "MetricStat": {"Period": period(story, signal),
                        "Stat": "Sum", "Metric": {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": listed(service)}}})
                })
                .collect();
            put("Trigger", json!({"Metrics": metrics}));
        }
        Shape::Metric | Shape::Contributor => {
            let dimensions = signal.services.first().map(listed);
            put(
                "Trigger",
                json!({"MetricName": "Errors", "Namespace": "Shop", "Statistic": "SUM",
                "Dimensions": dimensions, "Period": period(story, signal), "Threshold": 5.0}),
            );
        }
        Shape::Log => {
            put("Trigger", json!({"Period": period(story, signal)}));
        }
    }
    message.into()
}

fn state(signal: &Signal) -> &'static str {
    if signal.what == What::Ok { "OK" } else { "ALARM" }
}

/// A signal of Application Auto Scaling has no alarm of the story behind it.
fn shape(story: &Story, signal: &Signal) -> Shape {
    signal.alarm.map_or(Shape::Metric, |alarm| story.alarms[alarm].shape)
}

fn period(story: &Story, signal: &Signal) -> Ms {
    signal.alarm.map_or(60, |alarm| story.alarms[alarm].period / SECOND)
}

fn name(story: &Story, signal: &Signal) -> String {
    match signal.alarm {
        Some(alarm) => story.alarms[alarm].name.clone(),
        None => "TargetTracking-service/prod/web-AlarmHigh-5e1d0c9a".to_owned(),
    }
}

fn place(signal: &Signal) -> Elsewhere {
    signal.from.unwrap_or(Elsewhere { account: ACCOUNT, region: REGION })
}

fn arn(story: &Story, signal: &Signal) -> String {
    let Elsewhere { account, region } = place(signal);
    format!("arn:aws:cloudwatch:{region}:{account}:alarm:{}", name(story, signal))
}

fn tag(story: &Story, signal: &Signal) -> Option<String> {
    let paths = || signal.services.iter().map(|service| story.services[*service].path()).collect::<Vec<_>>().join(" ");
    matches!(shape(story, signal), Shape::Composite | Shape::Log).then(paths)
}

fn contributor(story: &Story, signal: &Signal) -> Option<Value> {
    let service = signal.services.first().filter(|_| shape(story, signal) == Shape::Contributor)?;
    Some(json!({"id": "6d442278dba546f6", "attributes": dimensions(story, *service)}))
}

fn dimensions(story: &Story, service: usize) -> Value {
    json!({"ClusterName": CLUSTER, "ServiceName": story.services[service].name})
}

/// As `CloudWatch` writes it.
fn cloudwatch_time(ms: Ms) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

fn whole_seconds(ms: Ms) -> Timestamp {
    at(ms.div_euclid(SECOND) * SECOND)
}
