//! The states of all alarms over time, from their history.

use std::collections::{BTreeMap, BTreeSet};

use ecs_auto_rollback::{Found, children_in_rule};
use jiff::{SignedDuration, Timestamp};
use judgement::Location;
use serde_json::{Value, json};

use crate::{
    alarm::{Alarm, Change, Kind},
    aws::History,
};

/// The longest time between a change of state and the record of the action that follows it.
const ACTS_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// The most by which the change of a time series may come after that of its alarm.
const SAME_CHANGE: SignedDuration = SignedDuration::from_secs(5);

/// The alarms with their changes and actions, oldest first.
pub(super) struct PastAlarms<'a> {
    history: &'a History,
    by_name: BTreeMap<&'a str, &'a Alarm>,
    changes: BTreeMap<&'a str, Vec<&'a Change>>,
    acted: BTreeMap<&'a str, Vec<Timestamp>>,
}

impl<'a> PastAlarms<'a> {
    pub(super) fn of(alarms: &'a [Alarm], history: &'a History) -> Self {
        let by_name = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
        let mut past = Self { history, by_name, changes: BTreeMap::new(), acted: BTreeMap::new() };
        for change in &history.changes {
            past.changes.entry(&change.alarm).or_default().push(change);
        }
        for executed in &history.actions {
            past.acted.entry(&executed.alarm).or_default().push(executed.at);
        }
        past
    }

    /// The alarm of this name, if it exists now.
    pub(super) fn named(&self, name: &str) -> Option<&'a Alarm> {
        self.by_name.get(name).copied()
    }

    /// Every change to ALARM, oldest first.
    pub(super) fn changes_to_alarm(&self) -> impl Iterator<Item = &'a Change> {
        self.history.changes.iter().filter(|change| change.to == "ALARM")
    }

    fn of_alarm(&self, name: &str) -> &[&'a Change] {
        self.changes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The time from a change to ALARM to the next change of the same series.
    pub(super) fn in_alarm_for(&self, change: &Change) -> Option<SignedDuration> {
        let is_next = |next: &&&Change| next.at > change.at && next.is_of_same_series(change);
        let next = self.of_alarm(&change.alarm).iter().find(is_next)?;
        Some(next.at.duration_since(change.at))
    }

    /// Whether the alarm did something after the change. `None` if it has nothing to do.
    pub(super) fn acted(&self, change: &Change) -> Option<bool> {
        let acted = self.acted.get(change.alarm.as_str()).is_some_and(|times| {
            times.iter().any(|at| *at >= change.at && at.duration_since(change.at) <= ACTS_WITHIN)
        });
        let has_actions =
            self.named(&change.alarm).is_some_and(|alarm| alarm.actions_enabled && !alarm.actions.is_empty());
        (acted || has_actions).then_some(acted)
    }

    /// The changes by which the time series of an alarm had gone to ALARM, of those that were there at the time of a change of the
    /// alarm as a whole.
    pub(super) fn contributors_at(&self, change: &Change) -> Vec<&'a Change> {
        if change.contributor.is_some() {
            return Vec::new();
        }
        let until = change.at.checked_add(SAME_CHANGE).unwrap_or(change.at);
        let mut newest: BTreeMap<&str, &Change> = BTreeMap::new();
        for past in self.of_alarm(&change.alarm).iter().filter(|past| past.at <= until) {
            // One that recovers a moment later was in ALARM.
            if let Some(contributor) = past.contributor.as_ref().filter(|_| past.at <= change.at || past.to == "ALARM")
            {
                newest.insert(&contributor.id, past);
            }
        }
        newest.into_values().filter(|past| past.to == "ALARM").collect()
    }

    /// The change with the children that were in ALARM, for a composite alarm whose history does not name them.
    pub(super) fn with_children(&self, change: &Change, alarm: &Alarm, home: &Location) -> Change {
        if alarm.kind != Kind::Composite || change.reason_data.is_some() {
            return change.clone();
        }
        let named = names(alarm.rule(), home);
        let children: Vec<Value> = self
            .by_name
            .values()
            .filter(|child| child.name != alarm.name && named.contains(&child.name))
            .filter_map(|child| {
                let since = self.in_alarm_since(&child.name, change.at)?;
                Some(json!({"arn": child.arn, "state": {"value": "ALARM", "timestamp": since}}))
            })
            .collect();
        let data = (!children.is_empty()).then(|| json!({"triggeringAlarms": children}));
        Change { reason_data: data, ..change.clone() }
    }

    /// Since when an alarm was in ALARM at a time, if it was.
    fn in_alarm_since(&self, name: &str, at: Timestamp) -> Option<Timestamp> {
        let last = self.of_alarm(name).iter().rev().find(|past| past.at <= at && past.contributor.is_none())?;
        (last.to == "ALARM").then_some(last.at)
    }

    /// The services with the data that the children of a composite alarm judged then.
    pub(super) fn with_data_of_then(&self, mut found: Found, change: &Change, home: &Location) -> Found {
        for trouble in found.troubles.values_mut().flatten().filter(|trouble| trouble.name != change.alarm) {
            let until = trouble.began.unwrap_or(change.at).max(change.at);
            let is_last = |child: &&&Change| child.at <= until && child.to == "ALARM";
            let last = self.of_alarm(&trouble.name).iter().rev().find(is_last);
            let signal = last.zip(self.named(&trouble.name)).and_then(|(child, alarm)| alarm.signal(child, home).ok());
            if let Some(signal) = signal {
                trouble.began = signal.began;
                trouble.run = signal.run;
            }
        }
        found
    }
}

/// The names of the alarms in a rule.
fn names(rule: &str, home: &Location) -> BTreeSet<String> {
    children_in_rule(rule, home).iter().map(|child| child.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_an_alarm_by_its_whole_name_only() {
        let rule = "ALARM(\"web 5xx\") OR ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:cart) OR OK( mail )";
        let account = Some("123456789012".to_owned());
        let home = Location { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account };
        let named = names(rule, &home);
        assert!(["web 5xx", "cart", "mail"].iter().all(|name| named.contains(*name)));
        assert!(!["web", "car", "ail", "5xx2"].iter().any(|name| named.contains(*name)));
        // A list after `AT_LEAST` counts, too.
        assert!(["a", "b, c"].iter().all(|name| names("AT_LEAST(1, ALARM, (a, \"b, c\"))", &home).contains(*name)));
    }
}
