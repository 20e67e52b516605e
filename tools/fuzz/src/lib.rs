//! Broken input by the million, each input made from a number, so that it can be made again.
//!
//! - [`parser`]: bytes and JSON, mutated from `events/`, through everything that is pure: nothing may panic.
//! - [`handler`]: mutated events, in a mutated world with faults, through the real handler and the real SDK against the simulator:
//!   nothing may panic, and no deployment may be stopped without cause. What a cause is, [`oracle`] says once more, in another
//!   way than the function does.
//!
//! `make fuzz` runs both; [`parser::Parser::parse_bytes`] is what a coverage-guided fuzzer would be pointed at.

#![expect(clippy::expect_used, reason = "a test driver fails by panicking")]

pub mod corpus;
pub mod handler;
pub mod mutation;
pub mod oracle;
pub mod parser;
pub mod world;
