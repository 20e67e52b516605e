//! Events bent at random, but not blindly: with the words, names and times that mean something to the function.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use signals::{Message, Notification, on_failure, sns, sqs};

use crate::{
    corpus::{Corpus, WEB_IN_FLIGHT},
    world::now,
};

/// A value that a payload may hold, and that no message may repeat.
pub const SECRET: &str = "c4n4ry";

/// Words that mean something at one place or another.
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

/// Keys that mean something at one place or another.
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

/// An event of the corpus with some places changed, and sometimes in other envelopes than it came in.
pub fn event(corpus: &Corpus, rng: &mut Rng) -> Value {
    let mut event = corpus.events[rng.usize(..corpus.events.len())].clone();
    bend(&mut event, rng);
    // What few random changes would hit: the one word on which everything hangs.
    if rng.u8(..12) == 0 {
        let (from, to) =
            [("ALARM", "OK"), ("ALARM", "INSUFFICIENT_DATA"), ("ecs-svc/42", "ecs-svc/41")][rng.usize(..3)];
        replace_everywhere(&mut event, from, to);
    }
    match rng.u8(..20) {
        0 => {
            let events = with_others(event, corpus, rng);
            sqs(events.iter().map(|event| queued(event, rng)))
        }
        1 => {
            let events = with_others(event, corpus, rng);
            sqs(events.iter().map(|event| queued(&bent_in_time(Notification::of(event).as_json(), rng), rng)))
        }
        2 => {
            let mut batch = sns(with_others(event, corpus, rng));
            for record in batch["Records"].as_array_mut().into_iter().flatten() {
                record["Sns"] = bent_in_time(record["Sns"].take(), rng);
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

/// Changes none to four places.
pub fn bend(event: &mut Value, rng: &mut Rng) {
    for _ in 0..[0, 0, 1, 1, 1, 2, 2, 3, 4][rng.usize(..9)] {
        bend_somewhere(event, rng);
    }
}

/// Breaks text as a careless pipe would.
pub fn break_bytes(text: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..6) {
        let at = rng.usize(..=text.len());
        match rng.u8(..6) {
            0 => text.truncate(at),
            1 => text.insert(at, rng.u8(..)),
            2 => text.splice(at..at, *b"{\"a\":[").for_each(drop),
            3 if at < text.len() => text[at] = rng.u8(..),
            4 if at < text.len() => text[at] = b"{}[]\":,0\\tfn"[rng.usize(..12)],
            _ => {
                let end = (at + rng.usize(..64)).min(text.len());
                let copy = text[at..end].to_vec();
                let to = rng.usize(..=text.len());
                text.splice(to..to, copy).for_each(drop);
            }
        }
    }
}

/// The event, and up to three others.
fn with_others(first: Value, corpus: &Corpus, rng: &mut Rng) -> Vec<Value> {
    let mut events = vec![first];
    for _ in 0..rng.usize(..4) {
        let mut another = corpus.events[rng.usize(..corpus.events.len())].clone();
        bend(&mut another, rng);
        events.push(another);
    }
    events
}

/// A message whose id others may have as well.
fn queued(body: &Value, rng: &mut Rng) -> Message {
    Message::from(body).id(format!("m{}", rng.u8(..4)))
}

fn bent_in_time(mut notification: Value, rng: &mut Rng) -> Value {
    notification["Timestamp"] = json!(time(rng));
    notification
}

/// Goes down to a place at random, into JSON within strings as well, and changes it.
fn bend_somewhere(value: &mut Value, rng: &mut Rng) {
    let deeper = rng.u8(..100) < 88;
    match value {
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = rng.usize(..map.len());
            if rng.u8(..100) < 12 {
                bend_keys(map, at, rng);
            } else if let Some(within) = map.values_mut().nth(at) {
                bend_somewhere(within, rng);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = rng.usize(..items.len());
            match rng.u8(..100) {
                0..6 => drop(items.remove(at)),
                6..12 => items.push(items[at].clone()),
                _ => bend_somewhere(&mut items[at], rng),
            }
        }
        Value::String(text) if deeper && text.starts_with(['{', '[']) => match serde_json::from_str::<Value>(text) {
            Ok(mut within) => {
                bend_somewhere(&mut within, rng);
                *text = within.to_string();
            }
            Err(_) => *value = another(rng),
        },
        // Most changes keep the kind: a string where a string is expected gets further than a number there.
        Value::String(text) if rng.u8(..100) < 70 => *text = string(rng),
        Value::Number(_) if rng.bool() => *value = number(rng),
        _ => *value = another(rng),
    }
}

fn bend_keys(map: &mut Map<String, Value>, at: usize, rng: &mut Rng) {
    let key = map.keys().nth(at).cloned().unwrap_or_default();
    let new = KEYS[rng.usize(..KEYS.len())].to_owned();
    match rng.u8(..3) {
        0 => drop(map.remove(&key)),
        1 => drop(map.insert(new, another(rng))),
        _ => {
            let moved = map.remove(&key).unwrap_or_default();
            map.insert(new, moved);
        }
    }
}

fn string(rng: &mut Rng) -> String {
    match rng.u8(..100) {
        0..55 => WORDS[rng.usize(..WORDS.len())].to_owned(),
        55..90 => time(rng),
        90..94 => format!("arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/{WEB_IN_FLIGHT}"),
        94..98 => (0..rng.usize(..40)).map(|_| rng.char(..)).collect(),
        _ => "w".repeat(rng.usize(..5_000)),
    }
}

/// A time around that of the tests, in one of the forms in which CloudWatch and ECS write it.
fn time(rng: &mut Rng) -> String {
    let minute = rng.u8(30..60);
    let second = rng.u8(..60);
    match rng.u8(..12) {
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

fn number(rng: &mut Rng) -> Value {
    match rng.u8(..8) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(1e300),
        5 => json!(rng.f64()),
        6 => json!(60),
        _ => json!(rng.i32(..)),
    }
}

fn another(rng: &mut Rng) -> Value {
    match rng.u8(..10) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => number(rng),
        3 => json!([]),
        4 => json!({}),
        5 => json!([string(rng), string(rng)]),
        6 => json!({KEYS[rng.usize(..KEYS.len())]: string(rng), KEYS[rng.usize(..KEYS.len())]: number(rng)}),
        7 => nested(rng.usize(..100), rng.bool()),
        _ => json!(string(rng)),
    }
}

fn nested(depth: usize, as_payload: bool) -> Value {
    (0..depth).fold(json!({}), |within, _| {
        if as_payload { json!({"requestContext": {}, "requestPayload": within}) } else { json!([within]) }
    })
}
