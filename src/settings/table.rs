//! The table of the settings: every variable that the function reads, with its default and what it expects.

use std::ops::RangeInclusive;

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The environment variable.
    pub(crate) name: &'static str,
    /// The stack's parameter. `None` if Lambda sets the variable, or if it is a constant of the stack.
    pub(crate) parameter: Option<&'static str>,
    /// The default; empty if it need not be set.
    pub(crate) default: &'static str,
    /// A description of the values that it takes.
    pub(crate) expected: &'static str,
    /// The range of a whole number.
    pub(crate) range: RangeInclusive<u32>,
}

/// A range for settings that are not numbers.
const NO_RANGE: RangeInclusive<u32> = 0..=0;

macro_rules! settings {
    ($($constant:ident = $name:literal, $parameter:expr, $default:expr, $expected:literal $(, $range:expr)?;)+) => {
        $(pub(super) const $constant: &Setting = &Setting {
            name: $name,
            parameter: $parameter,
            default: $default,
            expected: $expected,
            range: range!($($range)?),
        };)+

        /// Every setting.
        #[cfg(test)]
        pub(crate) const ALL: &[&Setting] = &[$($constant),+];
    };
}

macro_rules! range {
    () => {
        NO_RANGE
    };
    ($range:expr) => {
        $range
    };
}

// A setting without a parameter is a constant of the stack, whose reason is beside it.
settings! {
    MODE = "ROLLBACK_MODE", Some("Mode"), "observe", "enforce, observe or off";
    SERVICES = "ROLLBACK_SERVICES", Some("Services"), "*/*",
        "patterns cluster/service or account:cluster/service, separated by spaces, of letters, digits, _, -, * and ?";
    OPT_IN = "ROLLBACK_OPT_IN", Some("OptIn"), "all", "all or tagged";
    ALARMS = "ROLLBACK_ALARMS", Some("Alarms"), "*", "patterns of alarm names, separated by spaces, with * and ?";
    ECS_EVENTS = "ROLLBACK_ECS_EVENTS", Some("EcsEvents"), "none",
        "none, or some of deployment-failed, task-start-impaired and task-configuration-failure, separated by spaces";
    // The last of the five deliveries by the stack's queue comes 720 seconds after the first.
    MAX_SIGNAL_AGE = "ROLLBACK_MAX_SIGNAL_AGE_SECONDS", None, "900", "a whole number from 0 to 86400", 0..=86_400;
    LIMIT = "ROLLBACK_LIMIT", Some("RollbackLimit"), "3", "a whole number from 0 to 100", 0..=100;
    // A pipeline that deploys a bad revision over and over shows within an hour.
    LIMIT_WINDOW = "ROLLBACK_LIMIT_WINDOW_SECONDS", None, "3600", "a whole number from 60 to 604800", 60..=604_800;
    // The clocks of ECS and CloudWatch agree. More would blame deployments for trouble that is older.
    CLOCK_SKEW = "ROLLBACK_CLOCK_SKEW_SECONDS", None, "0", "a whole number from 0 to 300", 0..=300;
    // Trouble that begins later has another cause more often than the deployment.
    TOO_LATE = "ROLLBACK_TOO_LATE_SECONDS", None, "900", "a whole number from 0 to 86400", 0..=86_400;
    MAX_SERVICES = "ROLLBACK_MAX_SERVICES", Some("MaxServices"), "10", "a whole number from 1 to 100", 1..=100;
    ACCOUNTS = "ROLLBACK_ACCOUNTS", Some("Accounts"), "", "account ids of 12 digits, separated by spaces or commas";
    MONITORING_ACCOUNTS = "ROLLBACK_MONITORING_ACCOUNTS", Some("MonitoringAccounts"), "",
        "account ids of 12 digits, separated by spaces or commas";
    REGIONS = "ROLLBACK_REGIONS", Some("Regions"), "", "codes of Regions, separated by spaces or commas";
    LOOK_UPS = "ROLLBACK_LOOK_UPS", Some("LookUps"),
        "alarm-tags composite-children target-groups deployment-alarms evidence",
        "none, or some of alarm-tags, composite-children, target-groups, deployment-alarms, load-balancers and evidence, \
         separated by spaces";
    // A look-up that finds nothing builds the index again at once.
    INDEX_MAX_AGE = "ROLLBACK_INDEX_MAX_AGE_SECONDS", None, "300", "a whole number from 10 to 86400", 10..=86_400;
    // The least that Lambda takes for a queue. More would share the same rate of ECS.
    ENVIRONMENTS = "ROLLBACK_MAXIMUM_CONCURRENCY", None, "2", "a whole number from 1 to 1000", 1..=1_000;
    // A storm of signals lasts for minutes, and costs one look at each service.
    MEMORY = "ROLLBACK_MEMORY_SECONDS", None, "300", "a whole number from 0 to 300", 0..=300;
    SPOKE_ROLE_NAME = "ROLLBACK_SPOKE_ROLE_NAME", Some("SpokeRoleName"), "ecs-auto-rollback-spoke",
        "the name of a role, with its path if it has one";
    EXTERNAL_IDS = "ROLLBACK_EXTERNAL_IDS", Some("ExternalIds"), "",
        "2 to 1224 letters, digits and _+=,.@:/-, or account=id for each account, separated by spaces";
    NOTICE_TOPIC = "ROLLBACK_NOTICE_TOPIC_ARN", Some("NoticeTopicArn"), "", "the ARN of a standard SNS topic";
    NOTICE_EVENT_BUS = "ROLLBACK_NOTICE_EVENT_BUS_NAME", Some("NoticeEventBusName"), "",
        "the name or ARN of an event bus";
    NOTICES = "ROLLBACK_NOTICES", Some("Notices"), "all",
        "all, or some of rolled-back, would-roll-back, rollback-limit, left-alone, too-late, led-nowhere, conflict, failed, \
         rollback-successful, rollback-failed, redeployed and unprotected, separated by spaces";
    FOLLOW_DEPLOYMENTS = "ROLLBACK_FOLLOW_DEPLOYMENTS", Some("FollowDeployments"), "outcomes",
        "none, outcomes or outcomes-and-unprotected";
    // The documents of the version that runs. A company may keep a copy of them.
    DOCUMENTATION_URL = "ROLLBACK_DOCUMENTATION_URL", None,
        concat!("https://ecs-auto-rollback.github.io/ecs-auto-rollback/v", env!("CARGO_PKG_VERSION")),
        "an address that begins with https://";
    LOG_FORMAT = "AWS_LAMBDA_LOG_FORMAT", None, "JSON", "JSON or Text";
    LOG_LEVEL = "AWS_LAMBDA_LOG_LEVEL", Some("LogLevel"), "",
        "TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL or CRITICAL";
    POWERTOOLS_LOG_LEVEL = "POWERTOOLS_LOG_LEVEL", None, "",
        "TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL or CRITICAL";
    SERVICE_NAME = "POWERTOOLS_SERVICE_NAME", Some("FunctionName"), "ecs-auto-rollback", "a name";
    // Payloads name resources; the log level DEBUG shows them.
    LOG_EVENT = "POWERTOOLS_LOGGER_LOG_EVENT", None, "false", "true, false, 1 or 0";
    METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE", Some("MetricsNamespace"), "ecs-auto-rollback",
        "none, or 1 to 255 letters, digits and _.-/#: , and not AWS/";
}

/// Variables of version 0.1, each with what took its place.
pub(crate) const MOVED: [(&str, &str); 6] = [
    ("ROLLBACK_ROLE_NAME", SPOKE_ROLE_NAME.name),
    ("ROLLBACK_EXTERNAL_ID", EXTERNAL_IDS.name),
    ("ROLLBACK_NOTICE_EVENT_BUS", NOTICE_EVENT_BUS.name),
    ("ROLLBACK_LOAD_BALANCER_ALARMS", "load-balancers in ROLLBACK_LOOK_UPS"),
    ("ROLLBACK_UNPROTECTED_NOTICES", "ROLLBACK_FOLLOW_DEPLOYMENTS=outcomes-and-unprotected"),
    ("POWERTOOLS_METRICS_DISABLED", "POWERTOOLS_METRICS_NAMESPACE=none"),
];
