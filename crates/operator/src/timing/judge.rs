//! The verdict on each alarm that leads to one service.

use std::collections::BTreeMap;

use super::{Durations, Needs, Timed, TimedAlarm, Verdict, Warning};
use crate::{aws::Service, leads::Lead, session::Session};

/// The share of deployments, in percent, that must be long enough for an alarm to be fast enough.
const MOST_OF_THEM: usize = 90;

/// Judges every alarm that leads to a service.
pub(super) fn service(
    session: &Session,
    service: &Service,
    leads: &[&Lead<'_>],
    durations: &Durations,
    needs: &BTreeMap<String, Needs>,
) -> Timed {
    let alarm = |lead: &&Lead<'_>| {
        let needs = needs.get(&lead.alarm.name).cloned().unwrap_or_default();
        let long_enough = needs.fires_after_seconds.map(|seconds| durations.at_least(seconds));
        let verdict = verdict(service, &needs, durations);
        let is_slow = matches!(verdict, Verdict::Blind | Verdict::Tight);
        TimedAlarm {
            alarm: lead.alarm.name.clone(),
            found_by: lead.way,
            deployments_long_enough: long_enough.filter(|_| durations.count > 0),
            bake_minutes_that_would_do: bake_minutes(service, &needs, durations).filter(|_| is_slow),
            datapoints_that_would_do: datapoints(&needs, durations).filter(|_| is_slow),
            warnings: Warning::all(lead.alarm, service, &lead.wiring, session.now),
            verdict,
            needs,
        }
    };
    Timed {
        service: service.service.clone(),
        strategy: service.strategy.clone(),
        bake_minutes: service.bake_minutes,
        succeeds_early: service.succeeds_early,
        durations: durations.clone(),
        alarms: leads.iter().map(alarm).collect(),
    }
}

fn verdict(service: &Service, needs: &Needs, durations: &Durations) -> Verdict {
    let Some(fires_after) = needs.fires_after_seconds else { return Verdict::Unknown };
    if bake_seconds(service) >= fires_after {
        return Verdict::Ok;
    }
    match (durations.at_least(fires_after), durations.count) {
        (_, 0) => Verdict::Unknown,
        (0, _) => Verdict::Blind,
        (long_enough, count) if long_enough * 100 < count * MOST_OF_THEM => Verdict::Tight,
        _ => Verdict::Ok,
    }
}

/// The bake time that lets the shortest usual deployment last until the alarm fires.
fn bake_minutes(service: &Service, needs: &Needs, durations: &Durations) -> Option<i64> {
    let without_bake = durations.p10_seconds?.saturating_sub(bake_seconds(service)).max(0);
    let missing = needs.fires_after_seconds?.saturating_sub(without_bake).max(0);
    Some((missing + 59) / 60)
}

/// The number of breaching datapoints after which the alarm would fire within the shortest usual deployment.
fn datapoints(needs: &Needs, durations: &Durations) -> Option<u32> {
    let (period, to_alarm) = (needs.period_seconds.filter(|period| *period > 0)?, needs.datapoints_to_alarm?);
    let left = durations.p10_seconds?.saturating_sub(needs.delay_seconds?);
    let fewer = u32::try_from(left / i64::from(period)).ok()?;
    (1..to_alarm).contains(&fewer).then_some(fewer)
}

fn bake_seconds(service: &Service) -> i64 {
    i64::from(service.bake_minutes.unwrap_or(0)) * 60
}
