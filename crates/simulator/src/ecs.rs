//! Amazon ECS for service deployments: its state, and how time passes in it.
//!
//! - `operations`: the calls, on the `world` of clusters and services; `throttle`: their limits
//! - `service` and `deployment`: the state machine, along the steps of a `plan`
//! - `task`: the tasks of a deployment
//! - `view`: the output shapes
//! - `events`: the events that ECS sends to EventBridge
//! - `seed` and `plant`: the initial state; `settings`: durations, and the behaviour where AWS documents nothing

pub(crate) mod configuration;
pub(crate) mod control;
pub(crate) mod counts;
mod deployment;
mod events;
mod hook;
mod image;
mod operations;
mod plan;
mod plant;
mod revision;
pub(crate) mod seed;
mod service;
pub(crate) mod settings;
pub(crate) mod status;
mod target_groups;
pub(crate) mod task;
mod task_definition;
mod throttle;
mod view;
mod watch;
pub(crate) mod world;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ecs::deployment::{Facts, Moment};
use crate::ecs::service::Service;
use crate::ecs::settings::{Behaviour, Timing};
use crate::ecs::task_definition::TaskDefinition;
use crate::ecs::throttle::Throttle;
use crate::ecs::world::World;
use crate::home::Home;
use crate::ids::Ids;

/// Amazon ECS in one account and Region.
#[derive(Clone, Debug)]
pub struct Ecs {
    pub(crate) home: Home,
    pub(crate) now: Timestamp,
    pub(crate) timing: Timing,
    pub(crate) behaviour: Behaviour,
    pub(crate) facts: Facts,
    pub(crate) ids: Ids,
    pub(crate) world: World,
    pub(crate) task_definitions: BTreeMap<String, Vec<TaskDefinition>>,
    pub(crate) throttle: Throttle,
}

impl Ecs {
    pub(crate) fn new(home: Home, now: Timestamp) -> Self {
        Self {
            world: World::new(home.clone()),
            home,
            now,
            timing: Timing::default(),
            behaviour: Behaviour::default(),
            facts: Facts::default(),
            ids: Ids::default(),
            task_definitions: BTreeMap::new(),
            throttle: Throttle::default(),
        }
    }

    /// Lets time pass until then. Each step on the way happens at its own time, in order.
    pub(crate) fn pass_time_until(&mut self, end: Timestamp) {
        while let Some((due, path)) = self.world.next_due(end) {
            self.now = self.now.max(due);
            let (world, mut moment) = self.world_and_moment();
            world.wake(&path, &mut moment);
        }
        self.now = self.now.max(end);
    }

    /// Changes one service, now.
    pub(crate) fn change<T>(
        &mut self,
        path: &str,
        change: impl FnOnce(&mut Service, &mut Moment<'_>) -> T,
    ) -> Option<T> {
        let (world, mut moment) = self.world_and_moment();
        world.change(path, moment.now, |service| change(service, &mut moment))
    }

    pub(crate) fn world_and_moment(&mut self) -> (&mut World, Moment<'_>) {
        let moment =
            Moment { home: &self.home, now: self.now, timing: &self.timing, facts: &self.facts, ids: &mut self.ids };
        (&mut self.world, moment)
    }
}
