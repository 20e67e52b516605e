//! Broken input: the bytes that bolero gives decide each choice, so that a fuzzer that measures coverage can steer them.
//!
//! - [`parser`]: bytes and JSON, mutated from `events/`, through everything that is pure: nothing may panic.
//! - [`handler`]: events, sound or mutated, in a random world with faults, through the real handler and the real SDK against the
//!   simulator. Nothing may panic, no deployment may be stopped without cause, none may be left running where the cause is beyond
//!   doubt, and the report must say what was done. The [`oracle`] states the causes a second time, independently of the function.
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
