//! The memory of the rollbacks that were requested, with which the time from a signal to the end of its rollback is measured.

use jiff::Timestamp;

use crate::recent::Recent;

/// The most rollbacks that are remembered.
const MOST: usize = 1_000;

/// When the signals began for which rollbacks were requested lately, by the ARN of the service deployment.
#[derive(Debug)]
pub(crate) struct Requests(Recent<String, Timestamp>);

impl Default for Requests {
    fn default() -> Self {
        Self(Recent::new(MOST))
    }
}

impl Requests {
    /// Remembers when the signal began for which the service deployment is rolled back.
    pub(crate) fn remember(&mut self, deployment: &str, began: Timestamp) {
        self.0.insert(deployment.to_owned(), began);
    }

    /// When the signal began for which this function rolled the service deployment back, as far as it is remembered.
    pub(crate) fn signal_began(&self, deployment: &str) -> Option<Timestamp> {
        self.0.get(deployment).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_rollback_than_are_remembered_costs_the_oldest_and_no_other() {
        let mut requests = Requests::default();
        for number in 0..=MOST {
            requests.remember(&format!("arn:{number}"), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(requests.signal_began("arn:0"), None);
        assert!((1..=MOST).all(|number| requests.signal_began(&format!("arn:{number}")).is_some()));
    }
}
