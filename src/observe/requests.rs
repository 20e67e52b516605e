//! The memory of the rollbacks that were requested, with which the time from a signal to the end of its rollback is measured.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

/// The most rollbacks that are remembered. Beyond it, the oldest is forgotten.
const MOST: usize = 1_000;

/// When the signals began for which rollbacks were requested lately, by the ARN of the service deployment.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    began: BTreeMap<String, Timestamp>,
    in_order: VecDeque<String>,
}

impl Requests {
    /// Remembers when the signal began for which the service deployment is rolled back.
    pub(crate) fn remember(&mut self, deployment: &str, began: Timestamp) {
        if self.began.insert(deployment.to_owned(), began).is_some() {
            return;
        }
        self.in_order.push_back(deployment.to_owned());
        if self.in_order.len() > MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.began.remove(&oldest);
        }
    }

    /// When the signal began for which this function rolled the service deployment back, as far as it is remembered.
    pub(crate) fn signal_began(&self, deployment: &str) -> Option<Timestamp> {
        self.began.get(deployment).copied()
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
