//! Follows up deployments: each event of ECS about the progress of one leads to one look at the newest deployment.

mod deployment_event;
mod finding;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{StreamExt, future::join, stream};
use jiff::Timestamp;
use judgement::{
    Location, Policy, Service, Signal,
    decide::admit,
    observation::{Latest, ServiceDeployment},
    text::chain,
};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

pub(crate) use self::finding::{Finding, FollowUp, FollowUpKind};
use self::{
    deployment_event::{DeploymentEvent, State},
    finding::{rolled_back_before, to_compare, took},
};
use crate::{
    aws::{Account, Accounts, CallError, MOST_REVISIONS, SIDE_BY_SIDE},
    locate::{Locator, Miss, services_of_event},
    observe::{Requests, newest},
};

/// `FollowDeployments`: what is done with ECS's events about the course of deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Nothing.
    Nothing,
    /// Report how rollbacks end, and revisions that are deployed again.
    Outcomes,
    /// Report also deployments that start while one of their alarms is in ALARM.
    OutcomesAndUnprotected,
}

/// Follows up deployments. Like a notice, a follow-up cannot fail an invocation.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) policy: Arc<Policy>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) locator: Arc<Locator>,
    pub(crate) requests: Arc<Mutex<Requests>>,
    /// `true` if alarms are looked for that were in ALARM when a deployment started.
    pub(crate) finds_unprotected: bool,
}

/// The follow-ups of one invocation.
#[derive(Debug, Default)]
pub(crate) struct FollowUps {
    /// The follow-ups.
    pub(crate) all: Vec<FollowUp>,
    /// The number of events that could not be followed up.
    pub(crate) failed: u32,
}

impl FollowUps {
    /// The result of an invocation whose follow-ups failed.
    pub(crate) fn none_made() -> Self {
        Self { all: Vec::new(), failed: 1 }
    }
}

/// A follow-up while it is made: the service, and when and where.
struct Look<'a> {
    service: Service,
    home: &'a Location,
    now: Timestamp,
}

impl Follower {
    /// Remembers the alarms for which service deployments are rolled back, to see after the rollback how they are.
    pub(crate) fn remember<'a>(&self, rolled_back: impl Iterator<Item = (&'a str, &'a Signal)>) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (deployment, signal) in rolled_back {
            requests.remember_alarm(deployment, &signal.clues);
        }
    }

    /// Follows up the events about deployments among these signals.
    pub(crate) async fn follow_up(
        &self,
        signals: impl Iterator<Item = &Signal>,
        home: &Location,
        now: Timestamp,
        deadline: Instant,
    ) -> FollowUps {
        let mut events: BTreeSet<(Service, DeploymentEvent)> = BTreeSet::new();
        for signal in signals {
            let Some(event) = DeploymentEvent::of(signal) else { continue };
            let services = services_of_event(&signal.clues, home);
            let services = services.filter(|service| admit(signal, service, &self.policy, home).is_ok());
            events.extend(services.map(|service| (service, event.clone())));
        }
        let looks = events.into_iter().map(async |(service, event)| {
            let look = Look { service, home, now };
            let mut found = Vec::new();
            let problems = match timeout_at(deadline, Box::pin(self.look(&look, &event, &mut found))).await {
                Ok(errors) => errors.iter().map(|error| chain(error)).collect(),
                Err(_) => vec!["the time of the invocation ran out".to_owned()],
            };
            (look.service, found, problems)
        });
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        let mut follow_ups = FollowUps::default();
        while let Some((service, found, problems)) = looks.next().await {
            follow_ups.all.extend(found);
            if !problems.is_empty() {
                follow_ups.failed += 1;
                let error = problems.join("; ");
                warn!(service_name = service.to_string(), error, "event not followed up");
            }
        }
        follow_ups
    }

    /// Looks at the newest deployment once. A part that fails does not hide what the other finds.
    async fn look(&self, look: &Look<'_>, event: &DeploymentEvent, found: &mut Vec<FollowUp>) -> Vec<CallError> {
        let Some(account) = self.accounts.at(&look.service.location(), look.home).await else { return Vec::new() };
        let (latest, history) = match newest(&account.ecs, &look.service, &account.news).await {
            Ok(Some(newest)) => newest,
            Ok(None) => return Vec::new(),
            Err(error) => return vec![error],
        };
        let Some(state) = event.state(&latest) else { return Vec::new() };
        let at = event.at.unwrap_or(look.now);
        let findings = match state {
            State::RolledBack | State::RollbackFailed => {
                vec![Ok(Some(self.rollback_ended(&latest, state == State::RolledBack, at)))]
            }
            State::Started => {
                let unprotected = Box::pin(self.unprotected(&account, look, &latest));
                let (redeployed, unprotected) = join(redeployed(&account, &latest, &history), unprotected).await;
                vec![redeployed, unprotected]
            }
        };
        let service = look.service.with_account_of(&latest.candidate.deployment.arn);
        let mut errors = Vec::new();
        for finding in findings {
            match finding {
                Ok(Some(finding)) => {
                    found.push(FollowUp { finding, service: service.clone(), latest: latest.clone(), at });
                }
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        errors
    }

    fn rollback_ended(&self, latest: &Latest, is_successful: bool, at: Timestamp) -> Finding {
        let deployment = &latest.candidate.deployment;
        let ended = deployment.finished.unwrap_or(at);
        // Another execution environment may have requested it: then the time since the signal is not known.
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let since_signal = requests.signal_began(&deployment.arn).map(|began| ended.duration_since(began));
        let alarm = requests.alarm(&deployment.arn).cloned().map(Box::new);
        Finding::RollbackEnded { is_successful, took: took(latest, ended), since_signal, alarm }
    }

    /// Looks for alarms of the service, its own and those that would lead to it, that were in ALARM before its deployment began.
    async fn unprotected(
        &self,
        account: &Account,
        look: &Look<'_>,
        latest: &Latest,
    ) -> Result<Option<Finding>, CallError> {
        let deployment = &latest.candidate.deployment;
        let Some(began) = deployment.began().or(deployment.created).filter(|_| self.finds_unprotected) else {
            return Ok(None);
        };
        let mut alarms = Vec::new();
        for alarm in account.cloudwatch.in_alarm(&look.service.location().as_origin()).await? {
            let Some(name) = alarm.clues.alarm.as_ref().map(|alarm| alarm.name.clone()) else { continue };
            let is_before = alarm.since.is_some_and(|since| since <= began);
            if !is_before || !self.policy.alarms.lists(&name) || self.policy.alarms.leaves_to_scaling(&name) {
                continue;
            }
            let leads_here = latest.alarm_names.contains(&name)
                || match self.locator.find(&alarm.clues, look.home, look.now).await {
                    Ok(found) => found.services.iter().flatten().any(|service| service.is_same(&look.service)),
                    Err(Miss::Nowhere(_)) => false,
                    Err(Miss::Failed(error)) => return Err(error),
                };
            if leads_here {
                alarms.push(name);
            }
        }
        Ok((!alarms.is_empty()).then_some(Finding::Unprotected { alarms }))
    }
}

/// Looks whether the deployment brings a revision that was rolled back before.
async fn redeployed(
    account: &Account,
    latest: &Latest,
    history: &[ServiceDeployment],
) -> Result<Option<Finding>, CallError> {
    let revisions = account.ecs.revisions(&to_compare(latest, history, MOST_REVISIONS)).await?;
    let before = rolled_back_before(latest, history, &revisions).cloned();
    Ok(before.map(|before| Finding::Redeployed { before }))
}
