//! The truth about an incident, from its own record alone: the deployments that should be rolled back, and a verdict on each competitor.
//! The rules are those of the crate's documentation.

mod doubt;
mod shown;

pub(crate) use self::doubt::Doubt;
use self::shown::is_cleared;
use crate::{
    competitors::{
        Action, Competitor, Outcome, Undone,
        function::{ASYNC_PAUSES, QUICK},
    },
    generate::LONGEST_LAG,
    incident::{Cause, Deployment, Incident, Ms, SECOND, Signal, SignalKind},
    template::Defaults,
};

/// The right treatment of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It brought trouble, and a signal reported that in time: it should be rolled back. The signal is delivered by this time.
    RollBack { delivered_by: Ms },
    /// It brought trouble, and no signal reported that in time: it counts against nobody.
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

/// The verdict on a competitor's actions.
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
    /// Rollbacks of a good deployment that could not be told from a bad one, and why.
    pub(crate) doubts: Vec<Doubt>,
}

/// The right treatment of each deployment.
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
            .filter_map(|(number, _)| reported_in_time(incident, number, index))
            .min();
        delivered_by.map_or(Truth::NotCatchable, |delivered_by| Truth::RollBack { delivered_by })
    }
}

/// True if the other deployment leaves a revision to go back to.
fn goes_before(other: &Deployment, deployment: &Deployment) -> bool {
    other.service == deployment.service && !other.is_bad() && other.ended < deployment.at
}

/// The time by which a delivery reports the trouble of a deployment that is still in flight, if it does.
fn reported_in_time(incident: &Incident, number: usize, index: usize) -> Option<Ms> {
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
        let is_visible = earliest >= deployment.started + LONGEST_LAG;
        let is_fresh = latest - sent < defaults.signal_age;
        let is_in_flight = latest + slack < deployment.ended;
        (is_visible && is_fresh && is_in_flight).then_some(latest)
    })
}

/// True if a signal reports the trouble of this deployment and of no other.
fn indicates(signal: &Signal, index: usize, deployment: &Deployment) -> bool {
    matches!(signal.kind, SignalKind::InAlarm | SignalKind::Impaired)
        && !signal.suppressed
        && !signal.muted
        && signal.from.is_none()
        && signal.services.contains(&deployment.service)
        && signal.causes == [Cause::Deployment(index)]
        && signal.entered >= deployment.started
}

/// The attempts of a delivery that neither die nor are disturbed: the earliest and the latest time at which each can begin. One that
/// dies may or may not have acted, and one that is disturbed may or may not succeed; neither counts against anybody.
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

/// True if a deployment could have caused the trouble of a signal, by all that the signal states and AWS shows at that time.
fn appears_to_blame(incident: &Incident, signal: &Signal, deployment: &Deployment, then: Ms) -> bool {
    // One that ECS does not show as started began when it was created, for all that anybody can read.
    let began = if then < deployment.started + LONGEST_LAG { deployment.at } else { deployment.started };
    matches!(signal.kind, SignalKind::InAlarm | SignalKind::Impaired)
        && !signal.suppressed
        && !signal.muted
        && signal.from.is_none()
        && signal.services.contains(&deployment.service)
        && signal.entered >= began
        && !is_cleared(incident, signal, deployment, began, then)
}

/// Judges the actions of a competitor.
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
            Truth::Good => match doubt(incident, who, *at, deployment) {
                Some(doubt) => verdict.doubts.push(doubt),
                None => verdict.wrong.push(format!("deployment {index} brought no trouble")),
            },
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

/// The reason for which it could not be told then that a deployment is good, by the last delivery that made it look bad.
fn doubt(incident: &Incident, who: Competitor, then: Ms, deployment: &Deployment) -> Option<Doubt> {
    incident.deliveries.iter().rev().find_map(|delivery| {
        // ECS needs no delivery, but is excused wherever the others are.
        let is_known = |signal: &&Signal| match who {
            Competitor::Function | Competitor::Sample => delivery.at <= then,
            Competitor::Alarms | Competitor::Breaker | Competitor::Both => signal.sent <= then,
        };
        let mut signals = delivery.signals.iter().map(|signal| &incident.signals[*signal]).filter(is_known);
        let signal = signals.find(|signal| appears_to_blame(incident, signal, deployment, then))?;
        Some(doubt::of(incident, signal, deployment, then))
    })
}
