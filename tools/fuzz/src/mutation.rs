//! Random changes of events, with words, names and times that have a meaning to the function.

use bolero::{Any as _, any, pick};
use serde_json::{Map, Value, json};
use signals::{Message, Notification, on_failure, sns, sqs};

use crate::{
    choice::one_in,
    corpus::{Corpus, WEB_IN_FLIGHT},
    world::now,
};

/// A value in payloads that no message may repeat.
pub const SECRET: &str = "c4n4ry";

/// Words that have a meaning somewhere in a payload.
const WORDS: [&str; 48] = [
    "",
    "ALARM",
    "OK",
    "INSUFFICIENT_DATA",
    "alarm",
    "prod",
    "stage",
    "web",
    "cart",
    "prod/web",
    "prod/web prod/cart",
    "stage/web",
    "/",
    "daemon:web",
    "aws.cloudwatch",
    "aws.ecs",
    "aws:sqs",
    "aws:sns",
    "Notification",
    "CloudWatch Alarm State Change",
    "CloudWatch Alarm Contributor State Change",
    "CloudWatch Alarm Configuration Change",
    "ECS Deployment State Change",
    "ECS Service Action",
    "ECS Hook State Change",
    "SERVICE_DEPLOYMENT_FAILED",
    "SERVICE_DEPLOYMENT_IN_PROGRESS",
    "SERVICE_TASK_START_IMPAIRED",
    "SERVICE_TASK_CONFIGURATION_FAILURE",
    "ecs-svc/41",
    "ecs-svc/42",
    "ecs-svc/042",
    "ecs-svc/",
    "arn:aws:ecs:us-east-1:123456789012:service/prod/web",
    "arn:aws:ecs:us-east-1:123456789012:service/web",
    "arn:aws:ecs:us-east-1:123456789012:service/prod/cart",
    "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
    "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5",
    "arn:aws-cn:ecs:cn-north-1:123456789012:service/prod/web",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:web-5xx",
    "arn:aws:cloudwatch:eu-west-1:444455556666:alarm:web-5xx",
    "TargetTracking-service/prod/web-AlarmHigh-1",
    "WaitPeriod",
    "us-east-1",
    "eu-west-1",
    "123456789012",
    "c4n4ry",
    "\u{0}\u{7f}é𝄞\u{202e}\"\\\n",
];

/// Keys that have a meaning somewhere in a payload.
const KEYS: [&str; 40] = [
    "Records",
    "Sns",
    "Message",
    "Type",
    "Timestamp",
    "eventSource",
    "EventSource",
    "body",
    "messageId",
    "source",
    "detail-type",
    "detail",
    "resources",
    "time",
    "alarmData",
    "alarmArn",
    "alarmTags",
    "alarmContributor",
    "muteDetail",
    "state",
    "previousState",
    "value",
    "timestamp",
    "reasonData",
    "evaluatedDatapoints",
    "period",
    "actionsSuppressedBy",
    "configuration",
    "metrics",
    "dimensions",
    "NewStateValue",
    "StateChangeTime",
    "cluster",
    "service",
    "serviceDeploymentArn",
    "requestPayload",
    "requestContext",
    "deploymentId",
    "eventName",
    "auto-rollback:services",
];

/// An event of the corpus with some places changed, and sometimes in another envelope.
pub fn event(corpus: &Corpus) -> Value {
    let mut event = pick(&corpus.events).clone();
    change(&mut event);
    // The decisive word, which random changes would rarely hit.
    if one_in(12) {
        let (from, to) = *pick(&[("ALARM", "OK"), ("ALARM", "INSUFFICIENT_DATA"), ("ecs-svc/42", "ecs-svc/41")]);
        replace_everywhere(&mut event, from, to);
    }
    match (0..20_u8).any() {
        0 => {
            let events = with_others(event, corpus);
            sqs(events.iter().map(queued))
        }
        1 => {
            let events = with_others(event, corpus);
            sqs(events.iter().map(|event| queued(&with_another_time(Notification::of(event).as_json()))))
        }
        2 => {
            let mut batch = sns(with_others(event, corpus));
            for record in batch["Records"].as_array_mut().into_iter().flatten() {
                record["Sns"] = with_another_time(record["Sns"].take());
            }
            batch
        }
        3 => on_failure(&event, now()),
        _ => event,
    }
}

fn replace_everywhere(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|within| replace_everywhere(within, from, to)),
        Value::Array(items) => items.iter_mut().for_each(|within| replace_everywhere(within, from, to)),
        Value::String(text) if text == from => to.clone_into(text),
        Value::String(text) => *text = text.replace(&format!("\"{from}\""), &format!("\"{to}\"")),
        _ => {}
    }
}

/// Changes up to four places.
pub fn change(event: &mut Value) {
    for _ in 0..*pick(&[0, 0, 1, 1, 1, 2, 2, 3, 4]) {
        change_somewhere(event);
    }
}

/// Damages text like a faulty transport.
pub fn break_bytes(text: &mut Vec<u8>) {
    for _ in 0..(1..6_usize).any() {
        let at = (0..=text.len()).any();
        match (0..6_u8).any() {
            0 => text.truncate(at),
            1 => text.insert(at, any::<u8>()),
            2 => text.splice(at..at, *b"{\"a\":[").for_each(drop),
            3 if at < text.len() => text[at] = any::<u8>(),
            4 if at < text.len() => text[at] = b"{}[]\":,0\\tfn"[(0..12).any()],
            _ => {
                let end = (at + (0..64).any()).min(text.len());
                let copy = text[at..end].to_vec();
                let to = (0..=text.len()).any();
                text.splice(to..to, copy).for_each(drop);
            }
        }
    }
}

/// The event, and up to three others.
fn with_others(first: Value, corpus: &Corpus) -> Vec<Value> {
    let mut events = vec![first];
    for _ in 0..(0..4).any() {
        let mut another = pick(&corpus.events).clone();
        change(&mut another);
        events.push(another);
    }
    events
}

/// A message whose id is not unique.
fn queued(body: &Value) -> Message {
    Message::from(body).id(format!("m{}", (0..4_u8).any()))
}

fn with_another_time(mut notification: Value) -> Value {
    notification["Timestamp"] = json!(any_time());
    notification
}

/// Changes a place at random, also within strings that hold JSON.
fn change_somewhere(value: &mut Value) {
    let deeper = (0..100_u8).any() < 88;
    match value {
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = (0..map.len()).any();
            if (0..100_u8).any() < 12 {
                change_keys(map, at);
            } else if let Some(within) = map.values_mut().nth(at) {
                change_somewhere(within);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = (0..items.len()).any();
            match (0..100_u8).any() {
                0..6 => drop(items.remove(at)),
                6..12 => items.push(items[at].clone()),
                _ => change_somewhere(&mut items[at]),
            }
        }
        Value::String(text) if deeper && text.starts_with(['{', '[']) => match serde_json::from_str::<Value>(text) {
            Ok(mut within) => {
                change_somewhere(&mut within);
                *text = within.to_string();
            }
            Err(_) => *value = any_value(),
        },
        // Most changes keep the type: a string where a string is expected gets further than a number.
        Value::String(text) if (0..100_u8).any() < 70 => *text = any_string(),
        Value::Number(_) if any::<bool>() => *value = any_number(),
        _ => *value = any_value(),
    }
}

fn change_keys(map: &mut Map<String, Value>, at: usize) {
    let key = map.keys().nth(at).cloned().unwrap_or_default();
    let new = (*pick(&KEYS)).to_owned();
    match (0..3_u8).any() {
        0 => drop(map.remove(&key)),
        1 => drop(map.insert(new, any_value())),
        _ => {
            let moved = map.remove(&key).unwrap_or_default();
            map.insert(new, moved);
        }
    }
}

fn any_string() -> String {
    match (0..100_u8).any() {
        0..55 => (*pick(&WORDS)).to_owned(),
        55..90 => any_time(),
        90..94 => format!("arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/{WEB_IN_FLIGHT}"),
        94..98 => (0..(0..40).any()).map(|_| any::<char>()).collect(),
        _ => "w".repeat((0..5_000).any()),
    }
}

/// A time around that of the tests, in one of the forms in which CloudWatch and ECS write it.
fn any_time() -> String {
    let minute = (30..60_u8).any();
    let second = (0..60_u8).any();
    match (0..12_u8).any() {
        0 => format!("2026-06-01T11:{minute}:{second:02}.123+0000"),
        1 => format!("2026-06-01T12:{minute}:{second:02}Z"),
        2 => format!("2026-06-01T13:{minute}:{second:02}+02:00"),
        3 => format!("2026-05-31T11:{minute}:{second:02}Z"),
        4 => "soon".to_owned(),
        5 => "-009999-01-02T01:59:59Z".to_owned(),
        6 => "9999-12-30T21:59:59Z".to_owned(),
        _ => format!("2026-06-01T11:{minute}:{second:02}Z"),
    }
}

fn any_number() -> Value {
    match (0..8_u8).any() {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(1e300),
        5 => json!(any::<f64>()),
        6 => json!(60),
        _ => json!(any::<i32>()),
    }
}

fn any_value() -> Value {
    match (0..10_u8).any() {
        0 => Value::Null,
        1 => json!(any::<bool>()),
        2 => any_number(),
        3 => json!([]),
        4 => json!({}),
        5 => json!([any_string(), any_string()]),
        6 => json!({*pick(&KEYS): any_string(), *pick(&KEYS): any_number()}),
        7 => nested((0..100).any(), any::<bool>()),
        _ => json!(any_string()),
    }
}

fn nested(depth: usize, as_payload: bool) -> Value {
    (0..depth).fold(json!({}), |within, _| {
        if as_payload { json!({"requestContext": {}, "requestPayload": within}) } else { json!([within]) }
    })
}
