//! Builders of every payload that the function is given. Tests and benches say what they mean; this crate alone knows how AWS
//! writes it, and its own tests hold it against the files of `events/`.
//!
//! One alarm has three dialects:
//!
//! ```
//! use signals::{Alarm, Notification, at, sns, sqs};
//!
//! let alarm = Alarm::on("prod/web").named("web-5xx").since(at("11:55:00")).above(5.0).values([9.0, 12.0]);
//! assert_eq!(alarm.as_action()["alarmData"]["alarmName"], "web-5xx");
//! assert_eq!(alarm.as_event()["detail"], alarm.as_action()["alarmData"]);
//! assert_eq!(alarm.as_message()["Trigger"]["Threshold"], 5.0);
//!
//! let delivered = sns([alarm.as_notification()]);
//! let queued = sqs([alarm.as_event()]);
//! # assert!(delivered["Records"][0]["Sns"].is_object() && queued["Records"][0]["body"].is_string());
//! ```
//!
//! - [`Alarm`], on a [`Metric`] or anything else that CloudWatch watches, with the [`Datapoint`]s that it evaluated
//! - [`EcsEvent`]: the events of ECS
//! - [`request`] and [`request_for_deployment`]: the requests of a person
//! - [`sns`], [`sqs`] and [`on_failure`]: the envelopes, with [`Notification`] and [`Message`] in them
//!
//! Everything happens on one day, that of `events/`: [`NOW`] is noon, deployments in flight began ten minutes earlier, alarms
//! five.

#![expect(clippy::expect_used, reason = "a payload that makes no sense is a mistake of the test that asks for it")]

mod alarm;
mod ecs;
mod envelope;
mod place;
mod request;
mod time;

pub use alarm::{Alarm, Datapoint, Metric};
pub use ecs::EcsEvent;
pub use envelope::{Message, Notification, on_failure, sns, sqs};
pub use request::{request, request_for_deployment};
pub use time::{NOW, at};

/// The variables with which the function acts on every signal that it knows. By default it only observes.
pub const ACTING: [(&str, &str); 2] = [
    ("ROLLBACK_MODE", "enforce"),
    ("ROLLBACK_ECS_EVENTS", "deployment-failed task-start-impaired task-configuration-failure"),
];

/// The account of everything that does not say otherwise.
pub const ACCOUNT: &str = "123456789012";

/// The Region of everything that does not say otherwise.
pub const REGION: &str = "us-east-1";
