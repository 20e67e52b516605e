//! A lifecycle hook that a deployment has reached.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ecs::configuration::{HookAction, HookTarget, LifecycleHook};
use crate::ecs::settings::Timing;
use crate::time::after;

/// The status of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum HookStatus {
    AwaitingAction,
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
}

/// One entry of `lifecycleHookDetails`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) target: HookTarget,
    pub(crate) target_arn: Option<String>,
    pub(crate) status: HookStatus,
    /// The time when a PAUSE hook stops waiting, or when a Lambda hook answers.
    pub(crate) expires_at: Timestamp,
    pub(crate) timeout_action: HookAction,
}

impl Hook {
    /// The hook when the deployment reaches it.
    pub(crate) fn begin(hook: &LifecycleHook, id: String, now: Timestamp, timing: &Timing) -> Self {
        let target = hook.target_type.unwrap_or_default();
        let timeout = hook.timeout_configuration.clone().unwrap_or_default();
        let (status, lasts) = match target {
            // 14 days is the longest that a PAUSE hook can wait.
            HookTarget::Pause => {
                let minutes = timeout.timeout_in_minutes.unwrap_or(20_160);
                (HookStatus::AwaitingAction, Duration::from_mins(u64::from(minutes)))
            }
            HookTarget::AwsLambda => (HookStatus::InProgress, timing.lambda_hook),
        };
        Self {
            id,
            target,
            target_arn: hook.hook_target_arn.clone(),
            status,
            expires_at: after(now, lasts),
            timeout_action: timeout.action.unwrap_or(HookAction::Rollback),
        }
    }

    /// True if it has this id and waits for an action.
    pub(crate) fn awaits_action(&self, id: &str) -> bool {
        self.id == id && self.status == HookStatus::AwaitingAction
    }

    /// True if the deployment waits for it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, HookStatus::AwaitingAction | HookStatus::InProgress)
    }
}
