//! Rolls back the Amazon ECS service deployment in flight when a signal shows that it is the cause of trouble.
//!
//! One invocation is one pass through these modules, in this order:
//!
//! ```text
//! event JSON ──parse──▶ signals ──locate──▶ services ──observe──▶ observations ──decide──▶ decisions ──act──▶ verdicts ──▶ report
//! ```
//!
//! - `function`: the steps of one invocation. Parsing and deciding are pure, and are in the crate [`judgement`]
//! - `locate`: from signals to services, by their own statements and by look-ups
//! - `observe`: reads one service, and remembers earlier looks
//! - `act`: carries out a decision, and reads AWS's answer
//! - `report`: the verdicts of one invocation; the response, the log and the metrics are views of it
//! - `follow_up`: the further course of deployments, by ECS's events
//! - `notice`: notifications of people and programs
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

pub use aws::{CallError, ErrorKind, Pace, load_config, shapes, timestamp};
pub use function::{Function, Invocation};
pub use locate::{Found, children_in_rule, rule};
pub use notice::{Draft, notice_kinds};
pub use report::{Delivery, Effort, Entry, Error, Metrics, Report};
pub use settings::{Logs, RoleElsewhere, Settings, WrongSettings};

/// The version of the function, and of the programs that decide as it does.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
