//! Kinds of incidents in which the main deployment is good.

use crate::{
    chance::Chance as _,
    generate::{Delay, Draft},
    incident::{Cause, Deployment, Flaw, HOUR, MINUTE, Ms, SECOND, Shape, SignalKind},
    metric::transitions,
};

impl Draft {
    pub(super) fn good_deployment(&mut self, begins: Ms) {
        let web = self.main();
        self.deploy(web, begins, None);
        if self.rng.percent(30) {
            let then = begins + self.rng.i64(30 * SECOND..=20 * MINUTE);
            self.deploy(web, then, None);
        }
    }

    pub(super) fn already_on(&mut self) {
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

    pub(super) fn data_before(&mut self) {
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

    pub(super) fn trouble_before(&mut self) {
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
        let oldest = data.first().map_or(from, |point| point.start + period);
        let newest = data.last().map_or(from, |point| point.start + period);
        // Its tasks start after the oldest data point that the alarm judges, and before the newest is over.
        let begins = self.rng.i64(oldest..=newest - SECOND) - self.incident.nature.pending;
        self.deploy(web, begins, None);
    }

    pub(super) fn muted(&mut self, begins: Ms) {
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

    pub(super) fn other_revision(&mut self, begins: Ms) {
        let web = self.main();
        let flawed = self.deploy(web, begins, Some(Flaw::TaskStart));
        let fixed_at = begins + self.rng.i64(30 * SECOND..=10 * MINUTE);
        let fix = self.deploy(web, fixed_at, None);
        let Deployment { started, .. } = self.incident.deployments[fix];
        for _ in 0..self.rng.i64(1..=3) {
            let sent = started + self.rng.i64(-20 * SECOND..=2 * MINUTE);
            self.signal(SignalKind::Failed(flawed), web, sent, vec![Cause::Deployment(flawed)]);
        }
    }

    /// Somebody else's service of the same name is in trouble.
    pub(super) fn namesake(&mut self, begins: Ms) {
        let web = self.main();
        self.deploy(web, begins, None);
        let theirs = self.main();
        self.incident.services[theirs].foreign = true;
        self.trouble_elsewhere(theirs, begins + MINUTE, begins + 10 * MINUTE);
        let alarm = self.alarm(&[theirs]);
        "web-errors-abroad".clone_into(&mut self.incident.alarms[alarm].name);
    }

    pub(super) fn scaling(&mut self, begins: Ms) {
        let web = self.main();
        let good = self.deploy(web, begins, None);
        for _ in 0..self.rng.i64(1..=3) {
            let sent = self.incident.deployments[good].started + self.rng.i64(SECOND..=5 * MINUTE);
            self.signal(SignalKind::Scaling, web, sent, vec![Cause::Elsewhere]);
        }
    }

    pub(super) fn chance(&mut self, begins: Ms) {
        let web = self.main();
        let good = self.deploy(web, begins, None);
        let from = self.incident.deployments[good].started + self.rng.i64(MINUTE..=3 * MINUTE);
        let until = from + self.rng.i64(5 * MINUTE..=20 * MINUTE);
        self.trouble_elsewhere(web, from, until);
        self.alarm(&[web]);
    }
}
