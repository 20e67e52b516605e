//! Running and failed tasks, and their images.

use serde_json::{Value, json};
use simulator::{Aws, DeploymentSeed, Operation, ServiceSeed, Stage, Status, StopCode, TaskFailure};

use crate::caller::{ask, aws, error_of, noon, seconds, stop, web_at_rest, web_in_flight};

const IMAGE_42: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:42";

fn listed(aws: &mut Aws, more: &Value) -> Vec<String> {
    let mut body = json!({ "cluster": "prod" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let arns = ask(aws, Operation::ListTasks, &body)["taskArns"].take();
    serde_json::from_value(arns).unwrap()
}

fn described(aws: &mut Aws, arns: &[String]) -> Vec<Value> {
    let body = json!({ "cluster": "prod", "tasks": arns });
    ask(aws, Operation::DescribeTasks, &body)["tasks"].as_array().unwrap().clone()
}

fn tasks(aws: &mut Aws, more: &Value) -> Vec<Value> {
    let arns = listed(aws, more);
    if arns.is_empty() { Vec::new() } else { described(aws, &arns) }
}

fn stopped(aws: &mut Aws) -> Vec<Value> {
    tasks(aws, &json!({ "serviceName": "web", "desiredStatus": "STOPPED" }))
}

/// The task definitions and statuses of the tasks that run.
fn running(aws: &mut Aws) -> Vec<String> {
    let mut running: Vec<String> = tasks(aws, &json!({ "serviceName": "web" }))
        .iter()
        .map(|task| {
            let definition = task["taskDefinitionArn"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{definition} {}", task["lastStatus"].as_str().unwrap())
        })
        .collect();
    running.sort();
    running
}

fn with_stopped(aws: &mut Aws, task: TaskFailure) {
    let failing = DeploymentSeed::of("web:42").revision("42").stopped(task);
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(failing));
}

#[test]
fn the_tasks_of_a_service_follow_its_deployments() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    assert_eq!(running(&mut aws), ["web:41 RUNNING"; 3]);
    let arn = aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(10));
    assert_eq!(running(&mut aws)[2..4], ["web:41 RUNNING", "web:42 PENDING"]);
    let before = listed(&mut aws, &json!({ "serviceName": "web" }));
    stop(&mut aws, &arn);
    aws.advance(seconds(10));
    assert_eq!(running(&mut aws), ["web:41 RUNNING"; 3]);
    let after = listed(&mut aws, &json!({ "serviceName": "web" }));
    assert!(after.iter().all(|arn| !before.contains(arn)), "a rollback starts new tasks");
}

#[test]
fn a_running_task_names_its_service_and_revision() {
    let mut aws = aws();
    let seed = DeploymentSeed::of("web:42").revision("0192876354410987623");
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(seed));
    let task = &tasks(&mut aws, &json!({ "startedBy": "ecs-svc/0192876354410987623" }))[0];
    assert_eq!(task["group"], "service:web");
    assert_eq!(task["startedBy"], "ecs-svc/0192876354410987623");
    assert_eq!(task["clusterArn"], "arn:aws:ecs:us-east-1:123456789012:cluster/prod");
    assert_eq!(task["taskDefinitionArn"], "arn:aws:ecs:us-east-1:123456789012:task-definition/web:42");
    assert_eq!((&task["lastStatus"], &task["desiredStatus"]), (&json!("RUNNING"), &json!("RUNNING")));
    assert_eq!((&task["containers"][0]["name"], &task["containers"][0]["image"]), (&json!("web"), &json!(IMAGE_42)));
    for member in ["stopCode", "stoppedReason", "stoppedAt", "tags"] {
        assert!(task.get(member).is_none(), "{member}");
    }
}

#[test]
fn the_tasks_of_a_broken_task_definition_stop_with_a_reason() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let failure = TaskFailure::new("CannotPullContainerError: web:42 not found", None).container_reason("not found");
    aws.ecs.break_task_definition_so("web:42", failure);
    aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(14));
    let stopped = stopped(&mut aws);
    assert_eq!(stopped.len(), 2);
    assert_eq!(stopped[0]["stopCode"], "TaskFailedToStart");
    assert_eq!(stopped[0]["stoppedReason"], "CannotPullContainerError: web:42 not found");
    assert_eq!(stopped[0]["containers"][0]["reason"], "not found");
    assert!(stopped[0]["containers"][0].get("exitCode").is_none());
    assert!(stopped[0].get("startedAt").is_none(), "it never ran");
    assert!(stopped[0]["taskDefinitionArn"].as_str().unwrap().ends_with("/web:42"));
    assert_eq!(stopped[0]["desiredStatus"], "STOPPED");
}

#[test]
fn a_task_can_be_planted_as_stopped_and_is_shown_for_an_hour() {
    let mut aws = aws();
    let at = noon() - seconds(600);
    with_stopped(
        &mut aws,
        TaskFailure::new("Essential container in task exited", Some(137)).at(at).container_reason("OutOfMemoryError"),
    );
    let task = &stopped(&mut aws)[0];
    assert_eq!(task["stopCode"], "EssentialContainerExited");
    assert_eq!(task["stoppedReason"], "Essential container in task exited");
    assert_eq!(
        (&task["containers"][0]["exitCode"], &task["containers"][0]["reason"]),
        (&json!(137), &json!("OutOfMemoryError"))
    );
    assert_eq!(task["stoppedAt"], 1_780_314_600.0);
    assert_eq!(task["startedBy"], "ecs-svc/42");

    let arn = listed(&mut aws, &json!({ "desiredStatus": "STOPPED" }));
    aws.advance(seconds(50 * 60 - 1));
    assert_eq!(described(&mut aws, &arn).len(), 1);
    aws.advance(seconds(1));
    assert_eq!(stopped(&mut aws).len(), 0);
    let gone = ask(&mut aws, Operation::DescribeTasks, &json!({ "cluster": "prod", "tasks": arn }));
    assert_eq!(gone["failures"], json!([{ "arn": arn[0], "reason": "MISSING" }]));
}

#[test]
fn planted_tasks_stopped_in_their_order_and_none_before_its_revision_existed() {
    let mut aws = aws();
    let just_now = DeploymentSeed::of("web:42").created(noon() - seconds(90));
    let failing = just_now.stopped_task("first", Some(1)).stopped_task("second", None).stopped_task("third", Some(2));
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(failing));
    let mut stopped = stopped(&mut aws);
    stopped.sort_by(|a, b| a["stoppedAt"].as_f64().unwrap().total_cmp(&b["stoppedAt"].as_f64().unwrap()));
    assert_eq!(stopped.last().unwrap()["stoppedReason"], "third");
    assert_eq!(stopped[0]["stoppedAt"], 1_780_315_110.0);
    assert_eq!(stopped[1]["stoppedAt"], 1_780_315_110.0);
}

#[test]
fn a_list_can_be_filtered_by_every_parameter() {
    let mut aws = aws();
    with_stopped(&mut aws, TaskFailure::new("unhealthy", Some(143)).code(StopCode::ServiceSchedulerInitiated));
    aws.ecs.plant(ServiceSeed::new("prod/cart").deployed("cart:7").desired(2));
    let mut count = |more: Value| listed(&mut aws, &more).len();
    assert_eq!(count(json!({})), 5);
    assert_eq!(count(json!({ "serviceName": "cart" })), 2);
    assert_eq!(count(json!({ "family": "web" })), 3);
    assert_eq!(count(json!({ "desiredStatus": "STOPPED" })), 1);
    assert_eq!(count(json!({ "desiredStatus": "STOPPED", "startedBy": "ecs-svc/42" })), 1);
    assert_eq!(count(json!({ "desiredStatus": "STOPPED", "startedBy": "ecs-svc/41" })), 0);
    assert_eq!(count(json!({ "desiredStatus": "PENDING" })), 0);
    assert_eq!(count(json!({ "launchType": "FARGATE" })), 5);
    assert_eq!(count(json!({ "launchType": "EC2" })), 0);
    assert_eq!(count(json!({ "containerInstance": "i-1" })), 0);
    for wrong in [
        json!({ "desiredStatus": "DONE" }),
        json!({ "startedBy": "ecs-svc/42", "serviceName": "web" }),
        json!({ "maxResults": 101 }),
        json!({ "nextToken": "made-up" }),
    ] {
        let mut body = json!({ "cluster": "prod" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(error_of(&mut aws, Operation::ListTasks, &body), "InvalidParameterException", "{wrong}");
    }
    let nobody = json!({ "cluster": "prod", "serviceName": "nobody" });
    assert_eq!(error_of(&mut aws, Operation::ListTasks, &nobody), "ServiceNotFoundException");
    assert_eq!(error_of(&mut aws, Operation::ListTasks, &json!({ "cluster": "x" })), "ClusterNotFoundException");
}

#[test]
fn a_list_comes_in_pages() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").desired(5));
    let first = ask(&mut aws, Operation::ListTasks, &json!({ "cluster": "prod", "maxResults": 3 }));
    let next = json!({ "cluster": "prod", "maxResults": 3, "nextToken": first["nextToken"] });
    let second = ask(&mut aws, Operation::ListTasks, &next);
    assert_eq!((first["taskArns"].as_array().unwrap().len(), second["taskArns"].as_array().unwrap().len()), (3, 2));
    assert!(second.get("nextToken").is_none());
}

#[test]
fn tasks_are_described_by_id_or_arn_and_only_in_their_cluster() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    aws.ecs.plant(ServiceSeed::new("test/web").deployed("web:41"));
    let arn = listed(&mut aws, &json!({})).remove(0);
    let id = arn.rsplit('/').next().unwrap().to_owned();
    assert_eq!(described(&mut aws, &[id.clone(), arn.clone()]).len(), 2);
    let elsewhere = ask(&mut aws, Operation::DescribeTasks, &json!({ "cluster": "test", "tasks": [id] }));
    assert_eq!(elsewhere["failures"][0]["reason"], "MISSING");
    for wrong in [
        json!({ "cluster": "test", "tasks": [arn] }),
        json!({ "cluster": "prod", "tasks": ["short"] }),
        json!({ "cluster": "prod", "tasks": [] }),
        json!({ "cluster": "prod", "tasks": vec![&id; 101] }),
        json!({ "cluster": "prod", "tasks": [id], "include": ["LABELS"] }),
        json!({ "cluster": "prod", "tasks": ["arn:aws:ecs:us-east-1:999999999999:task/prod/1"] }),
    ] {
        assert_eq!(error_of(&mut aws, Operation::DescribeTasks, &wrong), "InvalidParameterException", "{wrong}");
    }
}

#[test]
fn memory_for_stopped_tasks_is_bounded() {
    let mut aws = aws();
    aws.ecs.timing_mut().task_failure = seconds(0);
    aws.ecs.break_task_definition("web:42");
    let failing = DeploymentSeed::of("web:42").stage(Stage::ScaleUp).stays(seconds(0));
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(failing));
    aws.advance(seconds(2));
    let page = ask(
        &mut aws,
        Operation::ListTasks,
        &json!({ "cluster": "prod", "desiredStatus": "STOPPED", "maxResults": 100 }),
    );
    assert_eq!(page["taskArns"].as_array().unwrap().len(), 100);
    let mut count = 100;
    let mut token = page["nextToken"].clone();
    while !token.is_null() {
        let body = json!({ "cluster": "prod", "desiredStatus": "STOPPED", "maxResults": 100, "nextToken": token });
        let page = ask(&mut aws, Operation::ListTasks, &body);
        count += page["taskArns"].as_array().unwrap().len();
        token = page["nextToken"].clone();
    }
    assert_eq!(count, 500);
}

#[test]
fn every_revision_has_its_images() {
    let mut aws = aws();
    let odd = DeploymentSeed::of("web:42").image("public.ecr.aws/shop/web:v1.2");
    let web = ServiceSeed::new("prod/web").with(DeploymentSeed::of("web:41").status(Status::Successful)).with(odd);
    let arn = aws.ecs.plant(web).deployment().to_owned();
    let deployment = crate::caller::described(&mut aws, &arn);
    let arns = [&deployment["sourceServiceRevisions"][0]["arn"], &deployment["targetServiceRevision"]["arn"]];
    let body = json!({ "serviceRevisionArns": arns });
    let revisions = ask(&mut aws, Operation::DescribeServiceRevisions, &body)["serviceRevisions"].take();
    let image = |index: usize| revisions[index]["containerImages"][0].clone();
    assert_eq!(image(0)["image"], "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:41");
    assert_eq!(image(1)["image"], "public.ecr.aws/shop/web:v1.2");
    assert_eq!(image(1)["containerName"], "web");
    assert_eq!(image(1)["imageDigest"].as_str().unwrap().len(), "sha256:".len() + 64);
    assert_ne!(image(0)["imageDigest"], image(1)["imageDigest"]);
    assert!(revisions[1]["taskDefinition"].as_str().unwrap().ends_with("task-definition/web:42"));

    let registered = ask(&mut aws, Operation::DescribeTaskDefinition, &json!({ "taskDefinition": "web:42" }));
    assert_eq!(registered["taskDefinition"]["containerDefinitions"][0]["image"], "public.ecr.aws/shop/web:v1.2");
}

#[test]
fn a_new_revision_runs_the_images_of_its_task_definition() {
    let mut aws = aws();
    web_at_rest(&mut aws, &json!({}));
    let containers = json!([{ "name": "app", "image": "app:7" }, { "name": "proxy", "image": "envoy:1" }]);
    ask(&mut aws, Operation::RegisterTaskDefinition, &json!({ "family": "web", "containerDefinitions": containers }));
    let update = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web" });
    ask(&mut aws, Operation::UpdateService, &update);
    aws.advance(seconds(60));
    let task = &tasks(&mut aws, &json!({ "serviceName": "web" }))[0];
    let images: Vec<_> = task["containers"].as_array().unwrap().iter().map(|container| &container["image"]).collect();
    assert_eq!(images, ["app:7", "envoy:1"]);
}
