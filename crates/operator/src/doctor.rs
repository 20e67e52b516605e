//! `doctor`: is the installation sound? Each check is ok, a problem with the line that fixes it, or unknown.

mod channels;
mod invocation;
mod policy;
mod settings;

use ecs_auto_rollback::{CallError, ErrorKind, Settings};
use judgement::text::chain;
use serde::Serialize;

use crate::{
    aws::{Deployed, Lambda, assume},
    output::{Answer, Cell, End, Screen, Shown, Table, Tone, harmless, plain, wrapped},
    session::{Failure, Session},
};

/// The name of the function that the stack gives it.
const FUNCTION: &str = "ecs-auto-rollback";

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// The function's name.
    function: String,
    /// The checks.
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    /// The part of the installation.
    part: &'static str,
    /// The result.
    result: CheckResult,
    /// The finding.
    finding: String,
    /// The line that fixes it.
    fix: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum CheckResult {
    Ok,
    Problem,
    Unknown,
}

impl Check {
    fn ok(part: &'static str, finding: impl Into<String>) -> Self {
        Self { part, result: CheckResult::Ok, finding: finding.into(), fix: None }
    }

    fn problem(part: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { part, result: CheckResult::Problem, finding: finding.into(), fix: Some(fix.into()) }
    }

    /// A check whose call failed.
    fn unknown(part: &'static str, error: &CallError) -> Self {
        let finding = format!("{} ({})", chain(error).trim_end_matches('.'), error.action);
        Self { part, result: CheckResult::Unknown, finding, fix: None }
    }
}

/// Checks the installation of the function of this name.
pub(crate) async fn run(session: &Session, function: Option<&str>) -> Result<Shown, Failure> {
    let name = function.unwrap_or(FUNCTION);
    let checks = match Lambda::new(&session.config).function(name).await {
        Ok(deployed) => all(session, &deployed).await,
        Err(error) if error.kind == ErrorKind::ResourceNotFound => vec![Check::problem(
            "function",
            format!("there is no function {name} in {}", session.home.region),
            "install the stack, or name the function with --function and its Region with --region",
        )],
        Err(error) => vec![Check::unknown("function", &error)],
    };
    let is_sound = checks.iter().all(|check| check.result != CheckResult::Problem);
    let end = if is_sound { End::Fine } else { End::Short };
    session.screen.show(&Health { function: name.to_owned(), checks }, end)
}

async fn all(session: &Session, deployed: &Deployed) -> Vec<Check> {
    let mut checks = vec![Check::ok("function", deployed.arn.clone()), settings::version(deployed)];
    let read = Settings::read(|name| deployed.variables.get(name).cloned());
    checks.extend(settings::all(deployed, read.as_ref()));
    let invocation = invocation::all(session, deployed).await;
    checks.extend(channels::all(session, deployed, &invocation.topics).await);
    checks.extend(invocation.checks);
    for role in read.iter().flat_map(|settings| settings.roles_elsewhere(&session.home.partition)) {
        let part = "role in another account";
        checks.push(match assume(&session.config, &role).await {
            Ok(()) => Check::ok(part, format!("{} can be assumed", role.arn)),
            Err(error) if error.kind == ErrorKind::AccessDenied => Check {
                finding: format!(
                    "{} may not be assumed with these credentials, which says nothing about the function's ({})",
                    role.arn, error.action
                ),
                ..Check::unknown(part, &error)
            },
            Err(error) => Check::unknown(part, &error),
        });
    }
    checks
}

impl Answer for Health {
    fn text(&self, screen: &Screen) -> String {
        let count = |result| self.checks.iter().filter(|check| check.result == result).count();
        let heading = format!(
            "{}: ok {}, problems {}, unknown {}",
            plain(&self.function),
            count(CheckResult::Ok),
            count(CheckResult::Problem),
            count(CheckResult::Unknown)
        );
        let mut text = format!("{}\n", screen.paint(&heading, Tone::Bold));
        let mut table = Table::of(["RESULT", "PART", "FINDING"]);
        for Check { part, result, finding, .. } in &self.checks {
            let (result, tone) = match result {
                CheckResult::Ok => ("ok", Tone::Good),
                CheckResult::Problem => ("PROBLEM", Tone::Bad),
                CheckResult::Unknown => ("unknown", Tone::Doubtful),
            };
            table.row([Cell::new(result).toned(tone), Cell::new(part), Cell::whole(finding)]);
        }
        text.push_str(&table.text(screen));
        for check in &self.checks {
            let Some(fix) = &check.fix else { continue };
            text.push_str(&wrapped(&harmless(&format!("To fix {}: {fix}", check.part)), screen.width, ""));
        }
        text
    }
}
