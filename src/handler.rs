//! The story of one invocation: parse, find, observe, decide, act, report.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::{
    action::{Settled, roll_back},
    aws::{CallError, Places, SdkConfig},
    decision::{self, Decision, Leave},
    error::Error,
    event::{self, Record},
    finder::{Finder, Miss},
    reason::{Outcome, Reason},
    report::{Entry, RecordReport, Report},
    settings::{Policy, Settings},
    signal::{Clues, Signal},
    target::{Arn, Found, Target, Way, Whereabouts},
};

/// How many services are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// The longest that an invocation works, so that it has always answered within 25 seconds.
const LONGEST: Duration = Duration::from_secs(24);

/// What is kept of the time that Lambda leaves, to answer in.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The function, ready to be invoked.
#[derive(Debug)]
pub struct Handler {
    policy: Policy,
    finder: Finder,
    places: Arc<Places>,
}

/// What an invocation brings besides its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Where the function runs.
    pub home: Whereabouts,
    /// The time at its start.
    pub now: Timestamp,
    /// The time that Lambda leaves for it, if that is known.
    pub time_left: Option<Duration>,
}

/// One signal that points at a service, and where its entry belongs in the report.
#[derive(Clone, Copy)]
struct Accuser<'a> {
    record: usize,
    entry: usize,
    signal: &'a Signal,
    found_by: Way,
}

/// The services that are to be looked at, each with all signals that point at it.
type Cases<'a> = BTreeMap<Target, Vec<Accuser<'a>>>;

impl Handler {
    /// A function that goes by `settings`, and works with the credentials, Region and endpoints of `config`.
    #[must_use]
    pub fn new(settings: Settings, config: SdkConfig) -> Self {
        let Settings { policy, look_ups, role, .. } = settings;
        let places = Arc::new(Places::new(config, role));
        let finder = Finder::new(look_ups, policy.services.clone(), Arc::clone(&places));
        Self { policy, finder, places }
    }

    /// Handles one event and gives the response.
    ///
    /// # Errors
    /// When the event is none we know, or when anything failed; then all the rest has been finished.
    pub async fn handle(&self, event: &Value, invocation: &Invocation) -> Result<Value, Error> {
        let deadline = Instant::now() + time_to_work(invocation.time_left);
        let batch = event::parse(event)?;
        let mut records: Vec<RecordReport> = Vec::with_capacity(batch.records.len());
        let mut suspicions: BTreeMap<&Clues, Vec<(usize, &Signal)>> = BTreeMap::new();
        for (index, Record { message_id, signal }) in batch.records.iter().enumerate() {
            let entries = match signal {
                Ok(signal) => Ok(match decision::screen(signal, &self.policy, invocation.now) {
                    Ok(()) => {
                        suspicions.entry(&signal.clues).or_default().push((index, signal));
                        Vec::new()
                    }
                    Err(leave) => vec![Entry::of_no_service(signal, leave)],
                }),
                Err(unrecognized) => Err(unrecognized.clone()),
            };
            records.push(RecordReport { message_id: message_id.clone(), entries });
        }

        let mut cases = Cases::new();
        let searches = suspicions.into_iter().map(async |(clues, signals)| {
            let found = self.find_in_time(clues, invocation, deadline).await;
            (found, signals)
        });
        let mut found = stream::iter(searches).buffer_unordered(SIDE_BY_SIDE);
        while let Some((found, signals)) = found.next().await {
            for (index, signal) in signals {
                records[index].entries = Ok(self.open(signal, index, &found, &mut cases, invocation));
            }
        }
        drop(found);

        let work = cases.into_iter().map(|case| self.settle_in_time(case, invocation, deadline));
        let mut settled = stream::iter(work).buffer_unordered(SIDE_BY_SIDE);
        while let Some(entries) = settled.next().await {
            for (accuser, entry) in entries {
                if let Ok(entries) = &mut records[accuser.record].entries {
                    entries[accuser.entry] = entry;
                }
            }
        }
        drop(settled);

        let report = Report { answer: batch.answer, records };
        log(&report);
        report.into_response()
    }

    /// Finds services; a search that fails or does not end by the deadline is a failure of its kind.
    async fn find_in_time(&self, clues: &Clues, invocation: &Invocation, deadline: Instant) -> Result<Found, Leave> {
        let search = self.finder.find(clues, &invocation.home, invocation.now);
        match timeout_at(deadline, search).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(Miss::Left(leave))) => Err(leave),
            Ok(Err(Miss::Failed(error))) => Err(failed(&error)),
            Err(_) => {
                let detail = "could not find the services in the time that the invocation had".to_owned();
                Err(Leave::new(Reason::Unreachable, detail))
            }
        }
    }

    /// The entries of one signal. Those that need a look at ECS are opened as cases, with a place held for what comes of them.
    fn open<'a>(
        &self,
        signal: &'a Signal,
        record: usize,
        found: &Result<Found, Leave>,
        cases: &mut Cases<'a>,
        invocation: &Invocation,
    ) -> Vec<Entry> {
        let Found { way, targets } = match found {
            Ok(found) => found,
            Err(leave) => return vec![Entry::of_no_service(signal, leave.clone())],
        };
        let mut entries = Vec::new();
        for target in targets {
            entries.push(match target {
                Ok(target) => {
                    match decision::admit(target, &self.policy, &invocation.home, self.places.reach_beyond_home()) {
                        Ok(()) => {
                            let accuser = Accuser { record, entry: entries.len(), signal, found_by: *way };
                            cases.entry(target.clone()).or_default().push(accuser);
                            Entry::of_service(signal, target, *way, unanswered(target))
                        }
                        Err(leave) => Entry::of_service(signal, target, *way, leave),
                    }
                }
                Err(leave) => Entry::of_no_service(signal, leave.clone()),
            });
        }
        entries
    }

    /// Settles a case; what is not settled by the deadline is reported as unanswered.
    async fn settle_in_time<'a>(
        &self,
        (target, accusers): (Target, Vec<Accuser<'a>>),
        invocation: &Invocation,
        deadline: Instant,
    ) -> Vec<(Accuser<'a>, Entry)> {
        let mut entries = Vec::with_capacity(accusers.len());
        if timeout_at(deadline, self.settle(&target, &accusers, invocation, &mut entries)).await.is_err() {
            let rest = accusers.iter().skip(entries.len());
            entries.extend(rest.map(|accuser| (*accuser, accuser.entry(&target, unanswered(&target)))));
        }
        entries
    }

    /// Observes the service once, then decides and acts for each signal in turn. The service is asked to roll back once.
    async fn settle<'a>(
        &self,
        target: &Target,
        accusers: &[Accuser<'a>],
        invocation: &Invocation,
        entries: &mut Vec<(Accuser<'a>, Entry)>,
    ) {
        let all = |leave: Leave| accusers.iter().map(move |accuser| (*accuser, accuser.entry(target, leave.clone())));
        let Some(place) = self.places.at(&target.whereabouts(), &invocation.home).await else {
            entries.extend(all(decision::foreign(target, "Region", &target.region, &invocation.home.region)));
            return;
        };
        let window = self.policy.limit.as_ref().map(|limit| limit.window).unwrap_or_default();
        let since = invocation.now.checked_sub(window).unwrap_or(invocation.now);
        let observed = match place.ecs.observe(target, since).await {
            Ok(observed) => observed,
            Err(error) => {
                entries.extend(all(failed(&error)));
                return;
            }
        };
        let arn = observed.service.as_ref().and_then(|service| Arn::parse(&service.arn));
        let account = target.account.clone().or_else(|| arn.map(|arn| arn.account.to_owned()));
        let target = Target { account, ..target.clone() };
        let mut done: Option<Settled> = None;
        for accuser in accusers {
            let leave = match decision::decide(accuser.signal, &target, &observed, &self.policy, invocation.now) {
                Decision::Leave(leave) => leave,
                Decision::RollBack(decision) => {
                    let Settled { reason, detail } = match &done {
                        Some(earlier) => again(&target, earlier),
                        None => done.insert(roll_back(&place.ecs, &target, &decision).await).clone(),
                    };
                    Leave { reason, detail, service_deployment_arn: Some(decision.service_deployment_arn) }
                }
            };
            entries.push((*accuser, accuser.entry(&target, leave)));
        }
    }
}

impl Accuser<'_> {
    fn entry(&self, target: &Target, leave: Leave) -> Entry {
        Entry::of_service(self.signal, target, self.found_by, leave)
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

fn failed(error: &CallError) -> Leave {
    let Settled { reason, detail } = Settled::failed(error);
    Leave::new(reason, detail)
}

fn unanswered(target: &Target) -> Leave {
    let detail = format!("could not finish with {target}: ECS did not answer in the time that the invocation had");
    Leave::new(Reason::Unreachable, detail)
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
                found_by = entry.found_by.map(Way::as_str),
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
