//! Parameters, identifiers, pages, filters and throttles of all calls.

use serde_json::{Value, json};
use simulator::{Aws, Controller, DeploymentSeed, Operation, Order, Request, ServiceSeed, Status};

use crate::caller::{ask, aws, call, described, error_of, listed, noon, seconds, web, web_in_flight};

/// `prod/web` with five service deployments, an hour apart.
fn web_with_history(aws: &mut Aws) {
    let hours_ago = |hours: u64| noon() - seconds(hours * 3600);
    let seed = (1..=5).rev().fold(ServiceSeed::new("prod/web"), |seed, hours| {
        seed.with(DeploymentSeed::of("web:41").status(Status::Successful).created(hours_ago(hours)))
    });
    aws.ecs.plant(seed);
}

fn created(entries: &[Value]) -> Vec<f64> {
    entries.iter().map(|entry| entry["createdAt"].as_f64().unwrap()).collect()
}

/// The number of entries on each page.
fn pages(aws: &mut Aws, more: &Value) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut body = json!({ "cluster": "prod", "service": "web" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    loop {
        let page = ask(aws, Operation::ListServiceDeployments, &body);
        sizes.push(page["serviceDeployments"].as_array().unwrap().len());
        match page.get("nextToken") {
            Some(token) => body["nextToken"] = token.clone(),
            None => return sizes,
        }
    }
}

#[test]
fn a_service_is_identified_by_name_or_by_either_form_of_its_arn() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    let long = aws.ecs.plant(ServiceSeed::new("prod/cart").deployed("cart:1")).service;
    let short = long.replace("/prod/", "/");
    let cluster_arn = "arn:aws:ecs:us-east-1:123456789012:cluster/prod";
    for cluster in ["prod", cluster_arn] {
        for service in ["cart", &long, &short] {
            let body = json!({ "cluster": cluster, "services": [service] });
            let found = ask(&mut aws, Operation::DescribeServices, &body);
            assert_eq!(found["services"][0]["serviceArn"], long, "{cluster} {service}");
        }
    }
}

#[test]
fn the_cluster_defaults_to_default() {
    let mut aws = aws();
    let arn = aws.ecs.plant(ServiceSeed::new("cron").deployed("cron:1")).service;
    assert!(arn.ends_with(":service/default/cron"));
    assert_eq!(ask(&mut aws, Operation::ListServices, &json!({}))["serviceArns"], json!([arn]));
}

#[test]
fn wrong_parameters_are_refused_with_the_documented_errors() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    aws.ecs.plant(ServiceSeed::new("cron").deployed("cron:1"));
    let foreign = arn.replace("service-deployment", "service").replace("us-east-1", "eu-west-1");
    let eleven = vec!["web"; 11];
    let twenty_one = vec![arn.as_str(); 21];
    let wrong = [
        (Operation::DescribeServices, json!({ "cluster": "prod" }), "InvalidParameterException"),
        (Operation::DescribeServices, json!({ "cluster": "prod", "services": [] }), "InvalidParameterException"),
        (Operation::DescribeServices, json!({ "cluster": "prod", "services": eleven }), "InvalidParameterException"),
        (Operation::DescribeServices, json!({ "cluster": "none", "services": ["web"] }), "ClusterNotFoundException"),
        (Operation::DescribeServices, json!({ "cluster": "prod", "services": "web" }), "SerializationException"),
        (Operation::DescribeServices, json!({ "cluster": "prod", "services": [foreign] }), "InvalidParameterException"),
        (Operation::ListServiceDeployments, json!({ "cluster": "prod" }), "InvalidParameterException"),
        (Operation::ListServiceDeployments, json!({ "cluster": "prod", "service": "x" }), "ServiceNotFoundException"),
        (Operation::ListServiceDeployments, json!({ "service": "web" }), "ServiceNotFoundException"),
        (Operation::DescribeServiceDeployments, json!({}), "InvalidParameterException"),
        (
            Operation::DescribeServiceDeployments,
            json!({ "serviceDeploymentArns": twenty_one }),
            "InvalidParameterException",
        ),
        (Operation::DescribeServiceRevisions, json!({ "serviceRevisionArns": ["1"] }), "InvalidParameterException"),
        (Operation::ContinueServiceDeployment, json!({ "serviceDeploymentArn": arn }), "InvalidParameterException"),
        (Operation::CreateService, json!({ "cluster": "prod", "serviceName": "a b" }), "InvalidParameterException"),
        (
            Operation::CreateService,
            json!({ "cluster": "prod", "serviceName": "new", "taskDefinition": "no" }),
            "ClientException",
        ),
        (Operation::UpdateService, json!({ "cluster": "prod", "service": "none" }), "ServiceNotFoundException"),
        (
            Operation::UpdateService,
            json!({ "cluster": "prod", "service": "web", "desiredCount": u32::MAX }),
            "InvalidParameterException",
        ),
        (
            Operation::UpdateService,
            json!({ "cluster": "prod", "service": "web", "desiredCount": -1 }),
            "SerializationException",
        ),
        (Operation::RegisterTaskDefinition, json!({ "family": "f", "containerDefinitions": [] }), "ClientException"),
        (Operation::ListTagsForResource, json!({ "resourceArn": "web" }), "InvalidParameterException"),
    ];
    for (operation, body, error) in wrong {
        assert_eq!(error_of(&mut aws, operation, &body), error, "{operation} {body}");
    }
}

#[test]
fn an_arn_of_another_cluster_than_the_one_named_is_refused() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    aws.ecs.plant(ServiceSeed::new("cron").deployed("cron:1"));
    let body = json!({ "service": "arn:aws:ecs:us-east-1:123456789012:service/prod/web" });
    let answer = call(&mut aws, Operation::ListServiceDeployments, &body).json();
    assert_eq!(answer["message"], "Identifier is for cluster prod. Your cluster is default");
}

#[test]
fn a_missing_resource_is_a_failure_entry_and_not_an_error() {
    let mut aws = aws();
    let arn = web_in_flight(&mut aws);
    let unknown = format!("{arn}x");
    let body = json!({ "serviceDeploymentArns": [arn, unknown] });
    let answer = ask(&mut aws, Operation::DescribeServiceDeployments, &body);
    assert_eq!(answer["serviceDeployments"].as_array().unwrap().len(), 1);
    assert_eq!(answer["failures"], json!([{ "arn": unknown, "reason": "MISSING" }]));
}

#[test]
fn a_malformed_request_is_answered_with_an_error() {
    let mut aws = aws();
    let sound = Request::new(Operation::ListServices, &json!({}));
    for body in [&b""[..], b"{", b"[]", b"null", b"\xff\xfe", b"{\"maxResults\":{}}", b"{\"nextToken\":1e999}"] {
        let answer = aws.handle(&Request { body: body.to_vec(), ..sound.clone() });
        assert_eq!(answer.json()["__type"], "SerializationException", "{body:?}");
    }
    for target in ["", "ListServices", "AmazonEC2ContainerServiceV20141113.RunTask", "Other.ListServices"] {
        let answer = aws.handle(&Request { target: target.to_owned(), ..sound.clone() });
        assert_eq!(answer.json(), json!({ "__type": "UnknownOperationException" }));
    }
}

#[test]
fn the_newest_service_deployment_is_listed_first_unless_set_otherwise() {
    let mut aws = aws();
    web_with_history(&mut aws);
    let newest_first = created(&listed(&mut aws, &json!({})));
    assert!(newest_first.is_sorted_by(|a, b| a > b));
    aws.ecs.behaviour_mut().order = Order::OldestFirst;
    assert!(created(&listed(&mut aws, &json!({}))).is_sorted());
    aws.ecs.behaviour_mut().order = Order::Shuffled;
    let shuffled = created(&listed(&mut aws, &json!({})));
    assert!(!shuffled.is_sorted() && shuffled != newest_first);
    assert_eq!(created(&listed(&mut aws, &json!({}))), shuffled);
}

#[test]
fn the_page_size_is_that_of_the_request_or_of_the_setting() {
    let mut aws = aws();
    web_with_history(&mut aws);
    assert_eq!(pages(&mut aws, &json!({})), [5]);
    assert_eq!(pages(&mut aws, &json!({ "maxResults": 2 })), [2, 2, 1]);
    aws.ecs.behaviour_mut().page_size = Some(3);
    assert_eq!(pages(&mut aws, &json!({ "maxResults": 100 })), [3, 2]);
}

#[test]
fn pages_can_be_short_and_even_empty() {
    let mut aws = aws();
    web_with_history(&mut aws);
    aws.ecs.deploy("prod/web", "web:42");
    aws.ecs.behaviour_mut().filter_after_paging = true;
    aws.ecs.behaviour_mut().order = Order::OldestFirst;
    let in_flight = json!({ "status": ["PENDING", "IN_PROGRESS"], "maxResults": 2 });
    assert_eq!(pages(&mut aws, &in_flight), [0, 0, 1]);
}

#[test]
fn a_list_is_filtered_by_status_and_creation_time() {
    let mut aws = aws();
    web_with_history(&mut aws);
    assert_eq!(listed(&mut aws, &json!({ "status": ["SUCCESSFUL"] })).len(), 5);
    assert_eq!(listed(&mut aws, &json!({ "status": ["IN_PROGRESS"] })).len(), 0);
    let noon = noon().as_second();
    assert_eq!(listed(&mut aws, &json!({ "createdAt": { "after": noon - 9000 } })).len(), 2);
    assert_eq!(listed(&mut aws, &json!({ "createdAt": { "before": noon - 9000, "after": noon - 12_000 } })).len(), 1);
}

#[test]
fn a_new_deployment_is_listed_only_after_the_configured_delay() {
    let mut aws = aws();
    let lagging = DeploymentSeed::of("web:42").created(noon()).unlisted_for(seconds(5));
    let arn = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").with(lagging)).deployment().to_owned();
    let before = web(&mut aws);
    assert_eq!(before["deployments"][0]["rolloutState"], "IN_PROGRESS");
    assert_ne!(before["currentServiceDeployment"], arn);
    assert_eq!(listed(&mut aws, &json!({})).len(), 1);
    assert_eq!(described(&mut aws, &arn), Value::Null);
    aws.advance(seconds(5));
    assert_eq!(web(&mut aws)["currentServiceDeployment"], arn);
    assert_eq!(listed(&mut aws, &json!({})).len(), 2);
    assert_eq!(described(&mut aws, &arn)["status"], "IN_PROGRESS");
}

#[test]
fn the_current_service_deployment_can_be_limited_to_one_in_flight() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41"));
    assert!(web(&mut aws).get("currentServiceDeployment").is_some());
    aws.ecs.behaviour_mut().current_only_in_flight = true;
    assert!(web(&mut aws).get("currentServiceDeployment").is_none());
}

#[test]
fn other_controllers_have_task_sets_and_no_service_deployments() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").controller(Controller::CodeDeploy).deployed("web:41"));
    let service = web(&mut aws);
    assert_eq!(service["deploymentController"]["type"], "CODE_DEPLOY");
    assert_eq!(service["deployments"], json!([]));
    assert!(service["taskSets"][0]["id"].as_str().unwrap().starts_with("ecs-svc/"));
    assert!(service.get("currentServiceDeployment").is_none());
    assert!(listed(&mut aws, &json!({})).is_empty());
}

#[test]
fn a_new_task_definition_starts_a_deployment_and_scaling_does_not() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41"));
    let update = |more: Value| {
        let mut body = json!({ "cluster": "prod", "service": "web" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    ask(&mut aws, Operation::UpdateService, &update(json!({ "desiredCount": 9, "taskDefinition": "web:41" })));
    assert_eq!(listed(&mut aws, &json!({})).len(), 1);
    let register = json!({ "family": "web", "containerDefinitions": [{ "name": "web", "image": "web" }] });
    ask(&mut aws, Operation::RegisterTaskDefinition, &register);
    ask(&mut aws, Operation::UpdateService, &update(json!({ "taskDefinition": "web" })));
    assert_eq!(listed(&mut aws, &json!({})).len(), 2);
    aws.advance(seconds(60));
    assert_eq!((&web(&mut aws)["desiredCount"], &web(&mut aws)["runningCount"]), (&json!(9), &json!(9)));
}

#[test]
fn tags_are_shown_only_on_request() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").tag("auto-rollback", "off"));
    let with_tags = json!({ "cluster": "prod", "services": ["web"], "include": ["TAGS"] });
    let shown = ask(&mut aws, Operation::DescribeServices, &with_tags);
    assert_eq!(shown["services"][0]["tags"], json!([{ "key": "auto-rollback", "value": "off" }]));
    assert!(web(&mut aws).get("tags").is_none());
}

#[test]
fn the_documented_throttles_apply_when_switched_on() {
    let mut aws = aws();
    web_in_flight(&mut aws);
    let list = json!({ "cluster": "prod", "service": "web" });
    aws.ecs.behaviour_mut().throttling = true;
    for _ in 0..50 {
        ask(&mut aws, Operation::ListServiceDeployments, &list);
    }
    assert_eq!(error_of(&mut aws, Operation::ListServiceDeployments, &list), "ThrottlingException");
    aws.advance(seconds(1));
    ask(&mut aws, Operation::ListServiceDeployments, &list);
}
