//! Notices with what CloudWatch says about the alarm: how it is after the rollback, and how often it fired before.

use std::time::Duration;

use serde_json::{Value, json};
use signals::{Alarm, at};
use simulator::{
    Alarm as SimulatedAlarm, AlarmState, AlarmType, DeploymentSeed, Fault, HistoryItem, Operation, ServiceSeed, Status,
};

use crate::{
    follow_up::go_on,
    notices::{messages, notices, shop, world},
    support::{World, alarm, request},
};

fn detail(notice: &Value) -> &str {
    notice["detail"].as_str().expect("a detail")
}

/// The notice at the end of a rollback for an alarm that is then as `now` has it.
async fn after_rollback(now: Option<SimulatedAlarm>) -> Value {
    let world = world(&[]);
    world.plant(shop());
    if let Some(now) = now {
        world.aws().cloudwatch.put_alarm(now);
    }
    world.outcome(&alarm()).await;
    go_on(&world, Duration::from_mins(5)).await;
    notices(&world).remove(1)
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_rollback_says_whether_its_alarm_is_ok_again() {
    let on_web = || SimulatedAlarm::metric("web-5xx").on_service("prod/web").since(at("11:55:00"));
    let still_on = after_rollback(Some(on_web().in_alarm())).await;
    assert!(
        detail(&still_on).ends_with(
            "Rolled back, and alarm \"web-5xx\" is still in ALARM since 2026-06-01T11:55:00Z: look elsewhere if that lasts."
        ),
        "{}",
        detail(&still_on)
    );
    assert_eq!(still_on["rollback"]["alarm"]["state"], "ALARM");
    assert!(
        still_on["nextSteps"][0].as_str().is_some_and(|step| step.contains("the cause is elsewhere")),
        "{still_on}"
    );

    let ok = after_rollback(Some(on_web())).await;
    assert!(detail(&ok).ends_with("Alarm \"web-5xx\", for which it was rolled back, is OK again."), "{}", detail(&ok));
    assert!(ok["links"]["alarm"].as_str().is_some_and(|link| link.ends_with("#alarmsV2:alarm/web-5xx")), "{ok}");
    assert_eq!(ok["nextSteps"][0], "Nothing to do now: the service runs web:41 again.");

    let gone = after_rollback(None).await;
    assert_eq!((&gone["rollback"]["alarm"], &gone["unknown"]), (&Value::Null, &json!([])));
}

#[tokio::test(start_paused = true)]
async fn the_state_of_a_composite_alarm_is_read_as_well() {
    let world = world(&[]);
    world.plant(shop());
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::composite("shop-is-down", "ALARM(x)").in_alarm());
    world.outcome(&Alarm::composite("ALARM(x)").tagged_with_services("prod/web").as_action()).await;
    go_on(&world, Duration::from_mins(5)).await;
    assert_eq!(notices(&world)[1]["rollback"]["alarm"]["state"], "ALARM");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_asked_for_only_if_this_environment_remembers_it() {
    let world = world(&[]);
    world.plant(shop());
    world.outcome(&request()).await;
    go_on(&world, Duration::from_mins(5)).await;
    assert_eq!(notices(&world)[1]["rollback"]["alarm"], Value::Null);
    assert_eq!(world.count(Operation::DescribeAlarms), 0);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_whose_state_cannot_be_read_is_listed_and_costs_nothing_else() {
    for fault in [Fault::exception("AccessDenied", "no"), Fault::hang()] {
        let world = world(&[]);
        world.plant(shop());
        world.outcome(&alarm()).await;
        world.aws().inject(fault.on(Operation::DescribeAlarms));
        go_on(&world, Duration::from_mins(5)).await;
        let notice = notices(&world).remove(1);
        let unknown = notice["unknown"].as_array().expect("a list");
        assert!(unknown.len() == 1 && unknown[0].as_str().is_some_and(|text| text.contains("alarm")), "{unknown:?}");
        assert!(notice["deployment"]["from"]["taskDefinition"].is_string(), "{notice}");
        assert_eq!(messages(&world).len(), 2);
    }
}

/// The first of these deployments began at 07:00, one an hour; each succeeded within half an hour. One is in flight now.
fn with_history(deployments: usize) -> ServiceSeed {
    let seed = (0..deployments).fold(ServiceSeed::new("prod/web"), |seed, n| {
        let deployment = DeploymentSeed::of(&format!("web:{}", 41 - deployments + n)).status(Status::Successful);
        let hour = 7 + n;
        seed.with(deployment.created(at(&format!("{hour:02}:00:00"))).finished(at(&format!("{hour:02}:30:00"))))
    });
    seed.deploying("web:42")
}

/// A world in which the alarm went to ALARM at these times before.
fn fired_at(times: &[&str], deployments: usize) -> World {
    let world = world(&[]);
    world.plant(with_history(deployments));
    for time in times {
        let item = HistoryItem::state_update("web-5xx", at(time), AlarmState::Ok, AlarmState::Alarm);
        world.aws().cloudwatch.put_history(item);
    }
    world
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_fired_in_most_of_the_last_good_deployments_is_named_with_the_numbers() {
    let all = ["07:10:00", "08:10:00", "09:45:00", "10:20:00", "11:55:00"];
    for (fired, deployments, counted, is_said) in [
        (&all[..], 4, json!({"successfulDeployments": 4, "withAlarm": 3}), true),
        (&all[..2], 4, json!({"successfulDeployments": 4, "withAlarm": 2}), false),
        (&[], 4, json!({"successfulDeployments": 4, "withAlarm": 0}), false),
        (&all[..], 2, json!(null), false),
    ] {
        let world = fired_at(fired, deployments);
        world.outcome(&alarm()).await;
        let notice = notices(&world).remove(0);
        assert_eq!(notice["signal"]["firedBefore"], counted);
        let said = "Alarm \"web-5xx\" also went to ALARM during 3 of the last 4 deployments of prod/web that succeeded";
        assert_eq!(detail(&notice).contains(said), is_said, "{}", detail(&notice));
        assert_eq!(world.count(Operation::DescribeAlarmHistory), usize::from(deployments > 2));
    }
}

#[tokio::test(start_paused = true)]
async fn deployments_before_the_changes_of_state_that_are_read_are_not_counted() {
    let world = fired_at(&["07:10:00", "08:10:00", "09:10:00"], 4);
    for _ in 0..600 {
        let item = HistoryItem::state_update("web-5xx", at("11:00:00"), AlarmState::Ok, AlarmState::Alarm);
        world.aws().cloudwatch.put_history(item);
    }
    world.outcome(&alarm()).await;
    assert_eq!(notices(&world)[0]["signal"]["firedBefore"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_composite_alarm_is_read_as_well() {
    let world = world(&[]);
    world.plant(with_history(4));
    for time in ["07:10:00", "08:10:00", "09:10:00"] {
        let item = HistoryItem::state_update("shop-is-down", at(time), AlarmState::Ok, AlarmState::Alarm);
        world.aws().cloudwatch.put_history(item.of_type(AlarmType::Composite));
    }
    world.outcome(&Alarm::composite("ALARM(x)").tagged_with_services("prod/web").as_action()).await;
    assert_eq!(notices(&world)[0]["signal"]["firedBefore"]["withAlarm"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_history_that_cannot_be_read_is_listed_and_costs_nothing_else() {
    for fault in [Fault::exception("AccessDenied", "no"), Fault::hang()] {
        let world = fired_at(&[], 4);
        world.aws().inject(fault.on(Operation::DescribeAlarmHistory));
        assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
        let notice = notices(&world).remove(0);
        let unknown = notice["unknown"].as_array().expect("a list");
        assert!(unknown.len() == 1 && unknown[0].as_str().is_some_and(|text| text.contains("history")), "{unknown:?}");
        assert_eq!(notice["signal"]["firedBefore"], Value::Null);
        assert_eq!(messages(&world).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_notices_no_alarm_is_read() {
    let world = World::new();
    world.plant(with_history(4));
    world.outcome(&alarm()).await;
    assert_eq!(world.count(Operation::DescribeAlarmHistory) + world.count(Operation::DescribeAlarms), 0);
}
