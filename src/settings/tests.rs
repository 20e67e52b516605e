use judgement::{
    Service,
    policy::{Mode, OptIn},
};
use strum::VariantArray;

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Settings, WrongSettings> {
    Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

fn policy(variables: &[(&str, &str)]) -> Policy {
    read(variables).expect("settings that are right").policy
}

fn service(cluster: &str, name: &str) -> Service {
    Service {
        partition: "aws".to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        cluster: cluster.to_owned(),
        name: name.to_owned(),
    }
}

#[test]
fn nothing_set_means_the_documented_defaults() {
    let Settings { policy, look_ups, closer_look, role, environments, memory, notices, logs, metrics_namespace } =
        read(&[]).expect("defaults");
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!(policy.opt_in, OptIn::All);
    assert_eq!(policy.max_signal_age, Some(SignedDuration::from_secs(900)));
    assert_eq!(policy.limit, Some(Limit { count: 3, window: SignedDuration::from_secs(3600) }));
    assert_eq!(policy.clock_skew, SignedDuration::ZERO);
    assert!(policy.services.lists(&service("prod", "web")));
    assert!(policy.alarms.lists("any alarm"));
    assert!(SIGNALS.iter().all(|event| policy.ecs_events.iter().any(|name| name == event)));
    let index_max_age = SignedDuration::from_mins(5);
    assert_eq!(look_ups, LookUps { ways: Vec::new(), whole_load_balancers: false, index_max_age });
    assert!(!closer_look);
    assert_eq!(environments, 1);
    assert_eq!((policy.too_late, policy.max_services), (SignedDuration::from_mins(15), 10));
    assert_eq!(policy.reach, Reach::default());
    assert_eq!((role, memory), (None, SignedDuration::ZERO));
    assert_eq!(metrics_namespace, None);
    let kinds = Kind::VARIANTS.to_vec();
    assert_eq!(
        notices,
        NoticeSettings { topic_arn: None, event_bus: None, kinds, unprotected: false, log_group: None }
    );
    let service_name = "ecs-auto-rollback".to_owned();
    assert_eq!(logs, Logs { json: true, level: LevelFilter::INFO, service_name, log_event: false });
}

#[test]
fn zero_removes_a_limit() {
    let policy = policy(&[("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "0"), ("ROLLBACK_LIMIT", "0")]);
    assert_eq!(policy.max_signal_age, None);
    assert_eq!(policy.limit, None);
}

#[test]
fn service_patterns_match_cluster_and_service_separately() {
    let policy = policy(&[("ROLLBACK_SERVICES", "prod/web-* stage-?/*")]);
    for (cluster, name, listed) in [
        ("prod", "web-shop", true),
        ("prod", "web", false),
        ("prod2", "web-shop", false),
        ("stage-1", "anything", true),
        ("stage-12", "anything", false),
    ] {
        assert_eq!(policy.services.lists(&service(cluster, name)), listed, "{cluster}/{name}");
    }
}

#[test]
fn scaling_alarms_can_roll_back_only_with_a_pattern_of_their_own() {
    let scaling = "TargetTracking-service/prod/web-AlarmHigh-1";
    for (patterns, listed, left_to_scaling) in [
        ("*", true, true),
        ("Target*", true, true),
        ("prod-*", false, true),
        ("* TargetTracking-service/prod/*", true, false),
        ("TargetTracking-service/stage/* *", true, true),
    ] {
        let policy = policy(&[("ROLLBACK_ALARMS", patterns)]);
        assert_eq!(policy.alarms.lists(scaling), listed, "{patterns}");
        assert_eq!(policy.alarms.leaves_to_scaling(scaling), left_to_scaling, "{patterns}");
        assert!(!policy.alarms.leaves_to_scaling("web-5xx"), "{patterns}");
    }
}

#[test]
fn ecs_events_can_be_fewer_or_none() {
    let fewer = policy(&[("ROLLBACK_ECS_EVENTS", "SERVICE_TASK_START_IMPAIRED")]).ecs_events;
    assert_eq!(fewer, ["SERVICE_TASK_START_IMPAIRED"]);
    let none = policy(&[("ROLLBACK_ECS_EVENTS", "none")]).ecs_events;
    assert_eq!(none, Vec::<String>::new());
}

#[test]
fn lambdas_log_level_takes_precedence_over_that_of_powertools() {
    let level = |variables: &[(&str, &str)]| read(variables).expect("levels").logs.level;
    assert_eq!(level(&[("POWERTOOLS_LOG_LEVEL", "debug")]), LevelFilter::DEBUG);
    assert_eq!(level(&[("POWERTOOLS_LOG_LEVEL", "DEBUG"), ("AWS_LAMBDA_LOG_LEVEL", "WARN")]), LevelFilter::WARN);
}

#[test]
fn every_invalid_setting_is_rejected_by_name() {
    for (name, value) in [
        ("ROLLBACK_MODE", "on"),
        ("ROLLBACK_MODE", ""),
        ("ROLLBACK_MODE", "Enforce"),
        ("ROLLBACK_SERVICES", ""),
        ("ROLLBACK_SERVICES", "web"),
        ("ROLLBACK_SERVICES", "prod/web/1"),
        ("ROLLBACK_SERVICES", "prod/*,stage/*"),
        ("ROLLBACK_OPT_IN", "none"),
        ("ROLLBACK_ALARMS", "  "),
        ("ROLLBACK_ECS_EVENTS", ""),
        ("ROLLBACK_ECS_EVENTS", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("ROLLBACK_ECS_EVENTS", "none SERVICE_DEPLOYMENT_FAILED"),
        ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "-1"),
        ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "15m"),
        ("ROLLBACK_LIMIT", "101"),
        ("ROLLBACK_LIMIT", "99999999999999999999"),
        ("ROLLBACK_LIMIT_WINDOW_SECONDS", "0"),
        ("ROLLBACK_CLOCK_SKEW_SECONDS", "301"),
        ("ROLLBACK_LOOK_UPS", ""),
        ("ROLLBACK_LOOK_UPS", "alarm-tags ecs-dimensions"),
        ("ROLLBACK_LOOK_UPS", "none alarm-tags"),
        ("ROLLBACK_LOAD_BALANCER_ALARMS", "all"),
        ("ROLLBACK_INDEX_MAX_AGE_SECONDS", "9"),
        ("ROLLBACK_MEMORY_SECONDS", "301"),
        ("ROLLBACK_ROLE_NAME", ""),
        ("ROLLBACK_ROLE_NAME", "arn:aws:iam::111122223333:role/r"),
        ("ROLLBACK_EXTERNAL_ID", "x"),
        ("ROLLBACK_ACCOUNTS", ""),
        ("ROLLBACK_ACCOUNTS", "44445555666"),
        ("ROLLBACK_MONITORING_ACCOUNTS", "*"),
        ("ROLLBACK_REGIONS", "Ireland"),
        ("ROLLBACK_SERVICES", "4444:prod/*"),
        ("ROLLBACK_TOO_LATE_SECONDS", "86401"),
        ("ROLLBACK_MAX_SERVICES", "0"),
        ("ROLLBACK_LOOK_UPS", "contributors"),
        ("ROLLBACK_NOTICES", ""),
        ("ROLLBACK_NOTICES", "none"),
        ("ROLLBACK_NOTICES", "all rolled-back"),
        ("ROLLBACK_NOTICES", "rolled-back,failed"),
        ("AWS_LAMBDA_LOG_LEVEL", "LOUD"),
        ("AWS_LAMBDA_LOG_FORMAT", "XML"),
        ("POWERTOOLS_LOG_LEVEL", ""),
        ("POWERTOOLS_SERVICE_NAME", " "),
        ("POWERTOOLS_LOGGER_LOG_EVENT", "yes"),
        ("POWERTOOLS_METRICS_NAMESPACE", "AWS/ECS"),
        ("POWERTOOLS_METRICS_NAMESPACE", ""),
        ("POWERTOOLS_METRICS_DISABLED", "off"),
    ] {
        let wrong = read(&[(name, value)]).expect_err(name).to_string();
        assert!(wrong.contains(&format!("{name}={value:?} (expected ")), "{wrong}");
    }
}

#[test]
fn all_invalid_settings_are_named_on_one_line() {
    let wrong = read(&[("ROLLBACK_MODE", "o\nn"), ("ROLLBACK_LIMIT", "many"), ("ROLLBACK_OPT_IN", "tagged")]);
    assert_eq!(
        wrong.expect_err("two wrong settings").to_string(),
        "invalid settings: ROLLBACK_LIMIT=\"many\" (expected a whole number from 0 to 100, parameter RollbackLimit); \
         ROLLBACK_MODE=\"o\\nn\" (expected enforce, observe or off, parameter Mode)"
    );
}

#[test]
fn look_ups_are_switched_on_by_name() {
    let ways = read(&[("ROLLBACK_LOOK_UPS", "target-groups alarm-tags")]).expect("look-ups").look_ups.ways;
    assert_eq!(ways, [Way::TargetGroups, Way::AlarmTags]);
}

#[test]
fn the_sessions_of_the_role_are_named_after_the_function() {
    let role = |function: &str| {
        let variables = [("ROLLBACK_ROLE_NAME", "ops/rollback"), ("AWS_LAMBDA_FUNCTION_NAME", function)];
        read(&variables).expect("a role").role.expect("a role").session_name
    };
    assert_eq!(role("shop-rollback"), "shop-rollback");
    assert_eq!(role("f"), "ecs-auto-rollback");
    assert_eq!(role(&"x".repeat(99)).len(), 64);
}

#[test]
fn metrics_need_a_namespace_and_can_be_switched_off() {
    let namespace = |disabled: &str| {
        let variables = [("POWERTOOLS_METRICS_NAMESPACE", "Shop"), ("POWERTOOLS_METRICS_DISABLED", disabled)];
        read(&variables).expect("a namespace").metrics_namespace
    };
    assert_eq!(namespace("false").as_deref(), Some("Shop"));
    assert_eq!(namespace("true"), None);
}

#[test]
fn notices_can_be_some_kinds_and_unprotected_ones_are_asked_for_twice() {
    let notices = |variables: &[(&str, &str)]| read(variables).expect("kinds").notices;
    let some = notices(&[("ROLLBACK_NOTICES", "failed too-late"), ("ROLLBACK_UNPROTECTED_NOTICES", "on")]);
    assert_eq!(some.kinds, [Kind::Failed, Kind::TooLate]);
    assert!(!some.finds_unprotected());
    assert!(notices(&[("ROLLBACK_UNPROTECTED_NOTICES", "on")]).finds_unprotected());
    assert!(!notices(&[("ROLLBACK_NOTICES", "unprotected")]).finds_unprotected());
    for kind in Kind::VARIANTS {
        assert!(table::NOTICES.expected.contains(kind.as_str()), "{}", kind.as_str());
    }
}

#[test]
fn a_topic_is_a_standard_one_and_a_bus_a_name_or_an_arn() {
    let is_right = |name: &str, value: &str| read(&[(name, value)]).is_ok();
    for (value, expected) in [
        ("arn:aws:sns:eu-west-1:111122223333:on-call", true),
        ("arn:aws-cn:sns:cn-north-1:111122223333:on-call", true),
        ("arn:aws:sns:eu-west-1:111122223333:on-call.fifo", false),
        ("arn:aws:sqs:eu-west-1:111122223333:on-call", false),
        ("on-call", false),
        ("", false),
    ] {
        assert_eq!(is_right("ROLLBACK_NOTICE_TOPIC_ARN", value), expected, "{value}");
    }
    for (value, expected) in [
        ("default", true),
        ("aws.partner/example.com/acct/on-call", true),
        ("arn:aws:events:eu-west-1:111122223333:event-bus/ops", true),
        ("arn:aws:events:eu-west-1:111122223333:rule/ops", false),
        ("arn:aws:sns:eu-west-1:111122223333:ops", false),
        ("two buses", false),
        ("", false),
    ] {
        assert_eq!(is_right("ROLLBACK_NOTICE_EVENT_BUS", value), expected, "{value}");
    }
}

#[test]
fn every_setting_takes_its_own_default_and_refuses_an_empty_value() {
    let mut names: Vec<&str> = table::ALL.iter().map(|setting| setting.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), table::ALL.len());
    for setting in table::ALL {
        assert!(setting.default.is_empty() || read(&[(setting.name, setting.default)]).is_ok(), "{}", setting.name);
        assert!(read(&[(setting.name, "")]).is_err(), "{}", setting.name);
        assert!(!setting.expected.is_empty() && setting.parameter.is_none_or(|parameter| !parameter.is_empty()));
    }
}
