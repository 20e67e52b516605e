//! A decision carried out, and what AWS's answer means.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    aws::{CallError, Ecs, Kind},
    decision::{Means, RollBack, not_stoppable},
    error::chain,
    reason::Reason,
    target::Target,
};

/// What came of one rollback: its reason, and one English sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The reason.
    pub reason: Reason,
    /// The sentence.
    pub detail: String,
}

impl Settled {
    /// What a call that did not succeed is reported as.
    #[must_use]
    pub fn failed(error: &CallError) -> Self {
        Self { reason: error.kind.reason(), detail: chain(error) }
    }
}

/// How long to wait before each further try when ECS answers with a conflict for a deployment that it shows in flight. AWS
/// does not say what raises the conflict; a deployment between two states is the likeliest, and that passes soon.
const CONFLICT_PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1)];

/// Rolls back the service deployment that was judged, and no other.
pub async fn roll_back(ecs: &Ecs, target: &Target, decision: &RollBack) -> Settled {
    let arn = &decision.service_deployment_arn;
    let mut pauses = CONFLICT_PAUSES.into_iter();
    loop {
        let (answer, requested) = match &decision.means {
            Means::Stop => (ecs.stop(arn).await, Reason::StopRequested),
            Means::Continue { hook_id } => (ecs.roll_back_at_hook(arn, hook_id).await, Reason::ContinueRequested),
        };
        let error = match answer {
            Ok(()) => return Settled { reason: requested, detail: decision.detail.clone() },
            Err(error) => error,
        };
        match error.kind {
            Kind::DeploymentNotFound => return not_found(target, arn),
            // The message does not tell what was wrong, the deployment does.
            Kind::Conflict | Kind::InvalidParameter => {
                if let Some(settled) = look_again(ecs, target, arn).await {
                    return settled;
                }
            }
            _ => return Settled::failed(&error),
        }
        if error.kind == Kind::InvalidParameter {
            return Settled::failed(&error);
        }
        let Some(pause) = pauses.next() else {
            let detail = format!(
                "ECS answered {} times with a conflict, although the deployment of {target} is in flight: {}.",
                CONFLICT_PAUSES.len() + 1,
                chain(&error)
            );
            return Settled { reason: Reason::Conflict, detail };
        };
        sleep(pause).await;
    }
}

/// Why ECS refused, if the service deployment shows it. `None` if it could still be stopped.
async fn look_again(ecs: &Ecs, target: &Target, arn: &str) -> Option<Settled> {
    match ecs.status(arn).await {
        Ok(Some(status)) => not_stoppable(target, &status).map(|(reason, detail)| Settled { reason, detail }),
        Ok(None) => Some(not_found(target, arn)),
        Err(error) => Some(Settled::failed(&error)),
    }
}

fn not_found(target: &Target, arn: &str) -> Settled {
    Settled { reason: Reason::DeploymentNotFound, detail: format!("ECS does not know {arn} of {target} any more.") }
}
