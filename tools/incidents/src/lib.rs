//! The incident bench: seeded deployment incidents, played by `ecs-auto-rollback` and by its alternatives.
//!
//! ```console
//! $ make incidents
//! $ cargo run --profile incidents -p incidents -- --seed 7
//! ```
//!
//! Each incident is derived deterministically from its seed:
//! - `generate` draws an `incident` from the seed: services, deployments, trouble and its causes. Signals follow from the
//!   trouble: `metric` evaluates alarms as CloudWatch does, and `generate::deliver` delivers signals late, twice and in batches,
//!   in the forms of `payload`. A new kind of incident is a line in `incident::kind`, a method in `generate::kinds`, and a rule
//!   in `truth` if it needs one
//! - `truth`: the deployments that should be rolled back, derived from the incident alone
//! - `competitors`: each plays the incident in a `world` of its own. `competitors::function` is the function's real handler
//!   on a virtual clock, with the simulator in place of the network; `crash` ends invocations between two calls
//! - `tally` counts the verdicts, `report` writes the page, and `transcript` describes one incident
//!
//! # Ground truth
//!
#![doc = include_str!("rules.md")]

mod chance;
mod cloudwatch;
mod competitors;
mod crash;
mod generate;
mod groups;
mod incident;
mod metric;
mod payload;
mod report;
mod tally;
mod template;
mod transcript;
mod truth;
mod world;

pub use tally::Tally;
pub use transcript::transcript;
