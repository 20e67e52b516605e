//! Many incidents, counted.

use std::{collections::BTreeMap, thread};

use crate::{
    competitors::{Competitor, Outcome},
    generate,
    incident::{Flaw, Incident, Kind, Ms, Shape},
    truth::{Doubt, Truth, Verdict, judge, truth},
};

/// The results of one competitor in incidents of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) right: usize,
    pub(crate) afterwards: usize,
    pub(crate) wrong: usize,
    pub(crate) missed: usize,
    /// Rollbacks of good deployments that could not be told from bad ones, by the reason.
    pub(crate) doubts: BTreeMap<Doubt, usize>,
    pub(crate) calls: usize,
    /// From cause to stop, of each right rollback.
    pub(crate) times: Vec<Ms>,
}

impl Cell {
    fn add(&mut self, verdict: &Verdict, calls: usize) {
        self.right += verdict.right.len();
        self.afterwards += verdict.afterwards;
        self.wrong += verdict.wrong.len();
        self.missed += verdict.missed.len();
        for doubt in &verdict.doubts {
            *self.doubts.entry(*doubt).or_default() += 1;
        }
        self.calls += calls;
        self.times.extend(&verdict.right);
    }

    /// The number of rollbacks of good deployments that could not be told from bad ones.
    pub(crate) fn could_not_be_told(&self) -> usize {
        self.doubts.values().sum()
    }

    /// The number of those that unrelated trouble hit by chance.
    pub(crate) fn by_chance(&self) -> usize {
        self.doubts.iter().filter(|(doubt, _)| doubt.is_by_chance()).map(|(_, count)| count).sum()
    }

    /// The number of rollbacks of deployments in flight.
    pub(crate) fn rollbacks(&self) -> usize {
        self.right + self.wrong + self.could_not_be_told()
    }

    fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.afterwards += other.afterwards;
        self.wrong += other.wrong;
        self.missed += other.missed;
        for (doubt, count) in other.doubts {
            *self.doubts.entry(doubt).or_default() += count;
        }
        self.calls += other.calls;
        self.times.extend(other.times);
    }
}

/// The results of many incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of incidents of each kind.
    pub(crate) incidents: BTreeMap<Kind, usize>,
    /// The number of deployments of each kind that should have been rolled back.
    pub(crate) to_roll_back: BTreeMap<Kind, usize>,
    /// The number of bad deployments that no signal reported in time.
    pub(crate) not_catchable: usize,
    /// The numbers of deployments, signals and deliveries.
    pub(crate) deployments: usize,
    pub(crate) signals: usize,
    pub(crate) deliveries: usize,
    pub(crate) disturbed: usize,
    pub(crate) crashes: usize,
    /// The number of alarms of each shape, and of deliveries of alarms, through SNS and in all.
    pub(crate) shapes: BTreeMap<&'static str, usize>,
    pub(crate) by_sns: usize,
    pub(crate) of_alarms: usize,
    /// The number of deployments to be rolled back that have an alarm that ECS can watch, and of those that its alarms missed.
    pub(crate) watchable: usize,
    pub(crate) watchable_missed: usize,
    pub(crate) cells: BTreeMap<(Kind, Competitor), Cell>,
    /// The incidents in which this function did wrong or missed something.
    failures: Vec<u64>,
}

impl Tally {
    /// Plays these incidents on `threads` threads. The results do not depend on that number.
    #[must_use]
    pub fn of(seeds: std::ops::Range<u64>, threads: u64) -> Self {
        Self::by(&Competitor::ALL, seeds, threads, &[])
    }

    /// The same for this function alone, with `settings` over the template's defaults.
    #[must_use]
    pub fn of_function(seeds: std::ops::Range<u64>, threads: u64, settings: &[(&str, &str)]) -> Self {
        Self::by(&[Competitor::Function], seeds, threads, settings)
    }

    fn by(who: &[Competitor], seeds: std::ops::Range<u64>, threads: u64, settings: &[(&str, &str)]) -> Self {
        let threads = threads.max(1);
        let mut all = Self::default();
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|worker| {
                    let seeds = seeds.clone();
                    scope.spawn(move || {
                        let mut tally = Self::default();
                        for seed in seeds.filter(|seed| seed % threads == worker) {
                            tally.add(who, seed, settings);
                        }
                        tally
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(tally) => all.merge(tally),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all.failures.sort_unstable();
        for cell in all.cells.values_mut() {
            cell.times.sort_unstable();
        }
        all
    }

    /// The number of wrong rollbacks of this function.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.cells_of_function().map(|cell| cell.wrong).sum()
    }

    /// The number of rollbacks that this function missed.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.cells_of_function().map(|cell| cell.missed).sum()
    }

    /// The number of its right rollbacks.
    #[must_use]
    pub fn right(&self) -> usize {
        self.cells_of_function().map(|cell| cell.right).sum()
    }

    /// The share of its rollbacks that hit a good deployment, in all and for another reason than trouble by chance, in hundredths of
    /// a per cent.
    #[must_use]
    pub fn doubtful(&self) -> [usize; 2] {
        let cell = self.total(Competitor::Function);
        [cell.could_not_be_told(), cell.could_not_be_told() - cell.by_chance()]
            .map(|count| count * 10_000 / cell.rollbacks().max(1))
    }

    /// The numbers of the incidents in which this function did wrong or missed something.
    #[must_use]
    pub fn failures(&self) -> &[u64] {
        &self.failures
    }

    fn cells_of_function(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|((_, who), _)| *who == Competitor::Function).map(|(_, cell)| cell)
    }

    fn add(&mut self, competitors: &[Competitor], seed: u64, settings: &[(&str, &str)]) {
        let incident = generate::incident(seed);
        let truths = truth(&incident);
        *self.incidents.entry(incident.kind).or_default() += 1;
        let wanted = truths.iter().filter(|truth| matches!(truth, Truth::RollBack { .. })).count();
        *self.to_roll_back.entry(incident.kind).or_default() += wanted;
        self.not_catchable += truths.iter().filter(|truth| **truth == Truth::NotCatchable).count();
        self.deployments += incident.deployments.len();
        self.signals += incident.signals.len();
        self.deliveries += incident.deliveries.len();
        self.disturbed += usize::from(incident.disturbance.is_some());
        self.crashes += incident.deliveries.iter().filter(|delivery| !delivery.crashes.is_empty()).count();
        for alarm in &incident.alarms {
            *self.shapes.entry(alarm.shape.name()).or_default() += 1;
        }
        for delivery in &incident.deliveries {
            let of_alarms = delivery.signals.iter().filter(|signal| incident.signals[**signal].alarm.is_some()).count();
            self.of_alarms += of_alarms;
            self.by_sns += if delivery.path.is_sns() { of_alarms } else { 0 };
        }
        let watchable = |index: usize| {
            let service = incident.deployments[index].service;
            let mut alarms = incident.alarms.iter().filter(|alarm| alarm.services.contains(&service));
            alarms.any(|alarm| matches!(alarm.shape, Shape::Metric | Shape::Math))
                && incident.deployments[index].flaw != Some(Flaw::TaskStart)
        };
        let to_roll_back = |index: &usize| matches!(truths[*index], Truth::RollBack { .. });
        self.watchable += (0..truths.len()).filter(to_roll_back).filter(|index| watchable(*index)).count();
        for who in competitors.iter().copied() {
            let outcome = who.plays(&incident, settings);
            let verdict = judge(&incident, &truths, who, &outcome);
            if who == Competitor::Alarms {
                self.watchable_missed += verdict.missed.iter().filter(|index| watchable(**index)).count();
            }
            if who == Competitor::Function && (!verdict.wrong.is_empty() || !verdict.missed.is_empty()) {
                self.failures.push(seed);
            }
            self.cells.entry((incident.kind, who)).or_default().add(&verdict, outcome.calls);
        }
    }

    fn merge(&mut self, other: Self) {
        for (kind, count) in other.incidents {
            *self.incidents.entry(kind).or_default() += count;
        }
        for (kind, count) in other.to_roll_back {
            *self.to_roll_back.entry(kind).or_default() += count;
        }
        self.not_catchable += other.not_catchable;
        self.deployments += other.deployments;
        self.signals += other.signals;
        self.deliveries += other.deliveries;
        self.disturbed += other.disturbed;
        self.crashes += other.crashes;
        for (shape, count) in other.shapes {
            *self.shapes.entry(shape).or_default() += count;
        }
        self.by_sns += other.by_sns;
        self.of_alarms += other.of_alarms;
        self.watchable += other.watchable;
        self.watchable_missed += other.watchable_missed;
        for (key, cell) in other.cells {
            self.cells.entry(key).or_default().merge(cell);
        }
        self.failures.extend(other.failures);
    }

    /// All kinds together, for one competitor; its times in order.
    pub(crate) fn total(&self, who: Competitor) -> Cell {
        let mut total = Cell::default();
        for (_, cell) in self.cells.iter().filter(|((_, of), _)| *of == who) {
            total.merge(cell.clone());
        }
        total.times.sort_unstable();
        total
    }
}

/// One incident, played by everybody.
pub(crate) struct Played {
    pub(crate) incident: Incident,
    pub(crate) truths: Vec<Truth>,
    pub(crate) outcomes: Vec<(Competitor, Outcome, Verdict)>,
}

pub(crate) fn play(seed: u64, settings: &[(&str, &str)]) -> Played {
    let incident = generate::incident(seed);
    let truths = truth(&incident);
    let outcomes = Competitor::ALL
        .into_iter()
        .map(|who| {
            let outcome = who.plays(&incident, settings);
            let verdict = judge(&incident, &truths, who, &outcome);
            (who, outcome, verdict)
        })
        .collect();
    Played { incident, truths, outcomes }
}
