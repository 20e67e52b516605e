//! The competitors, each in a copy of the world of its own.

pub(crate) mod function;
pub(crate) mod native;
pub(crate) mod sample;

use crate::{
    incident::{Cause, Deployment, Incident, Ms, Signal},
    world::{Watch, World},
};

/// The competitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Competitor {
    Function,
    Alarms,
    Breaker,
    Both,
    Sample,
}

impl Competitor {
    pub(crate) const ALL: [Self; 5] = [Self::Function, Self::Alarms, Self::Breaker, Self::Both, Self::Sample];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Function => "this function",
            Self::Alarms => "ECS deployment alarms",
            Self::Breaker => "ECS circuit breaker",
            Self::Both => "both of ECS's own",
            Self::Sample => "common sample",
        }
    }

    /// Plays the incident. `settings` are of this function, over the template's defaults.
    pub(crate) fn plays(self, incident: &Incident, settings: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Function => function::play(incident, settings),
            Self::Alarms => native::play(incident, Watch { alarms: true, breaker: false }),
            Self::Breaker => native::play(incident, Watch { alarms: false, breaker: true }),
            Self::Both => native::play(incident, Watch { alarms: true, breaker: true }),
            Self::Sample => sample::play(incident),
        }
    }
}

/// The object of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undone {
    /// A deployment of the incident.
    Deployment(usize),
    /// Something that no incident calls for.
    Other(&'static str),
}

/// One thing that a competitor did to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) at: Ms,
    pub(crate) undone: Undone,
}

/// The actions of a competitor in an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) actions: Vec<Action>,
    /// Calls of AWS that it made, or that ECS makes for it.
    pub(crate) calls: usize,
    /// A log for a reader.
    pub(crate) log: Vec<(Ms, String)>,
}

/// The rollbacks among the transitions of a world.
fn actions_in(world: &World) -> Vec<Action> {
    let undone = world.undone().into_iter().enumerate();
    let mut actions: Vec<Action> =
        undone.filter_map(|(index, at)| Some(Action { at: at?, undone: Undone::Deployment(index) })).collect();
    actions.sort_by_key(|action| action.at);
    actions
}

/// True if a signal is never sent in a world where these deployments were undone then, because it reports only later trouble.
fn is_prevented(incident: &Incident, signal: &Signal, undone: &[Option<Ms>]) -> bool {
    let breaching = signal.data.iter().find(|point| point.breaches);
    let oldest = breaching.map_or(signal.sent, |point| point.start);
    let is_gone = |cause: &Cause| match cause {
        Cause::Deployment(index) => {
            let Deployment { started, .. } = incident.deployments[*index];
            undone[*index].is_some_and(|at| at <= oldest.max(started))
        }
        Cause::Elsewhere => false,
    };
    !signal.causes.is_empty() && signal.causes.iter().all(is_gone)
}
