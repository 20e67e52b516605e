//! The memory of the rollbacks that were requested: with it, the time from a signal to the end of its rollback is measured, and
//! its alarm is looked at again.

use jiff::Timestamp;
use judgement::signal::{Alarm, Clues};

use crate::recent::Recent;

/// The most rollbacks that are remembered.
const MOST: usize = 1_000;

/// The rollbacks that were requested lately, by the ARN of the service deployment.
#[derive(Debug)]
pub(crate) struct Requests(Recent<String, Request>);

/// The signal for which a rollback was requested.
#[derive(Debug, Clone, Default)]
struct Request {
    began: Option<Timestamp>,
    alarm: Option<Clues>,
}

impl Default for Requests {
    fn default() -> Self {
        Self(Recent::new(MOST))
    }
}

impl Requests {
    /// Remembers when the signal began for which the service deployment is rolled back.
    pub(crate) fn remember(&mut self, deployment: &str, began: Timestamp) {
        let known = self.known(deployment);
        self.0.insert(deployment.to_owned(), Request { began: Some(began), ..known });
    }

    /// Remembers the alarm for which the service deployment is rolled back: its name, and where it was raised.
    pub(crate) fn remember_alarm(&mut self, deployment: &str, clues: &Clues) {
        let Some(alarm) = &clues.alarm else { return };
        let alarm = Alarm { name: alarm.name.clone(), arn: alarm.arn.clone(), composite: None };
        let (origin, from_home) = (clues.origin.clone(), clues.from_home);
        let clues = Clues { origin, from_home, alarm: Some(alarm), ..Clues::default() };
        let known = self.known(deployment);
        self.0.insert(deployment.to_owned(), Request { alarm: Some(clues), ..known });
    }

    /// When the signal began for which this function rolled the service deployment back, as far as it is remembered.
    pub(crate) fn signal_began(&self, deployment: &str) -> Option<Timestamp> {
        self.0.get(deployment)?.began
    }

    /// The alarm for which this function rolled the service deployment back, as far as it is remembered.
    pub(crate) fn alarm(&self, deployment: &str) -> Option<&Clues> {
        self.0.get(deployment)?.alarm.as_ref()
    }

    fn known(&self, deployment: &str) -> Request {
        self.0.get(deployment).cloned().unwrap_or_default()
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
