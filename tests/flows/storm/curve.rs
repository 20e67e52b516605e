//! The storm again and again, with more signals and more services: what `docs/performance.md` draws.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::weather::{Storm, Toll};

const SIGNALS: [usize; 5] = [100, 300, 1_000, 3_000, 10_000];
const SERVICES: [usize; 3] = [10, 100, 1_000];

/// One in so many services has a deployment in flight, as in the storm of the tests.
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
                "withQueue": told(&queued),
                "withoutQueue": told(&storm.without_the_queue().await),
            }));
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("storm.json");
    fs::write(path, Value::from(points).to_string()).expect("a file that can be written");
}

fn told(toll: &Toll) -> Value {
    json!({
        "rolledBack": toll.rolled_back,
        "calls": toll.calls,
        "lost": toll.lost,
        "rolledBackIn": toll.rolled_back_in.as_secs_f64(),
        "took": toll.took.as_secs_f64(),
    })
}
