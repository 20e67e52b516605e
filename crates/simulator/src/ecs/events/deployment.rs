//! `ECS Deployment State Change`, and the service actions that come with it.

use serde_json::json;

use super::{Change, EventLog, Kind};
use crate::ecs::deployment::Deployment;
use crate::ecs::status::{Monitor, Status};

impl EventLog {
    pub(super) fn note_deployment(&mut self, change: &Change<'_>) {
        let Change { before, after, .. } = *change;
        let moved = before.map(|before| &before.status) != Some(&after.status);
        // ECS names revisions, not service deployments: of a rollback it names the one that it goes back to.
        let target = after.target.number.as_str();
        let back_to = after.rollback.as_ref().map_or(target, |rollback| rollback.to.number.as_str());

        if let Some(reason) = failure(change) {
            self.failed(target, reason, change);
        }
        if !moved {
            return;
        }
        match after.status {
            Status::InProgress => {
                self.in_progress(target, &format!("ECS deployment ecs-svc/{target} in progress."), change);
            }
            Status::Successful => self.completed(target, change),
            Status::RollbackInProgress => self.in_progress(back_to, &rolling_back(after, back_to), change),
            Status::RollbackSuccessful => self.completed(back_to, change),
            Status::RollbackFailed if is_watched(after) => {
                self.failed(target, "ECS deployment failed to roll back.", change);
            }
            _ => {}
        }
    }

    fn in_progress(&mut self, number: &str, reason: &str, change: &Change<'_>) {
        self.state_change(Kind::Info, "SERVICE_DEPLOYMENT_IN_PROGRESS", number, reason, change);
    }

    fn completed(&mut self, number: &str, change: &Change<'_>) {
        let reason = format!("ECS deployment ecs-svc/{number} completed.");
        self.state_change(Kind::Info, "SERVICE_DEPLOYMENT_COMPLETED", number, &reason, change);
        self.service_action(Kind::Info, "SERVICE_STEADY_STATE", change);
    }

    fn failed(&mut self, number: &str, reason: &str, change: &Change<'_>) {
        self.state_change(Kind::Error, "SERVICE_DEPLOYMENT_FAILED", number, reason, change);
    }

    /// The guide lists the three names under both detail types.
    fn state_change(&mut self, kind: Kind, name: &str, number: &str, reason: &str, change: &Change<'_>) {
        let detail = json!({
            "eventType": kind.as_str(),
            "eventName": name,
            "deploymentId": format!("ecs-svc/{number}"),
            "updatedAt": change.now,
            "reason": reason,
        });
        let service = self.home.service_arn(&change.service.path());
        self.send("ECS Deployment State Change", &service, detail, change.now);
        self.service_action(kind, name, change);
    }
}

/// The reason for which ECS itself has just found the deployment bad. ECS reports one only where a detection is on.
fn failure(change: &Change<'_>) -> Option<&'static str> {
    let Change { before, after, .. } = *change;
    let newly = |was: Option<Monitor>, is: Monitor| is == Monitor::Triggered && was != Some(Monitor::Triggered);
    let by_a_hook = after.status == Status::RollbackInProgress
        && before.is_some_and(|before| before.status == Status::InProgress)
        && is_watched(after);
    if newly(before.map(|before| before.breaker.status), after.breaker.status) {
        Some("ECS deployment circuit breaker: task failed to start.")
    } else if newly(before.map(|before| before.alarms.status), after.alarms.status) {
        Some("ECS deployment failed: alarm detected.")
    } else {
        by_a_hook.then_some("ECS deployment failed: lifecycle hook failed.")
    }
}

fn is_watched(deployment: &Deployment) -> bool {
    [&deployment.breaker, &deployment.alarms].iter().any(|watch| watch.status != Monitor::Disabled)
}

/// The one place where an event shows a rollback. With the circuit breaker it is as seen in real answers; of the other
/// causes no text is known.
fn rolling_back(deployment: &Deployment, number: &str) -> String {
    let cause = if deployment.breaker.status == Monitor::Triggered {
        " circuit breaker:"
    } else if deployment.alarms.status == Monitor::Triggered {
        " alarm:"
    } else {
        ""
    };
    format!("ECS deployment{cause} rolling back to deploymentId ecs-svc/{number}.")
}
