//! Unambiguous events, as AWS or a person sends them: an alarm in ALARM on one service, failing tasks, a request.

use bolero::{Any as _, pick};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signals::{Alarm, EcsEvent, request, sns, sqs};

use crate::world::{SERVICES, now};

/// An unambiguous event.
#[derive(Debug, Clone)]
pub struct Sound {
    /// The service whose deployment it indicates, as `cluster/service`.
    pub service: &'static str,
    /// The start of the trouble; for an alarm, that of the first breaching datapoint.
    pub trouble_since: Timestamp,
    /// The event.
    pub json: Value,
}

impl Sound {
    /// An event about a random service, up to ten minutes old.
    #[must_use]
    pub fn any() -> Self {
        let service = *pick(&SERVICES);
        let since = now() - SignedDuration::from_secs((0..600_i64).any());
        let breaching = (1..4_i64).any();
        let alarm_data_since = since - SignedDuration::from_mins(breaching);
        let starts = (0..breaching).map(|minute| (alarm_data_since + SignedDuration::from_mins(minute), 9.0));
        let alarm = Alarm::on(service).since(since).datapoints(starts);
        let failing = EcsEvent::service_action(service, "SERVICE_TASK_START_IMPAIRED").at(since);
        let (trouble_since, json) = match (0..8_u8).any() {
            0 => (alarm_data_since, alarm.as_action()),
            1 => (alarm_data_since, alarm.as_event()),
            2 => (alarm_data_since, sns([alarm.as_event()])),
            3 => (alarm_data_since, sqs([alarm.as_event()])),
            4..=6 => (since, failing.as_json()),
            _ => (now(), request(service, "it is down")),
        };
        Self { service, trouble_since, json }
    }
}
