//! Checks the book's table of the results of every file of `events/` in the demo's scenario.

use std::{collections::BTreeMap, fs, path::Path};

use ecs_auto_rollback::Error;
use serde_json::Value;
use simulator::{Aws, Scenario};

use crate::{
    documents::{quoted, table},
    support::{World, outcome},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn shop() -> Aws {
    let scenario: Scenario = fs::read_to_string(root().join("crates/simulator/scenarios/shop.toml"))
        .expect("the scenario")
        .parse()
        .expect("a readable scenario");
    Aws::from_scenario(&scenario).expect("a consistent scenario")
}

pub(crate) fn events() -> BTreeMap<String, Value> {
    fs::read_dir(root().join("events"))
        .expect("events/")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("an event");
            (
                path.file_name().expect("a name").to_string_lossy().into_owned(),
                serde_json::from_str(&text).expect("JSON"),
            )
        })
        .collect()
}

/// The book's table: for each file, its `outcome · reason` and service.
fn documented() -> BTreeMap<String, Vec<(String, String)>> {
    let page = fs::read_to_string(root().join("docs/development/local-testing.md")).expect("the page");
    let mut files: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in table(&page, &["file", "what it is", "outcome · reason", "service"]) {
        let file = quoted(&row[0])[0].to_owned();
        let service = quoted(&row[3]).first().map_or_else(|| "–".to_owned(), |service| (*service).to_owned());
        files.entry(file).or_default().push((quoted(&row[2]).join(" · "), service));
    }
    files
}

/// The results of an invocation, in the form of the book's table.
fn results(response: Result<Value, Error>) -> Vec<(String, String)> {
    let nowhere = || "–".to_owned();
    match response {
        Err(error) => vec![(format!("error · {}", lambda_runtime::Diagnostic::from(error).error_type), nowhere())],
        Ok(response) => match response.get("outcomes").and_then(Value::as_array) {
            Some(entries) => entries.iter().map(|entry| (outcome(entry), service(entry))).collect(),
            None => response["batchItemFailures"]
                .as_array()
                .expect("failures")
                .iter()
                .map(|failure| {
                    (format!("batchItemFailures · {}", failure["itemIdentifier"].as_str().expect("an id")), nowhere())
                })
                .collect(),
        },
    }
}

fn service(entry: &Value) -> String {
    match (entry["service"]["cluster"].as_str(), entry["service"]["name"].as_str()) {
        (Some(cluster), Some(name)) => format!("{cluster}/{name}"),
        _ => "–".to_owned(),
    }
}

fn world() -> World {
    // The files have fixed dates, which the scenario's clock matches; in the demo the clock is today's.
    World::around(shop(), &[("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "0")])
}

/// The results of one file. The response to an SQS batch holds only failures, so each message's own result is added.
async fn results_of_file(world: &World, event: &Value) -> Vec<(String, String)> {
    let mut came = Vec::new();
    let records = event["Records"].as_array().cloned().unwrap_or_default();
    if records.iter().any(|record| record["eventSource"] == "aws:sqs") {
        for record in &records {
            let body = record["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
            let message = match body {
                Some(body) if body["Type"] == "Notification" => {
                    serde_json::json!({"Records": [{"EventSource": "aws:sns", "Sns": body}]})
                }
                Some(body) => body,
                None => Value::Null,
            };
            came.extend(results(self::world().invoke(&message).await));
        }
    }
    came.extend(results(world.invoke(event).await));
    came
}

#[tokio::test(start_paused = true)]
async fn each_file_gives_the_results_in_the_book() {
    let (events, documented) = (events(), documented());
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(names(events.keys().collect()), names(documented.keys().collect()), "files and rows");
    for (file, event) in &events {
        assert_eq!(results_of_file(&world(), event).await, documented[file], "{file}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_files_give_the_same_results_one_after_another() {
    let (world, documented) = (world(), documented());
    for (file, event) in &events() {
        assert_eq!(results_of_file(&world, event).await, documented[file], "{file}");
    }
}
