//! Evidence: when the trouble began and what caused it, as far as data show it. The data come from the event or a look-up.

mod sentence;

use jiff::Timestamp;

pub use crate::run::{Run, Statistic, Window};
use crate::signal::{Child, Metric, Query, Reads, Signal};

/// All that is known about the trouble behind one signal at one service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The trouble of each alarm that the signal stands for: of the alarm itself, or of the children of a composite alarm.
    pub troubles: Vec<Trouble>,
    /// The tasks of the new revision that stopped recently, if they were looked up.
    pub stops: Option<Vec<Stop>>,
    /// Looks that did not succeed, each as a clause for the sentence.
    pub gaps: Vec<String>,
    /// `true` if it was looked up already, so that another look would add nothing.
    pub is_looked_up: bool,
}

/// The trouble of one alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The alarm's name.
    pub name: String,
    /// When it began, by the alarm's own times.
    pub began: Option<Timestamp>,
    /// The datapoints that the alarm evaluated, if readable.
    pub run: Option<Run>,
    /// The metrics that it reads, as far as known.
    pub queries: Vec<Query>,
}

/// A task that stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Its stop code, by ECS's name.
    pub code: Option<String>,
    /// The reason, in the words of ECS.
    pub reason: String,
}

impl Evidence {
    /// The evidence in the signal itself. A composite alarm is represented by the children that triggered it.
    #[must_use]
    pub fn of(signal: &Signal) -> Self {
        let composite = signal.clues.alarm.as_ref().and_then(|alarm| alarm.composite.as_ref());
        let children = composite.map_or(&[][..], |composite| &composite.triggering);
        let troubles = if children.is_empty() {
            let queries = signal.clues.queries.clone();
            // Alarms on many time series and on logs state their data in a sentence only.
            let has_sentence_only = signal.clues.contributor.is_some() || signal.clues.queries.is_empty();
            let run = signal.run.or_else(|| sentence::run(signal).filter(|_| has_sentence_only));
            vec![Trouble { name: signal.name.clone(), began: signal.began, run, queries }]
        } else {
            children.iter().map(|child| Trouble::of_child(child, signal.began)).collect()
        };
        Self { troubles, ..Self::default() }
    }

    /// Reads the sentence of the signal's alarm, if nothing else shows the data that it evaluated.
    pub fn fall_back_on_sentence(&mut self, signal: &Signal) {
        if let [trouble @ Trouble { run: None, .. }] = self.troubles.as_mut_slice()
            && trouble.name == signal.name
        {
            trouble.run = sentence::run(signal);
        }
    }

    /// The earliest time at which the trouble can have begun.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        let began = |trouble: &Trouble| trouble.run.map(|run| run.first.start).into_iter().chain(trouble.began).min();
        self.troubles.iter().filter_map(began).min()
    }
}

impl Trouble {
    /// The metrics that its alarm reads.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.queries.iter().filter_map(|query| match &query.reads {
            Reads::Metric(metric) => Some(metric),
            Reads::Expression(_) => None,
        })
    }

    /// The target groups that its alarm watches, as metrics name them.
    pub(crate) fn target_groups(&self) -> impl Iterator<Item = &str> {
        self.metrics().filter_map(|metric| metric.dimensions.get("TargetGroup").map(String::as_str))
    }

    /// The trouble of a child of a composite alarm that itself began at `began`, at the latest.
    #[must_use]
    pub fn of_child(child: &Child, began: Option<Timestamp>) -> Self {
        Self { name: child.name().to_owned(), began: child.since.or(began), run: None, queries: Vec::new() }
    }
}

impl Stop {
    /// Checks that the infrastructure is the cause: no capacity, no resources, or an interruption.
    #[must_use]
    pub fn is_of_infrastructure(&self) -> bool {
        const CODES: [&str; 3] = ["SpotInterruption", "TerminationNotice", "InfrastructureHealth"];
        // As ECS words them (Developer Guide, stopped task errors). Case matters: "on resource: arn:…" is a missing permission.
        const REASONS: [&str; 8] = [
            "Capacity is unavailable",
            "RESOURCE:",
            "Spot Task was interrupted",
            "Spot interruption",
            "performing maintenance",
            "scheduled maintenance",
            "Host EC2",
            "InsufficientInstanceCapacity",
        ];
        self.code.as_deref().is_some_and(|code| CODES.contains(&code))
            || REASONS.iter().any(|text| self.reason.contains(text))
    }
}
