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
    let Settings {
        policy,
        look_ups,
        closer_look,
        role,
        environments,
        memory,
        follow,
        notices,
        logs,
        metrics_namespace,
    } = read(&[]).expect("defaults");
    assert_eq!(policy.mode, Mode::Observe);
    assert_eq!(policy.opt_in, OptIn::All);
    assert_eq!(policy.max_signal_age, Some(SignedDuration::from_secs(900)));
    assert_eq!(policy.limit, Some(Limit { count: 3, window: SignedDuration::from_secs(3600) }));
    assert_eq!(policy.clock_skew, SignedDuration::ZERO);
    assert!(policy.services.lists(&service("prod", "web")));
    assert!(policy.alarms.lists("any alarm"));
    assert_eq!(policy.ecs_events, Vec::<String>::new());
    assert!(Way::LOOK_UPS.iter().all(|way| look_ups.ways.contains(way)));
    assert_eq!((look_ups.whole_load_balancers, look_ups.index_max_age), (false, SignedDuration::from_mins(5)));
    assert!(closer_look);
    assert_eq!(environments, 2);
    assert_eq!((policy.too_late, policy.max_services), (SignedDuration::from_mins(15), 10));
    assert_eq!(policy.reach, Reach::default());
    assert_eq!((role.name.as_str(), role.external_ids), ("ecs-auto-rollback-spoke", ExternalIds::None));
    assert_eq!((memory, follow), (SignedDuration::from_mins(5), Follow::Outcomes));
    assert_eq!(metrics_namespace.as_deref(), Some("ecs-auto-rollback"));
    let kinds = Kind::VARIANTS.to_vec();
    let documentation = table::DOCUMENTATION_URL.default.to_owned();
    assert!(documentation.ends_with(concat!("/v", env!("CARGO_PKG_VERSION"))), "{documentation}");
    assert_eq!(notices, NoticeSettings { topic_arn: None, event_bus: None, kinds, documentation, log_group: None });
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
fn ecs_events_are_chosen_by_name() {
    let chosen = |value: &str| policy(&[("ROLLBACK_ECS_EVENTS", value)]).ecs_events;
    assert_eq!(chosen("task-start-impaired"), ["SERVICE_TASK_START_IMPAIRED"]);
    assert_eq!(chosen("none"), Vec::<String>::new());
    assert_eq!(chosen("deployment-failed task-start-impaired task-configuration-failure"), SIGNALS);
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
        ("ROLLBACK_ECS_EVENTS", "SERVICE_DEPLOYMENT_FAILED"),
        ("ROLLBACK_ECS_EVENTS", "none deployment-failed"),
        ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "-1"),
        ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "15m"),
        ("ROLLBACK_LIMIT", "101"),
        ("ROLLBACK_LIMIT", "99999999999999999999"),
        ("ROLLBACK_LIMIT_WINDOW_SECONDS", "0"),
        ("ROLLBACK_CLOCK_SKEW_SECONDS", "301"),
        ("ROLLBACK_LOOK_UPS", ""),
        ("ROLLBACK_LOOK_UPS", "alarm-tags ecs-dimensions"),
        ("ROLLBACK_LOOK_UPS", "none alarm-tags"),
        ("ROLLBACK_INDEX_MAX_AGE_SECONDS", "9"),
        ("ROLLBACK_MEMORY_SECONDS", "301"),
        ("ROLLBACK_SPOKE_ROLE_NAME", ""),
        ("ROLLBACK_SPOKE_ROLE_NAME", "arn:aws:iam::111122223333:role/r"),
        ("ROLLBACK_EXTERNAL_IDS", "x"),
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
        ("ROLLBACK_FOLLOW_DEPLOYMENTS", "on"),
        ("ROLLBACK_DOCUMENTATION_URL", "http://docs.example.com"),
        ("ROLLBACK_DOCUMENTATION_URL", "https://"),
        ("ROLLBACK_DOCUMENTATION_URL", "https://docs.example.com/ a"),
        ("AWS_LAMBDA_LOG_LEVEL", "LOUD"),
        ("AWS_LAMBDA_LOG_FORMAT", "XML"),
        ("POWERTOOLS_LOG_LEVEL", ""),
        ("POWERTOOLS_SERVICE_NAME", " "),
        ("POWERTOOLS_LOGGER_LOG_EVENT", "yes"),
        ("POWERTOOLS_METRICS_NAMESPACE", "AWS/ECS"),
        ("POWERTOOLS_METRICS_NAMESPACE", ""),
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
    let chosen = |value: &str| read(&[("ROLLBACK_LOOK_UPS", value)]).expect("look-ups");
    let Settings { look_ups, closer_look, .. } = chosen("target-groups alarm-tags");
    assert_eq!((look_ups.ways, look_ups.whole_load_balancers), (vec![Way::TargetGroups, Way::AlarmTags], false));
    assert!(!closer_look);
    let look_ups = chosen("load-balancers").look_ups;
    assert_eq!((look_ups.ways, look_ups.whole_load_balancers), (vec![Way::TargetGroups], true));
    assert_eq!(chosen("none").look_ups.ways, []);
}

#[test]
fn a_variable_of_an_earlier_version_is_refused_with_what_took_its_place() {
    for (name, to) in table::MOVED {
        let wrong = read(&[(name, "x")]).expect_err(name).to_string();
        assert_eq!(wrong, format!("invalid settings: {name} is no longer read: set {to} instead"));
        assert!(table::ALL.iter().any(|setting| to.contains(setting.name)), "{to}");
        assert!(table::ALL.iter().all(|setting| setting.name != name), "{name}");
    }
}

#[test]
fn the_address_of_the_documents_ends_without_a_slash() {
    let address =
        |value: &str| read(&[("ROLLBACK_DOCUMENTATION_URL", value)]).expect("an address").notices.documentation;
    assert_eq!(address("https://docs.example.com/rollback/"), "https://docs.example.com/rollback");
}

#[test]
fn the_sessions_of_the_role_are_named_after_the_function() {
    let role = |function: &str| {
        let variables = [("ROLLBACK_SPOKE_ROLE_NAME", "ops/rollback"), ("AWS_LAMBDA_FUNCTION_NAME", function)];
        read(&variables).expect("a role").role.session_name
    };
    assert_eq!(role("shop-rollback"), "shop-rollback");
    assert_eq!(role("f"), "ecs-auto-rollback");
    assert_eq!(role(&"x".repeat(99)).len(), 64);
}

#[test]
fn the_namespace_none_switches_metrics_off() {
    let namespace =
        |name: &str| read(&[("POWERTOOLS_METRICS_NAMESPACE", name)]).expect("a namespace").metrics_namespace;
    assert_eq!(namespace("Shop").as_deref(), Some("Shop"));
    assert_eq!(namespace("none"), None);
}

#[test]
fn notices_can_be_some_kinds_and_unprotected_ones_are_asked_for_twice() {
    let notices = |kinds: &str| read(&[("ROLLBACK_NOTICES", kinds)]).expect("kinds").notices;
    let some = notices("failed too-late");
    assert_eq!(some.kinds, [Kind::Failed, Kind::TooLate]);
    assert!(!some.finds_unprotected(Follow::OutcomesAndUnprotected));
    assert!(notices("all").finds_unprotected(Follow::OutcomesAndUnprotected));
    assert!(!notices("unprotected").finds_unprotected(Follow::Outcomes));
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
        assert_eq!(is_right("ROLLBACK_NOTICE_EVENT_BUS_NAME", value), expected, "{value}");
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
