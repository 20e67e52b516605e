//! The report as the response of the invocation, or as the error with which it fails.

use std::fmt;

use aws_lambda_events::sqs::SqsBatchResponse;
use jiff::Timestamp;
use judgement::{
    Outcome, Reason, Service, Way,
    event::{AnswerForm, Unrecognized},
};
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Entry, Record, Report};

/// The error with which an invocation fails, so that Lambda retries it and in the end hands it to the on-failure destination.
#[derive(thiserror::Error)]
pub enum Error {
    /// The input is not a known event. A retry cannot help; its sender must be fixed.
    #[error(transparent)]
    Unrecognized(#[from] Unrecognized),
    /// At least one outcome is a failure. Everything else was finished first.
    #[error("{failures}")]
    Failed {
        /// The worst of the failures.
        worst: Reason,
        /// All of them, on one line.
        failures: String,
    },
}

/// As it is displayed: the runtime logs errors in this form, for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let error_type = match &error {
            Error::Unrecognized(_) => "UnrecognizedEvent".to_owned(),
            Error::Failed { worst, .. } => worst.error_type(),
        };
        Self { error_type, error_message: error.to_string() }
    }
}

/// The most failures whose sentences an error message repeats.
const MOST_DETAILS: usize = 5;

/// The longest name of a signal that a response repeats: as long as an alarm's name can be.
const LONGEST_NAME: usize = 255;

/// An entry as the response shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    outcome: Outcome,
    reason: Reason,
    detail: &'a str,
    found_by: Option<Way>,
    signal: ShownSignal,
    service: Option<&'a Service>,
    service_deployment_arn: Option<&'a str>,
}

#[derive(Serialize)]
struct ShownSignal {
    source: &'static str,
    name: String,
    began: Option<Timestamp>,
}

impl Report {
    /// Turns the report into the response of the invocation.
    ///
    /// # Errors
    /// If an outcome is a failure, or a record not a known event, and the answer has no place to say so.
    pub fn into_response(self) -> Result<Value, Error> {
        match self.answer {
            AnswerForm::Outcomes if self.records.iter().any(Record::has_failed) => Err(self.into_error()),
            AnswerForm::Outcomes => Ok(json!({ "outcomes": self.entries().map(shown).collect::<Vec<_>>() })),
            AnswerForm::BatchItemFailures => self.batch_item_failures(),
        }
    }

    fn batch_item_failures(self) -> Result<Value, Error> {
        let mut response = SqsBatchResponse::default();
        let failed = self.records.iter().filter(|record| record.has_failed());
        for message_id in failed.map(|record| record.message_id.as_deref()) {
            let Some(message_id) = message_id else {
                // A message without an id cannot be returned alone, so the whole batch is; ECS does nothing twice.
                return Err(self.into_error());
            };
            response.add_failure(message_id);
        }
        Ok(json!(response))
    }

    /// Turns all failures into one error. The worst is the first in the order of the reasons.
    fn into_error(self) -> Error {
        let failed: Vec<&Entry> = self.entries().filter(|entry| entry.verdict.has_failed()).collect();
        let Some(worst) = failed.iter().map(|entry| entry.reason()).min() else {
            let unrecognized = self.records.into_iter().find_map(|record| record.signal.err());
            return unrecognized.map_or_else(
                || Error::Failed { worst: Reason::ClientError, failures: "No record could be answered.".to_owned() },
                Error::Unrecognized,
            );
        };
        let mut failures: Vec<&str> =
            failed.iter().take(MOST_DETAILS).map(|entry| entry.verdict.detail.as_str()).collect();
        let more = format!("And {} more failures.", failed.len().saturating_sub(MOST_DETAILS));
        if failed.len() > MOST_DETAILS {
            failures.push(&more);
        }
        Error::Failed { worst, failures: failures.join(" ") }
    }
}

fn shown(entry: &Entry) -> Shown<'_> {
    Shown {
        outcome: entry.outcome(),
        reason: entry.reason(),
        detail: &entry.verdict.detail,
        found_by: entry.found_by,
        signal: ShownSignal {
            source: entry.signal.source.as_str(),
            name: entry.signal.name.chars().take(LONGEST_NAME).collect(),
            began: entry.signal.began,
        },
        service: entry.service.as_ref(),
        service_deployment_arn: entry.deployment(),
    }
}
