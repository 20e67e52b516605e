//! The duration of each step, and the behaviour where AWS documents nothing.

use std::time::Duration;

use serde::Deserialize;

use crate::time::seconds;

/// The duration of each step. In a scenario file: the table `[timing]`, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// From creation to `IN_PROGRESS`.
    #[serde(deserialize_with = "seconds")]
    pub pending: Duration,
    /// Launching the tasks: `SCALE_UP`.
    #[serde(deserialize_with = "seconds")]
    pub launch: Duration,
    /// Every stage that has no time of its own.
    #[serde(deserialize_with = "seconds")]
    pub stage: Duration,
    /// A Lambda hook's answer.
    #[serde(deserialize_with = "seconds")]
    pub lambda_hook: Duration,
    /// Between two failing task starts, which the circuit breaker counts.
    #[serde(deserialize_with = "seconds")]
    pub task_failure: Duration,
    /// `ROLLBACK_REQUESTED`.
    #[serde(deserialize_with = "seconds")]
    pub rollback_requested: Duration,
    /// `ROLLBACK_IN_PROGRESS`.
    #[serde(deserialize_with = "seconds")]
    pub rollback: Duration,
    /// `STOP_REQUESTED`. Observed: about 0.3 s, for which a superseded deployment is listed beside the new one.
    #[serde(deserialize_with = "seconds")]
    pub stop: Duration,
    /// From creation until a service deployment can be listed, described and is the service's current one.
    #[serde(deserialize_with = "seconds")]
    pub listing_lag: Duration,
    /// From `DRAINING` to `INACTIVE`.
    #[serde(deserialize_with = "seconds")]
    pub drain: Duration,
    /// The time for which a deployment stays where it was seeded, by default. ECS ends a stage after a day.
    #[serde(deserialize_with = "seconds")]
    pub seeded: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pending: Duration::from_secs(2),
            launch: Duration::from_secs(30),
            stage: Duration::from_secs(1),
            lambda_hook: Duration::from_secs(2),
            task_failure: Duration::from_secs(5),
            rollback_requested: Duration::from_secs(2),
            rollback: Duration::from_secs(4),
            stop: Duration::from_millis(300),
            listing_lag: Duration::ZERO,
            drain: Duration::from_secs(5),
            seeded: Duration::from_hours(24),
        }
    }
}

/// Choices where AWS documents nothing, or where a test wants the less usual of two ways. In a scenario file: `[behaviour]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// The error for stopping a deployment that is over.
    pub stop_finished: Refusal,
    /// The error for rolling back a deployment that has nothing to go back to.
    pub stop_first: Refusal,
    /// True if `currentServiceDeployment` is missing when the deployment is over, instead of naming the last one.
    pub current_only_in_flight: bool,
    /// The order of `ListServiceDeployments`.
    pub order: Order,
    /// The most entries on a page of any list, even if the caller asks for more.
    pub page_size: Option<usize>,
    /// True if the status filter is applied to each page after it was cut, so that pages can be short or empty.
    pub filter_after_paging: bool,
    /// True if the documented throttles apply.
    pub throttling: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            stop_finished: Refusal::Conflict,
            stop_first: Refusal::InvalidParameter,
            current_only_in_flight: false,
            order: Order::NewestFirst,
            page_size: None,
            filter_after_paging: false,
            throttling: false,
        }
    }
}

/// The error that refuses a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// `ConflictException`
    Conflict,
    /// `InvalidParameterException`
    InvalidParameter,
    /// `ClientException`
    Client,
}

/// The order of a list of service deployments, which AWS does not document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As observed in real answers.
    NewestFirst,
    /// The reverse.
    OldestFirst,
    /// Neither, but the same in every run.
    Shuffled,
}
