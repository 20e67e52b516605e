//! Flows through the real function and the real AWS SDK, against the simulator in process.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod contract;
mod decision_table;
mod documents;
mod events;
mod evidence;
mod exhaustive;
mod follow_up;
mod innocent;
mod input;
mod listing;
mod look_up_table;
mod look_ups;
mod mutations;
mod notices;
mod notices_document;
mod notices_hostile;
mod notices_kinds;
mod notices_looked_up;
mod properties;
mod storm;
mod support;
mod trust;
mod wire;
