//! AWS as a deployment sees it, simulated: Amazon ECS *for service deployments*, and beside it the calls of CloudWatch, Elastic
//! Load Balancing, STS, SNS, EventBridge and Lambda that watch deployments and report on them. It does no input or output and has no
//! clock: the time is set from outside.
//!
//! ```
//! use simulator::{Alarm, Aws, Home, Operation, Request, ServiceSeed};
//! use serde_json::json;
//! use std::time::Duration;
//!
//! let mut aws = Aws::new(Home::default(), "2026-06-01T12:00:00Z".parse().unwrap());
//! let web = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
//! aws.cloudwatch.put_alarm(Alarm::metric("web-5xx").on_service("prod/web").in_alarm());
//!
//! let stop = json!({"serviceDeploymentArn": web.deployment(), "stopType": "ROLLBACK"});
//! let answer = aws.handle(&Request::new(Operation::StopServiceDeployment, &stop));
//! assert_eq!(answer.status(), Some(200));
//! assert!(aws.calls()[0].accepted);
//!
//! aws.advance(Duration::from_secs(10));
//! assert_eq!(aws.ecs.status(web.deployment()).unwrap().as_str(), "ROLLBACK_SUCCESSFUL");
//! assert_eq!(aws.ecs.take_events()[0]["detail"]["eventName"], "SERVICE_DEPLOYMENT_IN_PROGRESS");
//! ```
//!
//! In the order of a call:
//! - [`request`](Request): a call arrives, in the service's `protocol`, for an [`operation`](Operation)
//! - [`fault`](Fault): it may fail on request
//! - [`ecs`](Ecs), [`cloudwatch`](CloudWatch), [`load_balancing`](LoadBalancing), [`sts`](Sts), [`sns`](Sns),
//!   [`eventbridge`](EventBridge), [`lambda`](Lambda): the answer of each service
//! - [`journal`](Call): the record of calls and answers
//! - [`aws`](Aws): all of them, as one account in one Region
//!
//! [`scenario`](Scenario) reads the initial state from a file, [`http`] serves it, and `sdk` (a feature) puts it behind the AWS
//! SDK, in process.

mod home;
mod ids;
mod operation;
mod page;
mod protocol;
mod request;
mod rest;
mod time;
mod wire;

mod fault;
mod journal;

mod cloudwatch;
mod ecs;
mod eventbridge;
mod lambda;
mod load_balancing;
mod sns;
mod sts;

mod aws;
pub mod http;
mod scenario;
#[cfg(feature = "sdk")]
pub mod sdk;

pub use aws::Aws;
pub use cloudwatch::{
    Alarm, AlarmState, AlarmType, CloudWatch, Contributor, HistoryItem, HistoryItemType, Run, Series,
};
pub use ecs::Ecs;
pub use ecs::configuration::{
    AdvancedConfiguration, CanaryConfiguration, CircuitBreaker, DeploymentAlarms, DeploymentConfiguration,
    EarlySuccessCriteria, HookAction, HookTarget, HookTimeout, LifecycleHook, LinearConfiguration, LoadBalancer,
    Strategy, ThresholdConfiguration, ThresholdType, VpcLatticeConfiguration,
};
pub use ecs::control::{Planted, ServiceSummary};
pub use ecs::counts::RevisionCounts;
pub use ecs::seed::{DeploymentSeed, EventSeed, ServiceSeed};
pub use ecs::settings::{Behaviour, Order, Refusal, Timing};
pub use ecs::status::{Controller, RollbackEnd, Stage, Status};
pub use ecs::task::{StopCode, TaskFailure};
pub use ecs::world::Transition;
pub use eventbridge::{EventBridge, Rule};
pub use fault::{Effect, Fault};
pub use home::Home;
pub use journal::Call;
pub use lambda::{Lambda, LambdaFunction};
pub use load_balancing::LoadBalancing;
pub use operation::{Api, Operation};
pub use request::{Answer, Request};
pub use scenario::{CloudWatchSeed, Defaults, Scenario, ScenarioError};
pub use sns::{Sns, Subscription};
pub use sts::Sts;
