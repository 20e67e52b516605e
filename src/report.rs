//! The report: the outcomes of one invocation. Response, log lines, figures and failure are all made of this one value.

mod log;

use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    aftermath::Aftermath,
    decision::Leave,
    error::Error,
    event::{AnswerForm, Unrecognized},
    observation::Candidate,
    reason::{Outcome, Reason},
    signal::{Signal, Statement},
    target::{Target, Way},
};

/// The outcomes of one invocation.
#[derive(Debug)]
pub struct Report {
    /// How whoever invoked the function wants to be answered.
    pub answer: AnswerForm,
    /// The records, in their order.
    pub records: Vec<RecordReport>,
    /// What came after decisions, as ECS's events tell.
    pub aftermaths: Vec<Aftermath>,
    /// What became of the notices.
    pub delivery: Delivery,
}

/// What became of notices, counted for each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Those that a channel took.
    pub delivered: u32,
    /// Those that it did not take, and those that could not be written.
    pub failed: u32,
}

/// What came of one record.
#[derive(Debug)]
pub struct RecordReport {
    /// The SQS message's id.
    pub message_id: Option<String>,
    /// One entry for each service that its signal points at, or why it is no signal.
    pub entries: Result<Vec<Entry>, Unrecognized>,
}

/// What came of one signal for one service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What came of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Why, in one English sentence.
    pub detail: String,
    /// The signal.
    pub signal: SignalSummary,
    /// The service, if the signal led to one.
    pub service: Option<Target>,
    /// The service deployment that was judged, if there was one.
    pub service_deployment_arn: Option<String>,
    /// The way that led to the service. The sentence says it, and the log has a field for it.
    #[serde(skip)]
    pub found_by: Option<Way>,
    /// When it was settled, counted from the beginning of the invocation. For the figures and the notices.
    #[serde(skip)]
    pub settled_after: Option<Duration>,
    /// The service deployment that was judged, as it was observed. For the notices.
    #[serde(skip)]
    pub observed: Option<Box<Candidate>>,
}

/// What a report says of a signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalSummary {
    /// Who raised it.
    pub source: &'static str,
    /// Its name.
    pub name: String,
    /// When it began; in ISO 8601 where it is written.
    pub began: Option<Timestamp>,
    /// When it was sent. This and what follows is for the notices.
    #[serde(skip)]
    pub sent: Option<Timestamp>,
    /// The end of the newest datapoint that the alarm judged.
    #[serde(skip)]
    pub evidence_ended: Option<Timestamp>,
    /// The alarm's ARN.
    #[serde(skip)]
    pub alarm_arn: Option<String>,
    /// What its source says about it.
    #[serde(skip)]
    pub statement: Statement,
}

impl SignalSummary {
    /// The longest name that a report repeats: as long as an alarm's name can be.
    const LONGEST_NAME: usize = 255;

    fn of(signal: &Signal) -> Self {
        Self {
            source: signal.source.as_str(),
            name: signal.name.chars().take(Self::LONGEST_NAME).collect(),
            began: signal.began,
            sent: signal.sent,
            evidence_ended: signal.evidence_ended,
            alarm_arn: signal.clues.alarm.as_ref().and_then(|alarm| alarm.arn.clone()),
            statement: signal.statement.clone(),
        }
    }
}

impl Entry {
    /// An entry for `signal` that has led to no service.
    #[must_use]
    pub fn of_no_service(signal: &Signal, leave: Leave) -> Self {
        let Leave { reason, detail, service_deployment_arn } = leave;
        Self {
            outcome: reason.outcome(),
            reason,
            detail,
            signal: SignalSummary::of(signal),
            service: None,
            service_deployment_arn,
            found_by: None,
            settled_after: None,
            observed: None,
        }
    }

    /// An entry for `signal` and a service that it has led to, `found_by` some way.
    #[must_use]
    pub fn of_service(signal: &Signal, target: &Target, found_by: Way, leave: Leave) -> Self {
        let mut entry = Self::of_no_service(signal, leave);
        if !entry.has_failed() {
            let sentence = entry.detail.trim_end_matches('.');
            entry.detail = format!("{sentence} (found by {}).", found_by.as_str());
        }
        Self { service: Some(target.clone()), found_by: Some(found_by), ..entry }
    }

    /// The same, with the service deployment as it was observed, if that is the one that was judged.
    #[must_use]
    pub fn with_observed(self, candidate: Option<&Candidate>) -> Self {
        let judged =
            candidate.filter(|candidate| self.service_deployment_arn.as_ref() == Some(&candidate.deployment.arn));
        Self { observed: judged.cloned().map(Box::new), ..self }
    }

    fn has_failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}

impl RecordReport {
    fn has_failed(&self) -> bool {
        self.entries.as_ref().map_or(true, |entries| entries.iter().any(Entry::has_failed))
    }
}

impl Report {
    /// The report of an invocation whose input is no event we know.
    #[must_use]
    pub fn of_unrecognized(unrecognized: Unrecognized) -> Self {
        let record = RecordReport { message_id: None, entries: Err(unrecognized) };
        Self::of_records(AnswerForm::Outcomes, vec![record])
    }

    /// The report of these records, before anybody was told.
    #[must_use]
    pub fn of_records(answer: AnswerForm, records: Vec<RecordReport>) -> Self {
        Self { answer, records, aftermaths: Vec::new(), delivery: Delivery::default() }
    }

    /// All entries, in the order of their records.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.records.iter().filter_map(|record| record.entries.as_ref().ok()).flatten()
    }

    /// What the invocation returns.
    ///
    /// # Errors
    /// When an outcome is a failure, or a record no event, and the answer has no place to say so.
    pub fn into_response(self) -> Result<Value, Error> {
        match self.answer {
            AnswerForm::Outcomes => self.outcomes(),
            AnswerForm::BatchItemFailures => self.batch_item_failures(),
        }
    }

    fn outcomes(self) -> Result<Value, Error> {
        if self.entries().any(Entry::has_failed) {
            return Err(self.failure());
        }
        let mut outcomes = Vec::new();
        for record in self.records {
            outcomes.extend(record.entries?);
        }
        Ok(json!({ "outcomes": outcomes }))
    }

    fn batch_item_failures(self) -> Result<Value, Error> {
        let mut response = SqsBatchResponse::default();
        let failed = self.records.iter().filter(|record| record.has_failed());
        for message_id in failed.map(|record| record.message_id.as_deref()) {
            let Some(message_id) = message_id else {
                // It cannot be handed back by name, so the whole batch is: what was done is not done twice by ECS.
                return Err(self.failure());
            };
            response.add_failure(message_id);
        }
        Ok(json!(response))
    }

    /// All failures as one error. The worst is the first in the order of the reasons.
    fn failure(self) -> Error {
        const MOST_DETAILS: usize = 5;
        let failed: Vec<&Entry> = self.entries().filter(|entry| entry.has_failed()).collect();
        let Some(worst) = failed.iter().map(|entry| entry.reason).min() else {
            let unrecognized = self.records.into_iter().find_map(|record| record.entries.err());
            return unrecognized.map_or_else(
                || Error::Failed { worst: Reason::ClientError, failures: "no record could be answered".to_owned() },
                Error::Unrecognized,
            );
        };
        let mut failures: Vec<&str> = failed.iter().take(MOST_DETAILS).map(|entry| entry.detail.as_str()).collect();
        let more = format!("and {} more failures", failed.len().saturating_sub(MOST_DETAILS));
        if failed.len() > MOST_DETAILS {
            failures.push(&more);
        }
        Error::Failed { worst, failures: failures.join("; ") }
    }
}
