//! The way of a composite alarm: down to the children that made it change its state, and from each of them to its services.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use judgement::{
    Arn, Location, Reason, Verdict,
    signal::{Clues, Composite},
    text::shown,
};

use super::{
    Locator, Miss, Search,
    found::{Services, Troubles},
    rule::{self, States},
};
use crate::aws::{LookedUpAlarm, SIDE_BY_SIDE};

/// The depth to which composite alarms are followed. A cycle ends earlier, as no alarm is looked at twice.
const DEEPEST: usize = 10;

/// The most alarms below one that are looked at. AWS allows 100 children each.
const MOST_ALARMS: usize = 200;

/// The condition under which a child counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    /// It is known to have made its parent change its state, in this state and since then, whatever its state is now.
    Triggered { is_calm: bool, since: Option<Timestamp> },
    /// If its state is one of those that the rule asks for.
    In(States),
}

/// The alarms of one level below a composite alarm.
type Level = BTreeMap<String, Counts>;

/// A child that counts, and since when it has been in its state, if its parent says so.
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

/// The children of a composite alarm that made it change its state, as it names them or as its rule asks for them, each with
/// the time since when it has been in its state if that is known.
pub(crate) fn triggering(
    children: Vec<LookedUpAlarm>,
    composite: &Composite,
    here: &Location,
) -> Vec<(LookedUpAlarm, Option<Timestamp>)> {
    let counted = counted(children, &level_of(composite, here), &mut Vec::new());
    counted.into_iter().map(|counted| (counted.child, counted.since)).collect()
}

/// The names of the children that may have made a composite alarm change its state.
pub(crate) fn names_of_children(composite: &Composite, here: &Location) -> Vec<String> {
    level_of(composite, here).into_keys().collect()
}

/// The children of a composite alarm: the ones that it names as those that made it change its state, else all in its rule.
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

/// The children that count. One that is at rest counts only where no other does: `ALARM(web) AND OK(cart)` is about web.
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
/// another is none of them.
fn name(alarm: &str, here: &Location) -> Option<String> {
    let Some(arn) = Arn::parse(alarm).filter(|arn| arn.service == "cloudwatch") else { return Some(alarm.to_owned()) };
    let is_here = here.account.as_deref().is_none_or(|account| account == arn.account) && here.region == arn.region;
    arn.resource.strip_prefix("alarm:").filter(|_| is_here).map(str::to_owned)
}

fn too_many(what: &str) -> Miss {
    let detail = format!("{what}, so the responsible service is ambiguous; tag the alarm auto-rollback:services.");
    Miss::Nowhere(Verdict::new(Reason::Ambiguous, detail))
}
