//! The report as log lines.

use judgement::{Reason, Way, event::AnswerForm};
use tracing::{info, warn};

use super::{Entry, Report};
use crate::follow_up::FollowUp;

impl Report {
    /// Logs one line per decision, whatever the response holds.
    pub(crate) fn log(&self) {
        for record in &self.records {
            let message_id = record.message_id.as_deref();
            // In other responses the invocation fails with it, and the runtime logs that.
            if let (Err(unrecognized), AnswerForm::BatchItemFailures) = (&record.signal, self.answer) {
                let error = unrecognized.to_string();
                warn!(error = error.as_str(), message_id, "unrecognized event");
            }
            for entry in &record.entries {
                entry.log(message_id);
            }
        }
    }

    /// Logs one line per follow-up.
    pub(crate) fn log_follow_ups(&self) {
        self.follow_ups.all.iter().for_each(log_follow_up);
    }
}

impl Entry {
    fn log(&self, message_id: Option<&str>) {
        let service = self.service.as_ref();
        let detail = self.verdict.detail.as_str();
        info!(
            outcome = self.outcome().as_str(),
            reason = self.reason().as_str(),
            detail,
            signal_source = self.signal.source.as_str(),
            signal_name = self.signal.name.as_str(),
            signal_began = self.signal.began.map(|began| began.to_string()),
            account = service.and_then(|service| service.account.as_deref()),
            region = service.map(|service| service.region.as_str()),
            cluster = service.map(|service| service.cluster.as_str()),
            service_name = service.map(|service| service.name.as_str()),
            service_deployment_arn = self.deployment(),
            found_by = self.found_by.map(Way::as_str),
            message_id,
            "decision"
        );
        if self.reason() == Reason::Conflict {
            // Not an error, because a retry cannot help, but somebody should investigate.
            warn!(detail, "unsettled conflict");
        }
    }
}

fn log_follow_up(follow_up: &FollowUp) {
    let service = &follow_up.service;
    info!(
        outcome = follow_up.kind().as_str(),
        detail = follow_up.sentence(),
        account = service.account.as_deref(),
        region = service.region.as_str(),
        cluster = service.cluster.as_str(),
        service_name = service.name.as_str(),
        service_deployment_arn = follow_up.latest.candidate.deployment.arn.as_str(),
        "follow-up"
    );
}
