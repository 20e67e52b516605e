//! Storms of growing size: the measurements that `docs/evidence/performance.md` plots.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::delivery::{Storm, Toll};

const SIGNALS: [usize; 5] = [100, 300, 1_000, 3_000, 10_000];
const SERVICES: [usize; 3] = [10, 100, 1_000];

/// One in this many services has a deployment in flight, as in the storm of the tests.
const IN_FLIGHT: usize = 5;

#[tokio::test(start_paused = true)]
#[ignore = "takes minutes; `make bench` runs it and draws the curve"]
async fn storm_curve() {
    let mut points = Vec::new();
    for services in SERVICES {
        for signals in SIGNALS.into_iter().filter(|signals| *signals >= services) {
            let storm = Storm { services, in_flight: services / IN_FLIGHT, signals };
            let queued = storm.through_the_queue().await;
            assert_eq!((queued.rolled_back, queued.lost), (storm.in_flight, 0), "{storm:?} {queued:?}");
            points.push(json!({
                "services": services,
                "inFlight": storm.in_flight,
                "signals": signals,
                "atBest": storm.at_best().as_secs_f64(),
                "withQueue": as_json(&queued),
                "withoutQueue": as_json(&storm.without_the_queue().await),
            }));
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("storm.json");
    fs::write(path, Value::from(points).to_string()).expect("a writable file");
}

fn as_json(toll: &Toll) -> Value {
    json!({
        "rolledBack": toll.rolled_back,
        "calls": toll.calls,
        "lost": toll.lost,
        "rolledBackIn": toll.rolled_back_in.as_secs_f64(),
        "took": toll.took.as_secs_f64(),
    })
}
