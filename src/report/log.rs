//! The report as log lines.

use tracing::{info, warn};

use super::Report;
use crate::{event::AnswerForm, reason::Reason, target::Way};

impl Report {
    /// Logs one line a decision, whatever the answer to whoever invoked the function holds.
    pub fn log(&self) {
        for record in &self.records {
            let message_id = record.message_id.as_deref();
            // Elsewhere the invocation fails with it, and the runtime logs that.
            if let (Err(unrecognized), AnswerForm::BatchItemFailures) = (&record.entries, self.answer) {
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
                    signal_began = entry.signal.began.map(|began| began.to_string()),
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
}
