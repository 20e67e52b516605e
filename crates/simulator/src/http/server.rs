//! One simulation, and the clock that drives it.

use std::cell::RefCell;

use serde_json::Value;

use super::bus::{Endpoint, Outbox};
use super::clock::Clock;
use super::log;
use crate::aws::Aws;
use crate::request::{Answer, Request};
use crate::scenario::{Scenario, ScenarioError};

/// Kept until they are read and cleared; the older half is dropped first.
const MOST_EVENTS: usize = 20_000;

/// One simulation, and the clock that drives it. Everything runs on one thread.
pub struct Server {
    scenario: Scenario,
    pub(super) aws: RefCell<Aws>,
    pub(super) clock: RefCell<Clock>,
    /// As they were recorded, until they are cleared.
    pub(super) events: RefCell<Vec<Value>>,
    outbox: Option<Outbox>,
}

impl Server {
    /// A simulation as the scenario says, whose clock runs this many times as fast as real time. Events go to `events_to` as
    /// they happen. Must be called where tasks can be spawned on the thread.
    ///
    /// # Errors
    /// A scenario that contradicts itself.
    pub fn new(scenario: Scenario, speed: f64, events_to: Option<Endpoint>) -> Result<Self, ScenarioError> {
        let aws = RefCell::new(Aws::from_scenario(&scenario)?);
        let clock = RefCell::new(Clock::new(scenario.now, speed));
        let outbox = events_to.map(|endpoint| Outbox::open(endpoint, &scenario.home));
        Ok(Self { scenario, aws, clock, events: RefCell::default(), outbox })
    }

    /// Brings the simulation up to now, and logs what happened on the way.
    pub(super) fn catch_up(&self) {
        let mut aws = self.aws.borrow_mut();
        aws.set_now(self.clock.borrow().now());
        self.note_happenings(&mut aws);
    }

    /// Logs what happened by itself, and passes on what ECS sends about it.
    fn note_happenings(&self, aws: &mut Aws) {
        aws.ecs.take_transitions().iter().for_each(log::transition);
        let mut events = self.events.borrow_mut();
        for event in aws.ecs.take_events() {
            if let Some(outbox) = &self.outbox {
                outbox.put(&event);
            }
            if events.len() == MOST_EVENTS {
                events.drain(..MOST_EVENTS / 2);
            }
            events.push(event);
        }
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        self.catch_up();
        let mut aws = self.aws.borrow_mut();
        let answer = aws.handle(request);
        log::call(&aws, &answer);
        self.note_happenings(&mut aws);
        answer
    }

    pub(super) fn reset(&self) -> Result<(), ScenarioError> {
        *self.aws.borrow_mut() = Aws::from_scenario(&self.scenario)?;
        self.clock.borrow_mut().restart(self.scenario.now);
        self.events.borrow_mut().clear();
        Ok(())
    }
}
