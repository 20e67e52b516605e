//! The timing for a person.

use jiff::SignedDuration;

use super::{Durations, Needs, Timed, TimedAlarm, Timing, Verdict, needs::ASSUMED_DELAY};
use crate::output::{Answer, Cell, Screen, Table, Tone, left_out, not_known, plain, span, wrapped};

/// The most services that are shown to a person. JSON has all.
const MOST_SERVICES: usize = 100;

/// The narrowest screen with room for every column.
const WIDE: u16 = 90;

impl Answer for Timing {
    fn text(&self, screen: &Screen) -> String {
        let mut text = String::new();
        if self.services.is_empty() {
            text.push_str(&wrapped("No alarm leads to a service that ECS deploys: see coverage.", screen.width, ""));
        }
        for service in self.services.iter().take(MOST_SERVICES) {
            text.push_str(&service.text(screen));
            text.push('\n');
        }
        text.push_str(&left_out(self.services.len(), MOST_SERVICES));
        let alarms = || self.services.iter().flat_map(|service| &service.alarms);
        let of = |verdict: Verdict| alarms().filter(|alarm| alarm.verdict == verdict).count();
        let totals = format!(
            "{} ok · {} tight · {} BLIND · {} not known",
            of(Verdict::Ok),
            of(Verdict::Tight),
            of(Verdict::Blind),
            of(Verdict::Unknown),
        );
        text.push_str(&wrapped(&totals, screen.width, ""));
        if alarms().any(|alarm| alarm.needs.is_assumed()) {
            let assumed = format!(
                "* The history of 30 days shows no delay of this alarm: {ASSUMED_DELAY} s are assumed, a minute until the \
                 metric arrives and the time to the next evaluation."
            );
            text.push_str(&wrapped(&assumed, screen.width, ""));
        }
        if alarms().any(|alarm| alarm.needs.rule.is_some()) {
            let composites = "A composite alarm takes as long as its fastest child for OR, and its slowest for AND.";
            text.push_str(&wrapped(composites, screen.width, ""));
        }
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}

impl Timed {
    fn text(&self, screen: &Screen) -> String {
        let bake = self.bake_minutes.map_or_else(|| "–".to_owned(), |minutes| format!("{minutes} min"));
        let head = format!("{}: {}, strategy {}, bake {bake}", self.service, self.durations.text(), self.strategy);
        let mut text = screen.paint(&wrapped(&plain(&head), screen.width, ""), Tone::Bold);
        let is_wide = screen.width >= WIDE;
        let mut table = if is_wide {
            Table::of(["ALARM", "FIRES AFTER", "LONG ENOUGH", "VERDICT"])
        } else {
            Table::of(["ALARM", "AFTER", "VERDICT"])
        };
        for alarm in &self.alarms {
            let name = Cell::new(&alarm.alarm);
            let (verdict, tone) = alarm.verdict();
            let verdict = Cell::new(verdict).toned(tone);
            if is_wide {
                let of = alarm.deployments_long_enough.map(|long| format!("{long} of {}", self.durations.count));
                let long_enough = Cell::new(of.unwrap_or_else(|| "–".to_owned()));
                table.row([name, Cell::new(alarm.needs.text()), long_enough, verdict]);
            } else {
                table.row([name, Cell::new(alarm.needs.sum()), verdict]);
            }
        }
        text.push_str(&table.text(screen));
        text
    }
}

impl TimedAlarm {
    fn verdict(&self) -> (String, Tone) {
        let (word, tone) = match self.verdict {
            Verdict::Blind => ("BLIND: cannot fire in time", Tone::Bad),
            Verdict::Tight => ("tight", Tone::Doubtful),
            Verdict::Ok => ("ok", Tone::Good),
            Verdict::Unknown => ("not known", Tone::Doubtful),
        };
        let tone = if tone == Tone::Good && !self.warnings.is_empty() { Tone::Doubtful } else { tone };
        let mut parts = vec![word.to_owned()];
        let bake = self.bake_minutes_that_would_do.map(|minutes| format!("bakeTimeInMinutes ≥ {minutes}"));
        let fewer = self.datapoints_that_would_do.zip(self.needs.evaluation_periods);
        let fewer = fewer.map(|(fewer, periods)| format!("{fewer} of {periods} datapoints"));
        match (bake, fewer) {
            (Some(bake), Some(fewer)) => parts.push(format!("{bake}, or {fewer}")),
            (Some(one), None) | (None, Some(one)) => parts.push(one),
            (None, None) => {}
        }
        parts.extend(self.warnings.iter().map(|warning| warning.text().to_owned()));
        (parts.join("; "), tone)
    }
}

impl Needs {
    /// Checks that its delay is assumed.
    fn is_assumed(&self) -> bool {
        self.delay_seconds.is_some() && self.delay_measured_by == 0
    }

    fn sum(&self) -> String {
        let mark = if self.is_assumed() { "*" } else { "" };
        let sum = self.fires_after_seconds.map(|seconds| format!("{}{mark}", duration(seconds)));
        sum.unwrap_or_else(|| "not known".to_owned())
    }

    /// `60 s × 1 of 1 + 75 s = 2m 15s`
    fn text(&self) -> String {
        if self.rule.is_some() {
            return format!("composite: {}", self.sum());
        }
        let parts = (self.period_seconds, self.datapoints_to_alarm, self.evaluation_periods, self.delay_seconds);
        match parts {
            (Some(period), Some(to_alarm), Some(periods), Some(delay)) => {
                format!("{period} s × {to_alarm} of {periods} + {delay} s = {}", self.sum())
            }
            _ => self.sum(),
        }
    }
}

impl Durations {
    fn text(&self) -> String {
        let (Some(p10), Some(p50), Some(p90)) = (self.p10_seconds, self.p50_seconds, self.p90_seconds) else {
            return "no successful deployment in 90 days".to_owned();
        };
        let (p10, p50, p90) = (duration(p10), duration(p50), duration(p90));
        format!("{} deployments in 90 days, p10 {p10}, p50 {p50}, p90 {p90}", self.count)
    }
}

fn duration(seconds: i64) -> String {
    span(SignedDuration::from_secs(seconds))
}
