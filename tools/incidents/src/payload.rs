//! Signals as JSON, in the form in which each delivery brings them.

use serde_json::Value;
use signals::{Alarm, EcsEvent, Message, Metric, Notification, sns, sqs};

use crate::incident::{Elsewhere, HOUR, Incident, Ms, Path, SECOND, Shape, Signal, SignalKind, at};

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
    let service = paths(incident, signal).swap_remove(0);
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
    let paths = paths(incident, signal);
    let errors = "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";
    let alarm = match shape(incident, signal) {
        Shape::Metric => with_data(Alarm::of(Metric::new("Shop", "Errors").service(&paths[0])), signal),
        Shape::Math => with_data(Alarm::on_all(paths.iter().map(String::as_str)), signal),
        Shape::Contributor => Alarm::of_insights(errors).contributor_on(&paths[0]),
        Shape::Composite => {
            let alarm = Alarm::composite("ALARM(\"child\")").with_suppressor("works");
            alarm.triggered_by("child", at(signal.entered)).tagged_with_services(&paths.join(" "))
        }
        Shape::Log => {
            let alarm = Alarm::of_log("fields @message | filter level = \"ERROR\" | stats count(*)", "/ecs/prod");
            alarm.tagged_with_services(&paths.join(" "))
        }
    };
    let alarm = match signal.alarm {
        Some(number) => alarm.named(&incident.alarms[number].name).period(incident.alarms[number].period / SECOND),
        None => alarm.named("TargetTracking-service/prod/web-AlarmHigh-5e1d0c9a"),
    };
    in_time(in_place(alarm, signal), signal)
}

/// Adds the data that the alarm evaluated; alarms of Application Auto Scaling have none in the incident.
fn with_data(alarm: Alarm, signal: &Signal) -> Alarm {
    if signal.data.is_empty() {
        return alarm.without_data();
    }
    let point = |(start, breaches): &(Ms, bool)| (at(*start), if *breaches { 40.0 } else { 0.0 });
    alarm.above(5.0).datapoints(signal.data.iter().map(point))
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

/// A signal of Application Auto Scaling has no alarm of the incident behind it.
fn shape(incident: &Incident, signal: &Signal) -> Shape {
    signal.alarm.map_or(Shape::Metric, |alarm| incident.alarms[alarm].shape)
}

/// The services that it is about, at least one.
fn paths(incident: &Incident, signal: &Signal) -> Vec<String> {
    signal.services.iter().map(|service| incident.services[*service].path()).collect()
}
