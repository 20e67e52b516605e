//! Generates the book's table of how the services of each kind of alarm are found, and checks it.

use std::collections::BTreeSet;

use judgement::event;
use serde_json::Value;
use simulator::Alarm;

use crate::{
    documents::expect_in_page,
    events::{events, shop},
    support::World,
};

/// The quick start's scenario in this mode, with every look-up on and the alarms that the events refer to.
fn world(mode: &str) -> World {
    let world = World::around(
        shop(),
        &[
            ("ROLLBACK_MODE", mode),
            ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "0"),
            ("ROLLBACK_LOOK_UPS", "alarm-tags composite-children target-groups deployment-alarms evidence"),
        ],
    );
    world.aws().cloudwatch.put_alarm(Alarm::metric("web-cpu-high").on_service("prod/web").in_alarm());
    world
        .aws()
        .cloudwatch
        .put_alarm(Alarm::metric("payments-error-lines").tagged("auto-rollback:services", "prod/payments"));
    world
}

/// One row: the event, the way, the services, the calls to find them, and all calls.
async fn row(file: &str, event: &Value) -> Option<String> {
    let world = world("enforce");
    let response = world.invoke(event).await.ok()?;
    let entries = response["outcomes"].as_array()?;
    if entries.iter().any(|entry| entry["signal"]["source"] != "aws.cloudwatch" || entry["outcome"] == "ignored") {
        return None;
    }
    let ways: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["foundBy"].as_str()).collect();
    let services: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            Some(format!("`{}/{}`", entry["service"]["cluster"].as_str()?, entry["service"]["name"].as_str()?))
        })
        .collect();
    let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let way = or_none(ways.iter().map(|way| format!("`{way}`")).collect::<Vec<_>>().join(", "));
    // If every service is held, there is no closer look, so every call outside ECS belongs to a look-up.
    let held = self::world("off");
    held.invoke(event).await.ok()?;
    let requests = held.requests();
    let surveys = requests.iter().filter(|(operation, body)| {
        ["ListClusters", "ListServices"].contains(&operation.as_str())
            || (operation == "DescribeServices" && body.get("include").is_none())
    });
    let look_ups = surveys.count() + held.other_calls().len();
    let all = world.requests().len() + world.other_calls().len();
    Some(format!("| `{file}` | {way} | {} | {look_ups} | {all} |\n", or_none(services.join(", "))))
}

#[tokio::test(start_paused = true)]
async fn the_table_of_look_ups_matches_the_function() {
    let mut table =
        "| event | found by | services | calls to find them | calls in all |\n|---|---|---|---|---|\n".to_owned();
    for (file, event) in events() {
        assert!(event::parse(&event).is_ok() || file.starts_with("unrecognized"), "{file}");
        table.extend(row(&file, &event).await);
    }
    expect_in_page("guide/services.md", "look-ups", &table);
}
