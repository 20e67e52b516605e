//! What came after: ECS's events about the course of deployments, each followed up by one look at the newest deployment.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use futures_util::{StreamExt, future::join, stream};
use jiff::Timestamp;
use tokio::time::timeout_at;
use tracing::{info, warn};

use super::{Handler, SIDE_BY_SIDE, Turn};
use crate::{
    aftermath::{self, Aftermath, Event, State},
    aws::{CallError, Place},
    decision,
    error::chain,
    finder::Miss,
    notice::{Occasion, story},
    observation::{Latest, ServiceDeployment},
    reason::Outcome,
    report::Report,
    signal::{Origin, Signal},
    target::{Arn, Found, Target, resolve},
};

/// The most rollbacks whose signals are remembered.
const MOST_REQUESTED: usize = 1_000;

/// The most service revisions that ECS describes in one call (`DescribeServiceRevisions` in the API Reference).
const MOST_REVISIONS: usize = 20;

impl Handler {
    /// Follows up the events about the course of deployments among these signals. Like a notice, this cannot fail an invocation.
    pub(super) async fn follow_up(&self, report: &mut Report, signals: impl Iterator<Item = &Signal>, turn: Turn<'_>) {
        self.remember_requests(report);
        if !self.follows_up {
            return;
        }
        let home = &turn.invocation.home;
        let mut turns: BTreeSet<(Target, aftermath::Turn<'_>)> = BTreeSet::new();
        for signal in signals {
            let Some(event) = aftermath::Turn::of(signal) else { continue };
            let Ok(Found { targets, .. }) = resolve(&signal.clues, home) else { continue };
            turns.extend(targets.into_iter().flatten().map(|target| (target, event)));
        }
        let looks = turns
            .into_iter()
            .filter(|(target, _)| decision::admit(target, &self.policy, home, self.places.reach_beyond_home()).is_ok())
            .map(async |(target, event)| {
                let look = Box::pin(self.look_after(&target, event, turn));
                let (aftermaths, problem) = match timeout_at(turn.deadline, look).await {
                    Ok(Ok((aftermaths, problem))) => (aftermaths, problem.map(|error| chain(&error))),
                    Ok(Err(error)) => (Vec::new(), Some(chain(&error))),
                    Err(_) => (Vec::new(), Some("the time of the invocation ran out".to_owned())),
                };
                (target, aftermaths, problem)
            });
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        while let Some((target, aftermaths, problem)) = looks.next().await {
            aftermaths.iter().for_each(log);
            report.aftermaths.extend(aftermaths);
            if let Some(error) = problem {
                report.delivery.failed += 1;
                warn!(service_name = target.to_string(), error, "event not followed up");
            }
        }
    }

    async fn look_after(
        &self,
        target: &Target,
        event: aftermath::Turn<'_>,
        turn: Turn<'_>,
    ) -> Result<(Vec<Aftermath>, Option<CallError>), CallError> {
        let nothing = (Vec::new(), None);
        let Some(place) = self.places.at(&target.whereabouts(), &turn.invocation.home).await else {
            return Ok(nothing);
        };
        let Some((latest, history)) = place.ecs.latest(target).await? else { return Ok(nothing) };
        let Some(state) = aftermath::state(&event, &latest) else { return Ok(nothing) };
        let deployment = &latest.candidate.deployment;
        let at = event.at.unwrap_or(turn.invocation.now);
        let mut problem = None;
        let events = match state {
            State::RolledBack | State::RollbackFailed => {
                let ended = deployment.finished.unwrap_or(at);
                let asked = self.requested().get(&deployment.arn).copied();
                vec![Event::RollbackEnded {
                    is_successful: state == State::RolledBack,
                    took: aftermath::took(&latest, ended),
                    since_signal: asked.map(|began| ended.duration_since(began)),
                }]
            }
            State::Begun => {
                // What one of the two finds is told, even if the other cannot be known.
                let alarms = Box::pin(self.alarms_before(&place, target, &latest, turn));
                let (before, alarms) = join(self.rolled_back_before(&place, &latest, &history), alarms).await;
                let mut or_nothing = |error| problem = Some(error);
                let before = before.unwrap_or_else(|error| {
                    or_nothing(error);
                    None
                });
                let alarms = alarms.unwrap_or_else(|error| {
                    or_nothing(error);
                    Vec::new()
                });
                let redeployed = before.map(|before| Event::Redeployed { before });
                let unprotected = (!alarms.is_empty()).then_some(Event::Unprotected { alarms });
                redeployed.into_iter().chain(unprotected).collect()
            }
        };
        let account = target.account.clone().or_else(|| Arn::parse(&deployment.arn).map(|arn| arn.account.to_owned()));
        let service = Target { account, ..target.clone() };
        let of = |event| Aftermath { event, service: service.clone(), latest: latest.clone(), at };
        Ok((events.into_iter().map(of).collect(), problem))
    }

    async fn rolled_back_before(
        &self,
        place: &Place,
        latest: &Latest,
        history: &[ServiceDeployment],
    ) -> Result<Option<ServiceDeployment>, CallError> {
        let revisions = place.ecs.revisions(&aftermath::to_compare(latest, history, MOST_REVISIONS)).await?;
        Ok(aftermath::rolled_back_before(latest, history, &revisions).cloned())
    }

    /// The alarms of the service, its own and those that would lead to it, that were in ALARM before its deployment began.
    async fn alarms_before(
        &self,
        place: &Place,
        target: &Target,
        latest: &Latest,
        turn: Turn<'_>,
    ) -> Result<Vec<String>, CallError> {
        let Some(began) = latest.candidate.deployment.began().filter(|_| self.notifier.settings.unprotected) else {
            return Ok(Vec::new());
        };
        let Target { partition, region, account, .. } = target.clone();
        let origin = Origin { partition: Some(partition), region: Some(region), account };
        let mut names = Vec::new();
        for alarm in place.cloudwatch.in_alarm(&origin).await? {
            let Some(name) = alarm.clues.alarm.as_ref().map(|alarm| alarm.name.clone()) else { continue };
            let is_before = alarm.since.is_some_and(|since| since <= began);
            if !is_before || !self.policy.alarms.lists(&name) || self.policy.alarms.leaves_to_scaling(&name) {
                continue;
            }
            let leads_here = latest.alarm_names.contains(&name)
                || match self.finder.find(&alarm.clues, &turn.invocation.home, turn.invocation.now).await {
                    Ok(Found { targets, .. }) => targets.iter().flatten().any(|found| found.is_same(target)),
                    Err(Miss::Left(_)) => false,
                    Err(Miss::Failed(error)) => return Err(error),
                };
            if leads_here {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Remembers for which signals rollbacks were asked for, to tell in the end how long all took. Another execution environment
    /// may see the end: then that time is not told.
    fn remember_requests(&self, report: &Report) {
        for entry in report.entries().filter(|entry| entry.outcome == Outcome::RolledBack) {
            if let (Some(arn), Some(began)) = (&entry.service_deployment_arn, entry.signal.began) {
                let mut requested = self.requested();
                if requested.len() >= MOST_REQUESTED {
                    requested.clear();
                }
                requested.insert(arn.clone(), began);
            }
        }
    }

    fn requested(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.requested.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log(aftermath: &Aftermath) {
    let service = &aftermath.service;
    info!(
        outcome = Occasion::of_aftermath(aftermath).as_str(),
        detail = story(aftermath),
        account = service.account.as_deref(),
        region = service.region.as_str(),
        cluster = service.cluster.as_str(),
        service_name = service.name.as_str(),
        service_deployment_arn = aftermath.latest.candidate.deployment.arn.as_str(),
        "aftermath"
    );
}
