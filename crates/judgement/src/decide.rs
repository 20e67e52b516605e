//! The decision table. Rows are tried in order; the first that fits decides.
//!
//! The rows come in three groups, by what they depend on: [`screen`] needs the signal alone (rows 1 to 3), [`admit`] the
//! service's name (row 5; row 4 is locating the service), and [`decide`] the observation (rows 6 to 19).

mod admit;
pub mod advice;
mod cause;
mod rows;
mod screen;
pub mod table;
mod way_back;

use jiff::Timestamp;

pub use self::{
    admit::{admit, foreign},
    rows::{mode, not_stoppable},
    screen::screen,
};
use crate::{
    evidence::Evidence,
    observation::{Candidate, Observation, revision_number},
    policy::{Mode, Policy},
    service::Service,
    signal::{Signal, Source},
    text::{shown, span},
    verdict::{Reason, Verdict},
};

/// The decision on one signal for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Roll back the service deployment.
    RollBack(RollBack),
    /// Leave it alone.
    LeaveAlone(Verdict),
}

/// A rollback to be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollBack {
    /// The ARN of the service deployment that was judged: this one is stopped, and no other.
    pub deployment: String,
    /// The call that rolls it back.
    pub means: Means,
    /// The reason, in one English sentence.
    pub detail: String,
}

/// The call that rolls a service deployment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// `StopServiceDeployment` with `stopType=ROLLBACK`.
    Stop,
    /// `ContinueServiceDeployment` with `action=ROLLBACK`, for one that waits at a PAUSE hook.
    Continue {
        /// The hook's id.
        hook_id: String,
    },
}

/// The input of one decision, besides the observation of the service.
#[derive(Clone, Copy)]
struct Question<'a> {
    signal: &'a Signal,
    service: &'a Service,
    evidence: &'a Evidence,
    policy: &'a Policy,
    now: Timestamp,
}

/// Decides on a signal for an observed service, with the evidence available: rows 6 to 19.
#[must_use]
pub fn decide(
    signal: &Signal,
    service: &Service,
    observed: &Observation,
    evidence: &Evidence,
    policy: &Policy,
    now: Timestamp,
) -> Decision {
    let question = Question { signal, service, evidence, policy, now };
    judge(&question, observed).map_or_else(Decision::LeaveAlone, Decision::RollBack)
}

fn judge(question: &Question<'_>, observed: &Observation) -> Result<RollBack, Verdict> {
    let found = rows::eligible(question.service, observed)?;
    let mode = mode(question.service, found, question.policy, question.now)?;
    let candidate = rows::in_flight(question, observed)?;
    rows::about_this_one(question, observed, candidate)?;
    rows::stoppable(question.service, candidate)?;
    cause::can_be_the_cause(question, observed, candidate)?;
    cause::has_capacity(question, candidate)?;
    way_back::can_go_back(question, found, observed, candidate)?;
    way_back::not_the_way_back(question, observed, candidate)?;
    way_back::not_too_often(question, observed, candidate)?;
    let arn = &candidate.deployment.arn;
    let detail = why(question, observed, candidate);
    if question.policy.only_shows || mode == Mode::Observe {
        return Err(Verdict::new(Reason::ObserveMode, format!("Would have rolled back {detail}")).about(arn));
    }
    Ok(RollBack {
        deployment: arn.clone(),
        means: match &candidate.paused_at {
            Some(hook_id) => Means::Continue { hook_id: hook_id.clone() },
            None => Means::Stop,
        },
        detail: format!("Requested the rollback of {detail}"),
    })
}

/// Explains a rollback: from which revision to which, why this deployment is to blame, and what could not be looked at.
fn why(question: &Question<'_>, observed: &Observation, candidate: &Candidate) -> String {
    let Question { signal, service, evidence, .. } = question;
    let deployment = &candidate.deployment;
    let to = candidate.source_revisions.iter().map(|arn| revision_number(arn)).collect::<Vec<_>>().join(", ");
    let after = signal.began.zip(deployment.began()).map(|(signalled, began)| signalled.duration_since(began));
    let after = after.filter(|after| !after.is_negative());
    let after = after.map_or_else(String::new, |after| format!(", {} after the deployment began", span(after)));
    let name = shown(&signal.name, 255);
    let cause = match (signal.source, signal.began) {
        (Source::CloudWatch, Some(began)) => format!("alarm {name} has been in ALARM since {began}{after}"),
        (Source::CloudWatch, None) => format!("alarm {name} is in ALARM"),
        (Source::Ecs, Some(began)) => format!("ECS reported {name} at {began}{after}"),
        (Source::Ecs, None) => format!("ECS reported {name}"),
        (Source::Manual, _) => format!("requested with the reason {name}"),
    };
    let gaps: Vec<&str> = observed.revisions_gap.iter().chain(&evidence.gaps).map(String::as_str).collect();
    let cause = [&[cause.as_str()], gaps.as_slice()].concat().join("; ");
    format!("{service} from revision {} to {to}: {cause}.", deployment.revision().unwrap_or("unknown"))
}

#[cfg(test)]
mod tests;
