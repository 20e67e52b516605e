//! Fuzzing with generated input. bolero's bytes decide each choice, so that a coverage-guided fuzzer can steer them.
//!
//! - [`parser`]: bytes and JSON, mutated from `events/`, through the pure code: nothing may panic.
//! - [`handler`]: events, sound or mutated, in a random world with faults, through the real handler and the real SDK against the
//!   simulator. Nothing may panic, no deployment may be stopped without cause, none may be left running if the cause is certain,
//!   and the report must match the calls. The [`oracle`] states the causes a second time, independently of the function.
//!
//! `tests/robustness` runs both: `cargo test` with random bytes, `make fuzz` guided by coverage.

#![expect(clippy::expect_used, reason = "a test driver fails by panicking")]

mod choice;

pub mod corpus;
pub mod mutation;
pub mod sound;
pub mod world;

pub mod parser;

pub mod claims;
pub mod handler;
pub mod oracle;
