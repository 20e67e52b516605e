//! `coverage`: who is protected, by what, and if not why.

use std::time::Duration;

use operator::End;
use serde_json::{Value, json};
use simulator::{
    Alarm, Api, Aws, CircuitBreaker, Controller, DeploymentConfiguration, Fault, Operation, Rule, ServiceSeed,
    sdk::Network,
};
use tokio::time::Instant;

use crate::{
    cloud::{FUNCTION, SIGNALS},
    support::{empty, installed, json, on_screen, text},
};

const ENFORCE: [&str; 3] = ["coverage", "--set", "ROLLBACK_MODE=enforce"];

fn service<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let services = answer["services"].as_array().expect("services");
    services.iter().find(|service| service["service"] == name).unwrap_or(&Value::Null)
}

async fn verdict_of(aws: Aws, command: &[&str]) -> (Value, Value, Value) {
    let (answer, _) = json(&Network::to(aws), command).await;
    let web = service(&answer, "prod/web");
    (web["verdict"].clone(), web["why"].clone(), web["fix"].clone())
}

fn web() -> ServiceSeed {
    ServiceSeed::new("prod/web").deployed("web:1")
}

fn wired(name: &str) -> Alarm {
    Alarm::metric(name).action(FUNCTION)
}

#[tokio::test(start_paused = true)]
async fn a_service_is_protected_if_an_alarm_that_is_ok_now_leads_to_it_and_invokes_the_function() {
    let mut aws = installed();
    aws.ecs.plant(web());
    aws.cloudwatch.put_alarm(wired("web-5xx").on_service("prod/web"));
    let network = Network::to(aws);
    let (answer, end) = json(&network, &ENFORCE).await;
    let web = service(&answer, "prod/web");
    assert_eq!((&web["verdict"], &web["mode"]), (&json!("protected"), &json!("enforce")), "{answer}");
    let alarm = &web["alarms"][0];
    assert_eq!((&alarm["foundBy"], &alarm["wiring"]["by"]), (&json!("ecs-dimensions"), &json!(["action"])));
    assert_eq!((answer["protectedPercent"].as_f64(), end), (Some(100.0), End::Fine));
    let observed = json(&network, &["coverage"]).await.0;
    assert_eq!(service(&observed, "prod/web")["verdict"], "observed-only");
}

#[tokio::test(start_paused = true)]
async fn the_reason_against_protection_comes_with_the_change_that_would_help() {
    let alarm = || Alarm::metric("web-5xx").on_service("prod/web");
    let others: Vec<Value> = (0..5).map(|n| json!(format!("arn:aws:sns:us-east-1:123456789012:topic-{n}"))).collect();
    let is_off = wired("web-5xx").on_service("prod/web").member("ActionsEnabled", json!(false));
    for (alarm, command, why, fix) in [
        (None, vec![], "no alarm leads to it", "tag an alarm auto-rollback:services=prod/web"),
        (Some(alarm()), vec![], "web-5xx does not reach the function", FUNCTION),
        (
            Some(is_off),
            vec![],
            "the actions of web-5xx are switched off",
            "enable-alarm-actions --alarm-names 'web-5xx'",
        ),
        (
            Some(alarm().member("AlarmActions", others.into())),
            vec![],
            "does not reach the function",
            "has 5 actions already",
        ),
        (
            Some(wired("web-5xx").on_service("prod/web")),
            vec!["--set", "ROLLBACK_SERVICES=test/*"],
            "does not match the parameter Services",
            "add prod/web to the parameter Services",
        ),
        (
            Some(wired("web-5xx").on_service("prod/web")),
            vec!["--set", "ROLLBACK_ALARMS=db-*"],
            "does not match the parameter Alarms",
            "add web-5xx to the parameter Alarms",
        ),
        (
            Some(wired("web-5xx").on_service("prod/web")),
            vec!["--set", "ROLLBACK_OPT_IN=tagged"],
            "which OptIn=tagged requires",
            "tag the service auto-rollback=enforce",
        ),
    ] {
        let mut aws = installed();
        aws.ecs.plant(web());
        aws.cloudwatch.put_alarm(Alarm::metric("db").dimension("Database", "main"));
        if let Some(alarm) = alarm {
            aws.cloudwatch.put_alarm(alarm);
        }
        let (verdict, said, advice) = verdict_of(aws, &[ENFORCE.to_vec(), command].concat()).await;
        assert_eq!(verdict, "not-protected", "{said} {advice}");
        assert!(said.to_string().contains(why), "{said}");
        assert!(advice.to_string().contains(fix), "{advice}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_or_a_topic_leads_to_the_function_or_its_queue() {
    let topic = "arn:aws:sns:us-east-1:123456789012:alarms";
    let prefix = |prefix: &str| json!({"source": ["aws.cloudwatch"], "detail": {"alarmName": [{"prefix": prefix}]}});
    let wildcard = json!({"source": ["aws.cloudwatch"], "detail": {"alarmName": [{"wildcard": "web*"}]}});
    for (rule, subscribes, verdict) in [
        (Some(Rule::new("alarms", &prefix("web-"), &[SIGNALS])), false, "protected"),
        (Some(Rule::new("alarms", &prefix("web-"), &[FUNCTION])), false, "protected"),
        (Some(Rule::new("alarms", &prefix("db-"), &[SIGNALS])), false, "not-protected"),
        (Some(Rule::new("alarms", &prefix("web-"), &[SIGNALS]).disabled()), false, "not-protected"),
        (Some(Rule::new("alarms", &wildcard, &[SIGNALS])), false, "unknown"),
        (None, true, "protected"),
        (None, false, "not-protected"),
    ] {
        let mut aws = installed();
        aws.ecs.plant(web());
        aws.cloudwatch.put_alarm(Alarm::metric("web-5xx").on_service("prod/web").action(topic));
        let endpoint = if subscribes { SIGNALS } else { "arn:aws:sqs:us-east-1:123456789012:others" };
        aws.sns.subscribe(topic, endpoint);
        let context = format!("{rule:?} {subscribes}");
        if let Some(rule) = rule {
            aws.eventbridge.put_rule(rule);
        }
        assert_eq!(verdict_of(aws, &ENFORCE).await.0, verdict, "{context}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_composite_alarm_leads_to_the_services_of_all_alarms_in_its_rule() {
    let mut aws = installed();
    for name in ["web", "cart", "vault", "quiet"] {
        aws.ecs.plant(ServiceSeed::new(&format!("prod/{name}")).deployed("web:1"));
        aws.cloudwatch.put_alarm(Alarm::metric(&format!("{name}-5xx")).on_service(&format!("prod/{name}")));
    }
    aws.cloudwatch.put_alarm(Alarm::composite("front", "ALARM(web-5xx) OR ALARM(cart-5xx)"));
    let rule = "(ALARM(front) OR ALARM(vault-5xx)) AND NOT ALARM(quiet-5xx)";
    aws.cloudwatch.put_alarm(Alarm::composite("all", rule).action(FUNCTION));
    let (answer, _) = json(&Network::to(aws), &ENFORCE).await;
    for name in ["web", "cart", "vault"] {
        assert_eq!(service(&answer, &format!("prod/{name}"))["verdict"], "protected", "{name}: {answer}");
    }
    assert_eq!(service(&answer, "prod/quiet")["verdict"], "not-protected");
}

#[tokio::test(start_paused = true)]
async fn what_ecs_does_itself_and_what_nobody_can_do_is_said() {
    let mut aws = installed();
    let breaker =
        CircuitBreaker { enable: true, rollback: true, reset_on_healthy_task: None, threshold_configuration: None };
    let guarded = DeploymentConfiguration { deployment_circuit_breaker: Some(breaker), ..Default::default() };
    aws.ecs.plant(ServiceSeed { configuration: Some(guarded), ..web() });
    let tags = [("auto-rollback".to_owned(), "off until=2026-06-02T00:00:00Z".to_owned())].into();
    aws.ecs.plant(ServiceSeed { tags, ..ServiceSeed::new("prod/held").deployed("web:1") });
    let controller = Some(Controller::CodeDeploy);
    aws.ecs.plant(ServiceSeed { controller, ..ServiceSeed::new("prod/legacy") });
    let (answer, _) = json(&Network::to(aws), &ENFORCE).await;
    let verdict = |name: &str| service(&answer, name)["verdict"].clone();
    assert_eq!(verdict("prod/web"), "ecs-only");
    assert_eq!(verdict("prod/held"), "held-by-tag");
    assert_eq!(verdict("prod/legacy"), "not-possible");
    assert_eq!(service(&answer, "prod/web")["breaker"], true);
    assert_eq!(service(&answer, "prod/held")["mode"], "off");
    assert_eq!(answer["clusters"]["prod"]["services"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_share_that_is_too_small_ends_with_two_and_so_does_an_account_without_services() {
    let network = |names: &[&str]| {
        let mut aws = installed();
        for name in names {
            aws.ecs.plant(ServiceSeed::new(name).deployed("web:1"));
        }
        aws.cloudwatch.put_alarm(wired("web-5xx").on_service("prod/web"));
        Network::to(aws)
    };
    let both = network(&["prod/web", "prod/cart"]);
    let ask = async |network: &Network, wanted: &str| {
        text(network, &[&ENFORCE[..], &["--fail-under", wanted]].concat()).await.1
    };
    assert_eq!(ask(&both, "50%").await, End::Fine);
    assert_eq!(ask(&both, "50.5").await, End::Short);
    assert_eq!(ask(&network(&[]), "0").await, End::Short);
    assert_eq!(text(&network(&[]), &["coverage"]).await.1, End::Fine);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_reaches_the_function_for_nothing_is_listed_with_the_reason() {
    let mut aws = installed();
    aws.ecs.plant(web());
    aws.cloudwatch.put_alarm(wired("db").dimension("Database", "main"));
    aws.cloudwatch.put_alarm(wired("TargetTracking-web").on_service("prod/web"));
    aws.cloudwatch.put_alarm(Alarm::metric("unwired").dimension("Database", "main"));
    let (answer, _) = json(&Network::to(aws), &ENFORCE).await;
    let nowhere: Vec<_> =
        answer["nowhere"].as_array().unwrap().iter().map(|one| (&one["alarm"], &one["reason"])).collect();
    assert_eq!(
        nowhere,
        [(&json!("TargetTracking-web"), &json!("scaling-alarm")), (&json!("db"), &json!("unmapped"))],
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_function_an_action_of_its_name_counts_and_the_rest_is_not_known() {
    let mut aws = empty();
    for name in ["web", "cart"] {
        aws.ecs.plant(ServiceSeed::new(&format!("prod/{name}")).deployed("web:1"));
    }
    aws.cloudwatch.put_alarm(wired("web-5xx").on_service("prod/web"));
    aws.cloudwatch.put_alarm(Alarm::metric("cart-5xx").on_service("prod/cart"));
    let (answer, _) = json(&Network::to(aws), &ENFORCE).await;
    assert_eq!(service(&answer, "prod/web")["verdict"], "protected");
    assert_eq!(service(&answer, "prod/cart")["verdict"], "unknown");
    assert!(answer["unknown"].to_string().contains("lambda:GetFunctionConfiguration"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_is_named_and_the_rest_is_still_answered() {
    for (operation, action) in [
        (Operation::ListRuleNamesByTarget, "events:ListRuleNamesByTarget"),
        (Operation::ListEventSourceMappings, "lambda:ListEventSourceMappings"),
        (Operation::GetFunctionConfiguration, "lambda:GetFunctionConfiguration"),
        (Operation::DescribeAlarms, "cloudwatch:DescribeAlarms"),
        (Operation::ListServices, "ecs:ListServices"),
        (Operation::DescribeServices, "ecs:DescribeServices"),
    ] {
        let mut aws = installed();
        aws.ecs.plant(web());
        aws.cloudwatch.put_alarm(Alarm::metric("web-5xx").on_service("prod/web"));
        aws.inject(Fault::exception("AccessDeniedException", "not authorized").on(operation));
        let (answer, _) = json(&Network::to(aws), &ENFORCE).await;
        assert!(answer["unknown"].to_string().contains(action), "{action}: {answer}");
        if !action.starts_with("ecs:") {
            assert_eq!(service(&answer, "prod/web")["verdict"], "unknown", "{action}: {answer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_narrow_terminal_and_strange_names_are_no_trouble() {
    let mut aws = installed();
    aws.ecs.plant(web());
    aws.ecs.plant(ServiceSeed::new("prod/a-service-with-a-rather-long-name-indeed").deployed("web:1"));
    aws.cloudwatch.put_alarm(Alarm::metric("web\u{1b}[2J-5xx").on_service("prod/web"));
    aws.cloudwatch.put_alarm(wired("db\u{202e}").dimension("Database", "main"));
    let network = Network::to(aws);
    for width in [60, 140] {
        let shown = on_screen(&network, &ENFORCE, width).await.expect("an answer").text;
        // A word that is to be copied stays whole.
        let fits = |line: &str| line.chars().count() <= usize::from(width) || !line.trim().contains(' ');
        assert!(shown.lines().all(fits), "{shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert!(shown.contains("NOT protected"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_deleted_meanwhile_is_left_out() {
    let mut aws = installed();
    aws.ecs.plant(web());
    aws.ecs.plant(ServiceSeed::new("prod/gone").deployed("web:1"));
    aws.before_next(Operation::DescribeServices, |aws| {
        let delete = json!({"cluster": "prod", "service": "gone", "force": true});
        aws.handle(&simulator::Request::new(Operation::DeleteService, &delete));
        aws.advance(Duration::from_hours(1));
    });
    let (answer, _) = json(&Network::to(aws), &["coverage"]).await;
    assert_ne!(service(&answer, "prod/web"), &Value::Null, "{answer}");
    assert_ne!(service(&answer, "prod/gone")["verdict"], "protected", "{answer}");
}

#[tokio::test(start_paused = true)]
async fn many_services_are_read_within_the_documented_rates() {
    for (services, within) in [(150, Duration::from_secs(30)), (5_000, Duration::from_mins(5))] {
        let mut aws = installed();
        aws.ecs.behaviour_mut().throttling = true;
        for number in 0..services {
            aws.ecs.plant(ServiceSeed::new(&format!("prod/s{number:04}")).deployed("web:1"));
        }
        for number in 0..140 {
            aws.cloudwatch
                .put_alarm(wired(&format!("a{number}")).dimension("TargetGroup", &format!("targetgroup/a/{number}")));
        }
        let (network, began) = (Network::to(aws), Instant::now());
        let (answer, _) = json(&network, &ENFORCE).await;
        assert_eq!(answer["services"].as_array().map(Vec::len), Some(services), "{}", answer["unknown"]);
        assert!(began.elapsed() < within, "{services}: {:?}", began.elapsed());
        let throttled = network.lock().calls_to(Api::Ecs).filter(|call| call.error.is_some()).count();
        assert_eq!(throttled, 0, "{services} services");
    }
}
