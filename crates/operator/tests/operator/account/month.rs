//! The plan of the month: what is deployed when, which alarms go off, and what people do about it.

use std::time::Duration;

use fastrand::Rng;

use super::estate::{On, SERVICES, Service, Watch};

/// The number of seconds of a month.
pub(super) const MONTH: i64 = 30 * DAY;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// From the creation of a deployment to its start.
pub(super) const PENDING: i64 = 6;

/// One thing that happens, by the number of the service or of the alarm.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Deploy {
        service: usize,
        version: u32,
        launch: Duration,
        is_broken: bool,
    },
    /// A person rolls the deployment in flight back.
    Stop {
        service: usize,
    },
    Alarm(Episode),
    Create {
        service: usize,
    },
    Delete {
        service: usize,
    },
    TagOff {
        service: usize,
    },
    Forget {
        watch: usize,
    },
}

/// An alarm that is in ALARM for a while.
#[derive(Debug, Clone)]
pub(super) struct Episode {
    pub(super) watch: usize,
    pub(super) lasts: i64,
    /// When the trouble behind it began, in seconds since the beginning of the month.
    pub(super) trouble: i64,
    /// The service whose time series is in ALARM.
    pub(super) contributor: Option<usize>,
}

/// The steps with their seconds since the beginning of the month, in no particular order.
pub(super) fn plan(rng: &mut Rng, services: &[Service], watches: &[Watch]) -> Vec<(i64, Step)> {
    let mut plan = Plan { rng, watches, steps: Vec::new() };
    for (index, service) in services.iter().enumerate().take(SERVICES - 1) {
        plan.month_of(index, service);
    }
    plan.noise();
    plan.often_rolled_back();
    plan.changes();
    plan.steps
}

struct Plan<'a> {
    rng: &'a mut Rng,
    watches: &'a [Watch],
    steps: Vec<(i64, Step)>,
}

/// The way of one deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Good,
    /// An alarm goes off while it is in flight.
    Bad,
    /// An alarm on data of before.
    Blamed,
    /// An alarm before it has started.
    Early,
    /// An alarm soon after its end.
    Late,
    /// An alarm long after its end.
    Later,
    /// Its tasks do not start.
    Broken,
    /// A newer one replaces it.
    Superseded,
}

const WAYS: [(Way, u32); 8] = [
    (Way::Good, 74),
    (Way::Bad, 6),
    (Way::Blamed, 4),
    (Way::Early, 2),
    (Way::Late, 4),
    (Way::Later, 2),
    (Way::Broken, 4),
    (Way::Superseded, 4),
];

impl Plan<'_> {
    fn month_of(&mut self, index: usize, service: &Service) {
        let gap = if index.is_multiple_of(10) { 19 * HOUR } else { 5 * DAY };
        let end = if index == 20 || index == 21 { 19 * DAY } else { MONTH - 3 * HOUR };
        let (mut newest, mut good) = (1, 1);
        let mut now = self.rng.i64(HOUR..gap + HOUR);
        while now < end {
            let way = self.way();
            newest += 1;
            let launch = self.rng.i64(60..500);
            let is_broken = way == Way::Broken;
            self.deploy(now, index, newest, launch, is_broken);
            let stages = if service.is_blue_green { 10 } else { 2 };
            let began = now + PENDING;
            let ends = began + launch + stages + i64::from(service.bake_minutes) * 60;
            let alarm = match way {
                Way::Bad => {
                    let at = self.rng.i64(began + 20..ends - 5);
                    Some((at, at - self.rng.i64(20..200).min(at - began)))
                }
                Way::Blamed => {
                    let at = self.rng.i64(began + 5..began + 55);
                    Some((at, began - self.rng.i64(30..400)))
                }
                Way::Early => Some((now + 2, now - 70)),
                Way::Late => {
                    let at = ends + self.rng.i64(10..850);
                    Some((at, at - 100))
                }
                Way::Later => {
                    let at = ends + self.rng.i64(1_000..9_000);
                    Some((at, at - 100))
                }
                Way::Broken => self.rng.bool().then(|| (began + self.rng.i64(80..220), began + 30)),
                Way::Good | Way::Superseded => None,
            };
            let mut busy_until = ends;
            if let Some((at, trouble)) = alarm {
                let lasts = self.rng.i64(90..1_500);
                self.alarm_of(index, at, trouble, lasts);
                busy_until = busy_until.max(at + lasts);
                if matches!(way, Way::Bad | Way::Late) {
                    busy_until = self.reaction(index, at, ends, busy_until, (&mut newest, &mut good));
                }
            } else if way == Way::Superseded {
                newest += 1;
                let at = self.rng.i64(began..ends);
                self.deploy(at, index, newest, launch, false);
                busy_until += launch + 600;
                good = newest;
            } else if way == Way::Good {
                good = newest;
            }
            now = busy_until + self.rng.i64(HOUR / 2..2 * gap);
        }
    }

    /// The things that people do about a bad deployment. Returns when they are done.
    fn reaction(
        &mut self,
        index: usize,
        at: i64,
        ends: i64,
        busy_until: i64,
        (newest, good): (&mut u32, &mut u32),
    ) -> i64 {
        let launch = self.rng.i64(60..300);
        let later = at.max(ends) + self.rng.i64(60..2_400);
        match self.rng.u32(0..100) {
            0..30 if at + 60 < ends => {
                let stop = self.rng.i64(at + 20..ends - 5);
                self.steps.push((stop, Step::Stop { service: index }));
                busy_until
            }
            30..60 => {
                self.deploy(later, index, *good, launch, false);
                // The alarm goes off once more while things are put right.
                self.alarm_of(index, later + PENDING + 40, later + PENDING + 10, 200);
                busy_until.max(later + launch + 700)
            }
            60..80 => {
                *newest += 1;
                *good = *newest;
                self.deploy(later, index, *newest, launch, false);
                busy_until.max(later + launch + 700)
            }
            _ => {
                *good = *newest;
                busy_until
            }
        }
    }

    fn deploy(&mut self, at: i64, service: usize, version: u32, launch: i64, is_broken: bool) {
        let launch = Duration::from_secs(launch.unsigned_abs());
        self.steps.push((at, Step::Deploy { service, version, launch, is_broken }));
    }

    /// An alarm on this service goes off, if there is one.
    fn alarm_of(&mut self, service: usize, at: i64, trouble: i64, lasts: i64) {
        let leads_there = |watch: &&Watch| watch.services.contains(&service) && !watch.name.contains("Tracking");
        let watch = self.watches.iter().enumerate().filter(|(_, watch)| leads_there(watch)).map(|(index, _)| index);
        let all: Vec<usize> = watch.collect();
        if all.is_empty() {
            return;
        }
        let watch = all[self.rng.usize(..all.len())];
        let contributor = matches!(self.watches[watch].on, On::Query).then_some(service);
        self.steps.push((at, Step::Alarm(Episode { watch, lasts, trouble, contributor })));
    }

    /// Alarms that have nothing to do with a deployment.
    fn noise(&mut self) {
        for (index, watch) in self.watches.iter().enumerate() {
            if matches!(watch.on, On::Alarms { .. }) {
                continue;
            }
            for _ in 0..self.rng.u32(1..4) {
                let at = self.rng.i64(HOUR..MONTH - HOUR);
                let contributor = matches!(watch.on, On::Query).then(|| watch.services[self.rng.usize(..20)]);
                let lasts = self.rng.i64(60..1_800);
                let trouble = at - self.rng.i64(60..400);
                self.steps.push((at, Step::Alarm(Episode { watch: index, lasts, trouble, contributor })));
            }
        }
    }

    /// A service whose deployments fail one after the other, until an alarm would roll one back once more.
    fn often_rolled_back(&mut self) {
        let begin = MONTH - 2 * HOUR;
        for (number, version) in (0_i64..3).zip(900_u32..) {
            self.deploy(begin + number * 600, 0, version, 60, true);
        }
        self.deploy(begin + 1_900, 0, 950, 400, false);
        self.alarm_of(0, begin + 2_100, begin + 2_000, 300);
    }

    /// Changes after which today's look-ups no longer show what was there.
    fn changes(&mut self) {
        let of_name = |ending: &'static str| {
            self.watches.iter().enumerate().filter(move |(_, watch)| watch.name.ends_with(ending))
        };
        let old: Vec<usize> = of_name("old-name").map(|(index, _)| index).collect();
        for watch in old {
            let at = 10 * DAY;
            let episode = Episode { watch, lasts: 300, trouble: at - 100, contributor: None };
            self.steps.extend([(at, Step::Alarm(episode)), (22 * DAY, Step::Forget { watch })]);
        }
        let first = SERVICES - 1;
        self.steps.push((8 * DAY, Step::Create { service: first }));
        self.alarm_of(first, 8 * DAY + 185, 8 * DAY + 100, 400);
        self.steps.extend([20, 21].map(|service| (20 * DAY, Step::Delete { service })));
        self.steps.push((15 * DAY, Step::TagOff { service: 30 }));
    }

    fn way(&mut self) -> Way {
        let mut left = self.rng.u32(0..WAYS.iter().map(|(_, weight)| weight).sum());
        for (way, weight) in WAYS {
            if left < weight {
                return way;
            }
            left -= weight;
        }
        Way::Good
    }
}
