//! The tasks and the traffic of both revisions of a deployment, in the three calls that show them.

use serde_json::{Value, json};
use simulator::{
    Aws, DeploymentSeed, Operation, RevisionCounts, ServiceSeed, Stage, Status, StopCode, Strategy, TaskFailure,
};

use crate::caller::{ask, aws, described, listed, noon, seconds, web};

/// The production and test traffic of the target and source revisions of `prod/web`, at this stage of this strategy.
fn traffic(strategy: Strategy, stage: Stage) -> [Value; 4] {
    let mut aws = aws();
    let seed = ServiceSeed::new("prod/web").strategy(strategy).deployed("web:41");
    let arn = aws.ecs.plant(seed.with(DeploymentSeed::of("web:42").stage(stage))).deployment().to_owned();
    let deployment = described(&mut aws, &arn);
    let (target, source) = (&deployment["targetServiceRevision"], &deployment["sourceServiceRevisions"][0]);
    let (production, test) = ("requestedProductionTrafficWeight", "requestedTestTrafficWeight");
    [&target[production], &source[production], &target[test], &source[test]].map(Value::clone)
}

#[test]
fn traffic_follows_strategy_and_stage() {
    use Stage::{BakeTime, PostScaleUp, PostTestTrafficShift, PreProductionTrafficShift, ProductionTrafficShift};
    for strategy in [Strategy::BlueGreen, Strategy::Linear, Strategy::Canary] {
        assert_eq!(traffic(strategy, PostScaleUp), [0.0, 100.0, 0.0, 100.0], "{strategy:?}");
        assert_eq!(traffic(strategy, PostTestTrafficShift), [0.0, 100.0, 100.0, 0.0], "{strategy:?}");
        assert_eq!(traffic(strategy, PreProductionTrafficShift), [0.0, 100.0, 100.0, 0.0], "{strategy:?}");
        assert_eq!(traffic(strategy, BakeTime), [100.0, 0.0, 100.0, 0.0], "{strategy:?}");
    }
    assert_eq!(traffic(Strategy::BlueGreen, ProductionTrafficShift)[0], 100.0);
    assert_eq!(traffic(Strategy::Canary, ProductionTrafficShift)[..2], [5.0, 95.0]);
    assert_eq!(traffic(Strategy::Rolling, BakeTime), [Value::Null, Value::Null, Value::Null, Value::Null]);
}

fn planted(aws: &mut Aws, next: DeploymentSeed) -> Value {
    let arn = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(next)).deployment().to_owned();
    described(aws, &arn)
}

#[test]
fn seeded_counts_are_returned_unchanged_and_decide_which_tasks_run() {
    let mut aws = aws();
    let next = DeploymentSeed::of("web:42").revision("42").stage(Stage::ScaleUp);
    let half_way = RevisionCounts::tasks(3, 2, 1).production(30.0).test(0.0);
    let deployment = planted(&mut aws, next.target(half_way).source(RevisionCounts::tasks(3, 1, 0)));
    let target = &deployment["targetServiceRevision"];
    assert_eq!((&target["runningTaskCount"], &target["pendingTaskCount"]), (&json!(2), &json!(1)));
    assert_eq!(target["requestedProductionTrafficWeight"], 30.0);
    assert_eq!(deployment["sourceServiceRevisions"][0]["runningTaskCount"], 1);

    let deployments = web(&mut aws)["deployments"].take();
    let counts = |index: usize| (&deployments[index]["runningCount"], &deployments[index]["pendingCount"]);
    assert_eq!((counts(0), counts(1)), ((&json!(2), &json!(1)), (&json!(1), &json!(0))));
    let tasks = json!({ "cluster": "prod", "startedBy": "ecs-svc/42" });
    assert_eq!(ask(&mut aws, Operation::ListTasks, &tasks)["taskArns"].as_array().unwrap().len(), 3);
}

#[test]
fn counts_can_be_left_out() {
    let mut aws = aws();
    let silent = DeploymentSeed::of("web:42").target(RevisionCounts::default()).source(RevisionCounts::default());
    let deployment = planted(&mut aws, silent);
    for revision in [&deployment["targetServiceRevision"], &deployment["sourceServiceRevisions"][0]] {
        assert_eq!(revision.as_object().unwrap().keys().collect::<Vec<_>>(), ["arn"]);
    }
    assert_eq!(web(&mut aws)["deployments"][0]["runningCount"], 3);
}

#[test]
fn seeded_counts_hold_until_the_deployment_moves_on() {
    let mut aws = aws();
    let none_run = RevisionCounts::tasks(3, 0, 3);
    let next = DeploymentSeed::of("web:42").stage(Stage::ScaleUp).stays(seconds(60)).target(none_run.clone());
    planted(&mut aws, next.source(none_run));
    let mut running = |later: u64| {
        aws.advance(seconds(later));
        web(&mut aws)["deployments"][0]["runningCount"].take()
    };
    assert_eq!(running(59), 0);
    assert_eq!(running(2), 3);
}

#[test]
fn failed_tasks_are_counted_by_revision() {
    let mut aws = aws();
    let impaired = DeploymentSeed::of("web:41").status(Status::Successful).failed_tasks(57);
    aws.ecs.plant(ServiceSeed::new("prod/web").with(impaired).deploying("web:42"));
    let deployments = web(&mut aws)["deployments"].take();
    let shown = |index: usize| (&deployments[index]["status"], &deployments[index]["failedTasks"]);
    assert_eq!(shown(0), (&json!("PRIMARY"), &json!(0)));
    assert_eq!(shown(1), (&json!("ACTIVE"), &json!(57)));
}

#[test]
fn only_rolling_deployments_have_a_rollout_state() {
    let mut aws = aws();
    for (strategy, expected) in [(Strategy::Rolling, json!("IN_PROGRESS")), (Strategy::BlueGreen, Value::Null)] {
        aws.ecs.plant(ServiceSeed::new("prod/web").strategy(strategy).deployed("web:41").deploying("web:42"));
        let deployments = web(&mut aws)["deployments"].take();
        assert_eq!(deployments[0]["rolloutState"], expected);
        assert_eq!(deployments[0]["rolloutStateReason"].is_null(), expected.is_null());
    }
}

#[test]
fn stop_codes_and_reasons_come_from_the_seed() {
    let mut aws = aws();
    let codes = [StopCode::TaskFailedToStart, StopCode::SpotInterruption, StopCode::InfrastructureHealth];
    let next = codes.into_iter().fold(DeploymentSeed::of("web:42").revision("42"), |next, code| {
        next.stopped(TaskFailure::new("Capacity is unavailable at this time.", None).code(code))
    });
    planted(&mut aws, next);
    let stopped = json!({ "cluster": "prod", "startedBy": "ecs-svc/42", "desiredStatus": "STOPPED" });
    let arns = ask(&mut aws, Operation::ListTasks, &stopped)["taskArns"].take();
    let tasks = ask(&mut aws, Operation::DescribeTasks, &json!({ "cluster": "prod", "tasks": arns }))["tasks"].take();
    let mut shown: Vec<_> = tasks.as_array().unwrap().iter().map(|task| task["stopCode"].as_str().unwrap()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["InfrastructureHealth", "SpotInterruption", "TaskFailedToStart"]);
    assert_eq!(tasks[0]["stoppedReason"], "Capacity is unavailable at this time.");
}

#[test]
fn a_history_is_listed_in_order_for_ninety_days() {
    let mut aws = aws();
    let long_ago = DeploymentSeed::of("web:40").status(Status::Successful).created(noon() - seconds(91 * 86_400));
    let seed = ServiceSeed::new("prod/web").with(long_ago).deployed("web:41").deployed("web:42").deploying("web:41");
    aws.ecs.plant(seed);
    let listed = listed(&mut aws, &json!({}));
    assert_eq!(
        listed.iter().map(|entry| &entry["status"]).collect::<Vec<_>>(),
        ["IN_PROGRESS", "SUCCESSFUL", "SUCCESSFUL"]
    );
    let created = web(&mut aws)["createdAt"].as_f64().unwrap();
    assert!(created <= 1_780_315_200.0 - 91.0 * 86_400.0, "a service is as old as its oldest deployment");
}

#[test]
fn a_service_has_its_creation_time_and_its_events() {
    let mut aws = aws();
    let seed = ServiceSeed::new("prod/web").created(noon() - seconds(3600)).deployed("web:41");
    let unplaced =
        "(service web) was unable to place a task because no container instance met all of its requirements.";
    aws.ecs.plant(seed.event(noon() - seconds(60), "(service web) has started 1 tasks.").event(noon(), unplaced));
    let web = web(&mut aws);
    assert_eq!(web["createdAt"], 1_780_311_600.0);
    assert_eq!(web["events"][0]["message"], unplaced);
}
