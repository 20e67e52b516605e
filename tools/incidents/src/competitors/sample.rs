//! The common sample: on any alarm in ALARM it asks for the service's task definition and calls `UpdateService` with the
//! revision below. It looks at nothing that is in flight, and remembers nothing.

use std::{cmp::Reverse, collections::BinaryHeap};

use serde_json::{Value, json};
use simulator::{Answer, Effect, Operation, Request, ServiceSeed, Status};

use super::{
    Action, Outcome, Undone,
    function::{ASYNC_PAUSES, set_faults},
    is_prevented,
};
use crate::{
    incident::{CLUSTER, Crash, Incident, Ms, SignalKind, at},
    template::Defaults,
    world::{Watch, World, task_definition},
};

/// The attempts that the SDKs make by default.
const ATTEMPTS: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Deploy(usize),
    Disturb(bool),
    Deliver { delivery: usize, number: usize },
}

/// The origin of the newest revision of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Newest {
    Before,
    Incident(usize),
    Own,
}

struct Play<'a> {
    incident: &'a Incident,
    world: World,
    newest: Vec<Newest>,
    outcome: Outcome,
    now: Ms,
    /// Of the invocation that is on.
    crash: Option<Crash>,
    calls: u32,
}

/// The invocation fails, and Lambda tries it again.
struct Failed;

pub(crate) fn play(incident: &Incident) -> Outcome {
    let mut world = World::new(incident, Watch::default());
    register(incident, &mut world);
    let newest = vec![Newest::Before; incident.services.len()];
    let mut play = Play { incident, world, newest, outcome: Outcome::default(), now: 0, crash: None, calls: 0 };
    let mut due: BinaryHeap<Reverse<(Ms, Step)>> = BinaryHeap::new();
    due.extend(
        incident
            .deployments
            .iter()
            .enumerate()
            .map(|(index, deployment)| Reverse((deployment.at, Step::Deploy(index)))),
    );
    let deliveries = incident.deliveries.iter().enumerate();
    due.extend(deliveries.map(|(delivery, delivered)| Reverse((delivered.at, Step::Deliver { delivery, number: 0 }))));
    let window = incident.disturbance.as_ref().and_then(|disturbance| disturbance.window);
    if let Some((from, until)) = window {
        due.push(Reverse((from, Step::Disturb(true))));
        due.push(Reverse((until, Step::Disturb(false))));
    }
    set_faults(&mut play.world, incident, window.is_none());
    let defaults = Defaults::read();
    while let Some(Reverse((now, step))) = due.pop() {
        play.now = now;
        play.world.aws.set_now(at(now));
        match step {
            Step::Deploy(index) => {
                play.world.deploy(incident, index);
                play.newest[incident.deployments[index].service] = Newest::Incident(index);
            }
            Step::Disturb(on) => set_faults(&mut play.world, incident, on),
            Step::Deliver { delivery, number } => {
                if play.invoke(delivery, number).is_err() {
                    let delivered = &incident.deliveries[delivery];
                    let next = if delivered.path.is_queued() {
                        (number + 1 < defaults.receives).then_some(now + defaults.visibility)
                    } else {
                        let next = ASYNC_PAUSES.get(number).map(|pause| now + pause);
                        next.filter(|next| next - delivered.at <= defaults.event_age)
                    };
                    due.extend(next.map(|next| Reverse((next, Step::Deliver { delivery, number: number + 1 }))));
                }
            }
        }
    }
    play.outcome.calls = play.world.aws.calls().len();
    play.outcome
}

/// Revisions that were registered and not deployed can also be asked for.
fn register(incident: &Incident, world: &mut World) {
    for (index, service) in incident.services.iter().enumerate().filter(|(_, service)| !service.foreign) {
        let deployed = incident.deployments.iter().filter(|deployment| deployment.service == index);
        let mut revisions: Vec<u32> = service.history.clone();
        revisions.extend(deployed.map(|deployment| deployment.revision));
        let below = revisions.iter().flat_map(|revision| [3, 2, 1].map(|less| revision.saturating_sub(less)));
        let mut all: Vec<u32> = below.filter(|revision| *revision > 0).collect();
        all.sort_unstable();
        all.dedup();
        let lab = ServiceSeed::new(&format!("lab/{}", service.name));
        let lab = all.iter().fold(lab, |lab, revision| lab.deployed(&task_definition(service, *revision)));
        world.aws.ecs.plant(lab);
    }
}

impl Play<'_> {
    fn invoke(&mut self, delivery: usize, number: usize) -> Result<(), Failed> {
        let delivered = &self.incident.deliveries[delivery];
        self.crash = delivered.crashes.get(number).copied();
        self.calls = 0;
        let undone: Vec<Option<Ms>> = self.undone();
        for signal in &delivered.signals {
            let signal = &self.incident.signals[*signal];
            // It hangs on alarm actions, which are not taken while an alarm is suppressed or muted.
            let acts = signal.kind == SignalKind::InAlarm && !signal.suppressed && !signal.muted;
            if acts && !is_prevented(self.incident, signal, &undone) {
                for service in &signal.services {
                    // It knows names alone.
                    let name = &self.incident.services[*service].name;
                    let here = self.incident.services.iter().position(|known| known.name == *name && !known.foreign);
                    if let Some(here) = here {
                        self.roll_back(here)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn undone(&self) -> Vec<Option<Ms>> {
        let mut undone = vec![None; self.incident.deployments.len()];
        for action in &self.outcome.actions {
            if let Undone::Deployment(index) = action.undone {
                undone[index].get_or_insert(action.at);
            }
        }
        undone
    }

    fn roll_back(&mut self, service: usize) -> Result<(), Failed> {
        let name = self.incident.services[service].name.clone();
        let described =
            self.call(Operation::DescribeServices, &json!({"cluster": CLUSTER, "services": [name]}), service)?;
        let running = described.pointer("/services/0/taskDefinition").and_then(Value::as_str).unwrap_or_default();
        let Some(revision) = running.rsplit(':').next().and_then(|number| number.parse::<u32>().ok()) else {
            return Ok(());
        };
        let below = task_definition(&self.incident.services[service], revision.saturating_sub(1));
        self.call(
            Operation::UpdateService,
            &json!({"cluster": CLUSTER, "service": name, "taskDefinition": below}),
            service,
        )?;
        Ok(())
    }

    fn call(&mut self, operation: Operation, body: &Value, service: usize) -> Result<Value, Failed> {
        for _ in 0..ATTEMPTS {
            self.calls += 1;
            let crash = self.crash.filter(|crash| self.calls > crash.after_calls);
            if crash.is_some_and(|crash| !crash.after_effect) {
                return Err(Failed);
            }
            let moves = self.world.aws.ecs.transitions().len();
            let answer = self.world.aws.handle(&Request::new(operation, body));
            self.note_updates(moves, body, service);
            if crash.is_some() {
                return Err(Failed);
            }
            match &answer {
                Answer::Response { status: 200, .. } => return Ok(answer.json()),
                Answer::Response { status, .. } if *status < 500 && !is_throttled(&answer.json()) => {
                    return Err(Failed);
                }
                // Without an answer it waits until Lambda ends it.
                Answer::Dropped { .. } if self.hangs() => return Err(Failed),
                _ => {}
            }
        }
        Err(Failed)
    }

    fn hangs(&self) -> bool {
        self.incident.disturbance.as_ref().is_some_and(|disturbance| disturbance.fault.effect == Effect::Hang)
    }

    /// Records the effect of an update, whatever its answer.
    fn note_updates(&mut self, moves: usize, body: &Value, service: usize) {
        let began = self.world.aws.ecs.transitions()[moves..]
            .iter()
            .any(|moved| moved.from.is_none() && moved.to == Status::Pending);
        if !began {
            return;
        }
        let to = body["taskDefinition"].as_str().unwrap_or_default().to_owned();
        let undone = match self.newest[service] {
            Newest::Before => Undone::Other("went below what had run for long"),
            Newest::Own => Undone::Other("undone its own rollback"),
            Newest::Incident(index) if !self.incident.deployments[index].is_bad() => Undone::Deployment(index),
            Newest::Incident(index) if task_definition(&self.incident.services[service], self.before(index)) == to => {
                Undone::Deployment(index)
            }
            Newest::Incident(_) => Undone::Other("went to a revision that is not the last good one"),
        };
        self.newest[service] = Newest::Own;
        self.outcome.log.push((self.now, format!("UpdateService to {to}: {undone:?}")));
        self.outcome.actions.push(Action { at: self.now, undone });
    }

    /// The last good revision before that deployment.
    fn before(&self, index: usize) -> u32 {
        let deployment = &self.incident.deployments[index];
        let earlier = self
            .incident
            .deployments
            .iter()
            .filter(|other| other.service == deployment.service && other.at < deployment.at && !other.is_bad());
        let history = self.incident.services[deployment.service].history.iter().copied();
        earlier.map(|other| other.revision).chain(history).max().unwrap_or(0)
    }
}

fn is_throttled(answer: &Value) -> bool {
    answer["__type"] == "ThrottlingException"
}
