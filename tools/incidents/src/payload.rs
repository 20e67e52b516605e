//! Signals as JSON, in the form in which each delivery brings them.

use serde_json::Value;
use signals::{Alarm, EcsEvent, Message, Metric, Notification, sns, sqs};

use crate::story::{Elsewhere, HOUR, Ms, Path, SECOND, Shape, Signal, Story, What, at};

/// The event that one delivery brings. `revisions` are the numbers of the service revisions that the deployments brought.
pub(crate) fn event(story: &Story, path: Path, signals: &[usize], revisions: &[Option<String>]) -> Value {
    let payload = |number: &usize| payload(story, &story.signals[*number], path, revisions);
    let notification = |number: &usize| Notification::of(payload(number)).published(at(story.signals[*number].sent));
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

fn payload(story: &Story, signal: &Signal, path: Path, revisions: &[Option<String>]) -> Value {
    let service = paths(story, signal).swap_remove(0);
    let of_ecs = match signal.what {
        What::Impaired => EcsEvent::service_action(&service, "SERVICE_TASK_START_IMPAIRED"),
        What::News(name) => EcsEvent::service_action(&service, &format!("SERVICE_DEPLOYMENT_{name}")),
        What::Failed(deployment) => {
            let revision = revisions.get(deployment).and_then(Option::as_deref).unwrap_or("0");
            EcsEvent::deployment(&service, "SERVICE_DEPLOYMENT_FAILED", &format!("ecs-svc/{revision}"))
        }
        What::InAlarm | What::Ok | What::Scaling => {
            let alarm = alarm(story, signal);
            return match path {
                _ if path.is_sns() => alarm.as_message(),
                _ if path.is_eventbridge() => alarm.as_event(),
                _ => alarm.as_action(),
            };
        }
    };
    of_ecs.at(at(signal.sent)).as_json()
}

fn alarm(story: &Story, signal: &Signal) -> Alarm {
    let paths = paths(story, signal);
    let errors = "SELECT SUM(Errors) FROM SCHEMA(\"Shop\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";
    let alarm = match shape(story, signal) {
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
        Some(number) => alarm.named(&story.alarms[number].name).period(story.alarms[number].period / SECOND),
        None => alarm.named("TargetTracking-service/prod/web-AlarmHigh-5e1d0c9a"),
    };
    in_time(in_place(alarm, signal), signal)
}

/// Adds the data that the alarm evaluated; alarms of Application Auto Scaling have none in the story.
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
    let alarm = match signal.what {
        What::Ok => alarm.since(hour_before).recovered(sent),
        _ if signal.released => alarm.since(entered).released(sent),
        _ => alarm.since(sent).previously("OK", hour_before),
    };
    let alarm = if signal.suppressed { alarm.suppressed_by("WaitPeriod") } else { alarm };
    if signal.muted { alarm.muted_by("works") } else { alarm }
}

/// A signal of Application Auto Scaling has no alarm of the story behind it.
fn shape(story: &Story, signal: &Signal) -> Shape {
    signal.alarm.map_or(Shape::Metric, |alarm| story.alarms[alarm].shape)
}

/// The services that it is about, at least one.
fn paths(story: &Story, signal: &Signal) -> Vec<String> {
    signal.services.iter().map(|service| story.services[*service].path()).collect()
}
