//! Input as absurd as Lambda lets it be: what it costs in memory, and how that grows. Alone in its program, as the allocator
//! that counts is of the whole program.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "`--nocapture` shows what each event costs")]

use std::time::Duration;

use ecs_auto_rollback::{Function, Invocation, Settings};
use judgement::Location;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
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

fn alarm(name: &str, configuration: &str, more: &str) -> String {
    format!(
        r#"{{"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:a","accountId":"123456789012",
        "region":"us-east-1","time":"2026-06-01T11:55:00Z","alarmData":{{"alarmName":"{name}","state":{{"value":"ALARM",
        "timestamp":"2026-06-01T11:55:00Z"{more}}},"configuration":{{{configuration}}}}}}}"#
    )
}

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

fn metrics(dimensions: &str) -> String {
    format!(r#""metrics":[{{"metricStat":{{"period":60,"metric":{{"dimensions":{{{dimensions}}}}}}}}}]"#)
}

/// Absurd events, each of about so many bytes.
fn absurd(size: usize) -> Vec<(&'static str, String)> {
    let long = || "w".repeat(size);
    let deep = format!("{}1{}", "[".repeat(110), "]".repeat(110));
    let small = alarm("a", &metrics(r#""ClusterName":"prod","ServiceName":"web""#), "");
    let record = |number: usize, body: &str| {
        let body = json!(body);
        format!(
            r#"{{"messageId":"m{number}","receiptHandle":"r","body":{body},"eventSource":"aws:sqs","attributes":{{}}}}"#
        )
    };
    let escaped = |text: &str| json!(text).to_string();
    vec![
        ("an alarm with a name without end", alarm(&long(), "", "")),
        ("dimensions without number", alarm("a", &metrics(&many(size, |n| format!(r#""k{n}":"v""#))), "")),
        (
            "metrics without number",
            alarm(
                "a",
                &format!(
                    r#""metrics":[{}]"#,
                    many(size, |n| format!(
                        r#"{{"metricStat":{{"metric":{{"dimensions":{{"ClusterName":"prod","ServiceName":"s{n}"}}}}}}}}"#
                    ))
                ),
                "",
            ),
        ),
        (
            "a composite rule without end",
            alarm("a", &format!(r#""alarmRule":{}"#, escaped(&many(size, |n| format!("ALARM(\"c{n}\") OR ")))), ""),
        ),
        (
            "datapoints without number",
            alarm(
                "a",
                &metrics(r#""ClusterName":"prod","ServiceName":"web""#),
                &format!(
                    r#","reasonData":{}"#,
                    escaped(&format!(
                        r#"{{"period":60,"evaluatedDatapoints":[{}]}}"#,
                        many(size, |_| r#"{"timestamp":"2026-06-01T11:54:00Z"}"#.to_owned())
                    ))
                ),
            ),
        ),
        (
            "a tag with services without number",
            alarm("a", "", "").replacen(
                '{',
                &format!(r#"{{"alarmTags":{{"auto-rollback:services":"{}"}},"#, many(size, |n| format!("prod/s{n} "))),
                1,
            ),
        ),
        ("a batch of alarms for one service", format!(r#"{{"Records":[{}]}}"#, many(size, |n| record(n, &small)))),
        (
            "a batch of alarms for as many services",
            format!(
                r#"{{"Records":[{}]}}"#,
                many(size, |n| record(
                    n,
                    &alarm("a", &metrics(&format!(r#""ClusterName":"prod","ServiceName":"s{n}""#)), "")
                ))
            ),
        ),
        ("a batch of messages that are no JSON", format!(r#"{{"Records":[{}]}}"#, many(size, |n| record(n, "{{{{{{")))),
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
    cost(&alarm("to warm up", "", ""));
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
