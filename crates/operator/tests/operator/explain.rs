//! `explain`.

use std::{env, fs, path::PathBuf, process};

use serde_json::Value;
use signals::{Alarm, Metric, at};
use simulator::{Alarm as SimulatedAlarm, Operation};

use crate::cloud::Cloud;

/// A file that is removed with it.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn of(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("ecs-rollback-{}-{name}", process::id()));
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("a path of text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("the file is there");
    }
}

fn numbers(explained: &Value, result: &str) -> Vec<u64> {
    let rows = explained["verdicts"][0]["rows"].as_array().expect("rows");
    rows.iter().filter(|row| row["result"] == result).map(|row| row["number"].as_u64().expect("a number")).collect()
}

#[tokio::test(start_paused = true)]
async fn an_event_is_judged_row_by_row_with_what_was_read() {
    let cloud = Cloud::installed(&[]);
    let event = File::of("event", &Alarm::on("prod/web").as_action().to_string());
    let explained = cloud.json(&["explain", event.path(), "--set", "ROLLBACK_MODE=enforce"]).await;
    let verdict = &explained["verdicts"][0];
    assert_eq!(verdict["reason"], "observe-mode");
    assert_eq!(verdict["acts"], true, "{verdict}");
    assert_eq!(verdict["foundBy"], "ecs-dimensions");
    assert_eq!(verdict["deployment"]["to"]["taskDefinition"], "app:42");
    assert_eq!(verdict["deployment"]["from"][0]["taskDefinition"], "app:41");
    assert_eq!(numbers(&explained, "decided"), [19]);
    assert_eq!(explained["calls"]["ecs:DescribeServices"], 1);
    assert_eq!(explained["calls"]["ecs:ListServiceDeployments"], 1);
    assert_eq!(cloud.aws().calls_of(Operation::StopServiceDeployment).count(), 0);
    assert!(cloud.aws().calls().iter().all(|call| !call.accepted));
}

#[tokio::test(start_paused = true)]
async fn the_row_that_stops_an_event_is_shown_with_those_before_it() {
    let cloud = Cloud::installed(&[]);
    let early = Alarm::on("prod/web").since(at("11:40:00")).datapoints([(at("11:38:00"), 90.0)]);
    let event = File::of("early", &early.as_action().to_string());
    let explained = cloud.json(&["explain", event.path()]).await;
    let decided = numbers(&explained, "decided");
    assert!(decided == [3] || decided == [11], "{explained}");
    assert!(numbers(&explained, "passed").iter().all(|number| *number < decided[0]));
    let text = cloud.run(&["explain", event.path()]).await.expect("an answer").text;
    assert!(text.contains("decided") && text.contains("Nothing was changed."), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_taken_as_if_it_went_to_alarm_now() {
    let cloud = Cloud::installed(&[]);
    cloud.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").on_service("prod/web"));
    let explained = cloud.json(&["explain", "--alarm", "web-5xx"]).await;
    let verdict = &explained["verdicts"][0];
    assert_eq!(verdict["signalName"], "web-5xx");
    assert_eq!(verdict["signalBegan"], "2026-06-01T12:00:00Z");
    assert_eq!(verdict["service"]["name"], "web");
    let failure = cloud.run(&["explain", "--alarm", "we\u{1b}b"]).await.expect_err("no such alarm");
    assert_eq!(failure.sentence(), "there is no alarm \"we\\u{1b}b\" in us-east-1");
}

#[tokio::test(start_paused = true)]
async fn what_the_function_does_not_know_is_refused_in_its_words() {
    let cloud = Cloud::installed(&[]);
    for (name, text, expected) in
        [("broken", "{\"a\":", "not JSON"), ("unknown", "{\"hello\": \"world\"}", "hello"), ("list", "[1]", "")]
    {
        let event = File::of(name, text);
        let sentence = cloud.run(&["explain", event.path()]).await.expect_err("no event").sentence();
        assert!(sentence.contains(expected) && !sentence.contains("world"), "{sentence}");
    }
    let sentence = cloud.run(&["explain", "/no/such/file"]).await.expect_err("no file").sentence();
    assert!(sentence.starts_with("could not read \"/no/such/file\""), "{sentence}");
}

#[tokio::test(start_paused = true)]
async fn an_explanation_fits_a_narrow_terminal_and_no_name_disturbs_it() {
    let cloud = Cloud::installed(&[]);
    let metric = Metric::of_load_balancer("app/shop/1");
    let event = File::of("narrow", &Alarm::of(metric).named("web\u{1b}[2J5xx").as_action().to_string());
    let text = cloud.run_on(60, &["explain", event.path()]).await.expect("an answer").text;
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
