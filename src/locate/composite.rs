//! The way of a composite alarm: down to the children that are in ALARM, and from each of them to its services.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use judgement::{
    Arn, Reason, Verdict,
    signal::{Clues, Composite, Origin},
};

use super::{Locator, Miss, Search, found::Services, rule};
use crate::aws::{LookedUpAlarm, SIDE_BY_SIDE};

/// The depth to which composite alarms are followed. A cycle ends earlier, as no alarm is looked at twice.
const DEEPEST: usize = 10;

/// The most alarms below one that are looked at. AWS allows 100 children each.
const MOST_ALARMS: usize = 200;

/// The alarms of one level below a composite alarm.
#[derive(Default)]
struct Level {
    names: Vec<String>,
    /// The ones known to have been in ALARM when their parent went there, whatever their state is now.
    in_alarm: BTreeSet<String>,
}

impl Locator {
    pub(super) async fn by_children(&self, clues: &Clues, search: &Search<'_>) -> Result<Services, Miss> {
        let Some(composite) = clues.alarm.as_ref().and_then(|alarm| alarm.composite.as_ref()) else {
            return Ok(Vec::new());
        };
        let Some(account) = self.account_of(&clues.origin, search).await else { return Ok(Vec::new()) };
        let mut services = Vec::new();
        let mut seen = BTreeSet::new();
        let mut level = Level::default();
        level.add(composite, &clues.origin);
        for _ in 0..DEEPEST {
            level.names.retain(|name| seen.insert(name.clone()));
            if level.names.is_empty() {
                return Ok(services);
            }
            if seen.len() > MOST_ALARMS {
                return Err(too_many(&format!("The alarm is made of more than {MOST_ALARMS} alarms")));
            }
            let children = account.cloudwatch.alarms(&level.names, &clues.origin).await?;
            let children: Vec<LookedUpAlarm> = children.into_iter().filter(|child| level.is_in_alarm(child)).collect();
            let ways = children.iter().map(|child| self.by_any_way(&child.clues, search.home, search.now, false));
            let found: Vec<_> = stream::iter(ways).buffered(SIDE_BY_SIDE).collect().await;
            let mut next = Level::default();
            for (child, found) in children.iter().zip(found) {
                match (found, child.clues.alarm.as_ref().and_then(|alarm| alarm.composite.as_ref())) {
                    (Ok(found), _) => services.extend(
                        found.services.into_iter().filter(|found| !services.contains(found)).collect::<Vec<_>>(),
                    ),
                    (Err(Miss::Failed(error)), _) => return Err(Miss::Failed(error)),
                    (Err(Miss::Nowhere(_)), Some(composite)) => next.add(composite, &clues.origin),
                    (Err(Miss::Nowhere(_)), None) => {}
                }
            }
            level = next;
        }
        level.names.retain(|name| !seen.contains(name));
        if level.names.is_empty() {
            Ok(services)
        } else {
            Err(too_many(&format!("The alarm's children are nested more than {DEEPEST} deep")))
        }
    }
}

impl Level {
    /// Adds the children of a composite alarm: the ones that it names as in ALARM, else all in its rule.
    fn add(&mut self, composite: &Composite, origin: &Origin) {
        let triggering: Vec<String> = composite.triggering.iter().filter_map(|arn| name(arn, origin)).collect();
        if triggering.is_empty() {
            self.names.extend(rule::children(&composite.rule).iter().filter_map(|alarm| name(alarm, origin)));
        } else {
            self.in_alarm.extend(triggering.iter().cloned());
            self.names.extend(triggering);
        }
    }

    fn is_in_alarm(&self, child: &LookedUpAlarm) -> bool {
        child.in_alarm || child.clues.alarm.as_ref().is_some_and(|alarm| self.in_alarm.contains(&alarm.name))
    }
}

/// The name of an alarm given by name or ARN. A composite alarm and its children are in one account and Region, so an ARN of
/// another is none of them.
fn name(alarm: &str, origin: &Origin) -> Option<String> {
    let Some(arn) = Arn::parse(alarm).filter(|arn| arn.service == "cloudwatch") else { return Some(alarm.to_owned()) };
    let here = origin.account.as_deref().is_none_or(|account| account == arn.account)
        && origin.region.as_deref().is_none_or(|region| region == arn.region);
    arn.resource.strip_prefix("alarm:").filter(|_| here).map(str::to_owned)
}

fn too_many(what: &str) -> Miss {
    let detail = format!("{what}, so the responsible service is ambiguous; tag the alarm auto-rollback:services.");
    Miss::Nowhere(Verdict::new(Reason::Ambiguous, detail))
}
