//! The tasks on both sides of a deployment, which follow from its status and stage.

use crate::ecs::configuration::Strategy;
use crate::ecs::counts::RevisionCounts;
use crate::ecs::deployment::Deployment;
use crate::ecs::status::{Stage, Status};

/// The tasks of a revision that are requested, run and are pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tasks {
    pub(super) requested: u32,
    pub(super) running: u32,
    pub(super) pending: u32,
}

impl Tasks {
    pub(super) const NONE: Self = Self { requested: 0, running: 0, pending: 0 };

    pub(super) fn all_run(count: u32) -> Self {
        Self { requested: count, running: count, pending: 0 }
    }

    /// With the counts that a seed gives in place of these.
    pub(super) fn or_as_seeded(self, seeded: Option<&RevisionCounts>) -> Self {
        let Some(seeded) = seeded else { return self };
        Self {
            requested: seeded.requested_task_count.unwrap_or(self.requested),
            running: seeded.running_task_count.unwrap_or(self.running),
            pending: seeded.pending_task_count.unwrap_or(self.pending),
        }
    }

    fn launching(count: u32) -> Self {
        Self { requested: count, running: 0, pending: count }
    }
}

/// The tasks on both sides of a deployment.
pub(super) struct Split {
    pub(super) target: Tasks,
    pub(super) source: Tasks,
}

impl Split {
    /// The split with `all` tasks requested.
    pub(super) fn of(deployment: &Deployment, all: u32) -> Self {
        let rolling = deployment.configuration.strategy.unwrap_or_default() == Strategy::Rolling;
        let (target, source) = match deployment.status {
            Status::Successful => (Tasks::all_run(all), Tasks::NONE),
            Status::RollbackInProgress | Status::RollbackFailed if rolling => (Tasks::NONE, Tasks::launching(all)),
            Status::Pending
            | Status::RollbackInProgress
            | Status::RollbackFailed
            | Status::RollbackSuccessful
            | Status::Stopped => (Tasks::NONE, Tasks::all_run(all)),
            Status::InProgress | Status::RollbackRequested | Status::StopRequested | Status::Other(_) => {
                match deployment.stage {
                    None | Some(Stage::ReconcileService | Stage::PreScaleUp) => (Tasks::NONE, Tasks::all_run(all)),
                    Some(Stage::ScaleUp) => (Tasks::launching(all), Tasks::all_run(all)),
                    Some(Stage::CleanUp) => (Tasks::all_run(all), Tasks::NONE),
                    Some(_) if rolling => (Tasks::all_run(all), Tasks::NONE),
                    Some(_) => (Tasks::all_run(all), Tasks::all_run(all)),
                }
            }
        };
        // A first deployment has no other side.
        let source = if deployment.sources.is_empty() { Tasks::NONE } else { source };
        Self { target, source }
    }
}
