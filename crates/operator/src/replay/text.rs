//! The replay for a person.

use std::cmp::Reverse;

use jiff::SignedDuration;

use super::{Replay, happened::Happened, incident::Incident};
use crate::output::{Answer, Cell, Screen, Table, Tone, harmless, short, span, wrapped};

/// The most rows of a table for a person. JSON and HTML have all.
const MOST_ROWS: usize = 40;

impl Answer for Replay {
    fn text(&self, screen: &Screen) -> String {
        let mut text = wrapped(&self.scope(), screen.width, "");
        if self.incidents.is_empty() {
            text.push_str("Nothing to replay.\n");
        }
        let totals = &self.totals;
        let rollbacks: Vec<&Incident> = self.incidents.iter().filter(|one| one.is_rollback()).collect();
        let late: Vec<&Incident> = self.incidents.iter().filter(|one| one.is_too_late()).collect();
        text.push_str(&headline(screen, "would roll back", totals.would_roll_back, &self.undone()));
        text.push_str(&indented(&rollback_table(&rollbacks), screen));
        text.push_str(&more(rollbacks.len()));
        let why = if late.is_empty() { "" } else { "the alarm fired after the deployment had ended" };
        text.push_str(&headline(screen, "too late", totals.too_late, why));
        text.push_str(&indented(&late_table(&late), screen));
        text.push_str(&more(late.len()));
        text.push_str(&headline(screen, "left alone", totals.left_alone, &self.by_reason(|one| !one.has_failed())));
        if totals.not_judged > 0 {
            text.push_str(&headline(screen, "not judged", totals.not_judged, &self.by_reason(Incident::has_failed)));
        }
        text.push_str(&self.advice(screen));
        text.push('\n');
        for unknown in self.not_known() {
            text.push_str(&wrapped(&format!("Not known: {}.", harmless(&unknown)), screen.width, ""));
        }
        text
    }
}

impl Replay {
    /// The number of all that was read, in a sentence.
    pub(super) fn scope(&self) -> String {
        format!(
            "{}, {} to ALARM of {}, {} to {}",
            match self.services {
                0 => "no service".to_owned(),
                services => format!("{} of {}", count(self.deployments, "deployment"), count(services, "service")),
            },
            count(self.incidents.len(), "change"),
            count(self.alarms, "alarm"),
            self.from.strftime("%Y-%m-%d"),
            self.to.strftime("%Y-%m-%d"),
        )
    }

    /// How many of the rollbacks somebody else made later.
    pub(super) fn undone(&self) -> String {
        let totals = &self.totals;
        match (totals.undone_later, totals.not_undone) {
            (0, 0) => String::new(),
            (undone, 0) => format!("{undone} undone later, by ECS or a person"),
            (0, stayed) => format!("{stayed} that nobody undid: look at these"),
            (undone, stayed) => {
                format!("{undone} undone later, by ECS or a person; {stayed} that nobody undid: look at these")
            }
        }
    }

    /// The reasons for which signals were left alone, the most frequent first.
    pub(super) fn by_reason(&self, counts: fn(&Incident) -> bool) -> String {
        let stands_alone = |incident: &&Incident| incident.is_rollback() || incident.is_too_late();
        let mut by_reason: Vec<(&str, usize)> = Vec::new();
        for incident in self.incidents.iter().filter(|one| !stands_alone(one) && counts(one)) {
            let reason = incident.reason.as_str();
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => by_reason.push((reason, 1)),
            }
        }
        by_reason.sort_by_key(|(_, count)| Reverse(*count));
        by_reason.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(" · ")
    }

    fn advice(&self, screen: &Screen) -> String {
        if self.advice.is_empty() {
            return String::new();
        }
        let mut table = Table::of(["ABOUT", "TIMES", "REASON", "CHANGE"]);
        for advice in self.advice.iter().take(MOST_ROWS) {
            table.row([
                Cell::new(&advice.about),
                Cell::new(advice.times.to_string()).number(),
                Cell::new(advice.reason.as_str()),
                Cell::new(&advice.change),
            ]);
        }
        let head = screen.paint("Settings that would have changed a result", Tone::Bold);
        format!("\n{head}\n{}{}", indented(&table, screen), more(self.advice.len()))
    }

    /// All that history cannot tell, and all that could not be read.
    pub(super) fn not_known(&self) -> Vec<String> {
        let mut sentences = vec![
            "look-ups see today's tags, target groups and settings of services, and ECS keeps neither the tasks nor the traffic \
             of a revision"
                .to_owned(),
        ];
        let totals = &self.totals;
        if totals.without_action > 0 {
            sentences.push(format!(
                "whether {} that no action followed was muted or suppressed; the function would have left such an alarm alone",
                count(totals.without_action, "change")
            ));
        }
        if totals.service_gone > 0 {
            sentences.push(format!(
                "what {} would have led to, as the services do not exist any more",
                count(totals.service_gone, "change")
            ));
        }
        sentences.extend(self.unknown.iter().map(|unknown| unknown.trim_end_matches('.').to_owned()));
        sentences
    }
}

fn headline(screen: &Screen, what: &str, count: usize, more: &str) -> String {
    let head = format!("{what:<16}{count:>5}");
    let width = screen.width.saturating_sub(23);
    let mut lines = wrapped(more, width, "").lines().map(str::to_owned).collect::<Vec<_>>().into_iter();
    let first = lines.next().unwrap_or_default();
    let first = format!("{}  {first}", screen.paint(&head, Tone::Bold));
    let rest = lines.map(|line| format!("{:23}{line}", ""));
    let lines: Vec<String> = std::iter::once(first.trim_end().to_owned()).chain(rest).collect();
    format!("{}\n", lines.join("\n"))
}

/// A table below a headline.
fn indented(table: &Table, screen: &Screen) -> String {
    let narrower = Screen { width: screen.width.saturating_sub(2), ..*screen };
    table.text(&narrower).lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

fn more(rows: usize) -> String {
    let left = rows.saturating_sub(MOST_ROWS);
    if left == 0 { String::new() } else { format!("  … {left} more: --json or --html has all\n") }
}

fn rollback_table(incidents: &[&Incident]) -> Table {
    let mut table = Table::of(["AT", "SERVICE", "ALARM", "INTO", "WHAT REALLY HAPPENED", "EARLIER BY"]);
    for incident in incidents.iter().take(MOST_ROWS) {
        let (happened, tone) = happened(incident);
        let earlier = incident.happened.as_ref().and_then(Happened::earlier_by);
        table.row([
            Cell::new(short(incident.at)),
            Cell::new(service(incident)),
            Cell::new(&incident.alarm),
            Cell::new(incident.seconds_into_deployment.map(seconds).unwrap_or_default()).number(),
            Cell::new(happened).toned(tone),
            Cell::new(earlier.map(seconds).unwrap_or_default()).number().toned(Tone::Good),
        ]);
    }
    table
}

fn late_table(incidents: &[&Incident]) -> Table {
    let mut table = Table::of(["AT", "SERVICE", "ALARM", "TOO LATE BY", "WHAT REALLY HAPPENED"]);
    for incident in incidents.iter().take(MOST_ROWS) {
        let (happened, tone) = happened(incident);
        table.row([
            Cell::new(short(incident.at)),
            Cell::new(service(incident)),
            Cell::new(&incident.alarm),
            Cell::new(incident.too_late_by_seconds.map(seconds).unwrap_or_default()).number(),
            Cell::new(happened).toned(tone),
        ]);
    }
    table
}

fn service(incident: &Incident) -> String {
    incident.service.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// What happened to the deployment and to the alarm, in words.
pub(super) fn happened(incident: &Incident) -> (String, Tone) {
    let alarm = incident.in_alarm_for_seconds.map_or_else(
        || "the alarm is still in ALARM".to_owned(),
        |after| format!("the alarm went back after {}", seconds(after)),
    );
    match &incident.happened {
        Some(Happened::RolledBack { why, .. }) => (rolled_back_by(why.as_deref()).to_owned(), Tone::Good),
        Some(Happened::UndoneByDeployment { at, .. }) => {
            (format!("undone by the deployment of {}", short(*at)), Tone::Good)
        }
        Some(Happened::Replaced { after_seconds, .. }) => {
            let later = seconds(*after_seconds);
            let went_back_first = incident.in_alarm_for_seconds.is_some_and(|after| after < *after_seconds);
            let text = if went_back_first {
                format!("nobody undid it; {alarm}; the next deployment came {later} later")
            } else {
                format!("replaced by another revision {later} later, while the alarm was in ALARM")
            };
            (text, Tone::Doubtful)
        }
        Some(Happened::Stopped) => (format!("stopped without a rollback; {alarm}"), Tone::Doubtful),
        Some(Happened::InFlight) => (format!("still in flight; {alarm}"), Tone::Doubtful),
        Some(Happened::Stayed) => (format!("nobody undid it; {alarm}"), Tone::Doubtful),
        None => (String::new(), Tone::Neutral),
    }
}

/// The cause of a rollback, by the sentence of ECS.
fn rolled_back_by(why: Option<&str>) -> &'static str {
    match why {
        Some(why) if why.contains("circuit breaker") => "rolled back by ECS's circuit breaker",
        Some(why) if why.contains("alarm") => "rolled back by ECS's deployment alarms",
        Some(why) if why.contains("hook") => "rolled back by a lifecycle hook",
        Some(why) if why.contains("by user") => "rolled back by a person",
        _ => "rolled back by ECS",
    }
}

/// A span in the two largest units: `3m 10s`.
pub(super) fn seconds(seconds: i64) -> String {
    span(SignedDuration::from_secs(seconds))
}

/// A number with its noun: `1 alarm`, `2 alarms`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

/// A number with its thousands set apart: `1,204`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(count(1, "alarm"), "1 alarm");
        assert_eq!(count(1_204, "deployment"), "1,204 deployments");
        assert_eq!(count(1_000_000, "change"), "1,000,000 changes");
    }
}
