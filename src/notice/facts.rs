//! Reads the facts that a notice adds to the report. Each that cannot be read is listed with the reason.

use std::sync::Arc;

use futures_util::future::{join, join3};
use jiff::{SignedDuration, Timestamp};
use judgement::{
    Location, Service,
    observation::{Candidate, Revision, ServiceDeployment, Status, StoppedTasks, revision_number},
    signal::Clues,
    text::{chain, shown},
};
use tokio::time::{Instant, timeout_at};

use super::{
    Kind, Notice,
    parts::{AlarmNow, FiredBefore, NoticeDeployment},
};
use crate::{
    aws::{Account, Accounts, CallError},
    locate::origin,
};

/// Facts that are read for a notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    /// The deployment, where it was not observed for the decision.
    pub(super) deployment: Option<NoticeDeployment>,
    /// The revisions, by their ARNs.
    pub(super) revisions: Vec<Revision>,
    /// Tasks of the deployment that stopped, by reason.
    pub(super) stopped_tasks: Vec<StoppedTasks>,
    /// The alarm for which a rollback was requested, as it is now.
    pub(super) alarm: Option<AlarmNow>,
    /// The number of the last deployments that succeeded although the alarm went to ALARM meanwhile.
    pub(super) fired_before: Option<FiredBefore>,
    /// Facts that could not be read, and why.
    pub(super) unknown: Vec<String>,
}

/// The most recent successful deployments during which the alarm may have gone to ALARM as well.
const MOST_BEFORE: usize = 10;

/// With fewer of them, their number says nothing.
const LEAST_BEFORE: usize = 3;

/// The time for which CloudWatch keeps the history of an alarm (CloudWatch User Guide).
const HISTORY_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Reads facts for notices, from where they are.
pub(super) struct Reader<'a> {
    pub(super) accounts: &'a Accounts,
    pub(super) home: &'a Location,
    pub(super) until: Instant,
}

impl Reader<'_> {
    /// Reads the facts for a notice.
    pub(super) async fn facts(&self, notice: &Notice) -> Facts {
        let Some(service) = &notice.service else { return Facts::default() };
        let location = service.location();
        let Ok(account) = timeout_at(self.until, self.accounts.at(&location, self.home)).await else {
            return Facts { unknown: vec![too_late("the deployment")], ..Facts::default() };
        };
        let Some(account) = account else { return Facts::default() };
        let (mut facts, alarm, fired_before) = join3(
            Box::pin(self.deployment(&account, service, notice)),
            Box::pin(self.in_time("the alarm's state", self.alarm_now(notice))),
            Box::pin(self.in_time("the alarm's history", self.fired_before(&account, service, notice))),
        )
        .await;
        facts.alarm = known(alarm, &mut facts.unknown);
        facts.fired_before = known(fired_before, &mut facts.unknown);
        facts
    }

    /// Reads the deployment if it was not observed, then its revisions and the tasks that stopped.
    async fn deployment(&self, account: &Account, service: &Service, notice: &Notice) -> Facts {
        let mut facts = Facts::default();
        if let (None, Some(arn)) = (&notice.deployment, &notice.service_deployment_arn) {
            let arns = [arn.as_str()];
            let described = self.in_time("the service deployment", account.ecs.describe(&arns)).await;
            let described: Vec<Candidate> = known(described, &mut facts.unknown);
            facts.deployment = described.first().map(NoticeDeployment::of);
        }
        let deployment = notice.deployment.as_ref().or(facts.deployment.as_ref());
        let arns: Vec<String> =
            deployment.into_iter().flat_map(NoticeDeployment::revisions).map(|it| it.arn.clone()).collect();
        let new = deployment.and_then(|deployment| deployment.from.as_ref()).map(|from| revision_number(&from.arn));
        let stopped = async {
            match new.filter(|_| has_stopped_tasks(notice.kind)) {
                Some(revision) => account.ecs.stopped_tasks(service, revision).await,
                None => Ok(Vec::new()),
            }
        };
        let revisions = self.in_time("the revisions", account.ecs.revisions(&arns));
        let stopped = self.in_time("the stopped tasks", Box::pin(stopped));
        let (revisions, stopped) = join(Box::pin(revisions), stopped).await;
        facts.revisions = known(revisions, &mut facts.unknown);
        facts.stopped_tasks = known(stopped, &mut facts.unknown);
        facts
    }

    /// Reads the state of the alarm for which a rollback was requested that is complete now.
    async fn alarm_now(&self, notice: &Notice) -> Result<Option<AlarmNow>, CallError> {
        let alarm = notice.alarm.as_ref().filter(|_| notice.kind == Kind::RollbackSuccessful);
        let Some((name, account)) = self.raised(alarm).await else { return Ok(None) };
        let found = account.cloudwatch.state_of(name).await?;
        Ok(found.map(|(state, since)| AlarmNow { name: name.to_owned(), state, since }))
    }

    /// Counts the last successful deployments during which the alarm of this rollback went to ALARM, too.
    async fn fired_before(
        &self,
        account: &Account,
        service: &Service,
        notice: &Notice,
    ) -> Result<Option<FiredBefore>, CallError> {
        let is_asked = matches!(notice.kind, Kind::RolledBack | Kind::WouldRollBack);
        let Some((name, raised)) = self.raised(notice.alarm.as_ref().filter(|_| is_asked)).await else {
            return Ok(None);
        };
        let (listed, _) = account.ecs.deployments(service, None).await?;
        let oldest = notice.at.checked_sub(HISTORY_KEPT).unwrap_or(notice.at);
        let succeeded = succeeded(&listed, oldest);
        let Some((since, _)) = succeeded.last().filter(|_| succeeded.len() >= LEAST_BEFORE) else { return Ok(None) };
        let went = raised.cloudwatch.history(name, *since).await?;
        // An alarm that has changed its state more often than is read would seem to have been calm before.
        let known: Vec<_> = succeeded.iter().filter(|(began, _)| went.since <= *began).collect();
        let with_alarm =
            known.iter().filter(|(began, ended)| went.to_alarm.iter().any(|at| began <= at && at <= ended)).count();
        let counted = FiredBefore { successful_deployments: known.len(), with_alarm };
        Ok((known.len() >= LEAST_BEFORE).then_some(counted))
    }

    /// The name of an alarm, and the account in which it was raised.
    async fn raised<'c>(&self, clues: Option<&'c Clues>) -> Option<(&'c str, Arc<Account>)> {
        let clues = clues?;
        let at = origin(clues, self.home).ok()?;
        Some((&clues.alarm.as_ref()?.name, self.accounts.at(&at, self.home).await?))
    }

    async fn in_time<T>(&self, what: &str, read: impl Future<Output = Result<T, CallError>>) -> Result<T, String> {
        match timeout_at(self.until, read).await {
            Ok(read) => read.map_err(|error| chain(&error)),
            Err(_) => Err(too_late(what)),
        }
    }
}

fn too_late(what: &str) -> String {
    format!("{what}, because AWS did not answer in time")
}

/// The beginning and the end of the last deployments that succeeded and began after `oldest`, newest first.
fn succeeded(listed: &[ServiceDeployment], oldest: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let successful = listed.iter().filter(|deployment| deployment.status == Status::Successful);
    let spans = successful.filter_map(|deployment| Some((deployment.began()?, deployment.finished?)));
    let mut spans: Vec<_> = spans.filter(|(began, _)| *began >= oldest).collect();
    spans.sort_unstable();
    spans.into_iter().rev().take(MOST_BEFORE).collect()
}

/// The value that was read; if it could not be, the notice says why.
fn known<T: Default>(read: Result<T, String>, unknown: &mut Vec<String>) -> T {
    read.unwrap_or_else(|why| {
        unknown.push(why);
        T::default()
    })
}

/// When a deployment starts, none of its tasks can have stopped for a reason. One that succeeded did so despite them.
fn has_stopped_tasks(kind: Kind) -> bool {
    !matches!(kind, Kind::Redeployed | Kind::Unprotected | Kind::TooLate)
}

impl AlarmNow {
    /// A sentence about it after a rollback.
    pub(super) fn sentence(&self) -> String {
        let name = shown(&self.name, 255);
        match self.state.as_str() {
            "OK" => format!("Alarm {name}, for which it was rolled back, is OK again."),
            "ALARM" => {
                let since = self.since.map_or_else(String::new, |since| format!(" since {since}"));
                format!("Rolled back, and alarm {name} is still in ALARM{since}: look elsewhere if that lasts.")
            }
            state => format!("Alarm {name}, for which it was rolled back, is in the state {}.", shown(state, 50)),
        }
    }
}

impl FiredBefore {
    /// A sentence about an alarm that went to ALARM during most of the last deployments that succeeded.
    pub(super) fn sentence(self, alarm: &str, service: &Service) -> Option<String> {
        let Self { successful_deployments: all, with_alarm } = self;
        (with_alarm * 2 > all).then(|| {
            format!(
                "Alarm {} also went to ALARM during {with_alarm} of the last {all} deployments of {service} that succeeded, so it \
                 may not show that a deployment is bad.",
                shown(alarm, 255)
            )
        })
    }
}
