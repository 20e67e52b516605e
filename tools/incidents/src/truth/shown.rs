//! The trouble of which AWS shows that a deployment has no part in it.

use crate::{
    groups::is_way_back,
    incident::{
        Alarm, Deployment, Disturbance, Flaw, Incident, MINUTE, Ms, Place, Point, Rollout, Shape, Signal, SignalKind,
    },
    metric::{SHARE, errors},
};

/// True if AWS shows at that time that a deployment, which began then, has no part in the trouble of a signal.
pub(super) fn is_cleared(incident: &Incident, signal: &Signal, deployment: &Deployment, began: Ms, then: Ms) -> bool {
    match signal.kind {
        SignalKind::Impaired => {
            let service = &incident.services[deployment.service];
            service.failed_tasks > 0 || (deployment.flaw == Some(Flaw::Capacity) && !is_disturbed(incident))
        }
        _ => {
            (is_way_back(incident, deployment) && !is_disturbed(incident))
                || is_not_serving(incident, signal, deployment, then)
                || (is_of_the_other_group(incident, signal) && !is_disturbed(incident))
                || is_older(incident, signal, deployment, began, then)
        }
    }
}

/// A deployment that does not roll, and of which no task runs yet, or which gets no traffic yet while the alarm counts at the
/// load balancer.
fn is_not_serving(incident: &Incident, signal: &Signal, deployment: &Deployment, then: Ms) -> bool {
    let service = &incident.services[deployment.service];
    let pause = service.pause.map_or(0, |pause| i64::from(pause.minutes) * MINUTE);
    let before_tasks = if service.pause.is_some_and(|pause| pause.is_before_tasks) { pause } else { 0 };
    let is_at_load_balancer = signal.alarm.is_some_and(|alarm| incident.alarms[alarm].place == Place::LoadBalancer);
    let idle = incident.nature.launch + if is_at_load_balancer { pause } else { before_tasks };
    service.rollout != Rollout::Rolling && then < deployment.started + idle
}

fn is_of_the_other_group(incident: &Incident, signal: &Signal) -> bool {
    signal.alarm.is_some_and(|alarm| incident.alarms[alarm].place == Place::OldGroup)
}

/// The trouble began before the deployment did.
fn is_older(incident: &Incident, signal: &Signal, deployment: &Deployment, began: Ms, then: Ms) -> bool {
    let Some(alarm) = signal.alarm.map(|alarm| &incident.alarms[alarm]) else { return false };
    if alarm.old_child == Some(deployment.service) {
        return true;
    }
    if alarm.shape == Shape::Log {
        // A log alarm says how many results of its query breached, which are a minute apart at least.
        let all_breach = signal.data.iter().all(|point| point.breaches);
        if all_breach && (signal.judged - (alarm.judged - 1) * MINUTE - began) * SHARE < MINUTE {
            return true;
        }
    }
    let Some(first) = first_of_run(&signal.data).filter(|_| shows_data(incident, signal, then)) else { return false };
    let is_before = |start: Ms, length: Ms| (start + length - began) * SHARE < length;
    is_before(first.start, alarm.period)
        || (alarm.period > MINUTE
            && alarm.shape != Shape::Log
            && !is_disturbed(incident)
            && first_minute(incident, alarm, first).is_some_and(|minute| is_before(minute, MINUTE)))
}

/// The first of the unbroken breaching minutes that end with the newest breaching one of the first data point.
fn first_minute(incident: &Incident, alarm: &Alarm, first: &Point) -> Option<Ms> {
    let seen: Vec<_> = incident.troubles.iter().filter(|trouble| alarm.services.contains(&trouble.service)).collect();
    let breaches = |start: &Ms| errors(seen.iter().copied(), *start, MINUTE) * SHARE >= MINUTE;
    let newest_first = (1..=alarm.period / MINUTE).map(|back| first.start + alarm.period - back * MINUTE);
    newest_first.skip_while(|start| !breaches(start)).take_while(breaches).last()
}

/// True if anybody can read the data that the alarm judged: single metrics, maths and contributors bring them, be it in a
/// sentence, and the child of a composite alarm and a log alarm show them until they change their state again.
pub(super) fn shows_data(incident: &Incident, signal: &Signal, then: Ms) -> bool {
    let Some(number) = signal.alarm else { return false };
    match incident.alarms[number].shape {
        Shape::Metric | Shape::Math | Shape::Contributor => true,
        Shape::Composite | Shape::Log => {
            let mut later = incident.signals.iter().filter(|other| other.alarm == Some(number));
            let has_changed = later.any(|other| other.judged > signal.judged && other.judged <= then);
            !has_changed && !is_disturbed(incident)
        }
    }
}

/// True if not only Amazon ECS is disturbed.
fn is_disturbed(incident: &Incident) -> bool {
    incident.disturbance.as_ref().is_some_and(|Disturbance { on, .. }| on.is_none())
}

/// The first data point of the unbroken run of breaching ones that ends with the newest breaching one.
pub(super) fn first_of_run(data: &[Point]) -> Option<&Point> {
    let newest = data.iter().rposition(|point| point.breaches)?;
    data[..=newest].iter().rev().take_while(|point| point.breaches).last()
}
