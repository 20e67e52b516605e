//! Input as absurd as Lambda lets it be: what it costs in memory, and how that grows. Alone in its program, as the allocator
//! that counts is of the whole program.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "`--nocapture` shows what each event costs")]

use std::time::Duration;

use ecs_auto_rollback::{Function, Invocation, Settings};
use judgement::Location;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use signals::{Alarm, Datapoint, Message, Metric, at, sqs};
use simulator::{
    Aws, Home,
    sdk::{Fate, Network},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The largest payload that Lambda takes (its quotas: 6 MB for a synchronous invocation, and for a batch of SQS messages).
const LARGEST: usize = 6_000_000;

/// What the parsed event may take for each byte of its text. It is `serde_json`'s doing, not ours: an object with one short
/// key is a whole node of its tree.
const PARSED: usize = 120;

/// What everything after that may take at its peak for each byte of the text. A record of a hundred bytes has an entry of two
/// thousand: the signal, the service, and a sentence on what came of it.
const HANDLED: usize = 24;

/// As many of these, apart by commas, as make so many bytes.
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

/// Absurd events, each of about so many bytes.
fn absurd(size: usize) -> Vec<(&'static str, String)> {
    let errors = || Metric::new("Shop", "Errors");
    let text = |alarm: Alarm| alarm.as_action().to_string();
    // About as many bytes as a dimension, a metric and a datapoint have.
    let dimensions = (0..size / 15).fold(errors(), |metric, n| metric.dimension(&format!("k{n}"), "v"));
    let services: Vec<String> = (0..size / 180).map(|n| format!("prod/s{n}")).collect();
    let datapoints = vec![Datapoint::missing(at("11:54:00")); size / 50];
    let deep = format!("{}1{}", "[".repeat(110), "]".repeat(110));
    vec![
        ("an alarm with a name without end", text(Alarm::of(errors()).named(&"w".repeat(size / 2)))),
        ("dimensions without number", text(Alarm::of(dimensions))),
        ("metrics without number", text(Alarm::on_all(services.iter().map(String::as_str)))),
        ("a composite rule without end", text(Alarm::composite(&many(size, |n| format!("ALARM(\"c{n}\") OR "))))),
        ("datapoints without number", text(Alarm::on("prod/web").datapoints(datapoints))),
        (
            "a tag with services without number",
            text(Alarm::of(errors()).tagged_with_services(&many(size, |n| format!("prod/s{n} ")))),
        ),
        ("a batch of alarms for one service", batch(size, |_| Alarm::on("prod/web").as_action().into())),
        (
            "a batch of alarms for as many services",
            batch(size, |n| Alarm::on(&format!("prod/s{n}")).as_action().into()),
        ),
        ("a batch of messages that are no JSON", batch(size, |_| "{{{{{{".into())),
        ("nesting as deep as the parser goes", format!(r#"{{"Records":[{}]}}"#, many(size, |_| deep.clone()))),
        ("small objects without number", format!(r#"{{"Records":[{}]}}"#, many(size, |_| r#"{"":0}"#.to_owned()))),
        ("keys without number", format!("{{{}}}", many(size, |n| format!(r#""k{n}":0"#)))),
    ]
}

/// What an event of this text costs: in all and without what it takes once parsed, both for each byte of the text, and time.
fn cost(text: &str) -> (usize, usize, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let entered = runtime.enter();
    let now_there = "2026-06-01T12:00:00Z".parse().expect("a time");
    let nobody = Network::to(Aws::new(Home::default(), now_there)).with_fate(|_| Fate::Refused);
    let function = Function::new(Settings::read(|_| None).expect("the defaults"), nobody.config());
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

#[expect(clippy::disallowed_methods, reason = "how long it really takes; the test's other clock stands still")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn absurd_input_costs_memory_and_time_in_proportion() {
    // Nesting without end is refused before it is an event. All in one test: whatever ran beside it would be counted.
    let endless = format!("{}{}", "[".repeat(LARGEST / 2), "]".repeat(LARGEST / 2));
    assert!(serde_json::from_str::<Value>(&endless).is_err());
    cost(&Alarm::on("prod/web").as_action().to_string());
    for ((what, large), (_, small)) in absurd(LARGEST).into_iter().zip(absurd(LARGEST / 4)) {
        let (parsed, handled, took) = cost(&large);
        let quarter = cost(&small).2.min(cost(&small).2);
        println!("{what}: {parsed} and {handled} for each byte, {took:?}, and {quarter:?} for a quarter");
        assert!(parsed <= PARSED, "{what}: {parsed} bytes for each byte, parsed");
        assert!(handled <= HANDLED, "{what}: {handled} bytes for each byte, handled");
        // Four times the input takes four times as long; what grows with the square takes sixteen times.
        let least = quarter.max(Duration::from_millis(20));
        // Once more, should the machine have been busy with something else.
        let took = if took < least * 10 { took } else { cost(&large).2 };
        assert!(took < least * 10, "{what}: {took:?}, and {quarter:?} for a quarter of it");
    }
}
