//! One change to ALARM, as it would have been judged for one service, and what really happened.

use jiff::{SignedDuration, Timestamp};
use judgement::{Outcome, Reason, Service, Verdict, Way};
use serde::{Serialize, Serializer};

use super::{happened::Happened, past_alarms::PastAlarms};
use crate::{alarm::Change, past::Past};

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
    /// The task definition that this deployment brings: `web:42`.
    pub(crate) task_definition: Option<String>,
    /// The time from the beginning of that deployment to the change, in seconds.
    pub(crate) seconds_into_deployment: Option<i64>,
    /// The time from the end of the last deployment to the change, in seconds, if the signal is too late.
    pub(crate) too_late_by_seconds: Option<i64>,
    /// The bake time of that deployment, in minutes.
    pub(crate) bake_minutes: Option<u32>,
    /// What really happened to the deployment, if it would have been rolled back, or if the signal is too late for it.
    pub(crate) happened: Option<Happened>,
    /// The time until the alarm left ALARM, in seconds, if it did.
    pub(crate) in_alarm_for_seconds: Option<i64>,
    /// `false` if the history shows that the alarm did nothing although it has actions: it was muted or suppressed.
    pub(crate) acted: Option<bool>,
}

impl Incident {
    /// A change with the verdict on it, about no service.
    pub(super) fn of(change: &Change, verdict: &Verdict, alarms: &PastAlarms<'_>) -> Self {
        let contributor = change.contributor.as_ref().map(|contributor| {
            let pairs = contributor.attributes.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join(", ")
        });
        Self {
            at: change.at,
            alarm: change.alarm.clone(),
            contributor,
            service: None,
            found_by: None,
            outcome: verdict.outcome(),
            reason: verdict.reason,
            detail: verdict.detail.clone(),
            service_deployment_arn: verdict.deployment.clone(),
            task_definition: None,
            seconds_into_deployment: None,
            too_late_by_seconds: None,
            bake_minutes: None,
            happened: None,
            in_alarm_for_seconds: alarms.in_alarm_for(change).map(|span| span.as_secs()),
            acted: alarms.acted(change),
        }
    }

    /// Adds how far the deployment was, and what became of it.
    pub(super) fn look_back(&mut self, past: &Past) {
        let arn = self.service_deployment_arn.as_deref();
        let Some(deployment) = past.deployments.iter().find(|one| Some(one.listed.arn.as_str()) == arn) else { return };
        let seconds = |since: Option<Timestamp>| {
            let span = since.map(|since| self.at.duration_since(since));
            span.filter(|span| !span.is_negative()).map(|span: SignedDuration| span.as_secs())
        };
        let into = seconds(deployment.listed_at(self.at).and_then(|listed| listed.began()));
        let late = seconds(deployment.listed.finished);
        self.task_definition = deployment.listed.target_revision.as_deref().and_then(|arn| past.task_definition(arn));
        self.bake_minutes = deployment.bake_minutes;
        if self.is_too_late() {
            self.too_late_by_seconds = late;
        } else {
            self.seconds_into_deployment = into;
        }
        if self.is_rollback() || self.is_too_late() {
            self.happened = Some(Happened::to(deployment, past, self.at));
        }
    }

    /// Checks that the function would have rolled back, or would have if it were allowed to.
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(self.outcome, Outcome::WouldRollBack | Outcome::RolledBack)
    }

    /// Checks that the alarm fired soon after the deployment had ended.
    pub(crate) fn is_too_late(&self) -> bool {
        self.reason == Reason::TooLate
    }

    /// Checks that it could not be judged.
    pub(crate) fn has_failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn by_name<S: Serializer>(service: &Option<Service>, serializer: S) -> Result<S::Ok, S::Error> {
    service.as_ref().map(ToString::to_string).serialize(serializer)
}
