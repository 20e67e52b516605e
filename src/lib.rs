//! Rolls back the Amazon ECS service deployment in flight when a signal shows that it is to blame.
//!
//! One invocation is one pass through these modules, in this order:
//!
//! ```text
//! event JSON ──parse──▶ signals ──locate──▶ services ──observe──▶ observations ──decide──▶ decisions ──act──▶ verdicts ──▶ report
//! ```
//!
//! - `function`: the story of one invocation. Parsing and deciding are pure, and live in the crate [`judgement`]
//! - `locate`: from signals to services, by what they state and by look-ups
//! - `observe`: reads one service, and remembers earlier looks
//! - `act`: carries out a decision, and reads AWS's answer
//! - `report`: the verdicts of one invocation; the response, the log and the metrics are views of it
//! - `follow_up`: what ECS's events say became of deployments
//! - `notice`: what people and programs are notified of
//! - `aws`: the gateways; the only modules that name the AWS SDK
//! - `settings`: the environment, validated before anything runs

mod function;

mod evidence;
mod locate;
mod observe;

mod act;
mod report;

mod follow_up;
mod notice;

mod aws;
mod recent;
mod settings;

#[cfg(test)]
mod catalogue;

pub use aws::load_config;
pub use function::{Function, Invocation};
pub use notice::notice_kinds;
pub use report::{Delivery, Effort, Entry, Error, Metrics, Report};
pub use settings::{Logs, Settings, WrongSettings};
