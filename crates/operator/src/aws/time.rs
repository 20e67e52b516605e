//! The SDK's time as ours, and ours as the SDK's.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

pub(super) fn timestamp(time: Option<&DateTime>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::new(time.secs(), time.subsec_nanos().cast_signed()).ok())
}

pub(super) fn datetime(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}
