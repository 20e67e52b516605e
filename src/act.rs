//! Carries out a decision to roll back, and reads AWS's answer.

use std::time::Duration;

use judgement::{
    Reason, Service, Verdict,
    decide::{Means, RollBack, not_stoppable},
    text::chain,
};
use tokio::time::sleep;

use crate::aws::{CallError, Ecs, ErrorKind};

/// The pauses before each further try when ECS answers with a conflict for a deployment that it shows in flight. AWS does not
/// say what raises the conflict; a deployment between two states is the likeliest, and that passes soon.
const CONFLICT_PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1)];

/// Rolls back the service deployment that was judged, and no other.
pub(crate) async fn roll_back(ecs: &Ecs, service: &Service, decision: &RollBack) -> Verdict {
    let verdict = request(ecs, service, decision).await;
    verdict.about(&decision.deployment)
}

async fn request(ecs: &Ecs, service: &Service, decision: &RollBack) -> Verdict {
    let arn = &decision.deployment;
    let mut pauses = CONFLICT_PAUSES.into_iter();
    loop {
        let (answer, requested) = match &decision.means {
            Means::Stop => (ecs.stop(arn).await, Reason::StopRequested),
            Means::Continue { hook_id } => (ecs.roll_back_at_hook(arn, hook_id).await, Reason::ContinueRequested),
        };
        let error = match answer {
            Ok(()) => return Verdict::new(requested, decision.detail.as_str()),
            Err(error) => error,
        };
        match error.kind {
            ErrorKind::DeploymentNotFound => return not_found(service, arn),
            // The message does not say what was wrong, the deployment does.
            ErrorKind::Conflict | ErrorKind::InvalidParameter => {
                if let Some(verdict) = look_again(ecs, service, arn).await {
                    return verdict;
                }
            }
            _ => return error.verdict(),
        }
        if error.kind == ErrorKind::InvalidParameter {
            return error.verdict();
        }
        let Some(pause) = pauses.next() else { return conflict(service, &error) };
        sleep(pause).await;
    }
}

/// The verdict on a refusal, if the service deployment shows its cause. `None` if it could still be stopped.
async fn look_again(ecs: &Ecs, service: &Service, arn: &str) -> Option<Verdict> {
    match ecs.status(arn).await {
        Ok(Some(status)) => not_stoppable(service, &status),
        Ok(None) => Some(not_found(service, arn)),
        Err(error) => Some(error.verdict()),
    }
}

fn not_found(service: &Service, arn: &str) -> Verdict {
    Verdict::new(Reason::DeploymentNotFound, format!("ECS no longer knows {arn} of {service}."))
}

fn conflict(service: &Service, error: &CallError) -> Verdict {
    let tries = CONFLICT_PAUSES.len() + 1;
    let detail = format!(
        "The rollback of {service} was refused {tries} times with a conflict, although its deployment is in progress: {}.",
        chain(error).trim_end_matches('.')
    );
    Verdict::new(Reason::Conflict, detail)
}
