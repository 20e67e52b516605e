//! Amazon ECS *for service deployments*, simulated: a state machine that takes awsJson 1.1 requests and hands out what
//! ECS would answer. It does no input or output and has no clock: time is what it is told.
//!
//! ```
//! use simulator::{Home, Operation, Request, ServiceSeed, Simulator};
//! use serde_json::json;
//! use std::time::Duration;
//!
//! let mut ecs = Simulator::new(Home::default(), "2026-06-01T12:00:00Z".parse().unwrap());
//! let web = ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
//!
//! let stop = json!({"serviceDeploymentArn": web.deployment(), "stopType": "ROLLBACK"});
//! let answer = ecs.handle(&Request::new(Operation::StopServiceDeployment, &stop));
//! assert_eq!(answer.status(), Some(200));
//! assert!(ecs.calls()[0].accepted);
//!
//! ecs.advance(Duration::from_secs(10));
//! assert_eq!(ecs.status(web.deployment()).unwrap().as_str(), "ROLLBACK_SUCCESSFUL");
//! assert_eq!(ecs.take_events()[0]["detail"]["eventName"], "SERVICE_DEPLOYMENT_IN_PROGRESS");
//! ```
//!
//! In the order of a call:
//! - [`wire`](Request): a request comes in; [`fault`](Fault): something may go wrong with it on request; `throttle`: or too
//!   many came before it
//! - `operations`: what each call does, on the `world` of clusters and services
//! - `service` and `deployment`: the state machine, along the steps of a `plan`
//! - [`task`](TaskFailure): what became of the tasks of a deployment
//! - `view`: how the API shows it
//! - `events`: what ECS would send to EventBridge about it
//! - [`journal`](Call): what was asked and answered
//!
//! [`seed`](ServiceSeed) and [`scenario`](Scenario) say how it all begins; [`settings`](Timing) how long things take, and
//! what is done where AWS documents nothing. The binary of this package serves it over HTTP.

mod configuration;
mod deployment;
mod ecs;
mod events;
mod fault;
mod home;
mod hook;
mod ids;
mod image;
mod journal;
mod operation;
mod operations;
mod plan;
mod plant;
mod scenario;
mod seed;
mod service;
mod settings;
mod simulator;
mod status;
mod task;
mod throttle;
mod view;
mod wire;
mod world;

pub use configuration::{
    AdvancedConfiguration, CanaryConfiguration, CircuitBreaker, DeploymentAlarms, DeploymentConfiguration,
    EarlySuccessCriteria, HookAction, HookTarget, HookTimeout, LifecycleHook, LinearConfiguration, LoadBalancer,
    Strategy, ThresholdConfiguration, ThresholdType,
};
pub use fault::{Effect, Fault};
pub use home::Home;
pub use journal::Call;
pub use operation::Operation;
pub use scenario::{Defaults, Scenario, ScenarioError};
pub use seed::{DeploymentSeed, RollbackEnd, ServiceSeed};
pub use settings::{Behaviour, Order, Refusal, Timing};
pub use simulator::{Planted, ServiceSummary, Simulator};
pub use status::{Controller, Stage, Status};
pub use task::{StopCode, TaskFailure};
pub use wire::{Answer, CONTENT_TYPE, Request};
pub use world::Transition;
