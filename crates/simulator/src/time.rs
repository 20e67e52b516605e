//! Times and spans, as scenario files and faults write them.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};

/// Later by this span; the end of time if that is past it.
pub(crate) fn after(time: Timestamp, span: Duration) -> Timestamp {
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// Reads a span written as a number of seconds, with or without a fraction.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a span that may be left out.
pub(crate) fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

/// Reads a date and time written as TOML writes them, with an offset.
pub(crate) fn toml_timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?.to_string();
    written.parse().map_err(|_| {
        D::Error::custom(format!(
            "{written} is not a point in time: it needs date, time and offset, as in 2026-06-01T12:00:00Z"
        ))
    })
}

/// Reads a date and time that may be left out.
pub(crate) fn toml_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    toml_timestamp(deserializer).map(Some)
}
