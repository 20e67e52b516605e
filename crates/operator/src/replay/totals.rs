//! The totals of a replay.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{happened::Happened, incident::Incident};

/// Deployments and signals, counted by what would have become of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Totals {
    /// Deployments that the function would have rolled back, each counted once.
    pub(crate) would_roll_back: usize,
    /// Those of them that somebody undid later.
    pub(crate) undone_later: usize,
    /// The others of them.
    pub(crate) not_undone: usize,
    /// Signals that came too late for a deployment.
    pub(crate) too_late: usize,
    /// Signals that would have been left alone for another reason.
    pub(crate) left_alone: usize,
    /// Signals that could not be judged.
    pub(crate) not_judged: usize,
    /// Signals by reason.
    pub(crate) reasons: BTreeMap<&'static str, usize>,
    /// Changes of alarms with actions that are followed by no action.
    pub(crate) without_action: usize,
    /// Signals for services that do not exist any more.
    pub(crate) service_gone: usize,
}

impl Totals {
    pub(super) fn of(incidents: &[Incident]) -> Self {
        let mut totals = Self::default();
        let mut rolled_back: BTreeSet<&str> = BTreeSet::new();
        let mut undone: BTreeSet<&str> = BTreeSet::new();
        for incident in incidents {
            *totals.reasons.entry(incident.reason.as_str()).or_default() += 1;
            totals.without_action += usize::from(incident.acted == Some(false));
            totals.service_gone += usize::from(incident.reason == judgement::Reason::ServiceNotFound);
            if incident.is_rollback() {
                let deployment = incident.service_deployment_arn.as_deref().unwrap_or_default();
                rolled_back.insert(deployment);
                if incident.happened.as_ref().is_some_and(|happened| Happened::earlier_by(happened).is_some()) {
                    undone.insert(deployment);
                }
            } else if incident.is_too_late() {
                totals.too_late += 1;
            } else if incident.has_failed() {
                totals.not_judged += 1;
            } else {
                totals.left_alone += 1;
            }
        }
        totals.would_roll_back = rolled_back.len();
        totals.undone_later = undone.len();
        totals.not_undone = rolled_back.len() - undone.len();
        totals
    }
}
