//! The particulars of a notice for people, each on a line of its own.

use jiff::{SignedDuration, Timestamp};
use judgement::{observation::Revision, text::span};

use super::{
    Links, Notice,
    parts::{NoticeSignal, RollbackEnd},
    text::Medium,
};

/// Writes the particulars of a notice.
pub(super) fn of(notice: &Notice, medium: Medium) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |label: &str, text: String| lines.push(format!("{label}: {text}"));
    if let Some(deployment) = &notice.deployment {
        if let Some(from) = &deployment.from {
            line("New revision", revision(from, medium));
        }
        for to in &deployment.to {
            line("Previous revision", revision(to, medium));
        }
    }
    if let Some(signal) = &notice.signal {
        if let Some(metric) = metric(signal, medium) {
            line("Metric", metric);
        }
        if let Some(reason) = &signal.reason {
            line(&format!("Reason of {}", medium.quote(&signal.name)), medium.quote(reason));
        }
    }
    for name in &notice.alarms {
        line("In ALARM", medium.quote(name));
    }
    if let Some(RollbackEnd { seconds, seconds_since_signal, .. }) = &notice.rollback {
        let span = |seconds: &i64| span(SignedDuration::from_secs(*seconds));
        if let Some(seconds) = seconds {
            line("Duration of the rollback", span(seconds));
        }
        if let Some(seconds) = seconds_since_signal {
            line("Time from the signal to the end of the rollback", span(seconds));
        }
    }
    for stopped in &notice.stopped_tasks {
        line(&format!("{} × stopped task", stopped.count), medium.quote(&stopped.reason));
    }
    for (time, what) in times(notice) {
        line(&time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(), what.to_owned());
    }
    let Links { service, service_deployment, alarm, metric, logs, reason } = &notice.links;
    for (label, link) in [
        ("Service deployment", service_deployment),
        ("Service", service),
        ("Alarm", alarm),
        ("Graph of the metric", metric),
        ("Log of this function", logs),
        ("About this reason", reason),
    ] {
        if let Some(link) = link {
            // A link is percent-encoded already.
            line(label, link.clone());
        }
    }
    for unknown in &notice.unknown {
        line("Unavailable", medium.fit(unknown));
    }
    lines
}

/// The task definition and the images of a revision.
fn revision(revision: &Revision, medium: Medium) -> String {
    let name = medium.fit(revision.name().unwrap_or(&revision.arn));
    let images: Vec<String> = revision.images.iter().map(|image| medium.fit(image)).collect();
    if images.is_empty() { name } else { format!("{name} ({})", images.join(", ")) }
}

/// The metric with its value and its threshold: `"Shop Errors", Sum over 1m: 9, and the alarm asks for > 5`.
fn metric(signal: &NoticeSignal, medium: Medium) -> Option<String> {
    let threshold = signal.threshold.map(|threshold| {
        let operator = signal.operator.map_or_else(String::new, |operator| format!("{} ", medium.fit(operator)));
        format!("threshold {operator}{threshold}")
    });
    let name = signal.metric.as_deref().map(|name| medium.quote(name));
    let period = signal.period.map(|period| span(SignedDuration::from_secs(period.into())));
    let statistic = signal.statistic.as_deref().map(|statistic| medium.fit(statistic));
    let measured = match (statistic, period) {
        (Some(statistic), Some(period)) => Some(format!("{statistic} over {period}")),
        (statistic, period) => statistic.or(period.map(|period| format!("over {period}"))),
    };
    let value = signal.value.map(|value| format!("value {value}"));
    let parts: Vec<String> = [name, measured, value, threshold].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The times of the events, in order.
fn times(notice: &Notice) -> Vec<(Timestamp, &'static str)> {
    let deployment = notice.deployment.as_ref();
    let signal = notice.signal.as_ref();
    let is_about_signal = signal.is_some();
    let all = [
        (deployment.and_then(|deployment| deployment.created), "deployment created"),
        (deployment.and_then(|deployment| deployment.started), "deployment started"),
        (deployment.and_then(|deployment| deployment.finished), "deployment ended"),
        (signal.and_then(|signal| signal.evidence_ended), "end of the alarm's evaluation window"),
        (signal.and_then(|signal| signal.began), "signal began"),
        (signal.and_then(|signal| signal.sent), "signal sent"),
        (Some(notice.at), if is_about_signal { "decision made" } else { "reported by ECS" }),
    ];
    let mut times: Vec<_> = all.into_iter().filter_map(|(time, what)| Some((time?, what))).collect();
    times.sort_by_key(|(time, _)| *time);
    times
}
