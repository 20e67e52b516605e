//! The tables: every incident, and the advice.

use super::{escaped, kind, outcome, time, verdict};
use crate::replay::{Advice, Replay, incident::Incident, text::seconds};

/// The lines of all incidents.
pub(super) fn rows(replay: &Replay) -> String {
    replay.incidents.iter().enumerate().map(|(number, incident)| row(number, incident)).collect()
}

fn row(number: usize, incident: &Incident) -> String {
    let service = incident.service.as_ref().map(ToString::to_string).unwrap_or_default();
    let into = incident.seconds_into_deployment.or(incident.too_late_by_seconds);
    let shown = match (incident.seconds_into_deployment, incident.too_late_by_seconds) {
        (Some(into), _) => format!("{} in", seconds(into)),
        (None, Some(late)) => format!("{} after", seconds(late)),
        (None, None) => String::new(),
    };
    let contributor = incident
        .contributor
        .as_deref()
        .map_or_else(String::new, |attributes| format!("<small>{}</small>", escaped(attributes)));
    let deployment = incident
        .task_definition
        .as_deref()
        .map_or_else(String::new, |name| format!("<small>{}</small>", escaped(name)));
    let happened = outcome(incident);
    let happened = if happened.is_empty() { String::new() } else { format!("<p>{}</p>", escaped(&happened)) };
    format!(
        "<tr id=\"i{number}\" class=\"{kind}\" data-kind=\"{kind}\">\
         <td data-sort=\"{at}\"><time datetime=\"{stamp}\">{at}</time></td>\
         <td>{}{deployment}</td>\
         <td>{}{contributor}</td>\
         <td><span class=\"tag {kind}\">{}</span><small>{}</small></td>\
         <td class=\"number\" data-sort=\"{}\">{shown}</td>\
         <td>{happened}<p class=\"detail\">{}</p></td></tr>\n",
        escaped(&service),
        escaped(&incident.alarm),
        verdict(incident),
        incident.reason.as_str(),
        into.unwrap_or(-1),
        escaped(&incident.detail),
        kind = kind(incident),
        at = time(incident.at),
        stamp = incident.at,
    )
}

/// The lines of all advice.
pub(super) fn advice(replay: &Replay) -> String {
    let row = |advice: &Advice| {
        format!(
            "<tr><td>{}</td><td class=\"number\" data-sort=\"{times}\">{times}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&advice.about),
            advice.reason.as_str(),
            escaped(&advice.change),
            times = advice.times
        )
    };
    replay.advice.iter().map(row).collect()
}
