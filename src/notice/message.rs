//! A notice as an SNS message: for chat channels in the schema of Amazon Q Developer's custom notifications, for e-mail as text.

use jiff::Timestamp;
use judgement::{Service, observation::Revision, text::cut};
use serde_json::json;

use super::{Links, Notice};
use crate::aws::Message;

/// The longest description. The schema of custom notifications gives a title 250 and a description 8,000 characters.
const LONGEST_DESCRIPTION: usize = 8_000;
const LONGEST_TITLE: usize = 250;

/// Writes a notice as an SNS message.
pub(super) fn of(notice: &Notice) -> Message {
    let chat = chat(notice).to_string();
    Message {
        subject: notice.title.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(100).collect(),
        body: json!({"default": chat, "email": email(notice)}).to_string(),
        attributes: attributes(notice),
    }
}

/// A custom notification (Amazon Q Developer in chat applications, Administrator Guide, "Custom notifications").
fn chat(notice: &Notice) -> serde_json::Value {
    let service = notice.service.as_ref();
    let resources = service.and_then(Service::arn).into_iter();
    let resources = resources.chain(notice.service_deployment_arn.clone());
    let resources = resources.chain(notice.signal.as_ref().and_then(|signal| signal.alarm_arn.clone()));
    let description = format!("{}\n\n{}", escaped(&notice.detail), lines(notice, escaped).join("\n"));
    let mut context = json!({"id": notice.id});
    for (name, value) in attributes(notice) {
        context[name] = json!(value);
    }
    json!({
        "version": "1.0",
        "source": "custom",
        "id": notice.id,
        "content": {
            "textType": "client-markdown",
            "title": escaped(&cut(&notice.title, LONGEST_TITLE)),
            "description": cut(&description, LONGEST_DESCRIPTION),
            "nextSteps": notice.next_steps.iter().map(|step| escaped(step)).collect::<Vec<_>>(),
            "keywords": [service.map_or_else(|| "ecs".to_owned(), ToString::to_string), notice.kind.as_str()],
        },
        "metadata": {
            // All notices about one deployment form one thread.
            "threadId": notice.service_deployment_arn.as_deref().unwrap_or(&notice.id),
            "summary": escaped(&notice.title),
            "eventType": format!("ecs-auto-rollback.{}", notice.kind.as_str()),
            "relatedResources": resources.collect::<Vec<_>>(),
            "additionalContext": context,
        },
    })
}

fn email(notice: &Notice) -> String {
    let steps = notice.next_steps.iter().map(|step| format!("- {step}")).collect::<Vec<_>>().join("\n");
    let lines = lines(notice, str::to_owned).join("\n");
    format!("{}\n\n{lines}\n\nNext steps:\n{steps}\n\nNotice id: {}\n", notice.detail, notice.id)
}

fn attributes(notice: &Notice) -> Vec<(&'static str, String)> {
    let mut attributes = vec![("notice", notice.kind.as_str().to_owned())];
    if let Some(reason) = notice.reason {
        attributes.push(("reason", reason.as_str().to_owned()));
    }
    if let Some(service) = &notice.service {
        attributes.extend([
            ("region", service.region.clone()),
            ("cluster", service.cluster.clone()),
            ("service", service.name.clone()),
        ]);
        attributes.extend(service.account.clone().map(|account| ("account", account)));
    }
    attributes
}

/// The particulars, each on a line of its own. `fit` escapes quoted text for its medium.
fn lines(notice: &Notice, fit: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |label: &str, text: &str| lines.push(format!("{label}: {}", fit(text)));
    if let Some(deployment) = &notice.deployment {
        if let Some(from) = &deployment.from {
            line("New revision", &revision(from));
        }
        for to in &deployment.to {
            line("Previous revision", &revision(to));
        }
    }
    if let Some(signal) = &notice.signal {
        if let Some(reason) = &signal.reason {
            line(&format!("Alarm reason ({})", fit(&signal.name)), reason);
        }
        if let Some(threshold) = signal.threshold {
            line("Threshold", &threshold.to_string());
        }
    }
    for name in &notice.alarms {
        line("In ALARM", name);
    }
    if let Some(rollback) = &notice.rollback {
        if let Some(seconds) = rollback.seconds {
            line("Duration of the rollback", &format!("{seconds} s"));
        }
        if let Some(seconds) = rollback.seconds_since_signal {
            line("Time from the signal to the end of the rollback", &format!("{seconds} s"));
        }
    }
    for stopped in &notice.stopped_tasks {
        line(&format!("{} × stopped task", stopped.count), &stopped.reason);
    }
    for (time, what) in times(notice) {
        line(&time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(), what);
    }
    let Links { service, service_deployment, alarm, logs } = &notice.links;
    for (label, link) in [
        ("Service deployment", service_deployment),
        ("Service", service),
        ("Alarm", alarm),
        ("Log of this function", logs),
    ] {
        if let Some(link) = link {
            // A link is percent-encoded already.
            lines.push(format!("{label}: {link}"));
        }
    }
    lines.extend(notice.unknown.iter().map(|unknown| format!("Unavailable: {}", fit(unknown))));
    lines
}

fn revision(revision: &Revision) -> String {
    let name = revision.name().map_or_else(|| revision.arn.clone(), str::to_owned);
    if revision.images.is_empty() { name } else { format!("{name} ({})", revision.images.join(", ")) }
}

/// The times of the events, in order.
fn times(notice: &Notice) -> Vec<(Timestamp, &'static str)> {
    let deployment = notice.deployment.as_ref();
    let signal = notice.signal.as_ref();
    let all = [
        (deployment.and_then(|deployment| deployment.created), "deployment created"),
        (deployment.and_then(|deployment| deployment.started), "deployment started"),
        (signal.and_then(|signal| signal.evidence_ended), "end of the alarm's evaluation window"),
        (signal.and_then(|signal| signal.began), "signal began"),
        (signal.and_then(|signal| signal.sent), "signal sent"),
        (Some(notice.at), "decision made"),
    ];
    let mut times: Vec<_> = all.into_iter().filter_map(|(time, what)| Some((time?, what))).collect();
    times.sort_by_key(|(time, _)| *time);
    times
}

/// Escapes quoted text for chat: Slack reads `<!channel>` and the like unless these three are escaped (Slack's
/// guide "Formatting text for app surfaces").
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
