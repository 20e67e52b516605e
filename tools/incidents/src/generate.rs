//! From a seed to an incident. The events are drawn first; the signals follow from them.

mod deliver;
mod kinds;

use fastrand::Rng;
use simulator::{Fault, Operation, Order, Refusal};

use crate::{
    chance::Chance as _,
    incident::{
        Alarm, Cause, Deployment, Disturbance, Flaw, HOUR, Incident, Kind, MINUTE, Ms, Nature, Place, Rollout, SECOND,
        Service, Shape, Trouble,
    },
    world::undisturbed,
};

/// The longest lag of a read: ten seconds are the longest that a deployment tool waits for a service
/// deployment to show up (a Spinnaker fork polls ten times, a second apart).
pub(crate) const LONGEST_LAG: Ms = 10 * SECOND;

/// The incident of this number.
pub(crate) fn incident(seed: u64) -> Incident {
    let mut draft = Draft::new(seed);
    let kind = draft.rng.weighted(Kind::ALL);
    draft.incident.kind = kind;
    draft.draw(kind);
    draft.derive_times();
    draft.deliver_signals();
    draft.disturb();
    draft.incident
}

/// An incident while it is drawn.
struct Draft {
    rng: Rng,
    incident: Incident,
    /// The delay of its signals.
    delay: Delay,
    /// The events that ECS sends if nobody interferes.
    events: Vec<serde_json::Value>,
}

/// The delay of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delay {
    Usual,
    /// Minutes to six hours.
    Late,
    /// In time, and again late.
    Both,
    /// After this moment.
    After(Ms),
}

impl Draft {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let lag = |rng: &mut Rng| if rng.percent(25) { rng.i64(100..=LONGEST_LAG) } else { 0 };
        let nature = Nature {
            pending: rng.i64(1..=4) * SECOND,
            launch: rng.i64(20..=120) * SECOND,
            listing_lag: lag(&mut rng),
            stale: lag(&mut rng),
            order: rng.weighted(&[(Order::NewestFirst, 80), (Order::OldestFirst, 10), (Order::Shuffled, 10)]),
            page_size: rng.weighted(&[(None, 80), (Some(1), 10), (Some(2), 10)]),
            stop_finished: rng.pick(&[Refusal::Conflict, Refusal::InvalidParameter]),
            current_only_in_flight: rng.percent(50),
        };
        let incident = Incident {
            seed,
            kind: Kind::Good,
            nature,
            services: Vec::new(),
            deployments: Vec::new(),
            alarms: Vec::new(),
            troubles: Vec::new(),
            signals: Vec::new(),
            deliveries: Vec::new(),
            disturbance: None,
            blind: None,
            horizon: 9 * HOUR,
        };
        Self { rng, incident, delay: Delay::Usual, events: Vec::new() }
    }

    /// A service that was deployed before, as most are: the newest revision is not always one above the one before.
    fn service(&mut self, name: &str, bake_minutes: (u32, u32)) -> usize {
        let newest = self.rng.u32(5..=50);
        let rollout = self.rng.weighted(&[(Rollout::Rolling, 70), (Rollout::BlueGreen, 20), (Rollout::Canary, 10)]);
        let bake_minutes = self.rng.u32(bake_minutes.0..=bake_minutes.1);
        self.incident.services.push(Service {
            name: name.to_owned(),
            history: vec![newest - 1, newest],
            rolled_back_lately: 0,
            tag: None,
            rollout,
            bake_minutes,
            pause: None,
            is_balanced: false,
            failed_tasks: 0,
            foreign: false,
        });
        self.incident.services.len() - 1
    }

    /// The main service of an incident, with a deployment that takes some time.
    fn main(&mut self) -> usize {
        self.service("web", (3, 20))
    }

    fn deploy(&mut self, service: usize, at: Ms, flaw: Option<Flaw>) -> usize {
        let before = self.incident.deployments.iter().filter(|deployment| deployment.service == service);
        let newest = before.map(|deployment| deployment.revision).max();
        let newest = newest.or(self.incident.services[service].history.last().copied()).unwrap_or(0);
        // Some revisions are registered and never deployed.
        let skipped = u32::from(newest > 0 && self.rng.percent(15));
        let at = at.max(0);
        let started = at + if newest > 0 { self.incident.nature.pending } else { 0 };
        self.incident.deployments.push(Deployment {
            service,
            at,
            revision: newest + 1 + skipped,
            flaw,
            started,
            ended: started,
        });
        self.incident.deployments.len() - 1
    }

    /// The time that a deployment of the service takes.
    fn flight(&self, service: usize) -> Ms {
        let Service { rollout, bake_minutes, pause, .. } = &self.incident.services[service];
        let stages = match rollout {
            Rollout::Rolling => 2 * SECOND,
            Rollout::BlueGreen => 9 * SECOND,
            Rollout::Canary => 9 * SECOND + 3 * MINUTE,
        };
        let waits = i64::from(bake_minutes + pause.map_or(0, |pause| pause.minutes)) * MINUTE;
        self.incident.nature.pending + stages + self.incident.nature.launch + waits
    }

    /// The time from the start of a deployment until its tasks serve: blue/green and canary shift traffic some seconds after they run.
    fn serves(&self) -> Ms {
        self.incident.nature.launch + 10 * SECOND
    }

    /// Errors that begin soon after its tasks serve.
    fn errors(&mut self) -> Flaw {
        let serves = self.serves();
        Flaw::Errors { onset: self.rng.i64(serves..=serves + 45 * SECOND) }
    }

    /// The time in which the errors of a deployment last if nobody interferes: the code stays until a good one is there.
    fn trouble_of(&mut self, deployment: usize) {
        let Deployment { service, .. } = self.incident.deployments[deployment];
        let from = self.incident.deployments[deployment].cause();
        let until = self.incident.horizon;
        self.incident.troubles.push(Trouble { service, cause: Cause::Deployment(deployment), from, until });
    }

    fn trouble_elsewhere(&mut self, service: usize, from: Ms, until: Ms) {
        self.incident.troubles.push(Trouble { service, cause: Cause::Elsewhere, from, until });
    }

    fn alarm(&mut self, services: &[usize]) -> usize {
        let (judged, needed) =
            self.rng.weighted(&[((1, 1), 25), ((2, 2), 30), ((3, 3), 25), ((3, 2), 10), ((5, 3), 10)]);
        let shape = self.rng.weighted(&[
            (Shape::Metric, 45),
            (Shape::Math, 17),
            (Shape::Contributor, 10),
            (Shape::Composite, 15),
            (Shape::Log, 13),
        ]);
        let shape = match shape {
            Shape::Metric | Shape::Contributor if services.len() > 1 => Shape::Math,
            shape => shape,
        };
        let period = self.rng.weighted(&[(10, 10), (30, 10), (60, 70), (300, 10)]) * SECOND;
        // Scheduled queries run once a minute at most.
        let period = if shape == Shape::Log { period.max(MINUTE) } else { period };
        let lag = self.rng.i64(3 * SECOND..=25 * SECOND);
        let number = self.incident.alarms.len();
        let name = format!("{}-errors-{number}", self.incident.services[services[0]].name);
        self.incident.alarms.push(Alarm {
            name,
            services: services.to_vec(),
            shape,
            period,
            judged,
            needed,
            lag,
            wait: None,
            place: Place::Service,
            old_child: None,
        });
        number
    }

    /// Derives the start and the end of each deployment, and the end of trouble by a good one.
    fn derive_times(&mut self) {
        if self
            .incident
            .deployments
            .iter()
            .any(|deployment| matches!(deployment.flaw, Some(Flaw::TaskStart | Flaw::Capacity)))
        {
            // Without this, tasks that do not start would be retried for nine hours.
            self.incident.horizon = HOUR;
        }
        self.events = undisturbed(&mut self.incident);
        let Incident { deployments, troubles, nature, .. } = &mut self.incident;
        for trouble in troubles {
            let Cause::Deployment(index) = trouble.cause else { continue };
            let began = deployments[index].at;
            let later = deployments.iter().filter(|deployment| {
                deployment.at > began && deployment.service == trouble.service && deployment.started < deployment.ended
            });
            if let Some(next) = later.min_by_key(|deployment| deployment.at) {
                trouble.until = trouble.until.min(next.started + nature.launch);
            }
        }
    }

    /// Draws the faults between callers and ECS.
    fn disturb(&mut self) {
        if self.rng.percent(6) {
            let from = self.rng.i64(0..=10 * MINUTE);
            self.incident.blind = Some((from, from + self.rng.i64(MINUTE..=10 * MINUTE)));
        }
        if !self.rng.percent(40) {
            return;
        }
        let on = self.rng.pick(&[
            None,
            Some(Operation::DescribeServices),
            Some(Operation::ListServiceDeployments),
            Some(Operation::DescribeServiceDeployments),
            Some(Operation::StopServiceDeployment),
            Some(Operation::UpdateService),
        ]);
        let (name, fault) = match self.rng.i64(0..=9) {
            0 => ("throttled", Fault::throttling()),
            1 => ("HTTP 500", Fault::http(500, "")),
            2 => ("HTTP 503", Fault::http(503, "<html>")),
            3 => ("ServerException", Fault::exception("ServerException", "try later")),
            4 => ("lost before the effect", Fault::dropped()),
            5 => ("lost after the effect", Fault::dropped().after_effect()),
            6 => ("HTTP 500 after the effect", Fault::http(500, "").after_effect()),
            7 => ("slow", Fault::delay(std::time::Duration::from_millis(2_500))),
            8 => ("no answer", Fault::hang()),
            _ => ("ConflictException", Fault::exception("ConflictException", "conflict in the current state")),
        };
        let on = if name == "ConflictException" { Some(Operation::StopServiceDeployment) } else { on };
        let fault = match on {
            Some(operation) => fault.on(operation),
            None => fault,
        };
        let first = self.incident.deliveries.first().map_or(0, |delivery| delivery.at);
        let window = if name != "ConflictException" && self.rng.percent(30) {
            let from = (first + self.rng.i64(-30 * SECOND..=30 * SECOND)).max(0);
            Some((from, from + self.rng.i64(5 * SECOND..=90 * SECOND)))
        } else {
            None
        };
        let fault = if window.is_some() {
            fault
        } else {
            let skipped = self.rng.u32(0..=4);
            fault.times(self.rng.u32(1..=2)).skip(skipped)
        };
        self.incident.disturbance = Some(Disturbance { name, fault, on, window });
    }
}
