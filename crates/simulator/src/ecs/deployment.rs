//! One service deployment and its state machine. It moves when it is woken or asked to, and has no clock of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::ecs::configuration::{DeploymentConfiguration, HookAction, HookTarget};
use crate::ecs::counts::RevisionCounts;
use crate::ecs::hook::{Hook, HookStatus};
use crate::ecs::plan::{Step, steps};
use crate::ecs::revision::Revision;
use crate::ecs::settings::Timing;
use crate::ecs::status::{Monitor, RollbackEnd, Stage, Status};
use crate::ecs::task::TaskFailure;
use crate::ecs::watch::Watch;
use crate::home::Home;
use crate::ids::Ids;
use crate::time::after;

/// The reason of a rollback that was requested by API: all that ECS remembers (observed in real answers).
pub(crate) const ROLLED_BACK_BY_USER: &str = "Service deployment rolled back by user.";

/// The time for which ECS keeps a service deployment.
const KEPT_FOR: Duration = Duration::from_hours(90 * 24);

/// The facts about all deployments that decide how they go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Task definitions (`family:revision`) whose tasks fail to start, and how they do.
    pub(crate) broken: BTreeMap<String, TaskFailure>,
    /// Names of the alarms that are in ALARM.
    pub(crate) alarms: BTreeSet<String>,
    /// ARNs of Lambda hooks that answer FAILED.
    pub(crate) failing_hooks: BTreeSet<String>,
}

/// Now, and what else a deployment needs to move.
pub(crate) struct Moment<'a> {
    pub(crate) home: &'a Home,
    pub(crate) now: Timestamp,
    pub(crate) timing: &'a Timing,
    pub(crate) facts: &'a Facts,
    pub(crate) ids: &'a mut Ids,
}

/// The reason for which a stop was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unstoppable {
    Over,
    NothingToGoBackTo,
}

/// `rollback` of a service deployment.
#[derive(Clone, Debug)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started_at: Timestamp,
    pub(crate) to: Arc<Revision>,
}

/// A service deployment.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) status_reason: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) stopped_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
    /// The time from which lists and descriptions have it.
    pub(crate) listed_at: Timestamp,
    pub(crate) sources: Vec<Arc<Revision>>,
    pub(crate) target: Arc<Revision>,
    /// The last revision that was deployed successfully before this one.
    pub(crate) settled_before: Option<Arc<Revision>>,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) rollback_ends: RollbackEnd,
    pub(crate) configuration: Arc<DeploymentConfiguration>,
    pub(crate) desired: u32,
    pub(crate) plan: Vec<Step>,
    pub(crate) position: usize,
    pub(crate) stage: Option<Stage>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) breaker: Watch,
    pub(crate) failed_tasks: u32,
    pub(crate) alarms: Watch,
    pub(crate) triggered_alarms: Vec<String>,
    /// The counts that are answered in place of those that follow from its stage, for as long as it stays where it was
    /// seeded: of its target, and of its first source.
    pub(crate) target_counts: Option<RevisionCounts>,
    pub(crate) source_counts: Option<RevisionCounts>,
    /// The time to wake it.
    pub(crate) due: Option<Timestamp>,
}

impl Deployment {
    /// A deployment of `target`, just created.
    pub(crate) fn new(
        id: String,
        target: Arc<Revision>,
        configuration: Arc<DeploymentConfiguration>,
        desired: u32,
        moment: &Moment<'_>,
    ) -> Self {
        let now = moment.now;
        Self {
            id,
            status: Status::Pending,
            status_reason: None,
            created_at: now,
            started_at: None,
            finished_at: None,
            stopped_at: None,
            updated_at: now,
            listed_at: after(now, moment.timing.listing_lag),
            sources: Vec::new(),
            target,
            settled_before: None,
            rollback: None,
            rollback_ends: RollbackEnd::Successful,
            breaker: Watch::circuit_breaker(&configuration),
            alarms: Watch::alarms(&configuration, &moment.facts.alarms),
            plan: steps(&configuration, moment.timing),
            configuration,
            desired,
            position: 0,
            stage: None,
            hooks: Vec::new(),
            failed_tasks: 0,
            triggered_alarms: Vec::new(),
            target_counts: None,
            source_counts: None,
            due: Some(after(now, moment.timing.pending)),
        }
    }

    /// Failed tasks at which the circuit breaker triggers; zero without one.
    pub(crate) fn breaker_threshold(&self) -> u32 {
        match &self.configuration.deployment_circuit_breaker {
            Some(breaker) if breaker.enable => breaker.threshold(self.desired),
            _ => 0,
        }
    }

    /// True if ECS lists and describes it then.
    pub(crate) fn is_known_at(&self, time: Timestamp) -> bool {
        self.listed_at <= time && after(self.created_at, KEPT_FOR) > time
    }

    /// Percent of production traffic on the target revision.
    pub(crate) fn production_traffic(&self) -> f64 {
        match self.status {
            Status::Successful => 100.0,
            Status::InProgress | Status::RollbackRequested => {
                self.plan.get(self.position).map_or(0.0, |step| step.production)
            }
            _ => 0.0,
        }
    }

    /// Percent of test traffic on the target revision.
    pub(crate) fn test_traffic(&self) -> f64 {
        let shifted = match self.status {
            Status::Successful => true,
            Status::InProgress | Status::RollbackRequested => self.stage >= Some(Stage::TestTrafficShift),
            _ => false,
        };
        if shifted { 100.0 } else { 0.0 }
    }

    /// Its time has come.
    pub(crate) fn wake(&mut self, moment: &mut Moment<'_>) {
        self.updated_at = moment.now;
        match self.status {
            Status::Pending => {
                self.move_to(Status::InProgress);
                self.started_at = Some(moment.now);
                self.enter(0, moment);
            }
            Status::InProgress => self.go_on(moment),
            // The documented race: what was asked to roll back may have been at its end already.
            Status::RollbackRequested => match self.rollback_ends {
                RollbackEnd::CompletedFirst => self.finish(Status::Successful, None, moment.now),
                RollbackEnd::Stopped => self.finish(Status::Stopped, None, moment.now),
                RollbackEnd::Successful | RollbackEnd::Failed => self.roll_back(ROLLED_BACK_BY_USER, moment),
            },
            Status::RollbackInProgress => {
                let reason = self.rollback.as_ref().map(|rollback| rollback.reason.clone());
                let end = match self.rollback_ends {
                    RollbackEnd::Failed => Status::RollbackFailed,
                    _ => Status::RollbackSuccessful,
                };
                self.finish(end, reason, moment.now);
            }
            Status::StopRequested => {
                let reason = self.status_reason.take();
                self.finish(Status::Stopped, reason, moment.now);
            }
            _ => self.due = None,
        }
    }

    /// `StopServiceDeployment` with `stopType=ROLLBACK`. Returns true if that changed anything.
    pub(crate) fn stop(&mut self, moment: &Moment<'_>) -> Result<bool, Unstoppable> {
        match self.status {
            Status::Pending | Status::InProgress if self.settled_before.is_none() => {
                Err(Unstoppable::NothingToGoBackTo)
            }
            Status::Pending | Status::InProgress => {
                self.close_hooks(HookStatus::Failed);
                self.move_to(Status::RollbackRequested);
                self.stopped_at = Some(moment.now);
                self.updated_at = moment.now;
                self.due = Some(after(moment.now, moment.timing.rollback_requested));
                Ok(true)
            }
            Status::StopRequested | Status::RollbackRequested | Status::RollbackInProgress | Status::Other(_) => {
                Ok(false)
            }
            Status::Stopped | Status::RollbackSuccessful | Status::RollbackFailed | Status::Successful => {
                Err(Unstoppable::Over)
            }
        }
    }

    /// A newer deployment takes its place. One that already rolls back is left to end that: no way out is documented.
    pub(crate) fn supersede(&mut self, moment: &Moment<'_>) {
        if matches!(self.status, Status::Pending | Status::InProgress | Status::RollbackRequested) {
            self.request_stop("Service deployment stopped because of a newer service deployment.", moment);
        }
    }

    /// True if it is paused by this hook.
    pub(crate) fn awaits(&self, hook_id: &str) -> bool {
        self.status == Status::InProgress && self.hooks.iter().any(|hook| hook.awaits_action(hook_id))
    }

    /// `ContinueServiceDeployment` for the PAUSE hook that it awaits.
    pub(crate) fn continue_from(&mut self, hook_id: &str, moment: &Moment<'_>) {
        for hook in self.hooks.iter_mut().filter(|hook| hook.awaits_action(hook_id)) {
            hook.status = HookStatus::Succeeded;
        }
        self.updated_at = moment.now;
        self.wait_for_hooks_or_step(moment);
    }

    /// An alarm went to ALARM.
    pub(crate) fn alarm(&mut self, name: &str, moment: &Moment<'_>) {
        let watched =
            self.configuration.alarms.as_ref().is_some_and(|alarms| alarms.alarm_names.iter().any(|n| n == name));
        if self.status != Status::InProgress || self.alarms.status != Monitor::Monitoring || !watched {
            return;
        }
        self.alarms.status = Monitor::Triggered;
        self.triggered_alarms.push(name.to_owned());
        let reason = format!("Service deployment alarm(s) detected: {name}.");
        self.give_up(self.alarms.rollback, &reason, moment);
    }

    fn go_on(&mut self, moment: &mut Moment<'_>) {
        if self.hooks.iter().any(Hook::is_open) {
            self.close_due_hooks(moment);
        } else if self.stage == Some(Stage::ScaleUp) && moment.facts.broken.contains_key(&self.target.task_definition) {
            self.fail_to_start_a_task(moment);
        } else if self.position + 1 < self.plan.len() {
            self.enter(self.position + 1, moment);
        } else {
            self.finish(Status::Successful, None, moment.now);
        }
    }

    fn move_to(&mut self, status: Status) {
        self.status = status;
        self.forget_seeded_counts();
    }

    /// Seeded counts are those of one status and stage.
    fn forget_seeded_counts(&mut self) {
        self.target_counts = None;
        self.source_counts = None;
    }

    fn enter(&mut self, position: usize, moment: &mut Moment<'_>) {
        self.position = position;
        self.forget_seeded_counts();
        let stage = self.plan[position].stage;
        if self.stage.replace(stage) != Some(stage) {
            let configured = Arc::clone(&self.configuration);
            let here =
                configured.lifecycle_hooks.iter().flatten().filter(|hook| hook.lifecycle_stages.contains(&stage));
            self.hooks.extend(here.map(|hook| Hook::begin(hook, moment.ids.pause_hook(), moment.now, moment.timing)));
        }
        self.wait_for_hooks_or_step(moment);
    }

    fn wait_for_hooks_or_step(&mut self, moment: &Moment<'_>) {
        let fails =
            self.stage == Some(Stage::ScaleUp) && moment.facts.broken.contains_key(&self.target.task_definition);
        let lasts = if fails { moment.timing.task_failure } else { self.plan[self.position].lasts };
        let first_hook = self.hooks.iter().filter(|hook| hook.is_open()).map(|hook| hook.expires_at).min();
        self.due = Some(first_hook.unwrap_or_else(|| after(moment.now, lasts)));
    }

    fn close_due_hooks(&mut self, moment: &Moment<'_>) {
        let mut failed = false;
        for hook in self.hooks.iter_mut().filter(|hook| hook.is_open() && hook.expires_at <= moment.now) {
            hook.status = match hook.target {
                HookTarget::Pause => HookStatus::TimedOut,
                HookTarget::AwsLambda => {
                    let fails = hook.target_arn.as_ref().is_some_and(|arn| moment.facts.failing_hooks.contains(arn));
                    if fails { HookStatus::Failed } else { HookStatus::Succeeded }
                }
            };
            failed |= match hook.status {
                HookStatus::TimedOut => hook.timeout_action == HookAction::Rollback,
                status => status == HookStatus::Failed,
            };
        }
        if failed {
            self.give_up(true, "Service deployment failed because of a lifecycle hook.", moment);
        } else {
            self.wait_for_hooks_or_step(moment);
        }
    }

    fn fail_to_start_a_task(&mut self, moment: &Moment<'_>) {
        self.failed_tasks = self.failed_tasks.saturating_add(1);
        // Without a circuit breaker this goes on for ever, so each time must be later than the last.
        self.due = Some(after(moment.now, moment.timing.task_failure.max(Duration::from_millis(1))));
        if self.breaker.status == Monitor::Monitoring && self.failed_tasks >= self.breaker_threshold() {
            self.breaker.status = Monitor::Triggered;
            let rollback = self.breaker.rollback;
            self.give_up(rollback, "Service deployment failed: the deployment circuit breaker was triggered.", moment);
        }
    }

    /// Rolls back or stops because ECS itself found the deployment bad.
    fn give_up(&mut self, rollback: bool, reason: &str, moment: &Moment<'_>) {
        if !rollback {
            self.request_stop(reason, moment);
        } else if self.settled_before.is_some() {
            self.roll_back(reason, moment);
        } else {
            // Documented for the circuit breaker: with nothing to go back to, the deployment stalls.
            self.due = None;
        }
    }

    fn roll_back(&mut self, reason: &str, moment: &Moment<'_>) {
        self.close_hooks(HookStatus::Failed);
        self.move_to(Status::RollbackInProgress);
        self.status_reason = Some(reason.to_owned());
        self.rollback =
            self.settled_before.clone().map(|to| Rollback { reason: reason.to_owned(), started_at: moment.now, to });
        self.updated_at = moment.now;
        self.due = Some(after(moment.now, moment.timing.rollback));
    }

    pub(crate) fn request_stop(&mut self, reason: &str, moment: &Moment<'_>) {
        self.close_hooks(HookStatus::Failed);
        self.move_to(Status::StopRequested);
        self.status_reason = Some(reason.to_owned());
        self.stopped_at = Some(moment.now);
        self.updated_at = moment.now;
        self.due = Some(after(moment.now, moment.timing.stop));
    }

    fn finish(&mut self, status: Status, reason: Option<String>, now: Timestamp) {
        self.move_to(status);
        self.status_reason = reason;
        self.finished_at = Some(now);
        self.due = None;
        self.stop_watching();
    }

    /// The circuit breaker and the alarms have done their part.
    pub(crate) fn stop_watching(&mut self) {
        for watch in [&mut self.breaker, &mut self.alarms] {
            if watch.status == Monitor::Monitoring {
                watch.status = Monitor::MonitoringComplete;
            }
        }
    }

    fn close_hooks(&mut self, status: HookStatus) {
        for hook in self.hooks.iter_mut().filter(|hook| hook.is_open()) {
            hook.status = status;
        }
    }
}
