//! The memory and time that the largest possible input costs, and how both grow. A program of its own, because the counting
//! allocator counts the whole program.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "`--nocapture` shows what each event costs")]

use std::time::Duration;

use ecs_auto_rollback::{Function, Invocation, Settings};
use judgement::Location;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use signals::{ACTING, Alarm, Datapoint, Message, Metric, at, sqs};
use simulator::{
    Aws, Home,
    sdk::{Fate, Network},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The largest payload that Lambda takes (its quotas: 6 MB for a synchronous invocation, and for a batch of SQS messages).
const LARGEST: usize = 6_000_000;

/// The bytes that a parsed event may take for each byte of its text. `serde_json` needs them: an object with one short key
/// is a whole node of its tree.
const PARSED: usize = 120;

/// The bytes that handling the event may take at its peak, in addition, for each byte of the text. A record of a hundred
/// bytes has an entry of two thousand: the signal, the service, and the sentence on the outcome.
const HANDLED: usize = 24;

/// Items separated by commas, at least `size` bytes in all.
fn many(size: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 1_000);
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        if number > 0 {
            text.push(',');
        }
        text.push_str(&item(number));
    }
    text
}

/// A batch of about `size` bytes, without the fields of its records that the function does not need.
fn batch(size: usize, body: impl Fn(usize) -> Message) -> String {
    let lean = |count| {
        let mut batch = sqs((0..count).map(&body));
        for record in batch["Records"].as_array_mut().expect("records") {
            let record = record.as_object_mut().expect("a record");
            record.retain(|key, _| ["messageId", "receiptHandle", "body", "eventSource"].contains(&key.as_str()));
            record.insert("attributes".to_owned(), json!({}));
        }
        batch.to_string()
    };
    lean(size / lean(1).len())
}

/// Oversized events of about `size` bytes each.
fn oversized(size: usize) -> Vec<(&'static str, String)> {
    let errors = || Metric::new("Shop", "Errors");
    let text = |alarm: Alarm| alarm.as_action().to_string();
    // The divisors are the approximate sizes of a dimension, a metric and a datapoint.
    let dimensions = (0..size / 15).fold(errors(), |metric, n| metric.dimension(&format!("k{n}"), "v"));
    let services: Vec<String> = (0..size / 180).map(|n| format!("prod/s{n}")).collect();
    let datapoints = vec![Datapoint::missing(at("11:54:00")); size / 50];
    let deep = format!("{}1{}", "[".repeat(110), "]".repeat(110));
    vec![
        ("an alarm with a very long name", text(Alarm::of(errors()).named(&"w".repeat(size / 2)))),
        ("very many dimensions", text(Alarm::of(dimensions))),
        ("very many metrics", text(Alarm::on_all(services.iter().map(String::as_str)))),
        ("a very long composite rule", text(Alarm::composite(&many(size, |n| format!("ALARM(\"c{n}\") OR "))))),
        ("very many datapoints", text(Alarm::on("prod/web").datapoints(datapoints))),
        (
            "a tag with very many services",
            text(Alarm::of(errors()).tagged_with_services(&many(size, |n| format!("prod/s{n} ")))),
        ),
        ("a batch of alarms for one service", batch(size, |_| Alarm::on("prod/web").as_action().into())),
        (
            "a batch of alarms for one service each",
            batch(size, |n| Alarm::on(&format!("prod/s{n}")).as_action().into()),
        ),
        ("a batch of messages that are not JSON", batch(size, |_| "{{{{{{".into())),
        ("nesting as deep as the parser goes", format!(r#"{{"Records":[{}]}}"#, many(size, |_| deep.clone()))),
        ("very many small objects", format!(r#"{{"Records":[{}]}}"#, many(size, |_| r#"{"":0}"#.to_owned()))),
        ("very many keys", format!("{{{}}}", many(size, |n| format!(r#""k{n}":0"#)))),
    ]
}

/// The settings: the defaults, but the function acts.
fn acting(name: &str) -> Option<String> {
    ACTING.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

/// The peak memory in all, and after parsing, for each byte of an event's text, and the time it takes.
fn cost(text: &str) -> (usize, usize, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let entered = runtime.enter();
    let now_there = "2026-06-01T12:00:00Z".parse().expect("a time");
    let nobody = Network::to(Aws::new(Home::default(), now_there)).with_fate(|_| Fate::Refused);
    let function = Function::new(Settings::read(acting).expect("valid settings"), nobody.config());
    drop(entered);
    let invocation = Invocation {
        home: Location::of_function("arn:aws:lambda:us-east-1:123456789012:function:f", "us-east-1"),
        now: now_there,
        time_left: None,
    };
    let began = now();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let event: Value = serde_json::from_str(text).expect("JSON");
    let parsed = MEMORY.peak_usage() - before;
    let held = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let response = runtime.block_on(function.handle(&event, &invocation)).into_response();
    let more = MEMORY.peak_usage() - held;
    drop((event, response));
    (parsed / text.len(), more / text.len(), now().duration_since(began))
}

#[expect(clippy::disallowed_methods, reason = "measures the real time; the test's other clock stands still")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn memory_and_time_grow_in_proportion_to_the_input() {
    // Deeper nesting is rejected before it is an event. One test only, because anything run beside it would be counted.
    let endless = format!("{}{}", "[".repeat(LARGEST / 2), "]".repeat(LARGEST / 2));
    assert!(serde_json::from_str::<Value>(&endless).is_err());
    cost(&Alarm::on("prod/web").as_action().to_string());
    for ((what, large), (_, small)) in oversized(LARGEST).into_iter().zip(oversized(LARGEST / 4)) {
        let (parsed, handled, took) = cost(&large);
        let quarter = cost(&small).2.min(cost(&small).2);
        println!("{what}: {parsed} and {handled} for each byte, {took:?}, and {quarter:?} for a quarter");
        assert!(parsed <= PARSED, "{what}: {parsed} bytes for each byte, parsed");
        assert!(handled <= HANDLED, "{what}: {handled} bytes for each byte, handled");
        // Four times the input takes four times as long; quadratic growth would take sixteen times.
        let least = quarter.max(Duration::from_millis(20));
        // Tries again in case the machine was busy.
        let mut took = took;
        for _ in 0..3 {
            took = if took < least * 10 { took } else { cost(&large).2 };
        }
        assert!(took < least * 10, "{what}: {took:?}, and {quarter:?} for a quarter of it");
    }
}
