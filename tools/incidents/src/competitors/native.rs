//! ECS's own features, which the simulator has as AWS documents them. This module adds that ECS polls the states of the alarms.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Outcome, actions_in};
use crate::{
    incident::{Alarm, Deployment, Incident, Ms, SECOND, Shape, at},
    metric::{Transition, is_in_alarm, transitions, troubles_left},
    world::{Watch, World},
};

/// The interval at which ECS polls, which AWS does not document.
pub(crate) const POLL: Ms = 10 * SECOND;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Deploy(usize),
    Poll(usize),
}

struct Watched<'a> {
    alarm: &'a Alarm,
    changes: Vec<Transition>,
}

pub(crate) fn play(incident: &Incident, watch: Watch) -> Outcome {
    let mut world = World::new(incident, watch);
    let mut due: BinaryHeap<Reverse<(Ms, Step)>> = BinaryHeap::new();
    for (index, deployment) in incident.deployments.iter().enumerate() {
        due.push(Reverse((deployment.at, Step::Deploy(index))));
    }
    let mut undone = world.undone();
    let mut watched = watched(incident, &undone);
    let mut calls = 0;
    while let Some(Reverse((now, step))) = due.pop() {
        world.aws.set_now(at(now));
        match step {
            Step::Deploy(index) => {
                // An alarm that is in ALARM now is ignored for the whole deployment.
                for Watched { alarm, changes } in &watched {
                    world.aws.ecs.set_alarm(&alarm.name, is_in_alarm(changes, now));
                }
                world.deploy(incident, index);
                let Deployment { service, .. } = incident.deployments[index];
                let is_held = incident.services[service].tag.is_some();
                if watch.alarms && !is_held && watched.iter().any(|seen| seen.alarm.services.contains(&service)) {
                    due.push(Reverse((now + POLL, Step::Poll(index))));
                }
            }
            // One that has nothing to go back to stalls for ever.
            Step::Poll(index) if now < incident.horizon && world.is_in_flight(index) => {
                calls += 1;
                if incident.blind.is_none_or(|(from, until)| now < from || now >= until) {
                    let Deployment { service, .. } = incident.deployments[index];
                    for Watched { alarm, changes } in
                        watched.iter().filter(|seen| seen.alarm.services.contains(&service))
                    {
                        world.aws.ecs.set_alarm(&alarm.name, false);
                        world.aws.ecs.set_alarm(&alarm.name, is_in_alarm(changes, now));
                    }
                }
                due.push(Reverse((now + POLL, Step::Poll(index))));
            }
            Step::Poll(_) => {}
        }
        let undone_now = world.undone();
        if undone_now != undone {
            undone = undone_now;
            watched = self::watched(incident, &undone);
        }
    }
    world.aws.set_now(at(incident.horizon));
    let actions = actions_in(&world);
    let log =
        actions.iter().map(|action| (action.at, format!("ECS rolls back by itself: {:?}", action.undone))).collect();
    Outcome { actions, calls, log }
}

/// The alarms that ECS can watch, with their states in a world where these deployments were undone.
fn watched<'a>(incident: &'a Incident, undone: &[Option<Ms>]) -> Vec<Watched<'a>> {
    let troubles = troubles_left(&incident.troubles, undone);
    let alarms = incident.alarms.iter().filter(|alarm| matches!(alarm.shape, Shape::Metric | Shape::Math));
    alarms.map(|alarm| Watched { alarm, changes: transitions(alarm, &troubles) }).collect()
}
