//! The story of one invocation: parse, resolve, observe, decide, act, report.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::{
    action::{Settled, roll_back},
    aws::Ecs,
    decision::{self, Decision, Leave, RollBack},
    error::Error,
    event::{self, Record},
    reason::{Outcome, Reason},
    report::{Entry, RecordReport, Report},
    settings::Policy,
    signal::Signal,
    target::{self, Arn, Home, Target},
};

/// How many services are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// The longest that an invocation works, so that it has always answered within 25 seconds.
const LONGEST: Duration = Duration::from_secs(24);

/// What is kept of the time that Lambda leaves, to answer in.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The function, ready to be invoked.
#[derive(Debug, Clone)]
pub struct Handler {
    policy: Policy,
    ecs: Ecs,
}

/// What an invocation brings besides its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Where the function runs.
    pub home: Home,
    /// The time at its start.
    pub now: Timestamp,
    /// The time that Lambda leaves for it, if that is known.
    pub time_left: Option<Duration>,
}

/// One signal and one service that it points at: the place of its entry in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    record: usize,
    entry: usize,
}

/// All signals of a batch that point at one service.
type Signals<'a> = Vec<(Place, &'a Signal)>;

impl Handler {
    /// A function that goes by `policy` and works on `ecs`.
    #[must_use]
    pub fn new(policy: Policy, ecs: Ecs) -> Self {
        Self { policy, ecs }
    }

    /// Handles one event and gives the response.
    ///
    /// # Errors
    /// When the event is none we know, or when anything failed; then all the rest has been finished.
    pub async fn handle(&self, event: &Value, invocation: &Invocation) -> Result<Value, Error> {
        let deadline = Instant::now() + time_to_work(invocation.time_left);
        let batch = event::parse(event)?;
        let mut records: Vec<RecordReport> = Vec::with_capacity(batch.records.len());
        let mut cases: BTreeMap<Target, Signals<'_>> = BTreeMap::new();
        for (index, Record { message_id, signal }) in batch.records.iter().enumerate() {
            let entries = match signal {
                Ok(signal) => Ok(self.open(signal, index, &mut cases, invocation)),
                Err(unrecognized) => Err(unrecognized.clone()),
            };
            records.push(RecordReport { message_id: message_id.clone(), entries });
        }

        let work = cases.into_iter().map(|case| self.settle_in_time(case, invocation, deadline));
        let mut settled = stream::iter(work).buffer_unordered(SIDE_BY_SIDE);
        while let Some(entries) = settled.next().await {
            for (place, entry) in entries {
                if let Ok(entries) = &mut records[place.record].entries {
                    entries[place.entry] = entry;
                }
            }
        }
        drop(settled);

        let report = Report { answer: batch.answer, records };
        log(&report);
        report.into_response()
    }

    /// The entries of one signal. Those that need a look at ECS are opened as cases, with a place held for what comes of them.
    fn open<'a>(
        &self,
        signal: &'a Signal,
        record: usize,
        cases: &mut BTreeMap<Target, Signals<'a>>,
        invocation: &Invocation,
    ) -> Vec<Entry> {
        if let Err(leave) = decision::screen(signal, &self.policy, invocation.now) {
            return vec![left(signal, None, leave)];
        }
        let mut entries = Vec::new();
        for found in target::resolve(signal, &invocation.home) {
            let target = match found {
                Ok(target) => target,
                Err(leave) => {
                    entries.push(left(signal, None, leave));
                    continue;
                }
            };
            let admitted = decision::admit(&target, &self.policy, &invocation.home);
            let place = Place { record, entry: entries.len() };
            entries.push(match &admitted {
                Ok(()) => unanswered(signal, &target),
                Err(leave) => left(signal, Some(&target), leave.clone()),
            });
            if admitted.is_ok() {
                cases.entry(target).or_default().push((place, signal));
            }
        }
        entries
    }

    /// Settles a case; what is not settled by the deadline is reported as unanswered.
    async fn settle_in_time(
        &self,
        (target, signals): (Target, Signals<'_>),
        invocation: &Invocation,
        deadline: Instant,
    ) -> Vec<(Place, Entry)> {
        let mut entries = Vec::with_capacity(signals.len());
        if timeout_at(deadline, self.settle(&target, &signals, invocation, &mut entries)).await.is_err() {
            let rest = signals.iter().skip(entries.len());
            entries.extend(rest.map(|(place, signal)| (*place, unanswered(signal, &target))));
        }
        entries
    }

    /// Observes the service once, then decides and acts for each signal in turn. The service is asked to roll back once.
    async fn settle(
        &self,
        target: &Target,
        signals: &Signals<'_>,
        invocation: &Invocation,
        entries: &mut Vec<(Place, Entry)>,
    ) {
        let window = self.policy.limit.as_ref().map(|limit| limit.window).unwrap_or_default();
        let since = invocation.now.checked_sub(window).unwrap_or(invocation.now);
        let observed = match self.ecs.observe(target, since).await {
            Ok(observed) => observed,
            Err(error) => {
                let Settled { reason, detail } = Settled::failed(&error);
                let entry = |signal| Entry::new(signal, Some(target), reason, detail.clone(), None);
                entries.extend(signals.iter().map(|(place, signal)| (*place, entry(signal))));
                return;
            }
        };
        let arn = observed.service.as_ref().and_then(|service| Arn::parse(&service.arn));
        let account = arn.map(|arn| arn.account.to_owned()).filter(|_| target.account.is_none());
        let target = Target { account: account.or_else(|| target.account.clone()), ..target.clone() };
        let mut done: Option<Settled> = None;
        for (place, signal) in signals {
            let entry = match decision::decide(signal, &target, &observed, &self.policy, invocation.now) {
                Decision::Leave(leave) => left(signal, Some(&target), leave),
                Decision::RollBack(decision) => {
                    let settled = match &done {
                        Some(earlier) => again(&target, earlier),
                        None => done.insert(roll_back(&self.ecs, &target, &decision).await).clone(),
                    };
                    let RollBack { service_deployment_arn, .. } = decision;
                    Entry::new(signal, Some(&target), settled.reason, settled.detail, Some(service_deployment_arn))
                }
            };
            entries.push((*place, entry));
        }
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

fn left(signal: &Signal, target: Option<&Target>, leave: Leave) -> Entry {
    let Leave { reason, detail, service_deployment_arn } = leave;
    Entry::new(signal, target, reason, detail, service_deployment_arn)
}

fn unanswered(signal: &Signal, target: &Target) -> Entry {
    let detail = format!("could not finish with {target}: ECS did not answer in the time that the invocation had");
    Entry::new(signal, Some(target), Reason::Unreachable, detail, None)
}

fn time_to_work(time_left: Option<Duration>) -> Duration {
    time_left.map_or(LONGEST, |left| left.saturating_sub(TO_ANSWER).min(LONGEST))
}

/// One line a decision.
fn log(report: &Report) {
    for record in &report.records {
        let message_id = record.message_id.as_deref();
        if let Err(unrecognized) = &record.entries {
            let error = unrecognized.to_string();
            warn!(error = error.as_str(), message_id, "unrecognized event");
        }
        for entry in record.entries.iter().flatten() {
            let service = entry.service.as_ref();
            info!(
                outcome = entry.outcome.as_str(),
                reason = entry.reason.as_str(),
                detail = entry.detail.as_str(),
                signal_source = entry.signal.source,
                signal_name = entry.signal.name.as_str(),
                signal_began = entry.signal.began.as_deref(),
                account = service.and_then(|service| service.account.as_deref()),
                region = service.map(|service| service.region.as_str()),
                cluster = service.map(|service| service.cluster.as_str()),
                service_name = service.map(|service| service.name.as_str()),
                service_deployment_arn = entry.service_deployment_arn.as_deref(),
                message_id,
                "decision"
            );
            if entry.reason == Reason::Conflict {
                // Not an error, as a retry would not know more, but somebody should look.
                warn!(detail = entry.detail.as_str(), "unsettled conflict");
            }
        }
    }
}
