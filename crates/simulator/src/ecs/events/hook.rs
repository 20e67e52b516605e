//! `ECS Hook State Change`: the only event that names a service deployment.

use serde_json::json;

use super::{Change, EventLog, Kind};
use crate::ecs::configuration::HookTarget;
use crate::ecs::hook::{Hook, HookStatus};

impl EventLog {
    pub(super) fn note_hooks(&mut self, change: &Change<'_>) {
        let earlier = change.before.map_or(&[][..], |before| &before.hooks);
        for hook in &change.after.hooks {
            let was = earlier.iter().find(|earlier| earlier.id == hook.id).map(|earlier| earlier.status);
            if was != Some(hook.status) {
                self.hook_state_change(hook, change);
            }
        }
    }

    fn hook_state_change(&mut self, hook: &Hook, change: &Change<'_>) {
        // AWAITING_ACTION is documented as INFO; of the others only the names are.
        let (kind, name) = match hook.status {
            HookStatus::AwaitingAction => (Kind::Info, "HOOK_AWAITING_ACTION"),
            HookStatus::InProgress => (Kind::Info, "HOOK_IN_PROGRESS"),
            HookStatus::Succeeded => (Kind::Info, "HOOK_SUCCEEDED"),
            HookStatus::Failed => (Kind::Error, "HOOK_FAILED"),
            HookStatus::TimedOut => (Kind::Warn, "HOOK_TIMED_OUT"),
        };
        let path = change.service.path();
        let deployment = self.home.service_deployment_arn(&path, &change.after.id);
        let mut detail = json!({
            "eventType": kind.as_str(),
            "eventName": name,
            "hookId": hook.id,
            "hookType": hook.target,
            "lifecycleStage": change.after.stage,
            "clusterArn": self.home.cluster_arn(&change.service.cluster),
            "serviceArn": self.home.service_arn(&path),
            "serviceDeploymentArn": deployment,
            "updatedAt": change.now,
        });
        if hook.target == HookTarget::Pause {
            detail["expiresAt"] = json!(hook.expires_at);
        }
        self.send("ECS Hook State Change", &deployment, detail, change.now);
    }
}
