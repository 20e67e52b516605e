//! The timelines: a row for each service, with its deployments as bars, its alarms as marks, and the verdicts on them as flags.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use judgement::{Service, observation::Status};

use super::{count, escaped, kind, outcome, time, verdict};
use crate::replay::{
    Replay,
    incident::Incident,
    text::seconds,
    timeline::{Bar, Timeline},
};

/// The rows, those with the most to see first, below the days.
pub(super) fn of(replay: &Replay) -> String {
    let scale = Scale { from: replay.from, to: replay.to };
    let mut incidents: BTreeMap<&Service, Vec<(usize, &Incident)>> = BTreeMap::new();
    for (number, incident) in replay.incidents.iter().enumerate() {
        if let Some(service) = &incident.service {
            incidents.entry(service).or_default().push((number, incident));
        }
    }
    let mut rows: Vec<Row<'_>> = replay
        .timelines
        .iter()
        .map(|timeline| Row { timeline, incidents: incidents.remove(&timeline.service).unwrap_or_default() })
        .collect();
    rows.sort_by_key(|row| (Reverse(row.number_of("roll")), Reverse(row.number_of("late")), row.name()));
    let rows: String = rows.iter().map(|row| row.html(&scale)).collect();
    format!(
        "<div class=\"row days\"><div class=\"name\"></div><div class=\"track\">{}</div></div>\n{rows}",
        scale.days()
    )
}

/// The span of time that a track shows.
struct Scale {
    from: Timestamp,
    to: Timestamp,
}

impl Scale {
    /// The place of a time, in percent of the track.
    fn place(&self, time: Timestamp) -> f64 {
        let whole = self.to.duration_since(self.from).as_secs_f64().max(1.0);
        (time.duration_since(self.from).as_secs_f64() / whole * 100.0).clamp(0.0, 100.0)
    }

    /// The beginning of each day, named where there is room.
    fn days(&self) -> String {
        let midnight = self.from.as_second().div_euclid(86_400) * 86_400;
        let length = self.to.duration_since(self.from).as_hours() / 24;
        let every = if length > 14 { 5 } else { 1 };
        let days = (0_i64..)
            .map(|day| midnight + day * 86_400)
            .map_while(|second| Timestamp::from_second(second).ok().filter(|day| *day < self.to));
        let day = |(number, day): (usize, Timestamp)| {
            let name = if number.is_multiple_of(every) { day.strftime("%b %-d").to_string() } else { String::new() };
            format!("<i class=\"day\" style=\"left:{:.3}%\">{name}</i>", self.place(day))
        };
        days.filter(|day| *day >= self.from).enumerate().map(day).collect()
    }
}

struct Row<'a> {
    timeline: &'a Timeline,
    incidents: Vec<(usize, &'a Incident)>,
}

impl Row<'_> {
    fn name(&self) -> String {
        self.timeline.service.to_string()
    }

    fn number_of(&self, wanted: &str) -> usize {
        self.incidents.iter().filter(|(_, incident)| kind(incident) == wanted).count()
    }

    fn html(&self, scale: &Scale) -> String {
        let bars: String = self.timeline.bars.iter().map(|bar| bar.html(scale)).collect();
        let marks: String = self.incidents.iter().map(|(number, incident)| mark(*number, incident, scale)).collect();
        let (roll, late) = (self.number_of("roll"), self.number_of("late"));
        let summary = format!(
            "{}, {}, {roll} would roll back, {late} too late",
            count(self.timeline.bars.len(), "deployment"),
            count(self.incidents.len(), "alarm")
        );
        let name = escaped(&self.name());
        format!(
            "<div class=\"row\" data-name=\"{name}\" role=\"group\" aria-label=\"{name}: {summary}\">\
             <div class=\"name\" title=\"{name}: {summary}\">{name}</div>\
             <div class=\"track\">{bars}{marks}</div></div>\n"
        )
    }
}

impl Bar {
    fn html(&self, scale: &Scale) -> String {
        let ended = self.ended.unwrap_or(scale.to);
        let (left, right) = (scale.place(self.began), scale.place(ended));
        let took = seconds(ended.duration_since(self.began).max(SignedDuration::ZERO).as_secs());
        let status = self.status.to_string();
        let brings = self.brings.as_deref().unwrap_or("Deployment");
        let about = format!("{brings}: {status}\n{}, {took}", time(self.began));
        format!(
            "<i class=\"bar {}\" style=\"left:{left:.4}%;width:{:.4}%\" title=\"{}\"></i>",
            class(&self.status),
            right - left,
            multiline(&about)
        )
    }
}

/// The look of a deployment.
fn class(status: &Status) -> &'static str {
    match status {
        Status::Successful => "good",
        Status::RollbackSuccessful | Status::RollbackInProgress | Status::RollbackRequested => "back",
        Status::RollbackFailed => "back failed",
        Status::Stopped | Status::StopRequested => "stopped",
        Status::Pending | Status::InProgress | Status::Unknown(_) => "open",
    }
}

/// The mark of an alarm, with a flag if it would have rolled a deployment back or came too late. It leads to its line in the table.
fn mark(number: usize, incident: &Incident, scale: &Scale) -> String {
    let into = incident.seconds_into_deployment.map(|into| format!(", {} into the deployment", seconds(into)));
    let late = incident.too_late_by_seconds.map(|late| format!(", by {}", seconds(late)));
    let about = format!(
        "{}: {} ({}){}{}\n{}\n{}",
        incident.alarm,
        verdict(incident),
        incident.reason.as_str(),
        into.unwrap_or_default(),
        late.unwrap_or_default(),
        time(incident.at),
        outcome(incident)
    );
    let about = multiline(about.trim_end());
    format!(
        "<a class=\"mark {}\" href=\"#i{number}\" style=\"left:{:.4}%\" title=\"{about}\" aria-label=\"{about}\"></a>",
        kind(incident),
        scale.place(incident.at)
    )
}

/// Escaped text that keeps its line breaks.
fn multiline(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("&#10;")
}
