//! One follow-up: the end of a rollback, or the start of a deployment that people should know about.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use judgement::{
    Service,
    observation::{Latest, Revision, ServiceDeployment, Status},
    signal::Clues,
    text::{shown, span},
};
use strum::{IntoStaticStr, VariantArray};

/// A follow-up to an earlier deployment or decision.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FollowUp {
    /// The finding.
    pub(crate) finding: Finding,
    /// The service.
    pub(crate) service: Service,
    /// Its newest service deployment.
    pub(crate) latest: Latest,
    /// When ECS reported it, or when it was seen.
    pub(crate) at: Timestamp,
}

/// The findings that people should know about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    /// A rollback has ended.
    RollbackEnded {
        /// `true` if the earlier revision runs again.
        is_successful: bool,
        /// Its duration.
        took: Option<SignedDuration>,
        /// The time since the signal for which this function requested it, as far as that is remembered.
        since_signal: Option<SignedDuration>,
        /// The alarm for which this function requested it, as far as that is remembered.
        alarm: Option<Box<Clues>>,
    },
    /// A revision that was rolled back is deployed again.
    Redeployed {
        /// The deployment that was rolled back.
        before: ServiceDeployment,
    },
    /// A deployment started while alarms of it were in ALARM.
    Unprotected {
        /// The names of the alarms.
        alarms: Vec<String>,
    },
}

/// The kinds of follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum FollowUpKind {
    /// A rollback was successful, no matter who requested it.
    RollbackSuccessful,
    /// A rollback failed, no matter who requested it.
    RollbackFailed,
    /// A revision that was rolled back is deployed again.
    Redeployed,
    /// A deployment started while an alarm of it was in ALARM.
    Unprotected,
}

/// The longest reason that a sentence repeats.
const LONGEST_REASON: usize = 1_000;

impl FollowUpKind {
    /// The name in logs, metrics and notices.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

impl FollowUp {
    /// Its kind.
    pub(crate) fn kind(&self) -> FollowUpKind {
        match self.finding {
            Finding::RollbackEnded { is_successful: true, .. } => FollowUpKind::RollbackSuccessful,
            Finding::RollbackEnded { is_successful: false, .. } => FollowUpKind::RollbackFailed,
            Finding::Redeployed { .. } => FollowUpKind::Redeployed,
            Finding::Unprotected { .. } => FollowUpKind::Unprotected,
        }
    }

    /// The finding in one English sentence.
    pub(crate) fn sentence(&self) -> String {
        let Self { finding, service, latest, .. } = self;
        match finding {
            Finding::RollbackEnded { is_successful, took, .. } => {
                let end = if *is_successful { "is complete" } else { "has FAILED" };
                let took = took.map_or_else(String::new, |took| format!(" after {}", span(took)));
                let why = latest.reason().map(|why| shown(why.trim_end_matches('.'), LONGEST_REASON));
                let why = why.map_or_else(String::new, |why| format!("; ECS gives the reason {why}"));
                format!("The rollback of {service} {end}{took}{why}.")
            }
            Finding::Redeployed { before } => {
                let ended = before.ended().map_or_else(String::new, |ended| format!(" at {ended}"));
                format!("{service} is being redeployed with a revision that was rolled back{ended}: {}.", before.arn)
            }
            Finding::Unprotected { alarms } => match alarms.as_slice() {
                [one] => format!(
                    "{service} started deploying while alarm {} was already in ALARM, so that alarm cannot roll this \
                     deployment back.",
                    shown(one, 255)
                ),
                several => format!(
                    "{service} started deploying while the alarms {} were already in ALARM, so these cannot roll this \
                     deployment back.",
                    several.iter().map(|name| shown(name, 255)).collect::<Vec<_>>().join(", ")
                ),
            },
        }
    }
}

/// The service revisions that show whether the newest deployment brings a revision that was rolled back before: its own, and
/// those of the deployments before it, newest first, up to `most`.
pub(super) fn to_compare(latest: &Latest, history: &[ServiceDeployment], most: usize) -> Vec<String> {
    let earlier = earlier(latest, history);
    if !earlier.iter().any(|deployment| deployment.was_rolled_back()) {
        return Vec::new();
    }
    let mut arns: Vec<String> = Vec::new();
    for deployment in std::iter::once(&latest.candidate.deployment).chain(earlier) {
        let Some(arn) = &deployment.target_revision else { continue };
        if arns.len() < most && !arns.contains(arn) {
            arns.push(arn.clone());
        }
    }
    arns
}

/// The earlier deployment of the newest one's task definition, if it was rolled back and has not succeeded since.
pub(super) fn rolled_back_before<'a>(
    latest: &Latest,
    history: &'a [ServiceDeployment],
    revisions: &[Revision],
) -> Option<&'a ServiceDeployment> {
    let task_definition = |deployment: &ServiceDeployment| {
        let arn = deployment.target_revision.as_ref()?;
        revisions.iter().find(|revision| revision.arn == *arn)?.task_definition.as_ref()
    };
    let newest = task_definition(&latest.candidate.deployment)?;
    let before = earlier(latest, history).into_iter().find(|earlier| task_definition(earlier) == Some(newest))?;
    before.was_rolled_back().then_some(before)
}

/// The deployments before the newest that succeeded or were rolled back, newest first. One that was superseded shows nothing.
fn earlier<'a>(latest: &Latest, history: &'a [ServiceDeployment]) -> Vec<&'a ServiceDeployment> {
    let newest = &latest.candidate.deployment;
    let mut earlier: Vec<_> = history
        .iter()
        .filter(|deployment| deployment.arn != newest.arn && deployment.created <= newest.created)
        .filter(|deployment| deployment.status == Status::Successful || deployment.was_rolled_back())
        .collect();
    earlier.sort_by_key(|deployment| Reverse(deployment.created));
    earlier
}

/// The duration of a rollback that ended at `ended`.
pub(super) fn took(latest: &Latest, ended: Timestamp) -> Option<SignedDuration> {
    let started = latest.rollback.as_ref()?.started?;
    Some(ended.duration_since(started)).filter(|took| !took.is_negative())
}
