//! The table of the settings: every variable that the function reads, with its default and what it expects.

use std::ops::RangeInclusive;

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The environment variable.
    pub(crate) name: &'static str,
    /// The stack's parameter, if there is one.
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
    ($($constant:ident = $name:literal, $parameter:expr, $default:literal, $expected:literal $(, $range:expr)?;)+) => {
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

settings! {
    MODE = "ROLLBACK_MODE", Some("Mode"), "enforce", "enforce, observe or off";
    SERVICES = "ROLLBACK_SERVICES", Some("Services"), "*/*",
        "patterns cluster/service or account:cluster/service, separated by spaces, of letters, digits, _, -, * and ?";
    OPT_IN = "ROLLBACK_OPT_IN", Some("OptIn"), "all", "all or tagged";
    ALARMS = "ROLLBACK_ALARMS", Some("Alarms"), "*", "patterns of alarm names, separated by spaces, with * and ?";
    ECS_EVENTS = "ROLLBACK_ECS_EVENTS", Some("ActOn…"),
        "SERVICE_DEPLOYMENT_FAILED SERVICE_TASK_START_IMPAIRED SERVICE_TASK_CONFIGURATION_FAILURE",
        "none, or some of SERVICE_DEPLOYMENT_FAILED, SERVICE_TASK_START_IMPAIRED and SERVICE_TASK_CONFIGURATION_FAILURE, \
         separated by spaces";
    MAX_SIGNAL_AGE = "ROLLBACK_MAX_SIGNAL_AGE_SECONDS", Some("MaxSignalAgeSeconds"), "900",
        "a whole number from 0 to 86400", 0..=86_400;
    LIMIT = "ROLLBACK_LIMIT", Some("RollbackLimit"), "3", "a whole number from 0 to 100", 0..=100;
    LIMIT_WINDOW = "ROLLBACK_LIMIT_WINDOW_SECONDS", Some("RollbackLimitWindowSeconds"), "3600",
        "a whole number from 60 to 604800", 60..=604_800;
    CLOCK_SKEW = "ROLLBACK_CLOCK_SKEW_SECONDS", Some("ClockSkewSeconds"), "0", "a whole number from 0 to 300", 0..=300;
    TOO_LATE = "ROLLBACK_TOO_LATE_SECONDS", Some("TooLateSeconds"), "900", "a whole number from 0 to 86400", 0..=86_400;
    MAX_SERVICES = "ROLLBACK_MAX_SERVICES", Some("MaxServices"), "10", "a whole number from 1 to 100", 1..=100;
    ACCOUNTS = "ROLLBACK_ACCOUNTS", Some("Accounts"), "", "account ids of 12 digits, separated by spaces or commas";
    MONITORING_ACCOUNTS = "ROLLBACK_MONITORING_ACCOUNTS", Some("MonitoringAccounts"), "",
        "account ids of 12 digits, separated by spaces or commas";
    REGIONS = "ROLLBACK_REGIONS", Some("Regions"), "", "codes of Regions, separated by spaces or commas";
    LOOK_UPS = "ROLLBACK_LOOK_UPS", Some("LookUp…"), "none",
        "none, or some of alarm-tags, composite-children, target-groups, deployment-alarms and evidence, separated by spaces";
    LOAD_BALANCER_ALARMS = "ROLLBACK_LOAD_BALANCER_ALARMS", Some("LoadBalancerAlarms"), "ambiguous",
        "ambiguous or every-service";
    INDEX_MAX_AGE = "ROLLBACK_INDEX_MAX_AGE_SECONDS", Some("IndexMaxAgeSeconds"), "300",
        "a whole number from 10 to 86400", 10..=86_400;
    ENVIRONMENTS = "ROLLBACK_MAXIMUM_CONCURRENCY", Some("MaximumConcurrency"), "1", "a whole number from 1 to 1000",
        1..=1_000;
    MEMORY = "ROLLBACK_MEMORY_SECONDS", Some("MemorySeconds"), "0", "a whole number from 0 to 300", 0..=300;
    ROLE_NAME = "ROLLBACK_ROLE_NAME", Some("RoleName"), "", "the name of a role, with its path if it has one";
    EXTERNAL_ID = "ROLLBACK_EXTERNAL_ID", Some("ExternalId"), "",
        "2 to 1224 letters, digits and _+=,.@:/-, or account=id for each account, separated by spaces";
    NOTICE_TOPIC = "ROLLBACK_NOTICE_TOPIC_ARN", Some("NoticeTopicArn"), "", "the ARN of a standard SNS topic";
    NOTICE_EVENT_BUS = "ROLLBACK_NOTICE_EVENT_BUS", Some("NoticeEventBusName"), "", "the name or ARN of an event bus";
    NOTICES = "ROLLBACK_NOTICES", Some("Notices"), "all",
        "all, or some of rolled-back, would-roll-back, rollback-limit, left-alone, too-late, led-nowhere, conflict, failed, \
         rollback-successful, rollback-failed, redeployed and unprotected, separated by spaces";
    UNPROTECTED_NOTICES = "ROLLBACK_UNPROTECTED_NOTICES", Some("UnprotectedNotices"), "off", "off or on";
    LOG_FORMAT = "AWS_LAMBDA_LOG_FORMAT", None, "JSON", "JSON or Text";
    LOG_LEVEL = "AWS_LAMBDA_LOG_LEVEL", Some("LogLevel"), "",
        "TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL or CRITICAL";
    POWERTOOLS_LOG_LEVEL = "POWERTOOLS_LOG_LEVEL", None, "",
        "TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL or CRITICAL";
    SERVICE_NAME = "POWERTOOLS_SERVICE_NAME", Some("LogServiceName"), "ecs-auto-rollback", "a name";
    LOG_EVENT = "POWERTOOLS_LOGGER_LOG_EVENT", Some("LogEvent"), "false", "true, false, 1 or 0";
    METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE", Some("MetricsNamespace"), "",
        "1 to 255 letters, digits and _.-/#: , and not AWS/";
    METRICS_DISABLED = "POWERTOOLS_METRICS_DISABLED", Some("MetricsDisabled"), "false", "true, false, 1 or 0";
}
