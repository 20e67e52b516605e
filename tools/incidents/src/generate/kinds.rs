//! The events of each kind of incident. Signals follow from them later.

use super::{Delay, Draft};
use crate::{
    chance::Chance as _,
    incident::{
        Cause, Deployment, Elsewhere, Flaw, HOUR, Kind, MINUTE, Ms, Rollout, SECOND, Shape, Signal, SignalKind, Trouble,
    },
    metric::transitions,
};

impl Draft {
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of incident: together they are the list of them")]
    pub(super) fn draw(&mut self, kind: Kind) {
        let begins = self.rng.i64(10 * SECOND..=3 * MINUTE);
        match kind {
            Kind::Bad => {
                let web = self.main();
                self.bad(web, begins);
            }
            Kind::BadLate => {
                let web = self.main();
                self.bad(web, begins);
                self.delay = if self.rng.percent(50) { Delay::Late } else { Delay::Both };
                // Good deployments follow, for signals that come late to fall into.
                let mut next = begins + self.flight(web) / 2;
                for _ in 0..self.rng.i64(2..=12) {
                    next += self.rng.i64(MINUTE..=40 * MINUTE);
                    self.deploy(web, next, None);
                }
            }
            Kind::Flapping => {
                let web = self.service("web", (10, 25));
                let flaw = self.errors();
                let bad = self.deploy(web, begins, Some(flaw));
                let mut from = self.incident.deployments[bad].cause();
                for _ in 0..self.rng.i64(2..=5) {
                    let until = from + self.rng.i64(MINUTE..=5 * MINUTE);
                    self.incident.troubles.push(Trouble { service: web, cause: Cause::Deployment(bad), from, until });
                    from = until + self.rng.i64(MINUTE..=5 * MINUTE);
                }
                self.alarm(&[web]);
            }
            Kind::TaskStart => {
                let web = self.main();
                self.deploy(web, begins, Some(Flaw::TaskStart));
            }
            Kind::Paused => {
                let web = self.service("web", (0, 5));
                self.incident.services[web].rollout = Rollout::BlueGreen;
                self.incident.services[web].pause_minutes = Some(self.rng.u32(15..=60));
                self.bad(web, begins);
            }
            Kind::Released => {
                let web = self.service("web", (10, 25));
                let (_, alarm) = self.bad(web, begins);
                self.incident.alarms[alarm].shape = Shape::Composite;
                self.incident.alarms[alarm].wait = Some(self.rng.i64(30..=240) * SECOND);
            }
            Kind::Shared => self.shared(begins),
            Kind::Again => self.again(begins),
            Kind::Ended => {
                let web = self.service("web", (0, 2));
                let (bad, _) = self.bad(web, begins);
                let over = self.incident.deployments[bad].at + self.flight(web);
                self.delay = Delay::After(over + SECOND);
            }
            Kind::Superseded => {
                let web = self.main();
                let flaw = self.errors();
                let first = self.deploy(web, begins, Some(flaw));
                let second_at = begins + self.rng.i64(20 * SECOND..=4 * MINUTE);
                let flaw = self.errors();
                let second = self.deploy(web, second_at, Some(flaw));
                self.trouble_of(first);
                self.trouble_of(second);
                self.alarm(&[web]);
            }
            Kind::FixForward => {
                let web = self.main();
                let (bad, alarm) = self.bad(web, begins);
                // From the first error to a while after the alarm.
                let alarmed_at = self.first_alarm(alarm).unwrap_or(begins + 5 * MINUTE);
                let cause = self.incident.deployments[bad].cause();
                let fixed_at = self.rng.i64(cause.min(alarmed_at)..=alarmed_at + MINUTE);
                self.deploy(web, fixed_at, None);
                if self.rng.percent(30) {
                    self.delay = Delay::Both;
                }
            }
            Kind::Good => {
                let web = self.main();
                self.deploy(web, begins, None);
                if self.rng.percent(30) {
                    let then = begins + self.rng.i64(30 * SECOND..=20 * MINUTE);
                    self.deploy(web, then, None);
                }
            }
            Kind::AlreadyOn => {
                let web = self.main();
                let alarm = self.alarm(&[web]);
                let from = -self.rng.i64(5 * MINUTE..=40 * MINUTE);
                let until = self.rng.i64(5 * MINUTE..=2 * HOUR);
                self.trouble_elsewhere(web, from, until);
                let alarmed_at = self.first_alarm(alarm).unwrap_or_default();
                let begins = alarmed_at.max(0) + self.rng.i64(SECOND..=3 * MINUTE);
                self.deploy(web, begins, None);
                self.delay = Delay::After(begins - self.rng.i64(0..=MINUTE));
            }
            Kind::DataBefore => {
                let web = self.main();
                let alarm = self.alarm(&[web]);
                self.incident.alarms[alarm].lag = self.rng.i64(20 * SECOND..=5 * MINUTE);
                let (judged, period) = (self.incident.alarms[alarm].judged, self.incident.alarms[alarm].period);
                let from = self.rng.i64(0..=2 * MINUTE);
                self.trouble_elsewhere(web, from, from + judged * period);
                let (alarmed_at, lag) = (self.first_alarm(alarm).unwrap_or(from), self.incident.alarms[alarm].lag);
                let pending = self.incident.nature.pending;
                // Its tasks start after the last data point that the alarm judges, and before the alarm judges it.
                let begins = self.rng.i64(alarmed_at - lag - pending..=alarmed_at - SECOND - pending);
                self.deploy(web, begins, None);
            }
            Kind::TroubleBefore => {
                let web = self.main();
                let alarm = self.alarm(&[web]);
                self.incident.alarms[alarm].judged = self.rng.i64(2..=5);
                self.incident.alarms[alarm].needed = usize::try_from(self.incident.alarms[alarm].judged).unwrap_or(2);
                let from = self.rng.i64(0..=2 * MINUTE);
                let until = from + self.rng.i64(20 * MINUTE..=60 * MINUTE);
                self.trouble_elsewhere(web, from, until);
                let changes = transitions(&self.incident.alarms[alarm], &self.incident.troubles);
                let data = changes.first().map(|change| change.data.clone()).unwrap_or_default();
                let period = self.incident.alarms[alarm].period;
                let oldest = data.first().map_or(from, |(start, _)| start + period);
                let newest = data.last().map_or(from, |(start, _)| start + period);
                // Its tasks start after the oldest data point that the alarm judges, and before the newest is over.
                let begins = self.rng.i64(oldest..=newest - SECOND) - self.incident.nature.pending;
                self.deploy(web, begins, None);
            }
            Kind::Muted => {
                let web = self.main();
                let alarm = self.alarm(&[web]);
                if self.rng.percent(50) {
                    self.incident.alarms[alarm].shape = Shape::Composite;
                    // Longer than it lasts: its actions are never released.
                    self.incident.alarms[alarm].wait = Some(10 * HOUR);
                }
                if self.rng.percent(25) {
                    let flaw = self.errors();
                    let bad = self.deploy(web, begins, Some(flaw));
                    self.trouble_of(bad);
                } else {
                    let good = self.deploy(web, begins, None);
                    let from = self.incident.deployments[good].started + self.rng.i64(0..=2 * MINUTE);
                    let until = from + self.rng.i64(5 * MINUTE..=20 * MINUTE);
                    self.trouble_elsewhere(web, from, until);
                }
            }
            Kind::OtherRevision => {
                let web = self.main();
                let flawed = self.deploy(web, begins, Some(Flaw::TaskStart));
                let fixed_at = begins + self.rng.i64(30 * SECOND..=10 * MINUTE);
                let mended = self.deploy(web, fixed_at, None);
                let Deployment { started, .. } = self.incident.deployments[mended];
                for _ in 0..self.rng.i64(1..=3) {
                    let sent = started + self.rng.i64(-20 * SECOND..=2 * MINUTE);
                    self.signal(SignalKind::Failed(flawed), web, sent, vec![Cause::Deployment(flawed)]);
                }
            }
            Kind::Namesake => self.namesake(begins),
            Kind::Scaling => {
                let web = self.main();
                let good = self.deploy(web, begins, None);
                for _ in 0..self.rng.i64(1..=3) {
                    let sent = self.incident.deployments[good].started + self.rng.i64(SECOND..=5 * MINUTE);
                    self.signal(SignalKind::Scaling, web, sent, vec![Cause::Elsewhere]);
                }
            }
            Kind::First => {
                let web = self.main();
                self.incident.services[web].history.clear();
                if self.rng.percent(70) {
                    self.bad(web, begins);
                } else {
                    self.deploy(web, begins, Some(Flaw::TaskStart));
                }
            }
            Kind::Held => {
                let web = self.main();
                self.incident.services[web].tag = Some(self.rng.pick(&["off", "off", "observe", "of"]));
                self.bad(web, begins);
            }
            Kind::OverLimit => {
                let web = self.main();
                self.incident.services[web].rolled_back_lately = 3;
                self.bad(web, begins);
            }
            Kind::Chance => {
                let web = self.main();
                let good = self.deploy(web, begins, None);
                let from = self.incident.deployments[good].started + self.rng.i64(MINUTE..=3 * MINUTE);
                let until = from + self.rng.i64(5 * MINUTE..=20 * MINUTE);
                self.trouble_elsewhere(web, from, until);
                self.alarm(&[web]);
            }
        }
        self.noise();
    }

    /// A deployment that brings errors, with an alarm that sees them.
    fn bad(&mut self, service: usize, begins: Ms) -> (usize, usize) {
        let flaw = self.errors();
        let bad = self.deploy(service, begins, Some(flaw));
        self.trouble_of(bad);
        (bad, self.alarm(&[service]))
    }

    /// The first time an alarm goes to ALARM, by all that is drawn so far.
    fn first_alarm(&self, alarm: usize) -> Option<Ms> {
        transitions(&self.incident.alarms[alarm], &self.incident.troubles).first().map(|change| change.at)
    }

    /// One alarm names several services. The other ones have nothing in flight, or are held, or begin to deploy after the
    /// alarm; and sometimes, by chance, a good deployment of theirs is in flight.
    fn shared(&mut self, begins: Ms) {
        let web = self.service("web", (8, 20));
        let other = self.service("cart", (5, 20));
        let flaw = self.errors();
        let bad = self.deploy(web, begins, Some(flaw));
        self.trouble_of(bad);
        let alarm = self.alarm(&[web, other]);
        let alarmed_at = self.first_alarm(alarm).unwrap_or(begins + 5 * MINUTE);
        match self.rng.i64(0..=9) {
            0..=3 => {}
            4..=6 => {
                let after = alarmed_at + self.rng.i64(100..=20 * SECOND);
                self.deploy(other, after, None);
            }
            7..=8 => {
                self.incident.services[other].tag = Some("off");
                self.deploy(other, begins, None);
            }
            _ => {
                self.deploy(other, begins, None);
            }
        }
    }

    /// Trouble from elsewhere when the deployment begins; it ends, and then the deployment brings some of its own.
    fn again(&mut self, begins: Ms) {
        let web = self.service("web", (15, 30));
        let alarm = self.alarm(&[web]);
        self.incident.alarms[alarm].period = 60 * SECOND;
        self.incident.alarms[alarm].judged = 1;
        self.incident.alarms[alarm].needed = 1;
        let from = begins - self.rng.i64(3 * MINUTE..=20 * MINUTE);
        let until = begins + self.rng.i64(SECOND..=MINUTE);
        self.trouble_elsewhere(web, from, until);
        let launch = self.incident.nature.launch;
        let onset = (until - begins + 3 * MINUTE + self.rng.i64(0..=2 * MINUTE)).max(launch / 2);
        let bad = self.deploy(web, begins, Some(Flaw::Errors { onset }));
        self.trouble_of(bad);
    }

    /// Somebody else's service of the same name is in trouble.
    fn namesake(&mut self, begins: Ms) {
        let web = self.main();
        self.deploy(web, begins, None);
        let theirs = self.main();
        self.incident.services[theirs].foreign = true;
        self.trouble_elsewhere(theirs, begins + MINUTE, begins + 10 * MINUTE);
        let alarm = self.alarm(&[theirs]);
        "web-errors-abroad".clone_into(&mut self.incident.alarms[alarm].name);
    }

    pub(super) fn foreign_place(&mut self) -> Elsewhere {
        self.rng.pick(&[
            Elsewhere { account: "999988887777", region: "us-east-1" },
            Elsewhere { account: "123456789012", region: "eu-west-1" },
        ])
    }

    pub(super) fn signal(&mut self, kind: SignalKind, service: usize, sent: Ms, causes: Vec<Cause>) {
        self.incident.signals.push(Signal {
            kind,
            alarm: None,
            services: vec![service],
            sent,
            entered: sent,
            data: Vec::new(),
            causes,
            suppressed: false,
            muted: false,
            released: false,
            from: None,
        });
    }

    /// Adds an unrelated service to some incidents.
    fn noise(&mut self) {
        if self.rng.percent(35) {
            let pay = self.service("pay", (0, 20));
            let from = self.rng.i64(0..=5 * MINUTE);
            match self.rng.i64(0..=2) {
                0 => {
                    // It is in trouble, and deploys nothing.
                    self.trouble_elsewhere(pay, from, from + 5 * MINUTE);
                    self.alarm(&[pay]);
                }
                1 => {
                    // It deploys, and nothing is wrong.
                    self.deploy(pay, from, None);
                }
                _ => {
                    // It has a bad deployment of its own.
                    self.bad(pay, from);
                }
            }
        }
    }
}
