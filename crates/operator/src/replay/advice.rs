//! For each service, the settings that would have changed a result.

use std::collections::BTreeMap;

use judgement::{Policy, Reason, Service, policy::Mode};
use serde::Serialize;

use super::incident::Incident;
use crate::output::span;

/// The longest bake time that is worth advising, in minutes. Beyond that, a faster alarm is the better way.
const LONGEST_BAKE: i64 = 60;

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Advice {
    /// The service; for alarms that lead to none, the alarm.
    pub(crate) about: String,
    /// The reason that stopped the function.
    pub(crate) reason: Reason,
    /// How often it did.
    pub(crate) times: usize,
    /// What would have changed the result.
    pub(crate) change: String,
}

/// The advice on all incidents: what would have changed most results first.
pub(super) fn of(incidents: &[Incident], policy: &Policy) -> Vec<Advice> {
    let mut alike: BTreeMap<(String, Reason), Vec<&Incident>> = BTreeMap::new();
    for incident in incidents {
        let about = incident.service.as_ref().map_or_else(|| format!("alarm {}", incident.alarm), Service::to_string);
        alike.entry((about, incident.reason)).or_default().push(incident);
    }
    let advice = alike.into_iter().filter_map(|((about, reason), incidents)| {
        let change = change(reason, &about, &incidents, policy)?;
        Some(Advice { about, reason, times: incidents.len(), change })
    });
    let mut advice: Vec<Advice> = advice.collect();
    advice.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.about.cmp(&b.about)));
    advice
}

fn change(reason: Reason, about: &str, incidents: &[&Incident], policy: &Policy) -> Option<String> {
    let alarm = &incidents.first()?.alarm;
    Some(match reason {
        Reason::TooLate => longer_bake(incidents)?,
        Reason::Unmapped if incidents[0].detail.contains("does not exist by this name") => return None,
        Reason::Unmapped => "tag the alarm auto-rollback:services=cluster/service".to_owned(),
        Reason::Ambiguous => format!(
            "tag the alarm auto-rollback:services with the services that it is about, or raise MaxServices (now {})",
            policy.max_services
        ),
        Reason::Held => held(&incidents[0].detail),
        Reason::NotAllowed => format!("add {about} to Services"),
        Reason::AlarmNotListed => format!("add {alarm} to Alarms"),
        Reason::ForeignAccount => "name the account in Accounts, and its Region in Regions".to_owned(),
        Reason::ObserveMode if policy.mode == Mode::Observe => {
            "Mode=enforce, or the tag auto-rollback=enforce on the service".to_owned()
        }
        Reason::RollbackLimit => {
            let limit = policy.limit.as_ref()?;
            format!(
                "RollbackLimit above {} within {}; better find out what keeps deploying a bad revision",
                limit.count,
                span(limit.window)
            )
        }
        _ => return None,
    })
}

/// The bake time with which the deployments would still have been in flight.
fn longer_bake(incidents: &[&Incident]) -> Option<String> {
    let needed = |incident: &&Incident| {
        let late = incident.too_late_by_seconds?;
        Some(i64::from(incident.bake_minutes.unwrap_or_default()) + late / 60 + 1)
    };
    let mut needed: Vec<i64> = incidents.iter().filter_map(needed).collect();
    needed.sort_unstable();
    let longest = *needed.last()?;
    let now = incidents.iter().filter_map(|incident| incident.bake_minutes).max().unwrap_or_default();
    let all = needed.len();
    let within = needed.iter().filter(|minutes| **minutes <= LONGEST_BAKE).count();
    Some(if within == all {
        let half = needed[(all - 1) / 2];
        let half = if half < longest { format!("; {half} would do for half of them") } else { String::new() };
        format!("bakeTimeInMinutes={longest} (was {now}){half}")
    } else {
        format!("a faster alarm: bakeTimeInMinutes={LONGEST_BAKE} would do for {within} of {all} only")
    })
}

/// The setting that holds a service, by the sentence of the verdict.
fn held(detail: &str) -> String {
    let setting = if detail.contains("Mode=off") {
        "set Mode to observe or enforce"
    } else if detail.contains("OptIn") {
        "tag the service auto-rollback=observe or enforce, or set OptIn=all"
    } else {
        "remove the tag auto-rollback of the service, or set it to observe or enforce"
    };
    setting.to_owned()
}
