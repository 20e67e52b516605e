//! `why`.

use serde_json::Value;
use simulator::{Alarm, AlarmState, HistoryItem};

use crate::cloud::{Cloud, FUNCTION};

/// An account in which `web-5xx`, an alarm on `prod/web`, went to ALARM at 11:55.
fn alarmed() -> Cloud {
    let cloud = Cloud::installed(&[]);
    cloud.aws().cloudwatch.put_alarm(Alarm::metric("web-5xx").on_service("prod/web").in_alarm());
    let at = signals::at("11:55:00");
    cloud.happened(HistoryItem::state_update("web-5xx", at, AlarmState::Ok, AlarmState::Alarm));
    cloud
}

async fn end(cloud: &Cloud) -> Value {
    let why = cloud.json(&["why", "prod/web", "--function", "ecs-auto-rollback"]).await;
    let ends = why["ends"].as_array().expect("ends");
    assert_eq!(ends.len(), 1, "{why}");
    ends[0].clone()
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_found_with_its_row_and_the_page_about_it() {
    let cloud = alarmed();
    cloud.happened(HistoryItem::action("web-5xx", signals::at("11:55:00"), FUNCTION));
    let detail = "Alarm \"web-5xx\" was evaluated on data up to 11:48, before the deployment began.";
    cloud.logged(&[["2026-06-01 11:55:02.345", "web-5xx", "skipped", "evidence-predates-deployment", detail]]);
    let end = end(&cloud).await;
    assert_eq!((&end["hop"], &end["row"]), (&"decision".into(), &12.into()));
    let next = end["next"].as_str().expect("a link");
    assert!(next.starts_with("https://") && next.ends_with("/reference/reasons.html#evidence-predates-deployment"));
    let shown = cloud.run_on(60, &["why", "prod/web"]).await.expect("an answer").text;
    assert!(shown.lines().all(|line| line.chars().count() <= 60 || line.contains("https://")), "{shown}");
    for part in ["alarm history", "function's log", "ECS"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_without_a_line_was_lost_after_the_alarm_executed_its_action() {
    let cloud = alarmed();
    cloud.happened(HistoryItem::action("web-5xx", signals::at("11:55:00"), FUNCTION));
    let end = end(&cloud).await;
    assert_eq!(end["hop"], "delivery");
    assert!(end["next"].as_str().expect("a text").contains("ecs-rollback doctor"), "{end}");
}

#[tokio::test(start_paused = true)]
async fn an_action_that_failed_or_was_not_executed_is_the_end() {
    let cloud = alarmed();
    assert_eq!(end(&cloud).await["hop"], "action");
    let mut failed = HistoryItem::action("web-5xx", signals::at("11:55:00"), FUNCTION);
    failed.summary = format!("Failed to execute action {FUNCTION}. Received error: not authorized");
    failed.data["actionState"] = "Failed".into();
    cloud.happened(failed);
    let end = end(&cloud).await;
    assert_eq!(end["hop"], "action");
    assert!(end["what"].as_str().expect("a text").contains("not authorized"), "{end}");
}

#[tokio::test(start_paused = true)]
async fn without_a_change_to_alarm_the_alarm_is_the_end() {
    let cloud = Cloud::installed(&[]);
    assert_eq!(end(&cloud).await["hop"], "alarm");
    let cloud = alarmed();
    let why = cloud.json(&["why", "prod/web", "--at", "09:00"]).await;
    assert_eq!(why["ends"][0]["hop"], "alarm");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_may_not_be_read_is_named_and_leaves_the_end_open() {
    let cloud = alarmed();
    cloud.refuse("logs:StartQuery", "AccessDeniedException");
    let why = cloud.json(&["why", "prod/web"]).await;
    assert_eq!(why["ends"][0]["hop"], "unknown");
    assert!(why["unknown"][0].as_str().expect("a text").contains("logs:StartQuery"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_deleted_meanwhile_is_said_to_be_gone() {
    let cloud = Cloud::installed(&[]);
    let why = cloud.json(&["why", "prod/gone"]).await;
    assert!(why["unknown"].to_string().contains("does not exist any more"), "{why}");
}
