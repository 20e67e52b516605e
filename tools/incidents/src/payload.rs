//! Signals as JSON, in the form in which each delivery brings them.

use serde_json::Value;
use signals::{Alarm, EcsEvent, Message, Metric, Notification, sns, sqs};

use crate::{
    groups::{self, LOAD_BALANCER},
    incident::{Elsewhere, HOUR, Incident, Ms, Path, Place, Point, SECOND, Shape, Signal, SignalKind, at},
    metric::SHARE,
};

/// The query of every Metrics Insights alarm.
pub(crate) const INSIGHTS: &str =
    "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";

/// The expression of every metric math alarm: errors in a second, at the worst service.
pub(crate) const WORST_RATE: &str = "MAX(METRICS()) / PERIOD(m0)";

/// The query of every log alarm.
pub(crate) const LOG_QUERY: &str = "fields @message | filter level = \"ERROR\" | stats count(*)";

/// The time for which the old child of a composite alarm has been in ALARM.
pub(crate) const DAYS: Ms = 72 * HOUR;

/// The event that one delivery brings. `revisions` are the numbers of the service revisions that the deployments brought.
pub(crate) fn event(incident: &Incident, path: Path, signals: &[usize], revisions: &[Option<String>]) -> Value {
    let payload = |number: &usize| payload(incident, &incident.signals[*number], path, revisions);
    let notification = |number: &usize| Notification::of(payload(number)).published(at(incident.signals[*number].sent));
    match path {
        Path::Action | Path::EventBridge => signals.first().map_or(Value::Null, payload),
        Path::Sns => sns(signals.iter().map(notification)),
        Path::QueueSns => sqs(signals.iter().map(|number| Message::enveloped(notification(number)).id(id(*number)))),
        Path::QueueEventBridge | Path::QueueRaw => {
            sqs(signals.iter().map(|number| Message::from(payload(number)).id(id(*number))))
        }
    }
}

/// The message of a signal, so that it is known which of them failed.
fn id(signal: usize) -> String {
    format!("m{signal}")
}

fn payload(incident: &Incident, signal: &Signal, path: Path, revisions: &[Option<String>]) -> Value {
    let service = paths(incident, &signal.services).swap_remove(0);
    let of_ecs = match signal.kind {
        SignalKind::Impaired => EcsEvent::service_action(&service, "SERVICE_TASK_START_IMPAIRED"),
        SignalKind::News(name) => EcsEvent::service_action(&service, &format!("SERVICE_DEPLOYMENT_{name}")),
        SignalKind::Failed(deployment) => {
            let revision = revisions.get(deployment).and_then(Option::as_deref).unwrap_or("0");
            EcsEvent::deployment(&service, "SERVICE_DEPLOYMENT_FAILED", &format!("ecs-svc/{revision}"))
        }
        SignalKind::InAlarm | SignalKind::Ok | SignalKind::Scaling => {
            let alarm = alarm(incident, signal);
            return match path {
                _ if path.is_sns() => alarm.as_message(),
                _ if path.is_eventbridge() => alarm.as_event(),
                _ => alarm.as_action(),
            };
        }
    };
    of_ecs.at(at(signal.sent)).as_json()
}

fn alarm(incident: &Incident, signal: &Signal) -> Alarm {
    let paths = paths(incident, &signal.services);
    let Some(number) = signal.alarm else {
        // An alarm of Application Auto Scaling has none of the incident's behind it.
        let alarm = Alarm::of(Metric::new("Shop", "Errors").service(&paths[0])).without_data();
        return in_time(in_place(alarm.named("TargetTracking-service/prod/web-AlarmHigh-5e1d0c9a"), signal), signal);
    };
    let alarm = match incident.alarms[number].shape {
        Shape::Composite => composite(incident, number, signal),
        _ => judging(incident, number, &signal.data),
    };
    let known = &incident.alarms[number];
    let is_named_by_tag = known.place != Place::Service || matches!(known.shape, Shape::Composite | Shape::Log);
    let alarm =
        if is_named_by_tag && known.old_child.is_none() { alarm.tagged_with_services(&paths.join(" ")) } else { alarm };
    in_time(in_place(alarm.named(&known.name), signal), signal)
}

/// A composite alarm: of one child, or of two of which the other one has been in ALARM for days.
fn composite(incident: &Incident, number: usize, signal: &Signal) -> Alarm {
    let known = &incident.alarms[number];
    let (child, old) = (known.child(), known.name_of_old_child());
    if known.old_child.is_some() {
        let alarm = Alarm::composite(&format!("ALARM(\"{child}\") AND ALARM(\"{old}\")")).with_suppressor("works");
        return alarm.triggered_by(&child, at(signal.judged)).triggered_by(&old, at(-DAYS));
    }
    let alarm = Alarm::composite(&format!("ALARM(\"{child}\")")).with_suppressor("works");
    alarm.triggered_by(&child, at(signal.judged))
}

/// The alarm of this number as one that judges these data: itself, or the child of a composite alarm.
pub(crate) fn judging(incident: &Incident, number: usize, data: &[Point]) -> Alarm {
    let known = &incident.alarms[number];
    let alarm = match known.shape {
        Shape::Log => {
            let count = data.iter().filter(|point| point.breaches).count();
            let judged = known.judged;
            let limit = threshold(incident, number);
            Alarm::of_log(LOG_QUERY, "/ecs/prod").because(&format!(
                "Threshold Crossed: {count} out of the last {judged} query results were greater than the threshold ({limit:?})."
            ))
        }
        Shape::Contributor => Alarm::of_insights(INSIGHTS).contributor_on(&paths(incident, &known.services)[0]),
        _ if is_math(incident, number) => {
            let path = paths(incident, &known.services).into_iter().enumerate();
            let terms = path.map(|(index, path)| Metric::new("Shop", "Errors").service(&path).id(&format!("m{index}")));
            Alarm::of_math(WORST_RATE, terms)
        }
        _ => Alarm::of(metric(incident, number)),
    };
    let period = known.period;
    let is_math = is_math(incident, number);
    let value = |errors: Ms| if is_math { float(1_000 * errors) / float(period) } else { float(errors) };
    let points = data.iter().map(|point| (at(point.start), value(point.errors)));
    alarm.period(period / SECOND).above(threshold(incident, number)).datapoints(points)
}

/// True if an alarm, or the child of a composite one, watches an expression.
pub(crate) fn is_math(incident: &Incident, number: usize) -> bool {
    let alarm = &incident.alarms[number];
    alarm.shape == Shape::Math || (alarm.shape == Shape::Composite && alarm.services.len() > 1)
}

/// The threshold that a data point exceeds if a tenth of its period is in trouble: errors, or errors in a second.
pub(crate) fn threshold(incident: &Incident, number: usize) -> f64 {
    if is_math(incident, number) { 99.999 } else { float(incident.alarms[number].period / SHARE - 1) }
}

fn metric(incident: &Incident, number: usize) -> Metric {
    let alarm = &incident.alarms[number];
    let groups = groups::of(incident, alarm.services[0]);
    match alarm.place {
        Place::Service => Metric::new("Shop", "Errors").service(&paths(incident, &alarm.services)[0]),
        Place::LoadBalancer => Metric::of_load_balancer(LOAD_BALANCER),
        Place::OldGroup => Metric::of_target_group(LOAD_BALANCER, &groups.old),
        Place::NewGroup => Metric::of_target_group(LOAD_BALANCER, &groups.new),
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of hours")]
pub(crate) fn float(count: Ms) -> f64 {
    count as f64
}

fn in_place(alarm: Alarm, signal: &Signal) -> Alarm {
    match signal.from {
        Some(Elsewhere { account, region }) => alarm.in_account(account).in_region(region),
        None => alarm,
    }
}

fn in_time(alarm: Alarm, signal: &Signal) -> Alarm {
    let (sent, entered, hour_before) = (at(signal.sent), at(signal.entered), at(signal.entered - HOUR));
    let alarm = match signal.kind {
        SignalKind::Ok => alarm.since(hour_before).recovered(sent),
        _ if signal.released => alarm.since(entered).released(sent),
        _ => alarm.since(sent).previously("OK", hour_before),
    };
    let alarm = if signal.suppressed { alarm.suppressed_by("WaitPeriod") } else { alarm };
    if signal.muted { alarm.muted_by("works") } else { alarm }
}

/// The services of these numbers, at least one.
pub(crate) fn paths(incident: &Incident, services: &[usize]) -> Vec<String> {
    services.iter().map(|service| incident.services[*service].path()).collect()
}
