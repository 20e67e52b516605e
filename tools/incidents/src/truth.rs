//! The truth about an incident, from its story alone: which deployments should be rolled back, and what each deed was worth.
//! The rules are those of the crate's documentation.

use crate::{
    competitors::{
        Action, Competitor, Outcome, Undone,
        function::{ASYNC_PAUSES, QUICK},
    },
    generate::LONGEST_LAG,
    incident::{Cause, Deployment, Incident, Ms, Path, SECOND, Signal, SignalKind},
    template::Defaults,
};

/// What should become of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It brought trouble, and a signal said so in time: it should be rolled back. The signal's delivery by then is the
    /// latest that counts.
    RollBack { delivered_by: Ms },
    /// It brought trouble, and nothing said so in time: nobody's miss.
    NotCatchable,
    /// It brought nothing.
    Good,
    /// It brought trouble, and its owner wants it to be left to him.
    Held,
    /// It brought trouble, and there is nothing to go back to.
    First,
    /// It brought trouble, and so did the three before it: a person should look.
    OverLimit,
}

/// What a competitor's deeds were worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Rollbacks that were right, each with the time from cause to stop.
    pub(crate) right: Vec<Ms>,
    /// Right, but only after the deployment was over.
    pub(crate) afterwards: usize,
    /// Wrong ones, and why.
    pub(crate) wrong: Vec<String>,
    /// Deployments that should have been rolled back and were not.
    pub(crate) missed: Vec<usize>,
    /// Rollbacks of a good deployment that looked to blame in all that was told.
    pub(crate) by_chance: usize,
}

/// What should become of each deployment.
pub(crate) fn truth(incident: &Incident) -> Vec<Truth> {
    (0..incident.deployments.len()).map(|index| truth_of(incident, index)).collect()
}

fn truth_of(incident: &Incident, index: usize) -> Truth {
    let deployment = &incident.deployments[index];
    let service = &incident.services[deployment.service];
    if !deployment.is_bad() {
        Truth::Good
    } else if service.tag.is_some() {
        Truth::Held
    } else if service.history.is_empty() && incident.deployments.iter().all(|other| !goes_before(other, deployment)) {
        Truth::First
    } else if service.rolled_back_lately >= 3 {
        Truth::OverLimit
    } else {
        let delivered_by = incident
            .deliveries
            .iter()
            .enumerate()
            .filter_map(|(number, _)| told_in_time(incident, number, index))
            .min();
        delivered_by.map_or(Truth::NotCatchable, |delivered_by| Truth::RollBack { delivered_by })
    }
}

/// Whether there is something to go back to because of this one.
fn goes_before(other: &Deployment, deployment: &Deployment) -> bool {
    other.service == deployment.service && !other.is_bad() && other.ended < deployment.at
}

/// When a delivery tells of a deployment's trouble so that it can still be acted on, if it does.
fn told_in_time(incident: &Incident, number: usize, index: usize) -> Option<Ms> {
    let (deployment, delivery) = (&incident.deployments[index], &incident.deliveries[number]);
    let defaults = Defaults::read();
    let indicating = delivery
        .signals
        .iter()
        .map(|signal| &incident.signals[*signal])
        .filter(|signal| indicates(signal, index, deployment));
    let sent = indicating.map(|signal| signal.sent).max()?;
    let slack = if incident.disturbance.is_some() { 30 * SECOND } else { QUICK };
    attempts(incident, number, &defaults).into_iter().find_map(|(earliest, latest)| {
        let is_visible = earliest >= deployment.at + LONGEST_LAG && earliest >= deployment.started;
        let is_fresh = latest - sent < defaults.signal_age;
        let is_in_flight = latest + slack < deployment.ended;
        (is_visible && is_fresh && is_in_flight).then_some(latest)
    })
}

/// Whether a signal tells of this deployment's trouble, and of no other.
fn indicates(signal: &Signal, index: usize, deployment: &Deployment) -> bool {
    matches!(signal.kind, SignalKind::InAlarm | SignalKind::Impaired)
        && !signal.suppressed
        && !signal.muted
        && signal.from.is_none()
        && signal.services.contains(&deployment.service)
        && signal.causes == [Cause::Deployment(index)]
        && signal.entered >= deployment.started
}

/// The attempts of a delivery that are neither doomed to die nor disturbed: the earliest and the latest time at which each
/// can begin. One that dies may or may not have acted, and one that is disturbed may or may not succeed; neither is held
/// against anybody.
fn attempts(incident: &Incident, number: usize, defaults: &Defaults) -> Vec<(Ms, Ms)> {
    const LONGEST: Ms = 30 * SECOND;
    let delivery = &incident.deliveries[number];
    let (mut earliest, mut latest) = (delivery.at, delivery.at);
    let mut attempts = Vec::new();
    let count = if delivery.path.is_queued() { defaults.receives } else { 1 + ASYNC_PAUSES.len() };
    for attempt in 0..count {
        let window = incident.disturbance.as_ref().and_then(|disturbance| disturbance.window);
        let is_disturbed = window.is_some_and(|(from, until)| earliest <= until && latest + LONGEST >= from);
        let is_late = !delivery.path.is_queued() && latest - delivery.at > defaults.event_age;
        if attempt >= delivery.crashes.len() && !is_disturbed && !is_late {
            attempts.push((earliest, latest));
        }
        if delivery.path.is_queued() {
            earliest += defaults.visibility;
            latest += defaults.visibility;
        } else if let Some(pause) = ASYNC_PAUSES.get(attempt) {
            earliest += pause;
            latest += pause + LONGEST;
        }
    }
    attempts
}

/// Whether, by all that a signal says on its way, a deployment could have brought what it tells of, as seen then.
fn appears_to_blame(incident: &Incident, signal: &Signal, path: Path, deployment: &Deployment, then: Ms) -> bool {
    let period = signal.alarm.map_or(0, |alarm| incident.alarms[alarm].period);
    // One that ECS does not show as started began when it was created, for all that anybody can read.
    let began = if then < deployment.started + LONGEST_LAG { deployment.at } else { deployment.started };
    let is_old =
        incident.shows_data(signal, path) && signal.data.last().is_some_and(|(start, _)| start + period <= began);
    matches!(signal.kind, SignalKind::InAlarm | SignalKind::Impaired)
        && !signal.suppressed
        && !signal.muted
        && signal.from.is_none()
        && signal.services.contains(&deployment.service)
        && signal.entered >= began
        && !is_old
}

/// Judges what a competitor did.
pub(crate) fn judge(incident: &Incident, truths: &[Truth], who: Competitor, outcome: &Outcome) -> Verdict {
    let mut verdict = Verdict::default();
    let mut is_undone = vec![false; incident.deployments.len()];
    for Action { at, undone } in &outcome.actions {
        let index = match undone {
            Undone::Other(why) => {
                verdict.wrong.push((*why).to_owned());
                continue;
            }
            Undone::Deployment(index) => *index,
        };
        let deployment = &incident.deployments[index];
        is_undone[index] = true;
        match truths[index] {
            Truth::RollBack { .. } | Truth::NotCatchable if *at > deployment.ended => verdict.afterwards += 1,
            Truth::RollBack { .. } | Truth::NotCatchable => verdict.right.push(at - deployment.cause()),
            Truth::OverLimit if who != Competitor::Function => verdict.right.push(at - deployment.cause()),
            Truth::Good if appeared_to_blame(incident, who, *at, deployment) => verdict.by_chance += 1,
            Truth::Good => verdict.wrong.push(format!("deployment {index} brought no trouble")),
            Truth::Held => verdict.wrong.push(format!("deployment {index} is of a service that is held")),
            Truth::First => verdict.wrong.push(format!("deployment {index} has nothing to go back to")),
            Truth::OverLimit => verdict.wrong.push(format!("deployment {index} is beyond the limit of rollbacks")),
        }
    }
    for (index, truth) in truths.iter().enumerate() {
        if matches!(truth, Truth::RollBack { .. }) && !is_undone[index] {
            verdict.missed.push(index);
        }
    }
    verdict
}

fn appeared_to_blame(incident: &Incident, who: Competitor, then: Ms, deployment: &Deployment) -> bool {
    match who {
        Competitor::Function | Competitor::Sample => {
            incident.deliveries.iter().filter(|delivery| delivery.at <= then).any(|delivery| {
                let mut signals = delivery.signals.iter().map(|signal| &incident.signals[*signal]);
                signals.any(|signal| appears_to_blame(incident, signal, delivery.path, deployment, then))
            })
        }
        // ECS needs no delivery; but whatever excuses the others in this incident excuses it, too.
        Competitor::Alarms | Competitor::Breaker | Competitor::Both => incident.deliveries.iter().any(|delivery| {
            let mut signals = delivery.signals.iter().map(|signal| &incident.signals[*signal]);
            signals.any(|signal| {
                signal.sent <= then && appears_to_blame(incident, signal, delivery.path, deployment, then)
            })
        }),
    }
}
