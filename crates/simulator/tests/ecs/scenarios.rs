//! Scenario files: the one in the repository, and errors in others.

use serde_json::json;
use simulator::{Aws, Operation, Scenario};

use crate::caller::{ask, error_of, seconds, status, stop};

const SHOP: &str = include_str!("../../scenarios/shop.toml");

fn play(text: &str) -> Result<Aws, String> {
    let scenario: Scenario = text.parse().map_err(|error: simulator::ScenarioError| error.to_string())?;
    Aws::from_scenario(&scenario).map_err(|error| error.to_string())
}

fn in_flight(aws: &mut Aws, service: &str) -> Vec<String> {
    let body =
        json!({ "cluster": "prod", "service": service, "status": ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"] });
    let listed = ask(aws, Operation::ListServiceDeployments, &body);
    listed["serviceDeployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["serviceDeploymentArn"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_deployments_in_flight_in_the_shop_remain_in_flight() {
    let mut aws = play(SHOP).unwrap();
    assert_eq!(aws.ecs.services().len(), SHOP.matches("[[service]]").count());
    aws.advance(seconds(23 * 3600));
    for service in
        ["web", "reports", "recommendations", "newborn", "ledger", "profile", "inventory", "coupons", "flaky"]
    {
        assert_eq!(in_flight(&mut aws, service).len(), 1, "{service}");
    }
    for service in ["billing", "legacy"] {
        assert_eq!(in_flight(&mut aws, service).len(), 0, "{service}");
    }
    let retired = json!({ "cluster": "prod", "service": "retired" });
    assert_eq!(error_of(&mut aws, Operation::ListServiceDeployments, &retired), "ServiceNotFoundException");
}

#[test]
fn a_rollback_in_the_shop_takes_six_seconds() {
    let mut aws = play(SHOP).unwrap();
    let arn = in_flight(&mut aws, "web").remove(0);
    stop(&mut aws, &arn);
    for (after, expected) in [
        (1, "ROLLBACK_REQUESTED"),
        (1, "ROLLBACK_IN_PROGRESS"),
        (3, "ROLLBACK_IN_PROGRESS"),
        (1, "ROLLBACK_SUCCESSFUL"),
    ] {
        aws.advance(seconds(after));
        assert_eq!(status(&aws, &arn), expected);
    }
}

#[test]
fn every_kind_of_table_is_read() {
    let mut aws = play(
        r#"
        now = 2026-06-01T14:00:00+02:00
        alarms = ["late"]
        broken_task_definitions = ["web:2"]
        [home]
        region = "eu-west-1"
        [timing]
        rollback = 0.5
        [behaviour]
        stop_finished = "invalid-parameter"
        order = "shuffled"
        page_size = 2
        [default.in_flight]
        image = "registry/{service}:latest"
        [[service]]
        name = "web"
        finished = [{}]
        [[service]]
        name = "cart"
        [[service.in_flight]]
        revision = "7"
        stopped_tasks = [
            { reason = "Essential container in task exited", exit_code = 1 },
            { reason = "unhealthy", stop_code = "ServiceSchedulerInitiated", container_reason = "x", stopped_at = 2026-06-01T11:58:00Z },
        ]
        [[fault]]
        operation = "ListClusters"
        times = 1
        effect = { exception = { name = "AccessDeniedException", message = "no" } }
        [[fault]]
        operation = "ListServices"
        effect = { delay = 1.5 }
        [[fault]]
        operation = "DescribeServices"
        service = "default/web"
        skip = 1
        after_effect = true
        effect = "drop"
        "#,
    )
    .unwrap();
    assert_eq!(aws.now(), crate::caller::noon());
    assert_eq!(error_of(&mut aws, Operation::ListClusters, &json!({})), "AccessDeniedException");
    let service = ask(&mut aws, Operation::DescribeServices, &json!({ "services": ["web"] }))["services"][0].take();
    assert_eq!(service["serviceArn"], "arn:aws:ecs:eu-west-1:123456789012:service/default/web");
    assert_eq!(service["taskDefinition"], "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1");
    let stopped = ask(&mut aws, Operation::ListTasks, &json!({ "desiredStatus": "STOPPED", "maxResults": 100 }));
    let described = ask(&mut aws, Operation::DescribeTasks, &json!({ "tasks": stopped["taskArns"] }));
    let task = &described["tasks"][0];
    assert_eq!(task["containers"][0]["image"], "registry/cart:latest");
}

#[test]
fn an_error_is_reported_with_its_line() {
    let mistakes = [
        ("now = 2026-06-01T12:00:00Z\n[[service]]\nnmae = \"web\"", "line 3", "nmae"),
        ("now = 2026-06-01T12:00:00", "line 1", "needs date, time and offset"),
        ("now = 12", "line 1", ""),
        ("[home]\nregion = \"eu-west-1\"", "", "missing field `now`"),
        ("now = 2026-06-01T12:00:00Z\n[timing]\nrollback = -1", "line 3", "negative"),
        ("now = 2026-06-01T12:00:00Z\n[[service]]\nname = \"web\"\ncontroller = \"SELF\"", "line 4", "CODE_DEPLOY"),
        ("now = 2026-06-01T12:00:00Z\n[[fault]]\neffect = \"explode\"", "line 3", "explode"),
        (
            "now = 2026-06-01T12:00:00Z\n[[service]]\nname = \"web\"\n[[service]]\nname = \"web\"",
            "",
            "default/web is there twice",
        ),
        ("now = 2026-06-01T12:00:00Z\n[[service]]\ncluster = \"prod\"", "", "number 1 has no name"),
        (
            "now = 2026-06-01T12:00:00Z\n[[service]]\nname = \"web\"\nfinished = [{ status = \"PENDING\" }]",
            "",
            "default/web lists a deployment that is PENDING as finished",
        ),
    ];
    for (text, line, what) in mistakes {
        let error = play(text).err().unwrap_or_default();
        assert!(error.contains(line) && error.contains(what) && !error.is_empty(), "{text}\n{error}");
    }
}
