//! One change to ALARM, as it would have been judged for one service, and what really happened.

use jiff::Timestamp;
use judgement::{Outcome, Reason, Service, Way};
use serde::{Serialize, Serializer};

/// One change to ALARM, for one service that it leads to, or for none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Incident {
    /// When the alarm went to ALARM.
    pub(crate) at: Timestamp,
    /// The alarm's name.
    pub(crate) alarm: String,
    /// The attributes of the contributor, of an alarm on several time series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contributor: Option<String>,
    /// The service, if the signal leads to one.
    #[serde(serialize_with = "by_name")]
    pub(crate) service: Option<Service>,
    /// The way that leads to the service.
    pub(crate) found_by: Option<Way>,
    /// The outcome that the function would have reported.
    pub(crate) outcome: Outcome,
    /// Its reason.
    pub(crate) reason: Reason,
    /// Its sentence.
    pub(crate) detail: String,
    /// The service deployment that it is about.
    pub(crate) service_deployment_arn: Option<String>,
    /// The time from the beginning of that deployment to the change, in seconds.
    pub(crate) seconds_into_deployment: Option<i64>,
    /// The time from the end of the last deployment to the change, in seconds, if the signal is too late.
    pub(crate) too_late_by_seconds: Option<i64>,
    /// What really happened to the deployment, if it would have been rolled back.
    pub(crate) happened: Option<Happened>,
    /// The time until the alarm left ALARM, in seconds, if it did.
    pub(crate) in_alarm_for_seconds: Option<i64>,
    /// `false` if the history shows that the alarm did nothing although it has actions: it was muted or suppressed.
    pub(crate) acted: Option<bool>,
}

/// What became of a deployment without the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Happened {
    /// ECS rolled it back, by itself or because a person asked.
    RolledBack {
        /// The time from the signal to the beginning of the rollback, in seconds.
        after_seconds: i64,
        /// The reason, in the words of ECS.
        why: Option<String>,
    },
    /// A later deployment went back to what ran before.
    UndoneByDeployment {
        /// The time from the signal to the later deployment, in seconds.
        after_seconds: i64,
        /// When the later deployment was created.
        at: Timestamp,
    },
    /// A later deployment brought something else.
    Replaced {
        /// The time from the signal to the later deployment, in seconds.
        after_seconds: i64,
        /// When the later deployment was created.
        at: Timestamp,
    },
    /// It stayed: nobody undid it.
    Stayed,
}

impl Incident {
    /// Checks that the function would have rolled back, or would have if it were allowed to.
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(self.outcome, Outcome::WouldRollBack | Outcome::RolledBack)
    }
}

fn by_name<S: Serializer>(service: &Option<Service>, serializer: S) -> Result<S::Ok, S::Error> {
    service.as_ref().map(ToString::to_string).serialize(serializer)
}
