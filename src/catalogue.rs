//! The catalogue: the reasons, notices, metrics, settings, log lines and calls of the function, as JSON.
//!
//! Tests in Python compare the templates with `target/catalogue.json`. A test writes that file by running the code, so that no
//! list in it can differ from what the code does.

mod recorder;
mod scenes;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use judgement::{
    Reason, Way,
    event::{self, SIGNALS},
    signal,
};
use serde_json::{Value, json};
use strum::VariantArray;

use self::scenes::{Scene, Scenes};
use crate::{
    Effort, Metrics, Report, Settings,
    follow_up::FollowUpKind,
    notice_kinds,
    settings::table::{self, Setting},
};

#[tokio::test(start_paused = true)]
async fn the_catalogue_is_written() {
    let Scenes { reports, recorded, put } = Scenes::play().await;
    let catalogue = json!({
        "reasons": Reason::VARIANTS.iter().copied().map(reason).collect::<Vec<_>>(),
        "notices": notice_kinds(),
        "followUps": FollowUpKind::VARIANTS.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "noticeEvent": put,
        "metrics": metrics(&reports),
        "settings": table::ALL.iter().copied().map(setting).collect::<Vec<_>>(),
        "moved": table::MOVED.map(|(name, to)| json!({"name": name, "to": to})),
        "ecsEvents": ecs_events().await,
        "logLines": recorded.lines(),
        "calls": recorded.calls(),
        "ways": Way::VARIANTS.iter().copied().map(way).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&catalogue).expect("JSON");
    fs::create_dir_all(folder()).expect("Cargo's folder");
    fs::write(folder().join("catalogue.json"), text + "\n").expect("the catalogue");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "the caller of cargo chooses where everything goes that is built")]
fn folder() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn reason(reason: Reason) -> Value {
    json!({"name": reason.as_str(), "outcome": reason.outcome().as_str()})
}

/// A way that leads to services. Those that can be switched on are look-ups.
fn way(way: Way) -> Value {
    json!({"name": way.as_str(), "lookUp": accepts("ROLLBACK_LOOK_UPS", way.as_str())})
}

fn setting(setting: &Setting) -> Value {
    let Setting { name, parameter, default, expected, range } = setting;
    // If `expected` describes the values instead of listing words, its parts are not accepted, or longer ones are.
    let is_word = |word: &&str| accepts(name, word) && !accepts(name, &format!("{word}x"));
    let words = Some(expected.split(", ").flat_map(|some| some.split(" or ")).collect::<Vec<&str>>());
    let words = words.filter(|words| words.iter().all(is_word));
    let range = (range.start() < range.end()).then(|| [range.start(), range.end()]);
    json!({"name": name, "parameter": parameter, "default": default, "words": words, "range": range})
}

fn accepts(name: &str, value: &str) -> bool {
    Settings::read(|asked| (asked == name).then(|| value.to_owned())).is_ok()
}

/// Every metric with its unit and the sets of dimensions under which it is found, from the lines that are written.
fn metrics(reports: &[Report]) -> Vec<Value> {
    let writer = Metrics::new("Shop", "rollback");
    let effort =
        Effort { at: jiff::Timestamp::UNIX_EPOCH, request_id: "8476a536".to_owned(), cold_start: true, calls: 4 };
    let mut out = Vec::new();
    for report in reports {
        writer.write(report, &effort, &mut out).expect("lines");
    }
    let mut metrics: BTreeMap<String, Value> = BTreeMap::new();
    for line in String::from_utf8(out).expect("text").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().expect("directives") {
            for metric in directive["Metrics"].as_array().expect("metrics") {
                let (name, unit) = (metric["Name"].as_str().expect("a name"), &metric["Unit"]);
                let found = json!({"name": name, "unit": unit, "dimensions": directive["Dimensions"]});
                let known = metrics.entry(name.to_owned()).or_insert_with(|| found.clone());
                assert_eq!(known, &found, "a metric always has the same unit and dimensions");
            }
        }
    }
    metrics.into_values().collect()
}

/// Every event of ECS that `events/` has an example of, and what the function does with it.
async fn ecs_events() -> Vec<Value> {
    // Without signals, only a follow-up reads a service.
    let scene = Scene::with(&[("ROLLBACK_ECS_EVENTS", "none")]);
    let mut events: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut signals = BTreeSet::new();
    for file in fs::read_dir(root().join("events")).expect("the folder of the events") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("an event");
        let event: Value = serde_json::from_str(&text).expect("JSON");
        let (Some("aws.ecs"), Some(detail_type)) = (event["source"].as_str(), event["detail-type"].as_str()) else {
            continue;
        };
        let signal = event::parse(&event).expect("an event").records.remove(0).signal.expect("a signal");
        let is_signal = signal.kind == signal::Kind::Trouble;
        if is_signal {
            signals.insert(signal.name.clone());
        }
        scene.aws().clear_calls();
        scene.report(&event).await;
        let is_followed_up = !scene.aws().calls().is_empty();
        let entry = json!({
            "detailType": detail_type, "name": signal.name, "signal": is_signal, "followUp": is_followed_up,
        });
        events.insert((detail_type.to_owned(), signal.name), entry);
    }
    assert_eq!(signals, SIGNALS.map(str::to_owned).into(), "events/ has an example of each event that is a signal");
    events.into_values().collect()
}
