//! Our time as the SDK's.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

pub(super) fn datetime(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}
