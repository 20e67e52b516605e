//! The commands of the operator's program, against simulated AWS.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod bad_input;
mod cloud;
mod coverage;
mod doctor;
mod explain;
mod guide;
mod hold;
mod pending;
mod policy;
mod program;
mod rehearse;
mod replay;
mod replay_of_a_day;
mod support;
mod timing;
mod why;
