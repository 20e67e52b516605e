//! Each way from an alarm to its services: the services found, the calls needed, and how it fails.

mod kinds;
mod other_accounts;

use std::time::Duration;

use serde_json::{Value, json};
use signals::{ACCOUNT, Alarm, Metric, REGION, at, sqs};
use simulator::{Alarm as SimulatedAlarm, DeploymentAlarms, DeploymentConfiguration, Fault, Operation, ServiceSeed};
use tokio::time::Instant;

use crate::support::{World, alarm, in_flight, outcome, web};

const GROUP: &str = "targetgroup/web/4b5e57f6eb2f42b9";

/// An alarm in ALARM that names no service.
fn silent_alarm() -> Value {
    Alarm::of(Metric::new("Shop", "Errors")).named("web-5xx").as_action()
}

const BALANCER: &str = "app/shop/50dc6c495c0c9188";

fn on_group(group: &str) -> Alarm {
    Alarm::of(Metric::of_target_group(BALANCER, group)).named("web-5xx")
}

fn alarm_on_group(group: &str) -> Value {
    on_group(group).as_action()
}

/// A composite alarm with this rule, reported as triggered by these children.
fn composite(rule: &str, triggering: &[&str]) -> Value {
    let alarm = Alarm::composite(rule).named("web-5xx");
    triggering.iter().fold(alarm, |alarm, child| alarm.triggered_by(child, at("11:54:00"))).as_action()
}

fn group_arn(group: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{group}")
}

fn with_look_ups(ways: &str) -> World {
    World::with(&[("ROLLBACK_LOOK_UPS", ways)])
}

/// The outcome and the way: `rolled-back · stop-requested · alarm-tags`.
async fn found(world: &World, event: &Value) -> Vec<String> {
    let way = |entry: &Value| entry["foundBy"].as_str().map_or_else(String::new, |way| format!(" · {way}"));
    world.entries(event).await.iter().map(|entry| format!("{}{}", outcome(entry), way(entry))).collect()
}

async fn detail(world: &World, event: &Value) -> String {
    let entry = world.entry(event).await;
    format!("{}: {}", entry["reason"].as_str().expect("a reason"), entry["detail"].as_str().expect("a sentence"))
}

const ALL: &str = "alarm-tags composite-children target-groups deployment-alarms evidence";

#[tokio::test(start_paused = true)]
async fn an_alarm_with_ecs_dimensions_needs_no_look_up_even_if_all_are_on() {
    let world = with_look_ups(ALL);
    world.web_in_flight();
    assert_eq!(found(&world, &alarm()).await, ["rolled-back · stop-requested · ecs-dimensions"]);
    assert_eq!(world.requests().len(), 5);
    assert!(world.other_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_looked_up_unless_it_is_switched_on() {
    let world = World::new();
    world.plant(web());
    for event in [silent_alarm(), alarm_on_group(GROUP), composite("ALARM(a)", &[])] {
        assert_eq!(found(&world, &event).await, ["skipped · unmapped"]);
    }
    assert!(world.requests().is_empty() && world.other_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn alarm_tags_name_the_services() {
    let world = with_look_ups("alarm-tags");
    world.plant(web());
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").tagged("auto-rollback:services", "prod/web"));
    assert_eq!(found(&world, &silent_alarm()).await, ["rolled-back · stop-requested · alarm-tags"]);
    assert_eq!(world.other_calls(), ["ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_alarm_tag_is_quoted_in_the_sentence() {
    let world = with_look_ups("alarm-tags");
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").tagged("auto-rollback:services", "web; cart"));
    let details = world.entries(&silent_alarm()).await;
    assert!(details.iter().all(|entry| outcome(entry) == "skipped · unmapped"), "{details:?}");
    assert!(details[0]["detail"].to_string().contains("neither cluster/service nor"), "{details:?}");
}

/// An alarm that went to ALARM after the deployment in flight began.
fn child(name: &str) -> SimulatedAlarm {
    SimulatedAlarm::metric(name).in_alarm().since(at("11:54:30"))
}

#[tokio::test(start_paused = true)]
async fn the_children_that_triggered_a_composite_alarm_lead_to_their_services() {
    let world = with_look_ups("composite-children");
    world.plant(web());
    world.plant(in_flight("prod/cart"));
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-errors").on_service("prod/web"));
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("cart-errors").on_service("prod/cart").in_alarm());
    let event = composite("ALARM(web-errors) OR ALARM(cart-errors)", &["web-errors"]);
    assert_eq!(found(&world, &event).await, ["rolled-back · stop-requested · composite-children"]);
    assert_eq!(world.other_calls(), ["DescribeAlarms"]);
    assert_eq!(
        world.aws().calls_of(Operation::StopServiceDeployment).next().and_then(|call| call.service.clone()).as_deref(),
        Some("prod/web")
    );
}

#[tokio::test(start_paused = true)]
async fn children_named_in_the_rule_count_if_they_are_in_alarm() {
    let world = with_look_ups("composite-children alarm-tags");
    for service in ["prod/web", "prod/cart", "prod/mail"] {
        world.plant(in_flight(service));
    }
    world.aws().cloudwatch.put_alarm(child("web-errors").on_service("prod/web"));
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("deploying").on_service("prod/cart"));
    let mail = child("mail, log").tagged("auto-rollback:services", "prod/mail");
    world.aws().cloudwatch.put_alarm(mail);
    let rule = format!(
        "ALARM(\"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:web-errors\") AND NOT ALARM(deploying) OR AT_LEAST(1, ALARM, (\"mail, log\", gone))"
    );
    let outcomes = found(&world, &composite(&rule, &[])).await;
    assert_eq!(outcomes, vec!["rolled-back · stop-requested · composite-children"; 2]);
    assert_eq!(world.rollbacks(), 2);
}

#[tokio::test(start_paused = true)]
async fn composite_alarms_may_be_nested_and_form_a_cycle() {
    let world = with_look_ups("composite-children");
    world.plant(web());
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::composite("outer", "ALARM(inner) OR ALARM(web-5xx)").in_alarm());
    world
        .aws()
        .cloudwatch
        .put_alarm(SimulatedAlarm::composite("inner", "ALARM(outer) OR ALARM(web-errors)").in_alarm());
    world.aws().cloudwatch.put_alarm(child("web-errors").on_service("prod/web"));
    assert_eq!(
        found(&world, &composite("ALARM(outer)", &[])).await,
        ["rolled-back · stop-requested · composite-children"]
    );
    assert_eq!(world.count(Operation::DescribeAlarms), 3);
}

#[tokio::test(start_paused = true)]
async fn too_many_or_too_deeply_nested_children_are_ambiguous_after_few_calls() {
    let world = with_look_ups(ALL);
    for depth in 0..20 {
        let rule = format!("ALARM(level{}) OR ALARM(level0)", depth + 1);
        world.aws().cloudwatch.put_alarm(SimulatedAlarm::composite(&format!("level{depth}"), &rule).in_alarm());
    }
    let deep = detail(&world, &composite("ALARM(level0)", &[])).await;
    assert!(deep.starts_with("ambiguous: The alarm's children are nested more than 10 deep"), "{deep}");
    assert!(world.count(Operation::DescribeAlarms) <= 10);

    let world = with_look_ups("composite-children");
    let names = |prefix: &str| (0..100).map(|n| format!("ALARM({prefix}{n})")).collect::<Vec<_>>().join(" OR ");
    for n in 0..100 {
        world
            .aws()
            .cloudwatch
            .put_alarm(SimulatedAlarm::composite(&format!("a{n}"), &names(&format!("b{n}x"))).in_alarm());
    }
    let wide = detail(&world, &composite(&names("a"), &[])).await;
    assert!(wide.starts_with("ambiguous: The alarm is made of more than 200 alarms"), "{wide}");
    assert_eq!(world.count(Operation::DescribeAlarms), 1);
}

#[tokio::test(start_paused = true)]
async fn a_target_group_leads_to_the_service_behind_it() {
    let world = with_look_ups("target-groups");
    world.plant(web().behind(&group_arn(GROUP)));
    world.plant(in_flight("prod/cart").behind(&group_arn("targetgroup/web2/4b5e57f6eb2f42b9")));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
    assert_eq!(world.count(Operation::ListClusters), 1);
    world.aws().clear_calls();
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["no-op · already-rolling-back · target-groups"]);
    assert_eq!(world.aws().calls().len(), 4, "the index is kept, so only the service is read");
}

#[tokio::test(start_paused = true)]
async fn a_target_group_leads_to_all_its_services_and_to_one_service_from_either_colour() {
    let world = with_look_ups("target-groups");
    world.plant(web().behind(&group_arn(GROUP)));
    world.plant(in_flight("stage/web").behind(&group_arn(GROUP)));
    world.plant(in_flight("prod/cart").between(&group_arn("targetgroup/blue/1"), &group_arn("targetgroup/green/2")));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, vec!["rolled-back · stop-requested · target-groups"; 2]);
    assert_eq!(
        found(&world, &alarm_on_group("targetgroup/green/2")).await,
        ["rolled-back · stop-requested · target-groups"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_unused_target_group_is_looked_up_again_only_after_a_pause() {
    let world = with_look_ups("target-groups");
    world.plant(web());
    let nobody = detail(&world, &alarm_on_group("targetgroup/nobody/1")).await;
    assert!(
        nobody.starts_with("unmapped: ") && nobody.contains("no allowed service is behind \"targetgroup/nobody/1\""),
        "{nobody}"
    );
    assert_eq!(world.count(Operation::ListServices), 1);
    world.plant(in_flight("prod/new").behind(&group_arn("targetgroup/nobody/1")));
    assert_eq!(found(&world, &alarm_on_group("targetgroup/nobody/1")).await, ["skipped · unmapped"]);
    assert_eq!(world.count(Operation::ListServices), 1, "concurrent misses share one read");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        found(&world, &alarm_on_group("targetgroup/nobody/1")).await,
        ["rolled-back · stop-requested · target-groups"]
    );
    assert_eq!(world.count(Operation::ListServices), 2);
}

#[tokio::test(start_paused = true)]
async fn the_index_is_rebuilt_when_it_is_too_old_and_holds_only_allowed_services() {
    let world = World::with(&[
        ("ROLLBACK_LOOK_UPS", "target-groups"),
        ("ROLLBACK_INDEX_MAX_AGE_SECONDS", "60"),
        ("ROLLBACK_SERVICES", "prod/w* stage/*"),
        ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "0"),
    ]);
    world.plant(web().behind(&group_arn(GROUP)));
    world.plant(in_flight("prod/cart").behind(&group_arn("targetgroup/cart/1")));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
    assert_eq!((world.count(Operation::ListClusters), world.count(Operation::ListServices)), (0, 2));
    assert_eq!(found(&world, &alarm_on_group("targetgroup/cart/1")).await, ["skipped · unmapped"]);
    tokio::time::sleep(Duration::from_secs(61)).await;
    world.aws().clear_calls();
    found(&world, &alarm_on_group(GROUP)).await;
    assert_eq!(world.count(Operation::ListServices), 2);
}

#[tokio::test(start_paused = true)]
async fn a_load_balancer_is_ambiguous_unless_the_setting_says_every_service() {
    let event = Alarm::of(Metric::of_load_balancer(BALANCER)).as_action();
    let balancer = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{BALANCER}");
    let seeds = || [web().behind(&group_arn(GROUP)), in_flight("prod/cart").behind(&group_arn("targetgroup/cart/1"))];

    let world = with_look_ups("target-groups");
    let _planted = seeds().map(|seed| world.plant(seed));
    let ambiguous = detail(&world, &event).await;
    assert!(ambiguous.starts_with("ambiguous: ") && ambiguous.contains("load-balancers"), "{ambiguous}");

    let every = [("ROLLBACK_LOOK_UPS", "load-balancers")];
    let world = World::with(&every);
    let _planted = seeds().map(|seed| world.plant(seed));
    world.aws().load_balancing.put_load_balancer(&balancer, &[&group_arn(GROUP), &group_arn("targetgroup/cart/1")]);
    assert_eq!(found(&world, &event).await, vec!["rolled-back · stop-requested · target-groups"; 2]);
    assert_eq!(world.other_calls(), ["DescribeTargetGroups"]);

    let world = World::with(&every);
    let gone = detail(&world, &event).await;
    assert!(gone.starts_with("unmapped: ") && gone.contains("has no target group"), "{gone}");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_leads_to_the_services_that_list_it_as_a_deployment_alarm() {
    let world = with_look_ups("deployment-alarms");
    let alarms = DeploymentAlarms { alarm_names: vec!["web-5xx".to_owned()], rollback: true, enable: true };
    let configuration = DeploymentConfiguration { alarms: Some(alarms), ..DeploymentConfiguration::default() };
    world.plant(web().configured(configuration));
    world.plant(in_flight("prod/cart"));
    assert_eq!(found(&world, &silent_alarm()).await, ["rolled-back · stop-requested · deployment-alarms"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_way_that_leads_to_a_service_wins() {
    let world = with_look_ups(ALL);
    world.plant(web().behind(&group_arn(GROUP)));
    world.plant(in_flight("prod/cart"));
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").tagged("auto-rollback:services", "prod/cart"));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · alarm-tags"]);
    assert_eq!(world.count(Operation::ListServices), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unmapped_alarm_lists_the_look_ups_that_were_tried() {
    let world = with_look_ups(ALL);
    world.plant(web());
    let said = detail(&world, &silent_alarm()).await;
    assert!(said.starts_with("unmapped: The alarm does not identify an ECS service"), "{said}");
    assert!(said.contains("no allowed service names it among its deployment alarms"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_denied_look_up_is_a_failure_unless_another_way_finds_a_service() {
    let world = with_look_ups(ALL);
    world.plant(web().behind(&group_arn(GROUP)));
    world.aws().inject(Fault::exception("AccessDenied", "injected by the test").on(Operation::ListTagsForAlarm));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
    let (kind, denied) = world.failure(&silent_alarm()).await;
    assert_eq!(kind, "AccessDenied", "{denied}");
    assert!(denied.contains("list the tags of arn:aws:cloudwatch:"), "{denied}");
    tokio::time::sleep(Duration::from_hours(1)).await;
    let late = on_group(GROUP).since(at("12:55:00")).as_action();
    world.aws().clear_faults();
    world.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::ListServices));
    let (kind, denied) = world.failure(&late).await;
    assert_eq!(kind, "AccessDenied", "{denied}");
    assert!(denied.contains("denied ecs:ListServices"), "{denied}");
}

#[tokio::test(start_paused = true)]
async fn after_a_look_up_that_no_retry_can_fix_the_next_way_is_tried() {
    let world = with_look_ups(ALL);
    world.plant(web().behind(&group_arn(GROUP)));
    world.aws().inject(
        Fault::exception("InvalidParameterValueException", "injected by the test").on(Operation::ListTagsForAlarm),
    );
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
}

#[tokio::test(start_paused = true)]
async fn one_inaccessible_cluster_does_not_hide_the_others() {
    let world = with_look_ups("target-groups");
    world.plant(web().behind(&group_arn(GROUP)));
    world.plant(in_flight("bank/vault").behind(&group_arn("targetgroup/vault/1")));
    world
        .aws()
        .inject(Fault::exception("AccessDeniedException", "no").on(Operation::DescribeServices).service("bank/vault"));
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
    let (kind, closed) = world.failure(&alarm_on_group("targetgroup/vault/1")).await;
    assert_eq!(kind, "AccessDenied");
    assert!(closed.contains("denied ecs:DescribeServices in the cluster bank"), "{closed}");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_or_broken_look_up_fails_the_signal_so_that_it_is_retried() {
    for (code, expected) in [("ThrottlingException", "Throttled"), ("InternalServiceFault", "ServerError")] {
        let world = with_look_ups(ALL);
        world.plant(web());
        world.aws().inject(Fault::exception(code, "injected by the test").on(Operation::ListTagsForAlarm));
        assert_eq!(world.failure(&silent_alarm()).await.0, expected);
        world.aws().inject(Fault::exception(code, "injected by the test").on(Operation::DescribeAlarms));
        let handed_back = world.invoke(&sqs([composite("ALARM(a)", &[])])).await.expect("a response");
        assert_eq!(handed_back, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
    }
}

#[tokio::test(start_paused = true)]
async fn indexing_five_thousand_services_is_rate_limited_and_continues_across_invocations() {
    let world = with_look_ups("target-groups");
    for number in 0..5_000 {
        world.plant(ServiceSeed::new(&format!("prod/s{number:04}")));
    }
    world.plant(in_flight("prod/zz-last").behind(&group_arn(GROUP)));
    let began = Instant::now();
    assert_eq!(world.failure(&alarm_on_group(GROUP)).await.0, "Unreachable");
    assert!(began.elapsed() <= Duration::from_secs(24), "{:?}", began.elapsed());
    let so_far = world.aws().calls().len();
    assert!(so_far > 400, "{so_far}");
    assert_eq!(found(&world, &alarm_on_group(GROUP)).await, ["rolled-back · stop-requested · target-groups"]);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    // One list of clusters, 51 pages of services, 501 descriptions; then four calls for the service itself.
    assert!(world.aws().calls().len() <= 1 + 51 + 501 + 4 + 1, "{}", world.aws().calls().len());
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_needs_no_look_up_does_not_wait_for_one_that_does() {
    let world = with_look_ups("target-groups");
    for number in 0..5_000 {
        world.plant(ServiceSeed::new(&format!("prod/s{number:04}")));
    }
    let arn = world.web_in_flight();
    let answer = world.invoke(&sqs([alarm_on_group(GROUP), alarm()])).await.expect("a response");
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
    let stop = world.aws().calls_of(Operation::StopServiceDeployment).next().cloned().expect("a stop");
    assert_eq!(stop.body["serviceDeploymentArn"], json!(arn));
    assert!(stop.at.duration_since(at("12:00:00")).as_secs() < 1, "{}", stop.at);
}
