//! The report: `docs/incidents.md`.

use std::{
    fmt::{self, Write},
    ops::Range,
};

use crate::{
    competitors::Competitor,
    story::{Kind, Ms},
    tally::{Cell, Tally},
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
            "{} simulated deployment incidents, numbers {} to {}, played by ecs-auto-rollback {} and by what people use \
             instead of it. An incident is made of its number alone: the same one gives the same result, bit by bit. Nothing \
             sleeps and nothing is sent: the function's handler and its SDK clients run on a virtual clock, with the project's \
             simulator of Amazon ECS in the place of the network. So this shows how the function decides, not how AWS behaves; \
             what AWS does not document is assumed, and said [below](#what-each-competitor-is-granted).\n",
            grouped(incidents),
            seeds.start,
            grouped(usize::try_from(seeds.end.saturating_sub(1)).unwrap_or_default()),
            version(),
        )?;
        writeln!(text, "```console")?;
        writeln!(text, "$ make incidents                                         # plays them, and writes this page")?;
        writeln!(
            text,
            "$ cargo run --profile incidents -p incidents -- --seed 7 # one of them: its story, the truth, all verdicts"
        )?;
        writeln!(text, "```\n")?;
        writeln!(
            text,
            "In them are {} deployments, {} signals and {} deliveries, of which {} die on the way at least once; ECS is disturbed \
             in {} incidents. {} deployments should be rolled back; of {} bad ones nothing was told in time.\n",
            grouped(self.deployments),
            grouped(self.signals),
            grouped(self.deliveries),
            grouped(self.crashes),
            grouped(self.disturbed),
            grouped(self.wanted()),
            grouped(self.not_catchable),
        )?;
        self.write_totals(text, incidents)?;
        writeln!(
            text,
            "\n![Missed rollbacks, wrong ones, and those that could not be told, by competitor](incidents.svg)\n"
        )?;
        self.write_kinds(text)?;
        self.write_honest(text)?;
        writeln!(text, "\n## What is true\n\n{RULES}")?;
        writeln!(text, "## What each competitor is granted\n\n{ASSUMPTIONS}")?;
        let shapes: Vec<String> =
            self.shapes.iter().map(|(shape, count)| format!("{shape} {}", grouped(*count))).collect();
        writeln!(
            text,
            "Who does how well depends on the alarms that there are, and nobody has counted those of the world. Here they are: \
             {}. Of {} deliveries of what alarms tell, {} come by SNS.",
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
            let Cell { right, afterwards, wrong, missed, by_chance, calls, times } = self.total(who);
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                who.name(),
                grouped(missed),
                grouped(wrong),
                grouped(right),
                grouped(by_chance),
                grouped(afterwards),
                time(percentile(&times, 50)),
                time(percentile(&times, 99)),
                tenths(calls, incidents),
            )?;
        }
        Ok(())
    }

    fn write_kinds(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "## By kind of incident\n")?;
        writeln!(
            text,
            "Each cell says wrong / missed / could not be told. Any kind may have a second service in it, with trouble of its \
             own.\n"
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
                write!(text, " {} / {} / {} |", grouped(cell.wrong), grouped(cell.missed), grouped(cell.by_chance))?;
            }
            writeln!(text)?;
        }
        Ok(())
    }

    /// Where this function is not better, in figures.
    fn write_honest(&self, text: &mut String) -> fmt::Result {
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
            "- Tasks that do not start: the circuit breaker needs nothing but a switch, and no signal that can be late or lost. \
             Median from cause to stop: {} with it, {} with this function, which acts on the first report of ECS. The simulator \
             sends that when the first task fails; when AWS does is not documented.",
            median(Kind::TaskStart, breaker),
            median(Kind::TaskStart, function),
        )?;
        writeln!(
            text,
            "- Most of what deployment alarms miss is what they cannot watch. Of {} deployments with an alarm that they can (a \
             metric or maths, same account and Region), they missed {}.",
            grouped(self.watchable),
            grouped(self.watchable_missed),
        )?;
        writeln!(
            text,
            "- An alarm whose delivery fails for minutes is of no use to the function. ECS, which asks by itself, rolled back {} \
             deployments whose alarm was delivered late; the function {}.",
            grouped(late(Competitor::Alarms)),
            grouped(late(function)),
        )?;
        writeln!(
            text,
            "- From cause to stop all that use alarms need the alarm first: the median is {} for the function, {} for deployment \
             alarms and {} for the sample, each of what it rolled back.",
            time(percentile(&ours.times, 50)),
            time(percentile(&alarms.times, 50)),
            time(percentile(&sample.times, 50)),
        )?;
        writeln!(
            text,
            "- When a deployment is over, the function can do nothing. The sample can, and undid {} bad ones afterwards.",
            grouped(sample.afterwards)
        )?;
        writeln!(
            text,
            "- Whoever acts on alarms rolls back good deployments when trouble from elsewhere falls into them, or when an alarm \
             does not tell its data: the function {} times, deployment alarms, which see fewer alarms, {}.",
            grouped(ours.by_chance),
            grouped(alarms.by_chance)
        )
    }

    pub(crate) fn wanted(&self) -> usize {
        self.to_roll_back.values().sum()
    }
}

/// The value below which so many in a hundred are; of sorted ones.
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

/// With a comma between each three digits.
pub(crate) fn grouped(number: usize) -> String {
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
    fn figures_are_written_for_people() {
        assert_eq!([grouped(7), grouped(1_000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
        assert_eq!((percentile(&[1, 2, 3, 4], 50), percentile(&[], 99)), (Some(2), None));
        assert_eq!((time(Some(61_250)), tenths(33, 10)), ("61.2 s".to_owned(), "3.3".to_owned()));
        assert!(version().contains('.'));
    }
}
