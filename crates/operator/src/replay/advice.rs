//! For each service, the settings that would have changed a result.

use std::collections::BTreeMap;

use judgement::Reason;
use serde::Serialize;

use super::incident::Incident;

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

/// The advice on all incidents, the most frequent first.
pub(super) fn of(incidents: &[Incident]) -> Vec<Advice> {
    let mut advice: BTreeMap<(String, &'static str), Advice> = BTreeMap::new();
    for incident in incidents {
        let Some(change) = change(incident) else { continue };
        let about = incident.service.as_ref().map_or_else(|| format!("alarm {}", incident.alarm), ToString::to_string);
        let key = (about.clone(), incident.reason.as_str());
        let new = || Advice { about, reason: incident.reason, times: 0, change: change.clone() };
        let known = advice.entry(key).or_insert_with(new);
        known.times += 1;
        // The longest bake time serves all of them.
        if minutes(&known.change) < minutes(&change) {
            known.change = change;
        }
    }
    let mut advice: Vec<Advice> = advice.into_values().collect();
    advice.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.about.cmp(&b.about)));
    advice
}

fn change(incident: &Incident) -> Option<String> {
    Some(match incident.reason {
        Reason::TooLate => {
            let late = incident.too_late_by_seconds?;
            format!("bakeTimeInMinutes longer by {} would have kept the deployment in flight", late / 60 + 1)
        }
        Reason::Unmapped => "tag the alarm auto-rollback:services=cluster/service".to_owned(),
        Reason::Ambiguous => "tag the alarm auto-rollback:services, or raise MaxServices".to_owned(),
        Reason::Held => "the tag auto-rollback, Mode or OptIn holds the service".to_owned(),
        Reason::NotAllowed => "Services does not match it".to_owned(),
        Reason::AlarmNotListed => "Alarms does not match the alarm".to_owned(),
        Reason::ForeignAccount => "Accounts, Regions or MonitoringAccounts do not serve it".to_owned(),
        Reason::RollbackLimit => "RollbackLimit was reached".to_owned(),
        Reason::ObserveMode => "Mode=enforce, or the tag auto-rollback=enforce on the service, rolls back".to_owned(),
        _ => return None,
    })
}

/// The number in a piece of advice, if it has one.
fn minutes(change: &str) -> Option<u64> {
    change.split_whitespace().find_map(|word| word.parse().ok())
}
