//! Carries out a decision to roll back, and reads AWS's answer.

use std::time::Duration;

use judgement::{
    Reason, Service, Verdict,
    decide::{Means, RollBack, not_stoppable},
    observation::{Latest, Status},
    text::{chain, span},
};
use tokio::time::{Instant, sleep};

use crate::aws::{CallError, Ecs, ErrorKind};

/// The first pause before a retry if ECS answers with a conflict for a deployment that it shows in flight. AWS does not document
/// the cause; most likely the deployment is between two states, which is over soon. Each further pause is twice as long, up to
/// [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The time for one retry, with the look at the deployment after a refusal.
const TIME_TO_TRY: Duration = Duration::from_secs(1);

/// Words in ECS's reason for a rollback that was requested by its API. ECS has no field for that.
const BY_API: &str = "by user";

/// Rolls back the service deployment that was judged, and no other. Retries until `deadline` if that may help.
pub(crate) async fn roll_back(ecs: &Ecs, service: &Service, decision: &RollBack, deadline: Instant) -> Verdict {
    let verdict = match &decision.means {
        Means::Stop => stop(ecs, service, decision, deadline).await,
        Means::Continue { hook_id } => leave_hook(ecs, service, decision, hook_id, deadline).await,
    };
    verdict.about(&decision.deployment)
}

/// Rolls back at the hook. If that is refused for any reason and the deployment can still be stopped, stops it.
async fn leave_hook(ecs: &Ecs, service: &Service, decision: &RollBack, hook_id: &str, deadline: Instant) -> Verdict {
    let arn = &decision.deployment;
    let Err(error) = ecs.roll_back_at_hook(arn, hook_id).await else {
        return Verdict::new(Reason::ContinueRequested, decision.detail.as_str());
    };
    match ecs.look_again(arn).await {
        Ok(latest) if error.kind == ErrorKind::Unreachable && was_done(latest.as_ref()) => {
            Verdict::new(Reason::ContinueRequested, decision.detail.as_str())
        }
        Ok(latest) => match over(service, arn, latest.as_ref()) {
            Some(verdict) => verdict,
            None => stop(ecs, service, decision, deadline).await,
        },
        Err(_) => error.verdict(),
    }
}

async fn stop(ecs: &Ecs, service: &Service, decision: &RollBack, deadline: Instant) -> Verdict {
    let arn = &decision.deployment;
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    for tries in 1.. {
        let Err(error) = ecs.stop(arn).await else { break };
        match error.kind {
            ErrorKind::DeploymentNotFound => return not_found(service, arn),
            // The deployment's status shows the cause; the message does not.
            ErrorKind::Conflict | ErrorKind::InvalidParameter => match ecs.look_again(arn).await {
                Ok(latest) => {
                    if let Some(verdict) = over(service, arn, latest.as_ref()) {
                        return verdict;
                    }
                }
                Err(error) => return error.verdict(),
            },
            // The answer may have been lost after the stop took effect.
            ErrorKind::Unreachable => match ecs.look_again(arn).await {
                Ok(latest) if was_done(latest.as_ref()) => break,
                _ => return error.verdict(),
            },
            _ => return error.verdict(),
        }
        if error.kind == ErrorKind::InvalidParameter {
            return error.verdict();
        }
        if deadline.saturating_duration_since(Instant::now()) < pause + TIME_TO_TRY {
            return conflict(service, &error, tries, began.elapsed());
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    Verdict::new(Reason::StopRequested, decision.detail.as_str())
}

/// Checks that a deployment that could be stopped just now is being rolled back, because of a request and for no reason of ECS's
/// own.
fn was_done(latest: Option<&Latest>) -> bool {
    let is_rolling_back = |latest: &Latest| {
        matches!(latest.candidate.deployment.status, Status::RollbackRequested | Status::RollbackInProgress)
    };
    latest.is_some_and(|latest| is_rolling_back(latest) && latest.reason().is_none_or(|reason| reason.contains(BY_API)))
}

/// The verdict on a refusal, if the service deployment shows its cause. `None` if it could still be stopped.
fn over(service: &Service, arn: &str, latest: Option<&Latest>) -> Option<Verdict> {
    match latest {
        Some(latest) => not_stoppable(service, &latest.candidate.deployment.status),
        None => Some(not_found(service, arn)),
    }
}

fn not_found(service: &Service, arn: &str) -> Verdict {
    Verdict::new(Reason::DeploymentNotFound, format!("ECS no longer knows {arn} of {service}."))
}

fn conflict(service: &Service, error: &CallError, tries: usize, took: Duration) -> Verdict {
    let detail = format!(
        "The rollback of {service} was refused {tries} times within {} with a conflict, although its deployment is in \
         progress: {}.",
        span(took.try_into().unwrap_or_default()),
        chain(error).trim_end_matches('.')
    );
    Verdict::new(Reason::Conflict, detail)
}
