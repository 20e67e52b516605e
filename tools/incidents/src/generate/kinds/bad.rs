//! Kinds of incidents in which the main deployment is bad.

use crate::{
    chance::Chance as _,
    generate::{Delay, Draft},
    incident::{Cause, Flaw, MINUTE, Ms, Pause, Rollout, SECOND, Shape, Trouble},
};

impl Draft {
    pub(super) fn bad_deployment(&mut self, begins: Ms) {
        let web = self.main();
        self.bad(web, begins);
    }

    pub(super) fn bad_late(&mut self, begins: Ms) {
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

    pub(super) fn flapping(&mut self, begins: Ms) {
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

    pub(super) fn task_start(&mut self, begins: Ms) {
        let web = self.main();
        self.deploy(web, begins, Some(Flaw::TaskStart));
    }

    pub(super) fn paused(&mut self, begins: Ms) {
        let web = self.service("web", (0, 5));
        self.incident.services[web].rollout = Rollout::BlueGreen;
        self.incident.services[web].pause = Some(Pause { minutes: self.rng.u32(15..=60), is_before_tasks: false });
        self.bad(web, begins);
    }

    pub(super) fn released(&mut self, begins: Ms) {
        let web = self.service("web", (10, 25));
        let (_, alarm) = self.bad(web, begins);
        self.incident.alarms[alarm].shape = Shape::Composite;
        self.incident.alarms[alarm].wait = Some(self.rng.i64(30..=240) * SECOND);
    }

    /// One alarm names several services. The other ones have nothing in flight, or are held, or begin to deploy after the
    /// alarm; and sometimes, by chance, a good deployment of theirs is in flight.
    pub(super) fn shared(&mut self, begins: Ms) {
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
    pub(super) fn again(&mut self, begins: Ms) {
        let web = self.service("web", (15, 30));
        let alarm = self.alarm(&[web]);
        self.incident.alarms[alarm].period = 60 * SECOND;
        self.incident.alarms[alarm].judged = 1;
        self.incident.alarms[alarm].needed = 1;
        let from = begins - self.rng.i64(3 * MINUTE..=20 * MINUTE);
        let until = begins + self.rng.i64(SECOND..=MINUTE);
        self.trouble_elsewhere(web, from, until);
        let onset = (until - begins + 3 * MINUTE + self.rng.i64(0..=2 * MINUTE)).max(self.serves());
        let bad = self.deploy(web, begins, Some(Flaw::Errors { onset }));
        self.trouble_of(bad);
    }

    pub(super) fn ended(&mut self, begins: Ms) {
        let web = self.service("web", (0, 2));
        let (bad, _) = self.bad(web, begins);
        let over = self.incident.deployments[bad].at + self.flight(web);
        self.delay = Delay::After(over + SECOND);
    }

    pub(super) fn superseded(&mut self, begins: Ms) {
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

    pub(super) fn fix_forward(&mut self, begins: Ms) {
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

    pub(super) fn first(&mut self, begins: Ms) {
        let web = self.main();
        self.incident.services[web].history.clear();
        if self.rng.percent(70) {
            self.bad(web, begins);
        } else {
            self.deploy(web, begins, Some(Flaw::TaskStart));
        }
    }

    pub(super) fn held(&mut self, begins: Ms) {
        let web = self.main();
        self.incident.services[web].tag = Some(self.rng.pick(&["off", "off", "observe", "of"]));
        self.bad(web, begins);
    }

    pub(super) fn over_limit(&mut self, begins: Ms) {
        let web = self.main();
        self.incident.services[web].rolled_back_lately = 3;
        self.bad(web, begins);
    }
}
