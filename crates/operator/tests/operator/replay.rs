//! `replay` of a month must agree with what the function answered in that month.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::{Duration, Instant},
};

use clap::Parser;
use jiff::Timestamp;
use operator::{Arguments, Screen};
use serde_json::Value;

use crate::account::{Account, Handled};

/// The seed of the month.
const SEED: u64 = 11;

/// The processor time in which the replay must be done. A build without optimization needs a part of it.
const AT_MOST: Duration = Duration::from_secs(10);

/// The page of the month, at which `tests/operator/test_page.py` looks in a browser.
const PAGE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/replay.html");

/// The service, reason and service deployment of an entry.
type Entry = (Option<String>, String, Option<String>);

async fn shown(account: &Account, options: &[&str], screen: Screen) -> String {
    let line = ["ecs-rollback", "replay"].iter().chain(options);
    let arguments = Arguments::try_parse_from(line).expect("a command line");
    let answer = operator::answer(arguments, account.network.config(), screen, account.now).await;
    answer.expect("an answer").text
}

async fn json(account: &Account, options: &[&str]) -> Value {
    let screen = Screen { is_json: true, width: 100, is_coloured: false, shows_progress: false };
    serde_json::from_str(&shown(account, options, screen).await).expect("JSON")
}

#[expect(clippy::disallowed_methods, reason = "the tokio clock is paused")]
fn started() -> Instant {
    Instant::now()
}

/// The processor time of this thread, on which everything runs; where the system does not report it, the time that passed.
fn spent(began: Instant) -> Duration {
    let read = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = read.and_then(|text| text.split(' ').next()?.parse().ok());
    on_processor.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// The time, the alarm, and whether it is about one time series.
type Change = (i64, String, bool);

/// The key of a change. The SDK cuts times to the millisecond after a rounding error, so that they may be one too early.
fn key(at: Timestamp, alarm: &str, is_contributor: bool) -> Change {
    ((at.as_millisecond() + 1).div_euclid(1_000), alarm.to_owned(), is_contributor)
}

/// The entries of each change to ALARM.
fn by_change(replay: &Value) -> BTreeMap<Change, Vec<&Value>> {
    let mut changes: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for incident in replay["incidents"].as_array().expect("incidents") {
        let text = |name: &str| incident[name].as_str().expect("text");
        let at = text("at").parse().expect("a time");
        changes.entry(key(at, text("alarm"), incident["contributor"].is_string())).or_default().push(incident);
    }
    changes
}

fn entry(incident: &Value) -> Entry {
    let text = |name: &str| incident[name].as_str().map(str::to_owned);
    (text("service"), text("reason").unwrap_or_default(), text("serviceDeploymentArn"))
}

/// Why the replay cannot know what the function knew.
fn cannot_know(handled: &Handled, entry: &Entry, replayed: &[&Value]) -> Option<&'static str> {
    let (service, reason, _) = entry;
    let same = replayed.iter().find(|incident| incident["service"].as_str() == service.as_deref());
    let theirs = same.or(replayed.first())?;
    let is = |wanted: &str| theirs["reason"] == wanted;
    match reason.as_str() {
        // History has no mute rules and no suppressors, only that no action followed.
        "alarm-muted" | "alarm-suppressed" if theirs["acted"] == false => Some("the alarm was muted or suppressed"),
        // ECS keeps neither the tasks nor the traffic of a revision over time.
        "not-serving" => Some("tasks and traffic of then"),
        _ if is("held") && service.as_deref() == Some("prod/web-api") => Some("the tag of then"),
        _ if is("unmapped") && handled.alarm.ends_with("old-name") => Some("the alarm has another name"),
        _ if is("service-not-found") => Some("the service was deleted"),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_replay_of_a_month_agrees_with_the_function_incident_by_incident() {
    let account = Account::of_seed(SEED).await;
    let began = started();
    let before = spent(began);
    let replay = json(&account, &["--html", PAGE]).await;
    let took = spent(began).saturating_sub(before);

    let changes = by_change(&replay);
    let mut unknowable: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    let mut wrong = Vec::new();
    for handled in &account.handled {
        let key = key(handled.at, &handled.alarm, handled.is_contributor);
        let replayed = changes.get(&key).map_or(&[][..], Vec::as_slice);
        let theirs: BTreeSet<Entry> = replayed.iter().map(|incident| entry(incident)).collect();
        for (service, reason, deployment) in &handled.entries {
            let ours = (service.clone(), reason.to_string(), deployment.clone());
            reasons.insert(reason.to_string());
            if theirs.contains(&ours) {
                continue;
            }
            match cannot_know(handled, &ours, replayed) {
                Some(why) => *unknowable.entry(why).or_default() += 1,
                None => wrong.push(format!("{} {} {ours:?} but {theirs:?}", handled.at, handled.alarm)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(changes.len(), account.handled.len(), "each change once, and no other");
    assert_eq!(unknowable.len(), 5, "{unknowable:?}");
    let share = unknowable.values().sum::<usize>() * 100 / account.handled.len();
    assert!(share < 10, "{share} % cannot be known: {unknowable:?}");
    assert!(reasons.len() >= 17, "the month reaches too few reasons: {reasons:?}");
    assert!(took < AT_MOST, "the replay took {took:?}");
}
