//! Checks of the function's version and settings.

use ecs_auto_rollback::{Settings, VERSION, WrongSettings};

use super::Check;
use crate::aws::Deployed;

/// Compares the function's version with this program's.
pub(super) fn version(deployed: &Deployed) -> Check {
    let part = "version";
    // The stack's address of the documents ends in the version.
    let documents = variable(deployed, "ROLLBACK_DOCUMENTATION_URL").and_then(|address| address.rsplit_once("/v"));
    match documents.map(|(_, version)| version) {
        Some(version) if version == VERSION => Check::ok(part, format!("{version}, as this program")),
        Some(version) if number(version) > number(VERSION) => {
            let fix = format!("install ecs-rollback {version}, so that it decides as the function does");
            Check::problem(part, format!("the function is of version {version}, this program of {VERSION}"), fix)
        }
        Some(version) => {
            let fix = format!("update the stack to {VERSION}");
            Check::problem(part, format!("the function is of version {version}; {VERSION} is known"), fix)
        }
        None => Check {
            result: super::CheckResult::Unknown,
            ..Check::ok(part, format!("the function does not say its version; this program is of {VERSION}"))
        },
    }
}

/// A version as numbers, which compare.
fn number(version: &str) -> Vec<u64> {
    version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

/// Checks the settings, each and together.
pub(super) fn all(deployed: &Deployed, read: Result<&Settings, &WrongSettings>) -> Vec<Check> {
    let part = "settings";
    let settings = match read {
        Ok(settings) => settings,
        Err(wrong) => return vec![Check::problem(part, wrong.to_string(), "correct the parameters of the stack")],
    };
    let mut checks = Vec::new();
    let mut contradicts = |holds: bool, finding: &str, fix: &str| {
        if holds {
            checks.push(Check::problem(part, finding, fix));
        }
    };
    let policy = settings.policy();
    let has_metrics = settings.metrics_namespace.is_some();
    let is_quiet = deployed.log_level.as_deref().is_some_and(|level| matches!(level, "WARN" | "ERROR" | "FATAL"));
    contradicts(
        is_quiet && has_metrics,
        "LogLevel drops the metrics, which Lambda takes from log lines",
        "set LogLevel to INFO, or MetricsNamespace to none",
    );
    contradicts(
        is_quiet && !has_metrics,
        "LogLevel drops the lines of the decisions, so that `why` cannot show them",
        "set LogLevel to INFO",
    );
    let has_channel = ["ROLLBACK_NOTICE_TOPIC_ARN", "ROLLBACK_NOTICE_EVENT_BUS_NAME"]
        .iter()
        .any(|name| variable(deployed, name).is_some());
    let finds_unprotected = variable(deployed, "ROLLBACK_FOLLOW_DEPLOYMENTS") == Some("outcomes-and-unprotected");
    contradicts(
        finds_unprotected && !has_channel && !has_metrics,
        "deployments without protection are looked for, and reported nowhere",
        "set NoticeTopicArn, NoticeEventBusName or MetricsNamespace",
    );
    contradicts(
        variable(deployed, "ROLLBACK_EXTERNAL_IDS").is_some() && policy.reach.accounts.is_empty(),
        "external ids are given, but no account in which a role is assumed",
        "set Accounts, or empty ExternalIds",
    );
    if checks.is_empty() {
        checks.push(Check::ok(part, format!("valid, and fit together; Mode={}", policy.mode)));
    }
    checks
}

fn variable<'a>(deployed: &'a Deployed, name: &str) -> Option<&'a str> {
    deployed.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckResult;

    fn deployed(variables: &[(&str, &str)]) -> Deployed {
        Deployed {
            arn: String::new(),
            name: "f".to_owned(),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            log_group: String::new(),
            log_level: None,
        }
    }

    fn problems(deployed: &Deployed) -> usize {
        let read = Settings::read(|name| deployed.variables.get(name).cloned());
        all(deployed, read.as_ref()).iter().filter(|check| check.result == CheckResult::Problem).count()
    }

    #[test]
    fn settings_that_contradict_each_other_are_a_problem() {
        assert_eq!(problems(&deployed(&[])), 0);
        let metrics = ("POWERTOOLS_METRICS_NAMESPACE", "Shop");
        assert_eq!(problems(&Deployed { log_level: Some("WARN".to_owned()), ..deployed(&[metrics]) }), 1);
        assert_eq!(problems(&deployed(&[("ROLLBACK_MODE", "on"), ("ROLLBACK_LIMIT", "-1")])), 1, "named at once");
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        let at = |version: &str| version_of(&format!("https://example.org/v{version}"));
        assert_eq!(at(VERSION), CheckResult::Ok);
        assert_eq!(at("0.0.9"), CheckResult::Problem);
        assert_eq!(version(&deployed(&[])).result, CheckResult::Unknown);
        assert!(number("0.10.0") > number("0.9.1"));
    }

    fn version_of(address: &str) -> CheckResult {
        version(&deployed(&[("ROLLBACK_DOCUMENTATION_URL", address)])).result
    }
}
