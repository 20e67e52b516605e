//! The judgement: from the JSON of an event and what was observed of a service to one decision.
//!
//! Everything here is pure. Nothing reads a clock, an environment variable or the network; `now` is an argument. Cargo ensures
//! it: this crate depends on neither tokio nor the AWS SDK.
//!
//! In the order of the flow:
//! - [`event`]: the JSON of a CloudWatch alarm, an ECS event or a person's request, bare or in SNS and SQS envelopes, becomes
//!   [`Signal`]s
//! - [`Service`] and [`Location`]: the ECS services that signals point at
//! - [`Evidence`]: when the trouble began and what caused it, as far as data show it
//! - [`observation`]: all that was read about one service at one moment
//! - [`decide`]: the decision table, row by row
//! - [`Verdict`]: a [`Reason`] with its sentence and the deployment it is about

pub mod arn;
pub mod decide;
pub mod event;
pub mod evidence;
pub mod observation;
pub mod policy;
mod region;
mod run;
mod service;
pub mod signal;
pub mod text;
mod verdict;

pub use arn::Arn;
pub use decide::Decision;
pub use evidence::Evidence;
pub use observation::Observation;
pub use policy::Policy;
pub use region::is_region;
pub use service::{Location, Service, Way};
pub use signal::Signal;
pub use verdict::{Outcome, Reason, Verdict};
