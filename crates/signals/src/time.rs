//! Times of the day on which everything happens, and the forms in which AWS writes them.

use jiff::{SignedDuration, Timestamp};

/// The time of `events/`: deployments in flight began ten minutes before, alarms about five.
pub const NOW: &str = "2026-06-01T12:00:00Z";

/// A time of that day, such as `11:55:00` or `11:55:40.614`.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn at(time: &str) -> Timestamp {
    format!("2026-06-01T{time}Z").parse().expect("a time of the day")
}

/// As CloudWatch writes it.
pub(crate) fn cloudwatch(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// As EventBridge stamps what it delivers.
pub(crate) fn whole_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As ECS and SNS write it.
pub(crate) fn milliseconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The last multiple of `seconds` since 1970 that is not after `time`.
pub(crate) fn floor(time: Timestamp, seconds: i64) -> Timestamp {
    time - SignedDuration::from_nanos_i128(time.as_nanosecond().rem_euclid(i128::from(seconds) * 1_000_000_000))
}
