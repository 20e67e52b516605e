//! Tests of the simulated ECS through its API.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod caller;
mod calls;
mod counts;
mod detection;
mod events;
mod faults;
mod lifecycle;
mod scenarios;
mod server;
mod stopping;
mod target_groups;
mod tasks;
