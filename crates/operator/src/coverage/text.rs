//! The coverage for a person.

use super::{Coverage, Covered, Leading, Totals, Verdict};
use crate::{
    output::{Answer, Cell, Screen, Table, Tone, left_out, not_known, plain, wrapped},
    wiring::State,
};

/// The most services of a table for a person. JSON has all.
const MOST_ROWS: usize = 200;

/// The most alarms in a cell.
const MOST_ALARMS: usize = 3;

/// The narrowest screen with room for every column.
const WIDE: u16 = 90;

impl Answer for Coverage {
    fn text(&self, screen: &Screen) -> String {
        let mut text = String::new();
        if self.services.is_empty() {
            text.push_str(&wrapped("There is no service.", screen.width, ""));
        }
        for (cluster, totals) in &self.clusters {
            text.push_str(&totals.line(&plain(cluster), screen));
        }
        text.push('\n');
        text.push_str(&self.table(screen));
        text.push_str(&left_out(self.services.len(), MOST_ROWS));
        text.push_str(&self.fixes(screen));
        if !self.nowhere.is_empty() {
            let head = format!("\n{} alarms reach the function and lead nowhere\n", self.nowhere.len());
            text.push_str(&screen.paint(&head, Tone::Bold));
            let mut table = Table::of(["ALARM", "REASON", "WHY"]);
            for dead_end in self.nowhere.iter().take(MOST_ROWS) {
                table.row([
                    Cell::new(&dead_end.alarm),
                    Cell::new(dead_end.reason.as_str()).toned(Tone::Doubtful),
                    Cell::new(&dead_end.detail),
                ]);
            }
            text.push_str(&table.text(screen));
        }
        if let Some(percent) = self.protected_percent {
            let of = format!("{percent} % of {} services are protected by {}.", self.services.len(), self.function);
            text.push('\n');
            text.push_str(&wrapped(&plain(&of), screen.width, ""));
        }
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}

impl Coverage {
    fn table(&self, screen: &Screen) -> String {
        let is_wide = screen.width >= WIDE;
        let mut table = if is_wide {
            Table::of(["SERVICE", "MODE", "ALARMS (FOUND BY)", "ECS'S OWN", "VERDICT"])
        } else {
            Table::of(["SERVICE", "MODE", "VERDICT"])
        };
        for covered in self.services.iter().take(MOST_ROWS) {
            let service = Cell::new(covered.service.to_string());
            let mode = Cell::new(&covered.mode);
            let (verdict, tone) = covered.verdict();
            if is_wide {
                let own = covered.own();
                let cells =
                    [service, mode, Cell::new(covered.alarms()), Cell::new(own), Cell::new(verdict).toned(tone)];
                table.row(cells);
            } else {
                table.row([service, mode, Cell::new(verdict).toned(tone)]);
            }
        }
        table.text(screen)
    }

    /// What would help each service, outside the table, so that a command can be copied.
    fn fixes(&self, screen: &Screen) -> String {
        let fix = |covered: &Covered| {
            let fix = covered.fix.as_deref()?;
            Some(wrapped(&plain(&format!("{}: {fix}", covered.service)), screen.width, "  "))
        };
        let fixes: String = self.services.iter().take(MOST_ROWS).filter_map(fix).collect();
        let heading = screen.paint("What would help", Tone::Bold);
        if fixes.is_empty() { fixes } else { format!("\n{heading}\n{fixes}") }
    }
}

impl Covered {
    fn alarms(&self) -> String {
        if self.alarms.is_empty() {
            return "–".to_owned();
        }
        let mut shown: Vec<String> = self.alarms.iter().take(MOST_ALARMS).map(Leading::shown).collect();
        let left = self.alarms.len().saturating_sub(MOST_ALARMS);
        if left > 0 {
            shown.push(format!("{left} more"));
        }
        shown.join(", ")
    }

    fn own(&self) -> String {
        if self.controller != "ECS" {
            return self.controller.clone();
        }
        match (self.breaker, !self.deployment_alarms.is_empty()) {
            (true, true) => "breaker, alarms".to_owned(),
            (true, false) => "breaker".to_owned(),
            (false, true) => "alarms".to_owned(),
            (false, false) => "–".to_owned(),
        }
    }

    fn verdict(&self) -> (String, Tone) {
        let (word, tone) = match self.verdict {
            Verdict::Protected => ("protected", Tone::Good),
            Verdict::ObservedOnly => ("observed only", Tone::Doubtful),
            Verdict::EcsOnly => ("ECS only", Tone::Doubtful),
            Verdict::HeldByTag => ("held by tag", Tone::Doubtful),
            Verdict::NotPossible => ("NOT possible", Tone::Faint),
            Verdict::NotProtected => ("NOT protected", Tone::Bad),
            Verdict::Unknown => ("not known", Tone::Bad),
        };
        let mut text = word.to_owned();
        if let Some(why) = &self.why {
            text.extend([": ", why]);
        }
        (text, tone)
    }
}

impl Leading {
    fn shown(&self) -> String {
        let way = self.found_by.map_or("", |way| way.as_str());
        let trouble = match (&self.refused, self.wiring.state) {
            (Some(_), _) => ": not allowed",
            (None, State::Wired) => "",
            (None, State::ActionsOff) => ": actions off",
            (None, State::NotWired) => ": not wired",
            (None, State::Unknown) => ": wiring not known",
        };
        format!("{} ({way}){trouble}", self.alarm)
    }
}

impl Totals {
    fn line(&self, cluster: &str, screen: &Screen) -> String {
        let mut parts = vec![format!("{} services", self.services), format!("{} protected", self.protected)];
        for (count, word) in [
            (self.observed_only, "observed only"),
            (self.ecs_only, "by ECS only"),
            (self.held_by_tag, "held by tag"),
            (self.not_possible, "not possible"),
            (self.unknown, "not known"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        parts.push(format!("{} NOT protected", self.not_protected));
        wrapped(&format!("{cluster}: {}", parts.join(" · ")), screen.width, "")
    }
}
