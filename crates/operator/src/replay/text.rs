//! The replay for a person.

use jiff::SignedDuration;
use judgement::{Outcome, Reason};

use super::{
    Replay,
    incident::{Happened, Incident},
};
use crate::output::{Answer, Cell, Screen, Table, Tone, plain, short, span, wrapped};

/// The most rows of a table for a person. JSON and HTML have all.
const MOST_ROWS: usize = 40;

impl Answer for Replay {
    fn text(&self, screen: &Screen) -> String {
        let of = |filter: fn(&Incident) -> bool| self.incidents.iter().filter(|one| filter(one)).collect::<Vec<_>>();
        let rollbacks = of(Incident::is_rollback);
        let late = of(|incident| incident.reason == Reason::TooLate);
        let left = of(|incident| !incident.is_rollback() && incident.reason != Reason::TooLate);
        let mut text = wrapped(
            &format!(
                "{} deployments of {} services, {} changes to ALARM of {} alarms, {} to {}",
                self.deployments,
                self.services,
                self.incidents.len(),
                self.alarms,
                self.from.strftime("%Y-%m-%d"),
                self.to.strftime("%Y-%m-%d"),
            ),
            screen.width,
            "",
        );
        text.push('\n');
        text.push_str(&headline(screen, "would roll back", rollbacks.len(), &undone(&rollbacks)));
        text.push_str(&table(&rollbacks).text(screen));
        text.push_str(&more(rollbacks.len()));
        text.push_str(&headline(screen, "too late", late.len(), "the alarm fired after the deployment had ended"));
        text.push_str(&late_table(&late).text(screen));
        text.push_str(&more(late.len()));
        text.push_str(&headline(screen, "left alone", left.len(), &by_reason(&left)));
        if !self.advice.is_empty() {
            text.push_str(&format!("\n{}\n", screen.paint("Settings that would have changed a result", Tone::Bold)));
            let mut table = Table::of(["ABOUT", "TIMES", "REASON", "CHANGE"]);
            for advice in self.advice.iter().take(MOST_ROWS) {
                table.row([
                    Cell::new(&advice.about),
                    Cell::new(advice.times.to_string()).number(),
                    Cell::new(advice.reason.as_str()),
                    Cell::new(&advice.change),
                ]);
            }
            text.push_str(&table.text(screen));
            text.push_str(&more(self.advice.len()));
        }
        text.push('\n');
        let muted = self.incidents.iter().filter(|incident| incident.acted == Some(false)).count();
        let known = format!(
            "Look-ups see today's tags, target groups and services, and rows about tasks and traffic have no data of then. \
             {muted} changes are followed by no action in the history: such an alarm was muted or suppressed, or its actions \
             were off."
        );
        text.push_str(&wrapped(&format!("Not known: {known}"), screen.width, ""));
        for unknown in &self.unknown {
            text.push_str(&wrapped(&format!("Not known: {}", plain(unknown)), screen.width, ""));
        }
        text
    }
}

fn headline(screen: &Screen, what: &str, count: usize, more: &str) -> String {
    let head = screen.paint(&format!("{what:<16}{count:>5}"), Tone::Bold);
    if more.is_empty() { format!("{head}\n") } else { format!("{head}  {more}\n") }
}

fn more(rows: usize) -> String {
    let left = rows.saturating_sub(MOST_ROWS);
    if left == 0 { String::new() } else { format!("  … {left} more: --json or --html has all\n") }
}

/// How many rollbacks somebody else made later.
fn undone(rollbacks: &[&Incident]) -> String {
    if rollbacks.is_empty() {
        return String::new();
    }
    let was_undone = |incident: &&&Incident| {
        matches!(incident.happened, Some(Happened::RolledBack { .. } | Happened::UndoneByDeployment { .. }))
    };
    let undone = rollbacks.iter().filter(was_undone).count();
    format!("{undone} were undone later without it; {} stayed: look at these", rollbacks.len() - undone)
}

fn by_reason(incidents: &[&Incident]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for incident in incidents {
        *counts.entry(incident.reason.as_str()).or_insert(0) += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(" · ")
}

fn table(incidents: &[&Incident]) -> Table {
    let mut table = Table::of(["AT", "SERVICE", "ALARM", "INTO", "WHAT HAPPENED"]);
    for incident in incidents.iter().take(MOST_ROWS) {
        let (happened, tone) = happened(incident);
        table.row([
            Cell::new(short(incident.at)),
            Cell::new(incident.service.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::new(&incident.alarm),
            Cell::new(incident.seconds_into_deployment.map(seconds).unwrap_or_default()).number(),
            Cell::new(happened).toned(tone),
        ]);
    }
    table
}

fn late_table(incidents: &[&Incident]) -> Table {
    let mut table = Table::of(["AT", "SERVICE", "ALARM", "TOO LATE BY"]);
    for incident in incidents.iter().take(MOST_ROWS) {
        table.row([
            Cell::new(short(incident.at)),
            Cell::new(incident.service.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::new(&incident.alarm),
            Cell::new(incident.too_late_by_seconds.map(seconds).unwrap_or_default()).number(),
        ]);
    }
    table
}

/// What happened, in words, and how the function would have compared.
pub(super) fn happened(incident: &Incident) -> (String, Tone) {
    let ok = incident.in_alarm_for_seconds.map_or_else(
        || "the alarm stayed in ALARM".to_owned(),
        |after| format!("the alarm left ALARM after {}", seconds(after)),
    );
    match &incident.happened {
        Some(Happened::RolledBack { after_seconds, .. }) => {
            (format!("rolled back without it, {} later", seconds(*after_seconds)), Tone::Good)
        }
        Some(Happened::UndoneByDeployment { after_seconds, at }) => {
            (format!("undone by the deployment of {}, {} later", short(*at), seconds(*after_seconds)), Tone::Good)
        }
        Some(Happened::Replaced { after_seconds, .. }) => {
            (format!("replaced by something else {} later; {ok}", seconds(*after_seconds)), Tone::Doubtful)
        }
        Some(Happened::Stayed) => (format!("nobody undid it; {ok}"), Tone::Doubtful),
        None if incident.outcome == Outcome::Failed => (incident.detail.clone(), Tone::Bad),
        None => (String::new(), Tone::Neutral),
    }
}

fn seconds(seconds: i64) -> String {
    span(SignedDuration::from_secs(seconds))
}
