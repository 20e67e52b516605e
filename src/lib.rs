//! Rolls back the Amazon ECS service deployment that is in flight when a signal shows that it is to blame.
//!
//! One invocation is one pass through these modules, in this order:
//!
//! ```text
//! event JSON ──event──▶ signals ──finder──▶ targets ──aws──▶ observations ──decision──▶ decisions ──action──▶ outcomes ──▶ report
//! ```
//!
//! - [`event`]: the JSON of a CloudWatch alarm, an ECS event or a person's request, bare or in SNS and SQS envelopes, to a
//!   [`signal::Signal`].
//! - [`target`]: a signal to the ECS services that it points at, from what it says itself; [`finder`] by look-ups as well, with
//!   an [`index`] of the services.
//! - [`observation`]: all that is read about one service at one moment; [`aws`] reads it.
//! - [`decision`]: the judgement, row by row, each with its [`reason::Reason`].
//! - [`action`]: a decision carried out, and what AWS's answer means.
//! - [`report`]: the outcomes of one invocation, which become its response, its log lines or its failure.
//! - [`handler`]: the story of one invocation on one screen.
//! - [`settings`]: the environment, validated before anything runs.
//!
//! Only [`aws`], [`finder`], [`action`] and [`handler`] are asynchronous, and only [`aws`] names the AWS SDK. Everything else is pure:
//! it knows no clock and no environment, and `now` enters as an argument.

pub mod action;
pub mod aftermath;
pub mod aws;
pub mod decision;
pub mod error;
pub mod event;
pub mod figures;
pub mod finder;
pub mod handler;
pub mod index;
pub mod memory;
pub mod notice;
pub mod observation;
pub mod reason;
pub mod report;
pub mod settings;
pub mod signal;
pub mod target;
