//! The time from the beginning of trouble to the change to ALARM.

use std::collections::BTreeMap;

use judgement::Location;
use serde::Serialize;

use super::rule;
use crate::{
    alarm::{Alarm, Kind},
    aws::History,
};

/// The delay of an alarm without a history: metrics reach CloudWatch a minute late, and alarms are evaluated every minute.
pub(super) const ASSUMED_DELAY: i64 = 75;

/// The depth to which composite alarms are followed.
const DEEPEST: usize = 10;

/// The time that an alarm needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Needs {
    /// Its period in seconds: the longest, if it reads several metrics.
    pub(crate) period_seconds: Option<u32>,
    /// The number of datapoints that must breach.
    pub(crate) datapoints_to_alarm: Option<u32>,
    /// The number of datapoints that it looks at.
    pub(crate) evaluation_periods: Option<u32>,
    /// The time from the end of the newest datapoint to the change to ALARM, in seconds: the median of its history.
    pub(crate) delay_seconds: Option<i64>,
    /// The number of changes to ALARM by which the delay was measured. 0: it is assumed.
    pub(crate) delay_measured_by: usize,
    /// The sum, in seconds. `None` if it is not known.
    pub(crate) fires_after_seconds: Option<i64>,
    /// The rule, of a composite alarm: it fires as soon as its children make the rule true.
    pub(crate) rule: Option<String>,
}

/// The time that each alarm needs, by its name.
pub(super) fn all_needs(alarms: &[Alarm], history: &History, home: &Location) -> BTreeMap<String, Needs> {
    let by_name: BTreeMap<&str, &Alarm> = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
    let mut delays: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for change in history.changes.iter().filter(|change| change.to == "ALARM") {
        let Some(alarm) = by_name.get(change.alarm.as_str()).filter(|alarm| alarm.kind != Kind::Composite) else {
            continue;
        };
        let ended = alarm.signal(change, home).ok().and_then(|signal| signal.run).map(|run| run.ended);
        if let Some(ended) = ended {
            delays.entry(&alarm.name).or_default().push(change.at.duration_since(ended).as_secs().max(0));
        }
    }
    let mut all: BTreeMap<String, Needs> = alarms
        .iter()
        .filter(|alarm| alarm.kind != Kind::Composite)
        .map(|alarm| (alarm.name.clone(), needs(alarm, delays.remove(alarm.name.as_str()).unwrap_or_default())))
        .collect();
    let composites: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.kind == Kind::Composite).collect();
    // A composite of composites is known one round after these.
    for _ in 0..DEEPEST {
        let before = all.len();
        for alarm in composites.iter().filter(|alarm| !is_known(&all, alarm)).copied().collect::<Vec<_>>() {
            let of = |child: &str| all.get(rule::name(child)).and_then(|needs| needs.fires_after_seconds);
            if let Some(fires_after) = rule::fires_after(alarm.rule(), &of) {
                all.insert(alarm.name.clone(), composite(alarm, Some(fires_after)));
            }
        }
        if all.len() == before {
            break;
        }
    }
    for alarm in composites {
        all.entry(alarm.name.clone()).or_insert_with(|| composite(alarm, None));
    }
    all
}

fn is_known(all: &BTreeMap<String, Needs>, alarm: &Alarm) -> bool {
    all.contains_key(&alarm.name)
}

fn composite(alarm: &Alarm, fires_after_seconds: Option<i64>) -> Needs {
    Needs { fires_after_seconds, rule: Some(alarm.rule().to_owned()), ..Needs::default() }
}

fn needs(alarm: &Alarm, mut delays: Vec<i64>) -> Needs {
    let Some(evaluation) = &alarm.evaluation else { return Needs::default() };
    delays.sort_unstable();
    let measured = delays.get(delays.len() / 2).copied();
    let delay = measured.unwrap_or(ASSUMED_DELAY);
    let window = evaluation.period.map(|period| i64::from(period) * i64::from(evaluation.to_alarm.max(1)));
    Needs {
        period_seconds: evaluation.period,
        datapoints_to_alarm: Some(evaluation.to_alarm),
        evaluation_periods: Some(evaluation.periods),
        delay_seconds: Some(delay),
        delay_measured_by: delays.len(),
        fires_after_seconds: window.map(|window| window.saturating_add(delay)),
        rule: None,
    }
}
