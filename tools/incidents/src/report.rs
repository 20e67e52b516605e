//! The report: `docs/evidence/incidents.md`.

use std::{
    fmt::{self, Write},
    ops::Range,
};

use crate::{
    competitors::Competitor,
    incident::{Kind, Ms},
    tally::{Cell, Tally},
    truth::Doubt,
};

const RULES: &str = include_str!("rules.md");
const ASSUMPTIONS: &str = include_str!("assumptions.md");

/// The version of the function, from its manifest.
fn version() -> &'static str {
    let manifest = include_str!("../../../Cargo.toml");
    let package = manifest.split_once("[package]").map_or("", |(_, rest)| rest);
    let line = package.lines().find_map(|line| line.strip_prefix("version = "));
    line.unwrap_or_default().trim_matches('"')
}

impl Tally {
    /// The report of these incidents, in Markdown.
    #[must_use]
    pub fn report(&self, seeds: &Range<u64>) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, seeds);
        text
    }

    fn write(&self, text: &mut String, seeds: &Range<u64>) -> fmt::Result {
        let incidents: usize = self.incidents.values().sum();
        writeln!(text, "# Incidents\n")?;
        writeln!(text, "<!-- Written by `make incidents`. Do not edit: the words are in tools/incidents/src. -->\n")?;
        writeln!(
            text,
            "{} simulated deployment incidents, numbers {} to {}, played by ecs-auto-rollback {} and by its alternatives. Each \
             incident is derived deterministically from its seed: the same number gives the same result, bit by bit. Nothing \
             sleeps and nothing is sent: the function's handler and its SDK clients run on a virtual clock, and the project's \
             simulator of Amazon ECS replaces the network. So this shows how the function decides, not how AWS behaves; the \
             assumptions about undocumented behaviour are [below](#assumptions-by-competitor).\n",
            grouped(incidents),
            seeds.start,
            grouped(usize::try_from(seeds.end.saturating_sub(1)).unwrap_or_default()),
            version(),
        )?;
        writeln!(text, "```console")?;
        writeln!(text, "$ make incidents                                         # plays them, and writes this page")?;
        writeln!(
            text,
            "$ cargo run --profile incidents -p incidents -- --seed 7 # one of them: its events, the truth, all verdicts"
        )?;
        writeln!(text, "```\n")?;
        writeln!(
            text,
            "They contain {} deployments, {} signals and {} deliveries, of which {} fail on the way at least once; ECS is \
             disturbed in {} incidents. {} deployments should be rolled back; no signal reported another {} bad ones in time.\n",
            grouped(self.deployments),
            grouped(self.signals),
            grouped(self.deliveries),
            grouped(self.crashes),
            grouped(self.disturbed),
            grouped(self.wanted()),
            grouped(self.not_catchable),
        )?;
        self.write_totals(text, incidents)?;
        writeln!(text)?;
        self.write_doubts(text)?;
        self.write_kinds(text)?;
        self.write_limits(text)?;
        writeln!(text, "\n## Ground truth\n\n{RULES}")?;
        writeln!(text, "## Assumptions by competitor\n\n{ASSUMPTIONS}")?;
        let shapes: Vec<String> =
            self.shapes.iter().map(|(shape, count)| format!("{shape} {}", grouped(*count))).collect();
        writeln!(
            text,
            "The ranking depends on the mix of alarms, for which no public statistics exist. In these incidents: {}. Of {} \
             deliveries from alarms, {} come through SNS.",
            shapes.join(", "),
            grouped(self.of_alarms),
            grouped(self.by_sns),
        )
    }

    fn write_totals(&self, text: &mut String, incidents: usize) -> fmt::Result {
        writeln!(text, "## Result\n")?;
        writeln!(
            text,
            "| competitor | missed | wrong | right | could not be told | afterwards | cause to stop, median | p99 | calls per incident |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
        for who in Competitor::ALL {
            let total = self.total(who);
            let Cell { right, afterwards, wrong, missed, calls, times, .. } = &total;
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                who.name(),
                grouped(*missed),
                grouped(*wrong),
                grouped(*right),
                grouped(total.could_not_be_told()),
                grouped(*afterwards),
                time(percentile(times, 50)),
                time(percentile(times, 99)),
                tenths(*calls, incidents),
            )?;
        }
        writeln!(text, "\n![The same as bars on one scale, which `make pictures` draws](../images/incidents.svg)")
    }

    /// Lists the rollbacks of good deployments, by the reason for which they could not be told from bad ones.
    fn write_doubts(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "## Good deployments that were rolled back\n")?;
        writeln!(
            text,
            "The share of each competitor's rollbacks that hit a good deployment which could not be told from a bad one, by the \
             reason. The last row adds the wrong ones, where data show that the deployment is not to blame.\n"
        )?;
        write!(text, "| reason |")?;
        for who in Competitor::ALL {
            write!(text, " {} |", who.name())?;
        }
        writeln!(text, "\n|---|{}", "---|".repeat(Competitor::ALL.len()))?;
        let cells: Vec<Cell> = Competitor::ALL.into_iter().map(|who| self.total(who)).collect();
        for doubt in Doubt::ALL {
            write!(text, "| {} |", doubt.describe())?;
            for cell in &cells {
                let count = cell.doubts.get(&doubt).copied().unwrap_or_default();
                write!(text, " {} ({}) |", grouped(count), share(count, cell.rollbacks()))?;
            }
            writeln!(text)?;
        }
        write!(text, "| all of these |")?;
        for cell in &cells {
            let count = cell.could_not_be_told();
            write!(text, " {} ({}) |", grouped(count), share(count, cell.rollbacks()))?;
        }
        write!(text, "\n| with the wrong ones |")?;
        for cell in &cells {
            let count = cell.could_not_be_told() + cell.wrong;
            write!(text, " {} ({}) |", grouped(count), share(count, cell.rollbacks()))?;
        }
        writeln!(text, "\n")
    }

    fn write_kinds(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "## By kind of incident\n")?;
        writeln!(
            text,
            "Each cell shows wrong / missed / could not be told. An incident of any kind may involve a second service with its \
             own trouble.\n"
        )?;
        write!(text, "| kind | incidents | to be rolled back |")?;
        for who in Competitor::ALL {
            write!(text, " {} |", who.name())?;
        }
        writeln!(text, "\n|---|---|---|{}", "---|".repeat(Competitor::ALL.len()))?;
        for (kind, _) in Kind::ALL {
            let count =
                |of: &std::collections::BTreeMap<Kind, usize>| grouped(of.get(kind).copied().unwrap_or_default());
            write!(text, "| {kind} | {} | {} |", count(&self.incidents), count(&self.to_roll_back))?;
            for who in Competitor::ALL {
                let cell = self.cells.get(&(*kind, who)).cloned().unwrap_or_default();
                write!(
                    text,
                    " {} / {} / {} |",
                    grouped(cell.wrong),
                    grouped(cell.missed),
                    grouped(cell.could_not_be_told())
                )?;
            }
            writeln!(text)?;
        }
        Ok(())
    }

    /// Lists where this function is not better, in numbers.
    fn write_limits(&self, text: &mut String) -> fmt::Result {
        let cell = |kind: Kind, who| self.cells.get(&(kind, who)).cloned().unwrap_or_default();
        let median = |kind: Kind, who| {
            let mut times = cell(kind, who).times;
            times.sort_unstable();
            time(percentile(&times, 50))
        };
        let (function, breaker) = (Competitor::Function, Competitor::Breaker);
        let (ours, alarms, sample) =
            (self.total(function), self.total(Competitor::Alarms), self.total(Competitor::Sample));
        let late = |who| cell(Kind::BadLate, who).right;
        writeln!(text, "\n## Where this function is not better\n")?;
        writeln!(
            text,
            "- Tasks that do not start: the circuit breaker only has to be turned on, and needs no signal that can be late or lost. \
             Median time from cause to stop: {} with it, {} with this function, which acts on ECS's first event. The simulator \
             sends that event when the first task fails; AWS does not document when it does.",
            median(Kind::TaskStart, breaker),
            median(Kind::TaskStart, function),
        )?;
        writeln!(
            text,
            "- Deployment alarms mostly miss what they cannot watch. Of {} deployments with an alarm that they can watch (a \
             single metric or metric math, same account and Region), they missed {}.",
            grouped(self.watchable),
            grouped(self.watchable_missed),
        )?;
        writeln!(
            text,
            "- An alarm whose delivery fails for minutes does not help the function. ECS polls alarms itself, and rolled back {} \
             deployments whose alarm was delivered late; the function rolled back {}.",
            grouped(late(Competitor::Alarms)),
            grouped(late(function)),
        )?;
        writeln!(
            text,
            "- Every competitor that uses alarms has to wait for the alarm: the median time from cause to stop is {} for the \
             function, {} for deployment alarms and {} for the sample, each over its own rollbacks.",
            time(percentile(&ours.times, 50)),
            time(percentile(&alarms.times, 50)),
            time(percentile(&sample.times, 50)),
        )?;
        writeln!(
            text,
            "- Once a deployment is over, the function can do nothing. The sample can: it undone {} bad deployments afterwards.",
            grouped(sample.afterwards)
        )?;
        writeln!(
            text,
            "- Competitors that act on alarms roll back good deployments when unrelated trouble coincides with them: the function \
             {} times, deployment alarms, which see fewer alarms, {} times.",
            grouped(ours.by_chance()),
            grouped(alarms.by_chance())
        )
    }

    pub(crate) fn wanted(&self) -> usize {
        self.to_roll_back.values().sum()
    }
}

/// The value that `percent` per cent of the sorted ones do not exceed.
fn percentile(sorted: &[Ms], percent: usize) -> Option<Ms> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn time(ms: Option<Ms>) -> String {
    ms.map_or_else(|| "–".to_owned(), |ms| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100))
}

fn tenths(count: usize, of: usize) -> String {
    let tenths = count * 10 / of.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A share in per cent, with one digit after the point.
fn share(count: usize, of: usize) -> String {
    format!("{} %", tenths(count * 100, of))
}

/// Groups the digits by thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([grouped(7), grouped(1_000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
        assert_eq!((percentile(&[1, 2, 3, 4], 50), percentile(&[], 99)), (Some(2), None));
        assert_eq!((time(Some(61_250)), tenths(33, 10)), ("61.2 s".to_owned(), "3.3".to_owned()));
        assert!(version().contains('.'));
    }
}
