//! Notices as they would be sent, for a program that shows them.

use std::time::Duration;

use tokio::time::Instant;

use super::{Context, facts, message, of_report};
use crate::{aws::Accounts, report::Report};

/// The longest time to read the facts for all notices of a report.
const TO_READ: Duration = Duration::from_secs(10);

/// A notice that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its kind, as in the parameter `Notices`.
    pub kind: &'static str,
    /// The subject of the e-mail.
    pub subject: String,
    /// The text of the e-mail.
    pub text: String,
}

/// The notices of a report, of every kind.
pub(crate) async fn drafts(report: &Report, accounts: &Accounts, context: &Context<'_>) -> Vec<Draft> {
    let reader = facts::Reader { accounts, home: context.home, until: Instant::now() + TO_READ };
    let mut drafts = Vec::new();
    for mut notice in of_report(report, context) {
        let facts = reader.facts(&notice).await;
        notice.complete(facts, context);
        let kind = notice.kind.as_str();
        drafts.push(Draft { kind, subject: message::of(&notice).subject, text: message::email(&notice) });
    }
    drafts
}
