//! The ways from an alarm to the function: as an action of the alarm, by a rule of EventBridge, or by an SNS topic.

mod pattern;
mod read;

use std::collections::BTreeMap;

use judgement::{Arn, Location};
use serde::Serialize;
use strum::Display;

use self::pattern::Match;
use crate::{alarm::Alarm, aws::Rule};

/// The default of the stack's parameter `FunctionName`.
pub(crate) const USUAL_NAME: &str = "ecs-auto-rollback";

/// The most actions that an alarm may have.
pub(crate) const MOST_ACTIONS: usize = 5;

/// The function, and all that leads to it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: String,
    /// Its ARN, if it could be read.
    pub(crate) arn: Option<String>,
    /// The ARNs of the queues that it reads.
    queues: Vec<String>,
    rules: Vec<Rule>,
    /// For each topic among the alarms' actions, whether it leads to the function. `None`: not known.
    topics: BTreeMap<String, Option<bool>>,
    /// `false` if its queues or rules could not all be read.
    is_whole: bool,
}

/// How an alarm is wired to the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wiring {
    /// The result.
    pub(crate) state: State,
    /// The ways, in words.
    pub(crate) by: Vec<String>,
}

/// The result of the search for a way from an alarm to the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// There is one.
    Wired,
    /// There is one among its actions, but these are switched off.
    ActionsOff,
    /// There is none.
    NotWired,
    /// Something that may be one could not be read.
    Unknown,
}

impl Target {
    /// The ways from an alarm to the function.
    pub(crate) fn wiring(&self, alarm: &Alarm, home: &Location) -> Wiring {
        let (mut by, mut is_unknown) = (Vec::new(), !self.is_whole);
        let mut actions = Vec::new();
        for action in &alarm.actions {
            if self.is_it(action) {
                actions.push("action".to_owned());
            } else if let Some(leads) = self.topics.get(action) {
                match leads {
                    Some(true) => actions.push(format!("topic {}", resource(action))),
                    Some(false) => {}
                    None => is_unknown = true,
                }
            }
        }
        let event = alarm.event(&alarm.going_to_alarm(&[], jiff::Timestamp::UNIX_EPOCH), home);
        for rule in self.rules.iter().filter(|rule| rule.is_enabled) {
            match pattern::fits(&rule.pattern, &event) {
                Match::Yes => by.push(format!("rule {}", rule.name)),
                Match::No => {}
                Match::Unknown => is_unknown = true,
            }
        }
        let acts = !actions.is_empty();
        if alarm.actions_enabled {
            by.splice(0..0, actions);
        }
        let state = match (by.is_empty(), acts) {
            (false, _) => State::Wired,
            (true, true) => State::ActionsOff,
            (true, false) if is_unknown => State::Unknown,
            (true, false) => State::NotWired,
        };
        Wiring { state, by }
    }

    /// Checks that an ARN is that of the function, with or without a version or an alias. If its own ARN is not known, its name
    /// is what counts.
    fn is_it(&self, arn: &str) -> bool {
        let Some(parsed) = Arn::parse(arn).filter(|arn| arn.service == "lambda") else { return false };
        match &self.arn {
            Some(own) => arn.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')),
            None => parsed.resource.split(':').nth(1) == Some(self.name.as_str()),
        }
    }

    /// Checks that an ARN is that of the function, or of a queue that it reads.
    fn takes(&self, arn: &str) -> bool {
        self.is_it(arn) || self.queues.iter().any(|queue| queue == arn)
    }

    /// The ARN to be added to an alarm's actions.
    pub(crate) fn arn_to_add(&self) -> &str {
        self.arn.as_deref().unwrap_or("the function's ARN")
    }
}

/// The last part of an ARN.
fn resource(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(arn: Option<&str>) -> Target {
        Target {
            name: USUAL_NAME.to_owned(),
            arn: arn.map(str::to_owned),
            queues: Vec::new(),
            rules: Vec::new(),
            topics: BTreeMap::new(),
            is_whole: true,
        }
    }

    #[test]
    fn a_function_is_known_by_its_arn_with_any_version_or_else_by_its_name() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback";
        let known = target(Some(arn));
        for (action, expected) in [
            (arn.to_owned(), true),
            (format!("{arn}:live"), true),
            (format!("{arn}-2"), false),
            (arn.replace("123456789012", "444455556666"), false),
            (arn.replace(":lambda:", ":sns:"), false),
        ] {
            assert_eq!(known.is_it(&action), expected, "{action}");
        }
        assert!(target(None).is_it(&format!("{}:7", arn.replace("123456789012", "444455556666"))));
        assert!(!target(None).is_it(&format!("{arn}-2")));
    }
}
