//! The report: the verdicts of one invocation. The response, the log lines, the metrics and the notices are views of this one value.

mod log;
mod metrics;
mod response;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use judgement::{
    Evidence, Outcome, Reason, Service, Signal, Verdict, Way,
    event::{self, AnswerForm, Unrecognized},
    observation::Candidate,
};

pub use self::{
    metrics::{Effort, Metrics},
    response::Error,
};
use crate::follow_up::FollowUps;

/// The verdicts of one invocation.
#[derive(Debug)]
pub struct Report {
    /// The form of the answer that the caller expects.
    pub(crate) answer: AnswerForm,
    /// The records, in their order.
    pub(crate) records: Vec<Record>,
    /// The follow-ups to earlier deployments.
    pub(crate) follow_ups: FollowUps,
    /// The fate of the notices.
    pub(crate) delivery: Delivery,
}

/// The notices by their fate, counted for each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Notices that a channel took.
    pub delivered: u32,
    /// Notices that a channel did not take, and events that could not be followed up.
    pub failed: u32,
}

/// One record of the event.
#[derive(Debug)]
pub(crate) struct Record {
    /// The SQS message's id.
    pub(crate) message_id: Option<String>,
    /// The signal that it carries.
    pub(crate) signal: Result<Arc<Signal>, Unrecognized>,
    /// One entry for each service that its signal points at.
    pub(crate) entries: Vec<Entry>,
}

/// The entries of signals, by the number of their record.
pub(crate) type Entries = BTreeMap<usize, Vec<Entry>>;

/// The verdict on one signal for one service.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// The signal.
    pub(crate) signal: Arc<Signal>,
    /// The service, if the signal led to one.
    pub(crate) service: Option<Service>,
    /// The way that led to the service.
    pub(crate) found_by: Option<Way>,
    /// The time from the beginning of the invocation to the verdict.
    pub(crate) decided_after: Option<Duration>,
    /// The service deployment that was judged, as it was observed.
    pub(crate) observed: Option<Box<Candidate>>,
    /// The evidence on which the verdict was reached, if the service was observed.
    pub(crate) evidence: Option<Box<Evidence>>,
}

impl From<event::Record> for Record {
    fn from(event::Record { message_id, signal }: event::Record) -> Self {
        Self { message_id, signal: signal.map(Arc::new), entries: Vec::new() }
    }
}

impl Record {
    fn has_failed(&self) -> bool {
        self.signal.is_err() || self.entries.iter().any(|entry| entry.verdict.has_failed())
    }
}

impl Entry {
    /// The entry of a signal that led to no service.
    pub(crate) fn of_no_service(signal: &Arc<Signal>, verdict: Verdict) -> Self {
        let signal = Arc::clone(signal);
        Self { verdict, signal, service: None, found_by: None, decided_after: None, observed: None, evidence: None }
    }

    /// The entry of a signal that led to a service, `found_by` some way.
    pub(crate) fn of_service(signal: &Arc<Signal>, service: &Service, found_by: Way, verdict: Verdict) -> Self {
        Self { service: Some(service.clone()), found_by: Some(found_by), ..Self::of_no_service(signal, verdict) }
    }

    /// The same entry with the evidence, and with the service deployment as it was observed, if that is the one that was judged.
    pub(crate) fn with_observed(self, candidate: Option<&Candidate>, evidence: Evidence) -> Self {
        let judged = candidate.filter(|candidate| self.verdict.deployment.as_ref() == Some(&candidate.deployment.arn));
        Self { observed: judged.cloned().map(Box::new), evidence: Some(Box::new(evidence)), ..self }
    }

    /// The outcome.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.verdict.outcome()
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.verdict.reason
    }

    /// The reason in one English sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.verdict.detail
    }

    /// The service, if the signal led to one.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.service.as_ref()
    }

    /// The signal.
    #[must_use]
    pub fn signal(&self) -> &Signal {
        &self.signal
    }

    /// The way that led to the service.
    #[must_use]
    pub fn found_by(&self) -> Option<Way> {
        self.found_by
    }

    /// The service deployment that was judged, as it was observed.
    #[must_use]
    pub fn observed(&self) -> Option<&Candidate> {
        self.observed.as_deref()
    }

    /// The evidence on which the verdict was reached, if the service was observed.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_deref()
    }

    /// The ARN of the service deployment that was judged, if there was one.
    #[must_use]
    pub fn deployment(&self) -> Option<&str> {
        self.verdict.deployment.as_deref()
    }
}

impl Report {
    /// The report of an invocation whose input is not a known event.
    #[must_use]
    pub fn of_unrecognized(unrecognized: Unrecognized) -> Self {
        let record = Record { message_id: None, signal: Err(unrecognized), entries: Vec::new() };
        Self::of(AnswerForm::Outcomes, vec![record])
    }

    /// The report of these records.
    pub(crate) fn of(answer: AnswerForm, records: Vec<Record>) -> Self {
        Self { answer, records, follow_ups: FollowUps::default(), delivery: Delivery::default() }
    }

    /// Adds the entries of signals.
    pub(crate) fn add(&mut self, entries: Entries) {
        for (number, entries) in entries {
            self.records[number].entries = entries;
        }
    }

    /// The signals, in the order of their records.
    pub(crate) fn signals(&self) -> impl Iterator<Item = &Signal> {
        self.records.iter().filter_map(|record| record.signal.as_deref().ok())
    }

    /// All entries, in the order of their records.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.records.iter().flat_map(|record| &record.entries)
    }

    /// The errors about records that are no known events.
    pub fn unrecognized(&self) -> impl Iterator<Item = &Unrecognized> {
        self.records.iter().filter_map(|record| record.signal.as_ref().err())
    }

    /// The service deployments that are rolled back, each with the signal for which it is.
    pub(crate) fn rolled_back(&self) -> impl Iterator<Item = (&str, &Signal)> {
        let rolled_back = self.entries().filter(|entry| entry.outcome() == Outcome::RolledBack);
        rolled_back.filter_map(|entry| Some((entry.deployment()?, &*entry.signal)))
    }

    /// The fate of the notices.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        Delivery { failed: self.delivery.failed + self.follow_ups.failed, ..self.delivery }
    }
}
