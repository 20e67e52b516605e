//! One case settled: the service is looked at once, each signal is decided in turn, and ECS is asked to roll back once.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::{Handler, Invocation, Turn, cases::Accuser, failed, time_until};
use crate::{
    action::{Settled, roll_back},
    decision::{self, Decision, Leave},
    memory::Memory,
    observation::Observation,
    reason::{Outcome, Reason},
    report::Entry,
    target::{Arn, Target},
};

/// The least time in which it makes sense to ask for a rollback: what cannot be done in time is handed back, not half done.
const LEAST_TO_STOP: Duration = Duration::from_millis(300);

impl Handler {
    /// Decides for each signal in turn, from what is remembered of the service where that is enough, else from one look at it.
    /// The service is asked to roll back once.
    pub(super) async fn settle<'a>(
        &self,
        target: &Target,
        accusers: &[Accuser<'a>],
        turn: Turn<'_>,
        entries: &mut Vec<(Accuser<'a>, Entry)>,
    ) {
        let Invocation { home, now, .. } = turn.invocation;
        let all = |leave: Leave| accusers.iter().map(move |accuser| (*accuser, accuser.entry(target, leave.clone())));
        let Some(place) = self.places.at(&target.whereabouts(), home).await else {
            entries.extend(all(decision::foreign(target, "Region", &target.region, &home.region)));
            return;
        };
        let judge = |accuser: &Accuser<'a>, target: &Target, observed: &Observation| {
            decision::decide(accuser.signal, target, observed, &self.policy, *now)
        };
        if let Some(leaves) = self.remembered(target, accusers, *now, judge) {
            entries
                .extend(accusers.iter().zip(leaves).map(|(accuser, leave)| (*accuser, accuser.entry(target, leave))));
            return;
        }
        let window = self.policy.limit.as_ref().map(|limit| limit.window).unwrap_or_default();
        let since = now.checked_sub(window).unwrap_or(*now);
        let observed = match place.ecs.observe(target, since, turn.is_queued.then_some(&place.looks)).await {
            Ok(observed) => observed,
            Err(error) => {
                entries.extend(all(failed(&error)));
                return;
            }
        };
        let arn = observed.service.as_ref().and_then(|service| Arn::parse(&service.arn));
        let account = target.account.clone().or_else(|| arn.map(|arn| arn.account.to_owned()));
        let found = Target { account, ..target.clone() };
        let mut done: Option<Settled> = None;
        for accuser in accusers {
            let leave = match judge(accuser, &found, &observed) {
                Decision::Leave(leave) => leave,
                Decision::RollBack(_) if done.is_none() && time_until(turn.deadline) < LEAST_TO_STOP => return,
                Decision::RollBack(decision) => {
                    let Settled { reason, detail } = match &done {
                        Some(earlier) => again(&found, earlier),
                        None => done.insert(roll_back(&place.ecs, &found, &decision).await).clone(),
                    };
                    Leave { reason, detail, service_deployment_arn: Some(decision.service_deployment_arn) }
                }
            };
            entries.push((*accuser, accuser.entry(&found, leave).with_observed(observed.candidate.as_ref())));
        }
        let settled = done.is_some_and(|settled| settled.reason.outcome() == Outcome::RolledBack);
        let observed = if settled { observed.with_rollback_requested() } else { observed };
        self.memory().keep(found, observed, *now);
    }

    /// What is decided from memory, if that settles every signal without a rollback.
    fn remembered<'a>(
        &self,
        target: &Target,
        accusers: &[Accuser<'a>],
        now: Timestamp,
        judge: impl Fn(&Accuser<'a>, &Target, &Observation) -> Decision,
    ) -> Option<Vec<Leave>> {
        let memory = self.memory();
        let (observed, at) = memory.of(target, now)?;
        accusers
            .iter()
            .map(|accuser| match judge(accuser, target, observed) {
                Decision::Leave(leave) if accuser.signal.began.is_some_and(|began| began <= at) => Some(leave),
                _ => None,
            })
            .collect()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a further signal for a rollback comes to that was requested a moment ago.
fn again(target: &Target, earlier: &Settled) -> Settled {
    if earlier.reason.outcome() != Outcome::RolledBack {
        return earlier.clone();
    }
    let detail = format!("The rollback of {target} was requested a moment ago, for another signal of the same batch.");
    Settled { reason: Reason::AlreadyRollingBack, detail }
}
