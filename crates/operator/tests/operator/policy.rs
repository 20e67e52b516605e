//! `deploy/operator-policy.json` grants exactly the calls that the commands make.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use signals::{Alarm, EcsEvent, Metric, at};
use simulator::{Alarm as SimulatedAlarm, AlarmState, DeploymentSeed, HistoryItem, ServiceSeed, Status};

use crate::{
    cloud::{Cloud, FUNCTION},
    explain::File,
};

fn granted() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/operator-policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(file).expect("the policy")).expect("JSON");
    let statements = policy["Statement"].as_array().expect("statements").iter();
    assert!(statements.clone().all(|statement| statement["Effect"] == "Allow"));
    let actions = statements.flat_map(|statement| statement["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("an action").to_owned()).collect()
}

/// An account in which every call has a reason to be made.
fn account() -> Cloud {
    let cloud = Cloud::installed(&[
        ("ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:on-call"),
        ("ROLLBACK_ACCOUNTS", "444455556666"),
        ("ROLLBACK_LOOK_UPS", "alarm-tags composite-children load-balancers deployment-alarms evidence"),
        ("ROLLBACK_ECS_EVENTS", "task-start-impaired"),
    ]);
    let group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/4b5e57f6eb2f42b9";
    let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/1";
    let mut aws = cloud.aws();
    let crashing = DeploymentSeed::of("cart:2").stopped_task("Essential container in task exited", Some(1));
    // With several good deployments before, the alarm's history is read.
    let before =
        ["cart:37", "cart:38", "cart:39"].into_iter().fold(ServiceSeed::new("prod/cart"), ServiceSeed::deployed);
    aws.ecs.plant(before.deployed("cart:1").behind(group).with(crashing));
    let bad = DeploymentSeed::of("bad:2").status(Status::RollbackSuccessful);
    aws.ecs.plant(ServiceSeed::new("prod/bad").deployed("bad:1").with(bad));
    aws.load_balancing.put_load_balancer(balancer, &[group]);
    aws.cloudwatch.put_alarm(SimulatedAlarm::metric("web").on_service("prod/cart").in_alarm());
    aws.cloudwatch.put_history(HistoryItem::state_update("web", at("11:55:00"), AlarmState::Ok, AlarmState::Alarm));
    aws.cloudwatch.put_history(HistoryItem::action("web", at("11:55:00"), FUNCTION));
    drop(aws);
    cloud
}

/// Events for which the function looks up all that it can.
fn events() -> Vec<File> {
    let straddling = Alarm::on("prod/cart").period(300).since(at("11:53:30")).datapoints([(at("11:48:00"), 90.0)]);
    let events = [
        Alarm::composite("ALARM(\"web\")").as_action(),
        Alarm::of(Metric::of_load_balancer("app/shop/1")).as_action(),
        straddling.as_action(),
        Alarm::of_insights("SELECT MAX(Errors) FROM Shop GROUP BY ClusterName, ServiceName").as_action(),
        EcsEvent::service_action("prod/cart", "SERVICE_TASK_START_IMPAIRED").as_json(),
    ];
    events.iter().enumerate().map(|(number, event)| File::of(&format!("policy-{number}"), &event.to_string())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_policy_grants_exactly_the_calls_that_the_commands_make() {
    let cloud = account();
    let events = events();
    let named = ["--function", "ecs-auto-rollback"];
    let mut lines: Vec<Vec<&str>> = events.iter().map(|event| vec!["explain", event.path()]).collect();
    lines.extend([
        vec!["explain", "--alarm", "web"],
        vec!["replay"],
        vec!["why", "prod/cart"],
        vec!["pending"],
        vec!["rehearse", "prod/cart"],
        vec!["hold", "prod/web", "--reason", "test", "--yes"],
        vec!["release", "prod/web", "--yes"],
    ]);
    for line in &lines {
        let line: Vec<&str> = line.iter().chain(&named).copied().collect();
        cloud.run(&line).await.expect("an answer");
    }
    cloud.run(&["doctor"]).await.expect("an answer");

    let mut called = cloud.called();
    // IAM does not authorize it: everybody may ask who they are.
    assert!(called.remove("sts:GetCallerIdentity"));
    let granted = granted();
    let missing: Vec<_> = called.difference(&granted).collect();
    let needless: Vec<_> = granted.difference(&called).collect();
    assert!(
        missing.is_empty() && needless.is_empty(),
        "called and not granted: {missing:?}; granted and not called: {needless:?}"
    );
}

#[test]
fn whatever_changes_something_or_leaves_the_account_stands_apart() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/operator-policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(file).expect("the policy")).expect("JSON");
    let reads = ["Describe", "Get", "List", "StartQuery"];
    for statement in policy["Statement"].as_array().expect("statements") {
        let sid = statement["Sid"].as_str().expect("a name");
        for action in statement["Action"].as_array().expect("actions") {
            let name = action.as_str().expect("an action").split_once(':').expect("a service").1;
            let is_read = reads.iter().any(|start| name.starts_with(start));
            assert_eq!(is_read, !["HoldServices", "CheckRolesInOtherAccounts"].contains(&sid), "{sid}: {action}");
        }
    }
}
