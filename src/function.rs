//! One invocation: parse, screen, locate, judge, log, follow up, notify.

mod budget;
mod judge;

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{FutureExt, future::join};
use jiff::Timestamp;
use judgement::{Decision, Location, Observation, Policy, Service, Signal, Verdict, decide::screen, event};
use serde_json::Value;
use tracing::error;

pub(crate) use self::budget::Budget;
use self::judge::Judge;
use crate::{
    aws::{Accounts, Calls, SdkConfig, in_time},
    evidence::CloserLook,
    follow_up::{Follow, FollowUps, Follower},
    locate::{Found, Locator, Miss, Signals},
    notice::{self, Draft, Notifier},
    observe::Requests,
    report::{Delivery, Entry, Record, Report},
    settings::Settings,
};

/// The function, ready to be invoked.
#[derive(Debug)]
pub struct Function {
    policy: Arc<Policy>,
    accounts: Arc<Accounts>,
    locator: Arc<Locator>,
    judge: Judge,
    /// `None` if neither notices nor metrics need follow-ups.
    follower: Option<Follower>,
    notifier: Option<Notifier>,
    /// The address under which the documents are.
    documentation: String,
}

/// Contains a panic in work on which no rollback depends, so that the invocation still succeeds.
async fn unharmed<T>(work: &str, future: impl Future<Output = T>) -> Option<T> {
    let done = AssertUnwindSafe(future).catch_unwind().await;
    if done.is_err() {
        error!(work, "panicked");
    }
    done.ok()
}

/// The circumstances of an invocation, besides its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Where the function runs.
    pub home: Location,
    /// The time at its start.
    pub now: Timestamp,
    /// The time that Lambda leaves for it, if it is known.
    pub time_left: Option<Duration>,
}

impl Function {
    /// A function with these settings, which uses the credentials, Region and endpoints of `config`.
    #[must_use]
    pub fn new(settings: Settings, config: SdkConfig) -> Self {
        let config = in_time(config);
        let calls = Calls::default();
        let requests = Arc::new(Mutex::new(Requests::default()));
        let policy = Arc::new(settings.policy);
        let accounts = Arc::new(Accounts::new(config.clone(), settings.role, calls.clone(), settings.environments));
        let closer_look = CloserLook { accounts: Arc::clone(&accounts), is_on: settings.closer_look };
        let locator = Arc::new(Locator::new(settings.look_ups, Arc::clone(&policy), Arc::clone(&accounts)));
        let is_heard = settings.notices.are_on() || settings.metrics_namespace.is_some();
        let follows_up = is_heard && settings.follow != Follow::Nothing;
        let follower = Follower {
            policy: Arc::clone(&policy),
            accounts: Arc::clone(&accounts),
            locator: Arc::clone(&locator),
            requests: Arc::clone(&requests),
            finds_unprotected: settings.notices.finds_unprotected(settings.follow),
        };
        Self {
            judge: Judge::new(Arc::clone(&policy), Arc::clone(&accounts), closer_look, requests, settings.memory),
            follower: follows_up.then_some(follower),
            documentation: settings.notices.documentation.clone(),
            notifier: Notifier::new(settings.notices, &config, &calls, Arc::clone(&accounts)),
            policy,
            accounts,
            locator,
        }
    }

    /// Handles one event. The report holds everything that happened.
    pub async fn handle(&self, event: &Value, invocation: &Invocation) -> Report {
        let batch = match event::parse(event) {
            Ok(batch) => batch,
            Err(unrecognized) => return Report::of_unrecognized(unrecognized),
        };
        let budget = Budget::new(invocation.time_left, self.notifier.is_some(), batch.answer);
        let Invocation { home, now, .. } = invocation;
        let mut report = Report::of(batch.answer, batch.records.into_iter().map(Record::from).collect());

        let (located, silent) = self.locator.stated(&self.screen(&mut report, *now), home);
        // Look-ups must not delay alarms that need none. Services found by look-ups come after them, so that a service to which
        // both lead is rolled back once.
        let (judged, found) = join(
            self.judge.judge_all(located, home, *now, &budget),
            self.locator.look_up(silent, home, *now, budget.decide_by),
        )
        .await;
        report.add(judged);
        report.add(self.judge.judge_all(found, home, *now, &budget).await);
        report.log();

        // No stop waits for follow-ups and notices.
        if let Some(follower) = &self.follower {
            follower.remember(report.rolled_back());
            let following = follower.follow_up(report.signals(), home, *now, budget.decide_by);
            let followed = unharmed("follow-ups", Box::pin(following)).await;
            report.follow_ups = followed.unwrap_or_else(FollowUps::none_made);
            report.log_follow_ups();
        }
        if let Some(notifier) = &self.notifier {
            let notified = unharmed("notices", Box::pin(notifier.notify(&report, home, *now, budget.end))).await;
            report.delivery = notified.unwrap_or(Delivery { delivered: 0, failed: 1 });
        }
        report
    }

    /// Screens the signals of a report. Returns those that may need a rollback.
    fn screen(&self, report: &mut Report, now: Timestamp) -> Signals {
        let mut open = Signals::new();
        for (number, record) in report.records.iter_mut().enumerate() {
            let Ok(signal) = &record.signal else { continue };
            match screen(signal, &self.policy, now) {
                Ok(()) => open.push((number, Arc::<Signal>::clone(signal))),
                Err(verdict) => record.entries.push(Entry::of_no_service(signal, verdict)),
            }
        }
        open
    }

    /// Finds the services that a signal leads to, by the ways that are switched on.
    ///
    /// # Errors
    /// The verdict on the signal if it leads to none.
    pub async fn locate(&self, signal: &Signal, home: &Location, now: Timestamp) -> Result<Found, Verdict> {
        self.locator.find(&signal.clues, home, now).await.map_err(Miss::verdict)
    }

    /// Decides on a signal for one of the services that it leads to, as that service was observed at `now`. Nothing is done about it.
    pub async fn decide(
        &self,
        located: (&Arc<Signal>, &Found),
        service: &Service,
        observed: &Observation,
        home: &Location,
        now: Timestamp,
    ) -> Decision {
        self.judge.decide_on(located, service, observed, home, now).await
    }

    /// The notices about a report, as they would be sent.
    pub async fn drafts(&self, report: &Report, home: &Location, now: Timestamp) -> Vec<Draft> {
        let context = notice::Context { home, now, log_group: None, documentation: &self.documentation };
        Box::pin(notice::drafts(report, &self.accounts, &context)).await
    }

    /// The number of requests sent to AWS since the function started.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.accounts.calls()
    }

    /// The same by IAM action, such as `ecs:DescribeServices`.
    #[must_use]
    pub fn calls_by_action(&self) -> BTreeMap<String, u64> {
        self.accounts.calls_by_action()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_work_that_no_rollback_depends_on_stays_there() {
        assert_eq!(unharmed("work", async { 5 }).await, Some(5));
        let broken = async {
            assert!(Timestamp::UNIX_EPOCH > Timestamp::MAX, "never");
            5
        };
        assert_eq!(unharmed("work", broken).await, None);
    }
}
