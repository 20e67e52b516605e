//! The SDK's time as ours.

use aws_sdk_ecs::primitives::DateTime;
use jiff::Timestamp;

/// Converts a time.
#[must_use]
pub fn timestamp(time: Option<&DateTime>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::new(time.secs(), time.subsec_nanos().cast_signed()).ok())
}
