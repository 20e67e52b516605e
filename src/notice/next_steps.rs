//! The next steps for the reader of a notice.

use std::fmt;

use judgement::{Reason, observation::Revision};
use serde::{Serialize, Serializer};

use super::{Kind, Notice, commands, links::document};

/// A next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The step in words.
    pub(super) text: String,
    /// The document or the command that belongs to it.
    pub(super) with: Option<With>,
}

/// The document or the command that belongs to a next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum With {
    Document(String),
    Command(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.with {
            Some(With::Document(with) | With::Command(with)) => write!(f, "{}: {with}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Step {
    #[expect(clippy::unnecessary_wraps, reason = "it stands among steps that need not be")]
    fn new(text: impl Into<String>) -> Option<Self> {
        Some(Self { text: text.into(), with: None })
    }

    fn see(text: impl Into<String>, path: &str) -> Option<Self> {
        Self::new(text).map(|step| Self { with: Some(With::Document(document(path))), ..step })
    }

    fn run(text: &str, command: Option<String>) -> Option<Self> {
        Self::new(text).zip(command).map(|(step, command)| Self { with: Some(With::Command(command)), ..step })
    }
}

pub(super) fn of(notice: &Notice) -> Vec<Step> {
    let steps = match notice.kind {
        Kind::RolledBack => {
            vec![
                Step::new(format!("Nothing to do now: ECS goes back to {}.", previous(notice))),
                declared(notice),
                watch(notice),
            ]
        }
        Kind::WouldRollBack => vec![
            by_hand(notice),
            Step::new(
                "To let the function roll back next time, tag the service auto-rollback=enforce, or set the parameter Mode to \
                 enforce.",
            ),
        ],
        Kind::RollbackLimit => {
            vec![Step::new("Something keeps redeploying a bad revision. Find out what."), by_hand(notice)]
        }
        Kind::LeftAlone => left_alone(notice),
        Kind::TooLate => vec![
            Step::run("If the alarm is about this deployment, go back", commands::go_back(notice)),
            declared(notice),
            Step::new("To catch it next time, extend the service's bake time (bakeTimeInMinutes) as said above."),
        ],
        Kind::LedNowhere => vec![
            Step::see("How an alarm leads to its services", "docs/guide/services.md"),
            Step::new(
                "If it is not about a service, remove the function from its actions, or leave it out of the parameter Alarms.",
            ),
        ],
        Kind::Conflict => vec![watch(notice), by_hand(notice)],
        Kind::Failed => vec![Step::new(after_failure(notice.reason)), by_hand(notice)],
        Kind::RollbackSuccessful => vec![after_rollback(notice), declared(notice)],
        Kind::RollbackFailed => vec![
            Step::new("Check the service now: it may run tasks of both revisions, or too few of either."),
            Step::run("To go back", commands::go_back(notice)).or_else(|| {
                Step::new("Deploy a known good revision; a deployment that has ended cannot be rolled back again.")
            }),
            watch(notice),
        ],
        Kind::Redeployed => vec![
            Step::see(
                "If this is intentional, there is nothing to do now. Otherwise some pipeline still deploys the revision that was \
                 rolled back",
                AFTER_A_ROLLBACK,
            ),
            by_hand(notice),
        ],
        Kind::Unprotected => vec![
            Step::new("Watch this deployment manually until the alarm returns to OK; only then can it fire again."),
            by_hand(notice),
        ],
    };
    let hold = Step::run("To switch off automatic rollbacks of this service", commands::hold(notice));
    steps.into_iter().chain([hold]).flatten().collect()
}

/// The page on what to do after a rollback.
const AFTER_A_ROLLBACK: &str = "docs/ops/after-a-rollback.md";

fn left_alone(notice: &Notice) -> Vec<Option<Step>> {
    let by_hand = match notice.reason {
        Some(Reason::FirstDeployment) => Step::new("If it is bad, fix it and deploy again."),
        _ => by_hand(notice),
    };
    vec![Step::new("Nothing to do now, unless you know that this deployment is to blame."), by_hand]
}

fn after_failure(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::AccessDenied) => "Fix the function's IAM role; the denied call is named above.",
        Some(Reason::UnsupportedFeature | Reason::InvalidParameter | Reason::ClientError) => {
            "A retry is unlikely to help, because ECS refuses this call."
        }
        _ => {
            "Nothing to do now: Lambda or the queue will retry. If that fails too, the event goes to the on-failure queue."
        }
    }
}

fn after_rollback(notice: &Notice) -> Option<Step> {
    let alarm = notice.rollback.as_ref().and_then(|rollback| rollback.alarm.as_ref());
    Step::new(match alarm {
        Some(alarm) if alarm.state != "OK" => {
            "Watch the alarm: if it does not return to OK within minutes, the cause is elsewhere.".to_owned()
        }
        _ => format!("Nothing to do now: the service runs {} again.", previous(notice)),
    })
}

fn by_hand(notice: &Notice) -> Option<Step> {
    Step::run("To roll it back manually", commands::roll_back(notice))
}

fn watch(notice: &Notice) -> Option<Step> {
    Step::run("To watch it", commands::watch(notice))
}

/// The surprise that most often follows a rollback: the source that declares the service still declares the bad revision.
fn declared(notice: &Notice) -> Option<Step> {
    let from = notice.deployment.as_ref().and_then(|deployment| deployment.from.as_ref()).and_then(Revision::name);
    let text = format!(
        "Your Terraform, CloudFormation or CDK still declares {}, so the next apply deploys it again. Fix the source first",
        from.unwrap_or("the bad revision")
    );
    Step::see(text, AFTER_A_ROLLBACK)
}

fn previous(notice: &Notice) -> &str {
    notice.previous().and_then(Revision::name).unwrap_or("the previous revision")
}
