//! The events of each kind of incident. Signals follow from them later.

mod bad;
mod good;
mod looked_up;

use super::Draft;
use crate::{
    chance::Chance as _,
    incident::{Cause, Elsewhere, Kind, MINUTE, Ms, SECOND, Signal, SignalKind},
    metric::transitions,
};

impl Draft {
    pub(super) fn draw(&mut self, kind: Kind) {
        let begins = self.rng.i64(10 * SECOND..=3 * MINUTE);
        match kind {
            Kind::Bad => self.bad_deployment(begins),
            Kind::BadLate => self.bad_late(begins),
            Kind::Flapping => self.flapping(begins),
            Kind::TaskStart => self.task_start(begins),
            Kind::Paused => self.paused(begins),
            Kind::Released => self.released(begins),
            Kind::Shared => self.shared(begins),
            Kind::Again => self.again(begins),
            Kind::Ended => self.ended(begins),
            Kind::Superseded => self.superseded(begins),
            Kind::FixForward => self.fix_forward(begins),
            Kind::Good => self.good_deployment(begins),
            Kind::AlreadyOn => self.already_on(),
            Kind::DataBefore => self.data_before(),
            Kind::TroubleBefore => self.trouble_before(),
            Kind::Muted => self.muted(begins),
            Kind::OtherRevision => self.other_revision(begins),
            Kind::Namesake => self.namesake(begins),
            Kind::Scaling => self.scaling(begins),
            Kind::First => self.first(begins),
            Kind::Held => self.held(begins),
            Kind::OverLimit => self.over_limit(begins),
            Kind::Chance => self.chance(begins),
            Kind::WayBack => self.way_back(begins),
            Kind::NotServing => self.not_serving(begins),
            Kind::Draining => self.draining(begins),
            Kind::Capacity => self.capacity(begins),
            Kind::OldTasks => self.old_tasks(begins),
            Kind::OldChild => self.old_child(begins),
            Kind::Straddling => self.straddling(begins),
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
            judged: sent,
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
