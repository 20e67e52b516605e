//! The incident bench: seeded deployment incidents, played by `ecs-auto-rollback` and by what people use instead of it.
//!
//! ```console
//! $ make incidents
//! $ cargo run --profile incidents -p incidents -- --seed 7
//! ```
//!
//! An incident is made of its number alone. In the order in which it comes to be:
//! - `generate`: what happens is drawn from the number, as a `story`: services, deployments, trouble and its causes. What is
//!   told of it follows: `metric` makes alarms of trouble, as CloudWatch does, and deliveries bring signals late, twice, in
//!   batches, in each form that `payload` knows
//! - `truth`: which deployments should be rolled back, from the story alone
//! - `competitors`: each plays the incident in a `world` of its own. `competitors::function` is the function's real handler
//!   on a virtual clock, with the simulator in the place of the network; `fuse` lets invocations die between two calls
//! - `tally`: verdicts, counted; `report` and `plot` write them down; `tale` tells one incident
//!
//! # What is true
//!
#![doc = include_str!("rules.md")]

mod chance;
mod competitors;
mod crash;
mod generate;
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
