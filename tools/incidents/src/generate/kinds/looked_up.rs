//! Kinds of incidents in which the signal alone does not show whether the deployment is to blame, and AWS does.

use crate::{
    chance::Chance as _,
    generate::Draft,
    incident::{Cause, Flaw, MINUTE, Ms, Pause, Place, Rollout, SECOND, Shape, SignalKind},
};

impl Draft {
    /// The last revision is in trouble that comes and goes, and somebody deploys the one before it.
    pub(super) fn way_back(&mut self, begins: Ms) {
        let web = self.service("web", (5, 20));
        self.alarm(&[web]);
        let from = begins - self.rng.i64(5 * MINUTE..=30 * MINUTE);
        let until = begins - self.rng.i64(0..=2 * MINUTE);
        self.trouble_elsewhere(web, from, until);
        let back = self.deploy(web, begins, None);
        self.incident.deployments[back].revision = self.incident.services[web].history[0];
        let again = begins + self.rng.i64(10 * SECOND..=3 * MINUTE);
        let lasts = self.rng.i64(2 * MINUTE..=8 * MINUTE);
        self.trouble_elsewhere(web, again, again + lasts);
    }

    /// Before its tasks run, or before they get traffic, something else is in trouble. In the other half of the incidents the
    /// deployment brings trouble when it serves.
    pub(super) fn not_serving(&mut self, begins: Ms) {
        let web = self.service("web", (5, 20));
        let is_before_tasks = self.rng.percent(60);
        let is_good = self.rng.percent(50);
        let minutes = if is_good { self.rng.u32(10..=90) } else { self.rng.u32(1..=3) };
        let service = &mut self.incident.services[web];
        service.rollout = Rollout::BlueGreen;
        service.pause = Some(Pause { minutes, is_before_tasks });
        let ready = self.serves() + i64::from(minutes) * MINUTE;
        let alarm = if is_good {
            self.deploy(web, begins, None);
            let from = begins + self.rng.i64(2 * MINUTE..=5 * MINUTE);
            self.trouble_elsewhere(web, from, begins + ready - 30 * SECOND);
            self.alarm(&[web])
        } else {
            let onset = ready + self.rng.i64(0..=45 * SECOND);
            let bad = self.deploy(web, begins, Some(Flaw::Errors { onset }));
            self.trouble_of(bad);
            self.alarm(&[web])
        };
        // Where tasks run already, only a load balancer tells those that serve from those that do not.
        if !is_before_tasks || self.rng.percent(30) {
            self.incident.alarms[alarm].shape = Shape::Metric;
            self.incident.alarms[alarm].place = Place::LoadBalancer;
        }
    }

    /// The group of the old revision drains, and counts errors; or the new revision serves errors from its own group.
    pub(super) fn draining(&mut self, begins: Ms) {
        let web = self.service("web", (8, 20));
        self.incident.services[web].is_balanced = true;
        self.incident.services[web].rollout = Rollout::BlueGreen;
        let is_good = self.rng.percent(50);
        if is_good {
            self.deploy(web, begins, None);
            let from = begins + self.serves() + self.rng.i64(0..=90 * SECOND);
            let lasts = self.rng.i64(2 * MINUTE..=6 * MINUTE);
            self.trouble_elsewhere(web, from, from + lasts);
        } else {
            let flaw = self.errors();
            let bad = self.deploy(web, begins, Some(flaw));
            self.trouble_of(bad);
        }
        let alarm = self.alarm(&[web]);
        self.incident.alarms[alarm].shape = Shape::Metric;
        self.incident.alarms[alarm].place = if is_good { Place::OldGroup } else { Place::NewGroup };
    }

    pub(super) fn capacity(&mut self, begins: Ms) {
        let web = self.main();
        let flaw = if self.rng.percent(50) { Flaw::Capacity } else { Flaw::TaskStart };
        self.deploy(web, begins, Some(flaw));
    }

    /// ECS says that tasks fail to start, and counts them for each revision.
    pub(super) fn old_tasks(&mut self, begins: Ms) {
        let web = self.main();
        self.incident.services[web].rollout = Rollout::Rolling;
        self.incident.services[web].failed_tasks = self.rng.u32(1..=60);
        let good = self.deploy(web, begins, None);
        let started = self.incident.deployments[good].started;
        for _ in 0..self.rng.i64(1..=4) {
            let sent = started + self.rng.i64(SECOND..=4 * MINUTE);
            self.signal(SignalKind::Impaired, web, sent, vec![Cause::Elsewhere]);
        }
    }

    pub(super) fn old_child(&mut self, begins: Ms) {
        let web = self.service("web", (8, 20));
        let cart = self.service("cart", (8, 20));
        let (_, alarm) = self.bad(web, begins);
        self.incident.alarms[alarm].shape = Shape::Composite;
        self.incident.alarms[alarm].old_child = Some(cart);
        let then = begins + self.rng.i64(-MINUTE..=2 * MINUTE);
        self.deploy(cart, then, None);
    }

    /// Either trouble from elsewhere begins some time before a good deployment, or a bad one brings it some time after its start,
    /// and in both cases within the first data point that breaches. A log alarm has no metric of which minutes are known.
    pub(super) fn straddling(&mut self, begins: Ms) {
        const PERIOD: Ms = 5 * MINUTE;
        let web = self.service("web", (10, 25));
        let alarm = self.alarm(&[web]);
        self.incident.alarms[alarm].period = PERIOD;
        if self.incident.alarms[alarm].shape == Shape::Log {
            self.incident.alarms[alarm].shape = Shape::Metric;
        }
        let judged = self.rng.i64(1..=2);
        self.incident.alarms[alarm].judged = judged;
        self.incident.alarms[alarm].needed = usize::try_from(judged).unwrap_or(1);
        let window = (begins.div_euclid(PERIOD) + 1) * PERIOD;
        let pending = self.incident.nature.pending;
        if self.rng.percent(50) {
            let from = window + self.rng.i64(0..=MINUTE);
            let lasts = self.rng.i64(15 * MINUTE..=40 * MINUTE);
            self.trouble_elsewhere(web, from, from + lasts);
            let started = from + self.rng.i64(MINUTE..=3 * MINUTE);
            self.deploy(web, started - pending, None);
        } else {
            let started = window + self.rng.i64(5 * SECOND..=90 * SECOND);
            let flaw = self.errors();
            let bad = self.deploy(web, started - pending, Some(flaw));
            self.trouble_of(bad);
        }
    }
}
