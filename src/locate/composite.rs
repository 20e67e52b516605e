//! The way of a composite alarm: down to the children that triggered it, and from each of them to its services.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use judgement::{
    Arn, Location, Reason, Verdict,
    signal::{Child, Clues, Composite},
    text::shown,
};

use super::{
    Locator, Miss, Search,
    found::{Services, Troubles},
    rule::{self, States},
};
use crate::aws::{LookedUpAlarm, SIDE_BY_SIDE};

/// The depth to which composite alarms are followed. A cycle ends earlier, because no alarm is read twice.
const DEEPEST: usize = 10;

/// The most alarms below one that are read. AWS allows 100 children each.
const MOST_ALARMS: usize = 200;

/// The condition under which a child counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    /// Always, because it is known to have triggered its parent, in this state and since this time.
    Triggered { is_calm: bool, since: Option<Timestamp> },
    /// If its present state is among these, which the rule names.
    In(States),
}

/// The alarms of one level below a composite alarm.
type Level = BTreeMap<String, Counts>;

/// A child that counts, and since when it has been in its state, if its parent reports that.
struct Counted {
    child: LookedUpAlarm,
    is_calm: bool,
    since: Option<Timestamp>,
}

impl Locator {
    pub(super) async fn by_children(
        &self,
        clues: &Clues,
        search: &mut Search<'_>,
        troubles: &mut Troubles,
    ) -> Result<Services, Miss> {
        let Some(composite) = clues.alarm.as_ref().and_then(|alarm| alarm.composite.as_ref()) else {
            return Ok(Vec::new());
        };
        let Some(account) = self.account_of(&search.here, search).await else { return Ok(Vec::new()) };
        let mut services = Vec::new();
        let mut seen = BTreeSet::new();
        let mut level = level_of(composite, &search.here);
        for _ in 0..DEEPEST {
            level.retain(|name, _| seen.insert(name.clone()));
            if level.is_empty() {
                return Ok(services);
            }
            if seen.len() > MOST_ALARMS {
                return Err(too_many(&format!("The alarm is made of more than {MOST_ALARMS} alarms")));
            }
            let names: Vec<String> = level.keys().cloned().collect();
            let children = account.cloudwatch.alarms(&names, &search.here.as_origin()).await?;
            let counted = counted(children, &level, &mut search.notes);
            let ways =
                counted.iter().map(|counted| self.by_any_way(&counted.child.clues, search.home, search.now, false));
            let found: Vec<_> = stream::iter(ways).buffered(SIDE_BY_SIDE).collect().await;
            let mut next = Level::new();
            for (counted, found) in counted.iter().zip(found) {
                match (found, counted.child.composite()) {
                    (Ok(found), _) => {
                        for service in found.services {
                            if let Ok(service) = &service {
                                let trouble = counted.child.trouble(counted.since);
                                troubles.entry(service.clone()).or_default().push(trouble);
                            }
                            if !services.contains(&service) {
                                services.push(service);
                            }
                        }
                    }
                    (Err(Miss::Failed(error)), _) => return Err(Miss::Failed(error)),
                    (Err(Miss::Nowhere(_)), Some(composite)) => next.extend(level_of(composite, &search.here)),
                    (Err(Miss::Nowhere(verdict)), None) if verdict.has_failed() => {
                        search.refused.get_or_insert(verdict);
                    }
                    (Err(Miss::Nowhere(_)), None) => {
                        search
                            .notes
                            .push(format!("its child {} leads to no service", shown(counted.child.name(), 255)));
                    }
                }
            }
            level = next;
        }
        level.retain(|name, _| !seen.contains(name));
        if level.is_empty() {
            Ok(services)
        } else {
            Err(too_many(&format!("The alarm's children are nested more than {DEEPEST} deep")))
        }
    }
}

/// The children of a composite alarm that triggered it, by its own list or else by its rule, each with the time since when it
/// has been in its state, if known.
pub(crate) fn triggering(
    children: Vec<LookedUpAlarm>,
    composite: &Composite,
    here: &Location,
) -> Vec<(LookedUpAlarm, Option<Timestamp>)> {
    let counted = counted(children, &level_of(composite, here), &mut Vec::new());
    counted.into_iter().map(|counted| (counted.child, counted.since)).collect()
}

/// The names of the children that may have triggered a composite alarm.
pub(crate) fn names_of_children(composite: &Composite, here: &Location) -> Vec<String> {
    level_of(composite, here).into_keys().collect()
}

/// The children in the rule of a composite alarm, listed as if all of them had triggered it. Those that the rule wants calm are OK.
#[must_use]
pub fn children_in_rule(rule: &str, here: &Location) -> Vec<Child> {
    let state = |states: States| if states.are_calm() { "OK" } else { "ALARM" };
    let child = |child: rule::Child| {
        Some(Child { arn: name(&child.alarm, here)?, state: state(child.states).to_owned(), since: None })
    };
    rule::children(rule).into_iter().filter_map(child).collect()
}

/// The children of a composite alarm: those that it lists as triggering, else all in its rule.
fn level_of(composite: &Composite, here: &Location) -> Level {
    let triggering: Level = composite
        .triggering
        .iter()
        .filter_map(|child| {
            Some((name(&child.arn, here)?, Counts::Triggered { is_calm: child.state == "OK", since: child.since }))
        })
        .collect();
    if !triggering.is_empty() {
        return triggering;
    }
    let children = rule::children(&composite.rule).into_iter();
    children.filter_map(|child| Some((name(&child.alarm, here)?, Counts::In(child.states)))).collect()
}

/// The children that count. A child that is OK counts only if no other does: `ALARM(web) AND OK(cart)` is about web.
fn counted(children: Vec<LookedUpAlarm>, level: &Level, notes: &mut Vec<String>) -> Vec<Counted> {
    let mut missing: BTreeSet<&String> = level.keys().collect();
    let mut counted = Vec::new();
    for child in children {
        let Some((name, counts)) = level.get_key_value(child.name()) else { continue };
        missing.remove(name);
        match counts {
            Counts::Triggered { is_calm, since } => counted.push(Counted { child, is_calm: *is_calm, since: *since }),
            Counts::In(states) if states.include(&child.state) => {
                let is_calm = child.state == "OK" || states.are_calm();
                counted.push(Counted { child, is_calm, since: None });
            }
            Counts::In(_) => notes.push(format!("its child {} is in {} by now", shown(name, 255), child.state)),
        }
    }
    notes.extend(missing.into_iter().map(|name| format!("its child {} does not exist", shown(name, 255))));
    let any_trouble = counted.iter().any(|counted| !counted.is_calm);
    counted.retain(|counted| !counted.is_calm || !any_trouble);
    counted
}

/// The name of an alarm given by name or ARN. A composite alarm and its children are in one account and Region, so an ARN of
/// another is ignored.
fn name(alarm: &str, here: &Location) -> Option<String> {
    let Some(arn) = Arn::parse(alarm).filter(|arn| arn.service == "cloudwatch") else { return Some(alarm.to_owned()) };
    let is_here = here.account.as_deref().is_none_or(|account| account == arn.account) && here.region == arn.region;
    arn.resource.strip_prefix("alarm:").filter(|_| is_here).map(str::to_owned)
}

fn too_many(what: &str) -> Miss {
    let detail = format!("{what}, so the responsible service is ambiguous; tag the alarm auto-rollback:services.");
    Miss::Nowhere(Verdict::new(Reason::Ambiguous, detail))
}
