//! The story of one invocation: parse, find, observe, decide, act, report.

mod aftermath;
mod cases;
mod notices;
mod search;
mod settle;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use self::notices::Notifier;
use crate::{
    action::Settled,
    aws::{CallError, Calls, Places, SdkConfig},
    decision::{self, Leave},
    event::{self, AnswerForm, Record},
    finder::Finder,
    memory::Memory,
    report::{Entry, RecordReport, Report},
    settings::{Policy, Settings},
    signal::{Clues, Signal},
    target::Whereabouts,
};

/// How many services are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// The longest that an invocation works, so that it has always answered within 25 seconds.
const LONGEST: Duration = Duration::from_secs(24);

/// The part of that time which is kept for notices, where there are any.
const TO_TELL: u32 = 8;

/// What is kept of the time that Lambda leaves, to answer in.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The function, ready to be invoked.
#[derive(Debug)]
pub struct Handler {
    policy: Policy,
    finder: Finder,
    places: Arc<Places>,
    memory: Mutex<Memory>,
    notifier: Notifier,
    /// Whether anybody asks what came of rollbacks: in notices or figures.
    follows_up: bool,
    /// When the signals began for which rollbacks were asked for lately, by the service deployment.
    requested: Mutex<BTreeMap<String, Timestamp>>,
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

/// One invocation while it is worked on.
#[derive(Clone, Copy)]
struct Turn<'a> {
    invocation: &'a Invocation,
    began: Instant,
    /// When all that decides must be done.
    deadline: Instant,
    /// When the notices must be sent, too.
    end: Instant,
    /// Whether it comes from a queue, and may be one of very many: then services are looked at at a pace.
    is_queued: bool,
}

impl Handler {
    /// A function that goes by `settings`, and works with the credentials, Region and endpoints of `config`.
    #[must_use]
    pub fn new(settings: Settings, config: SdkConfig) -> Self {
        let Settings { policy, look_ups, role, memory, notices, metrics_namespace, .. } = settings;
        let calls = Calls::default();
        let follows_up = notices.are_on() || metrics_namespace.is_some();
        let notifier = Notifier::new(notices, &config, &calls);
        let places = Arc::new(Places::new(config, role, calls));
        let finder = Finder::new(look_ups, policy.services.clone(), Arc::clone(&places));
        Self {
            policy,
            finder,
            memory: Mutex::new(Memory::new(memory)),
            notifier,
            follows_up,
            requested: Mutex::default(),
            places,
        }
    }

    /// Handles one event. Whatever happens, it is in the report.
    pub async fn handle(&self, event: &Value, invocation: &Invocation) -> Report {
        let began = Instant::now();
        let batch = match event::parse(event) {
            Ok(batch) => batch,
            Err(unrecognized) => return Report::of_unrecognized(unrecognized),
        };
        let time = time_to_work(invocation.time_left);
        let to_tell = if self.notifier.is_on() { time / TO_TELL } else { Duration::ZERO };
        let turn = Turn {
            invocation,
            began,
            deadline: began + time.saturating_sub(to_tell),
            end: began + time,
            is_queued: batch.answer == AnswerForm::BatchItemFailures,
        };
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

        let (plain, silent): (Vec<_>, Vec<_>) =
            suspicions.into_iter().partition(|(clues, _)| self.finder.knows(clues, &invocation.home));
        // What a look-up takes must not be at the cost of alarms that need none. What it leads to comes after them, so that a
        // service which both point at is asked to roll back once.
        let (settled, found) =
            join(async { self.settle_all(self.find_all(plain, turn).await, turn).await }, self.find_all(silent, turn))
                .await;
        let looked_up = self.settle_all(found, turn).await;
        for (record, entries) in settled.into_iter().chain(looked_up) {
            records[record].entries = Ok(entries);
        }

        let mut report = Report::of_records(batch.answer, records);
        report.log();
        // Nothing that stops a deployment waits for those who are told.
        let signals = batch.records.iter().filter_map(|record| record.signal.as_ref().ok());
        Box::pin(self.follow_up(&mut report, signals, turn)).await;
        Box::pin(self.tell(&mut report, turn)).await;
        report
    }

    /// How many requests went to AWS since the function started.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.places.calls()
    }
}

fn time_to_work(time_left: Option<Duration>) -> Duration {
    time_left.map_or(LONGEST, |left| left.saturating_sub(TO_ANSWER).min(LONGEST))
}

fn time_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn failed(error: &CallError) -> Leave {
    let Settled { reason, detail } = Settled::failed(error);
    Leave::new(reason, detail)
}
