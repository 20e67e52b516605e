//! `replay` of a day that is easy to survey: a bad deployment that a later one undid, and an alarm that came too late.

use clap::Parser;
use jiff::Timestamp;
use operator::{Arguments, End, Failure, Screen, Shown};
use serde_json::{Value, json};
use simulator::{
    Alarm, AlarmState, Aws, DeploymentSeed, Fault, HistoryItem, Home, Operation, ServiceSeed, Status, sdk::Network,
};

fn at(time: &str) -> Timestamp {
    format!("2026-06-01T{time}:00Z").parse().expect("a time")
}

fn deployment(task_definition: &str, created: &str, finished: &str) -> DeploymentSeed {
    let seed = DeploymentSeed::of(task_definition).status(Status::Successful);
    seed.created(at(created)).started(at(created)).finished(at(finished))
}

/// An alarm that went to ALARM then, on data of the minute before, and back.
fn went_off(aws: &mut Aws, alarm: &str, to: &str, back: &str) {
    let minute = at(to) - jiff::SignedDuration::from_mins(1);
    let data = json!({
        "version": "1.0", "period": 60, "threshold": 5.0, "recentDatapoints": [9.0],
        "evaluatedDatapoints": [{"timestamp": minute.to_string(), "value": 9.0}],
    });
    let change = |at, from, to| HistoryItem::state_update(alarm, at, from, to);
    let reason = "Threshold Crossed: 1 datapoint [9.0] was greater than the threshold (5.0).";
    aws.cloudwatch.put_history(change(at(to), AlarmState::Ok, AlarmState::Alarm).new_state(reason, &data));
    aws.cloudwatch.put_history(change(at(back), AlarmState::Alarm, AlarmState::Ok).new_state("", &Value::Null));
}

fn a_day() -> Network {
    let mut aws = Aws::new(Home::default(), at("15:00"));
    let web = ServiceSeed::new("prod/web").with(deployment("web:41", "08:00", "08:10"));
    let web = web.with(deployment("web:42", "11:00", "11:12")).with(deployment("web:41", "11:40", "11:45"));
    aws.ecs.plant(web);
    let cart = ServiceSeed::new("prod/cart").with(deployment("cart:6", "08:00", "08:10"));
    aws.ecs.plant(cart.with(deployment("cart:7", "13:00", "13:04")));
    for (alarm, service) in [("web-5xx", "prod/web"), ("cart-5xx", "prod/cart")] {
        aws.cloudwatch.put_alarm(Alarm::metric(alarm).on_metric("Shop", "Errors", "Sum").on_service(service));
    }
    went_off(&mut aws, "web-5xx", "11:05", "11:50");
    went_off(&mut aws, "cart-5xx", "13:09", "13:20");
    went_off(&mut aws, "renamed", "14:00", "14:05");
    Network::to(aws)
}

async fn answered(network: &Network, now: Timestamp, width: u16, options: &[&str]) -> Result<Shown, Failure> {
    let line = ["ecs-rollback", "replay"].iter().chain(options);
    let arguments = Arguments::try_parse_from(line).expect("a command line");
    let screen = Screen { is_json: false, width, is_coloured: false, shows_progress: false };
    operator::answer(arguments, network.config(), screen, now).await
}

async fn text(network: &Network, width: u16, options: &[&str]) -> String {
    let Shown { text, end } = answered(network, at("15:00"), width, options).await.expect("an answer");
    assert_eq!(end, End::Fine);
    text
}

#[tokio::test(start_paused = true)]
async fn a_person_sees_what_would_have_been_rolled_back_and_what_really_happened() {
    let text = text(&a_day(), 120, &[]).await;
    let has = |wanted: &str| assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    has("5 deployments of 2 services, 3 changes to ALARM of 3 alarms");
    has("would roll back     1  1 undone later, by ECS or a person");
    has("undone by the deployment of 06-01 11:40:00");
    has("35m");
    has("too late            1");
    has("bakeTimeInMinutes=6 (was 0)");
    has("unmapped 1");
}

#[tokio::test(start_paused = true)]
async fn only_what_is_asked_for_is_replayed() {
    let cart = text(&a_day(), 120, &["--service", "prod/cart"]).await;
    assert!(cart.contains("cart-5xx") && !cart.contains("web-5xx") && !cart.contains("unmapped"), "{cart}");
    let none = text(&a_day(), 120, &["--cluster", "stage"]).await;
    assert!(none.contains("Nothing to replay."), "{none}");
}

#[tokio::test(start_paused = true)]
async fn the_answer_fits_a_terminal_of_sixty_columns() {
    let text = text(&a_day(), 60, &[]).await;
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_denied_is_named_and_the_rest_is_shown() {
    let network = a_day();
    let denied = || Fault::exception("AccessDeniedException", "not for you");
    network.lock().inject(denied().on(Operation::ListServiceDeployments).service("prod/web"));
    let text = text(&network, 120, &[]).await;
    assert!(text.contains("not judged          1") && text.contains("ecs:ListServiceDeployments"), "{text}");
    assert!(text.contains("cart-5xx"), "{text}");
    network.lock().inject(denied().on(Operation::DescribeAlarmHistory));
    let failure = answered(&network, at("15:00"), 120, &[]).await.expect_err("a failure");
    assert!(failure.to_string().contains("history of the alarms"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_behind_is_noticed() {
    let text = answered(&a_day(), at("12:00"), 120, &[]).await.expect("an answer").text;
    assert!(text.contains("the clock of this machine is at least 2h 5m behind"), "{text}");
}
