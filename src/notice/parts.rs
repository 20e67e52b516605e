//! The parts of a notice: the signal, the deployment, and the end of a rollback.

use jiff::{SignedDuration, Timestamp};
use judgement::{
    Signal,
    observation::{Candidate, Latest, Revision},
    signal::{Query, Reads},
    text::cut,
};
use serde::Serialize;

use super::{LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS};
use crate::follow_up::Finding;

/// The signal of a notice.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoticeSignal {
    /// Its source.
    pub(crate) source: &'static str,
    /// The alarm's or the event's name, or a person's reason.
    pub(crate) name: String,
    /// The alarm's ARN.
    pub(crate) alarm_arn: Option<String>,
    /// The explanation that its source gives.
    pub(crate) reason: Option<String>,
    /// The metric or the expression that the alarm compares.
    pub(crate) metric: Option<String>,
    /// The statistic of the metric, such as `Sum`.
    pub(crate) statistic: Option<String>,
    /// The period of the metric in seconds.
    pub(crate) period: Option<u32>,
    /// The newest value that breached the threshold.
    pub(crate) value: Option<f64>,
    /// The operator by which the value is compared with the threshold: `>`, `>=`, `<` or `<=`.
    pub(crate) operator: Option<&'static str>,
    /// The alarm's threshold.
    pub(crate) threshold: Option<f64>,
    /// When it began.
    pub(crate) began: Option<Timestamp>,
    /// The end of the newest datapoint that the alarm judged.
    pub(crate) evidence_ended: Option<Timestamp>,
    /// When it was sent.
    pub(crate) sent: Option<Timestamp>,
    /// The number of the last deployments that succeeded although the alarm went to ALARM meanwhile.
    pub(crate) fired_before: Option<FiredBefore>,
    /// The data that the alarm reads.
    #[serde(skip)]
    pub(crate) queries: Vec<Query>,
}

/// The number of the last deployments that succeeded although the alarm went to ALARM meanwhile.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiredBefore {
    /// The last deployments of the service that succeeded.
    pub(crate) successful_deployments: usize,
    /// Those of them during which the alarm went to ALARM.
    pub(crate) with_alarm: usize,
}

/// The service deployment of a notice.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoticeDeployment {
    /// Its status when it was observed, before anything was done.
    pub(crate) status: String,
    /// When it was created.
    pub(crate) created: Option<Timestamp>,
    /// When it started.
    pub(crate) started: Option<Timestamp>,
    /// When it ended.
    pub(crate) finished: Option<Timestamp>,
    /// The new revision, which a rollback removes.
    pub(crate) from: Option<Revision>,
    /// The previous revisions, which a rollback restores.
    pub(crate) to: Vec<Revision>,
}

/// The end of a rollback.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RollbackEnd {
    /// Its cause, in the words of ECS.
    pub(crate) reason: Option<String>,
    /// Its duration.
    pub(crate) seconds: Option<i64>,
    /// The time since the signal for which this function requested it, as far as that is remembered.
    pub(crate) seconds_since_signal: Option<i64>,
    /// The alarm for which this function requested it, as far as that is remembered, as it is after the rollback.
    pub(crate) alarm: Option<AlarmNow>,
}

/// An alarm as it is now.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlarmNow {
    /// Its name.
    pub(crate) name: String,
    /// Its state: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub(crate) state: String,
    /// When it entered its state.
    pub(crate) since: Option<Timestamp>,
}

impl NoticeSignal {
    pub(super) fn of(signal: &Signal) -> Self {
        let alarm = signal.clues.alarm.as_ref();
        let compared = compared(&signal.clues.queries);
        let metric = compared.and_then(|query| match &query.reads {
            Reads::Metric(metric) => Some(metric),
            Reads::Expression(_) => None,
        });
        Self {
            source: signal.source.as_str(),
            name: cut(&signal.name, LONGEST_NAME),
            alarm_arn: alarm.and_then(|alarm| alarm.arn.as_deref()).map(|arn| cut(arn, LONGEST_NAME)),
            reason: signal.explanation.as_deref().map(|reason| cut(reason, LONGEST_TEXT)),
            metric: compared.and_then(name).map(|name| cut(&name, LONGEST_NAME)),
            statistic: metric.and_then(|metric| metric.statistic.as_deref()).map(|text| cut(text, LONGEST_NAME)),
            period: compared.and_then(|query| query.period),
            value: signal.run.and_then(|run| run.breaching),
            operator: signal.threshold.and_then(|_| signal.operator()),
            threshold: signal.threshold,
            began: signal.began.filter(is_of_this_age),
            evidence_ended: signal.run.map(|run| run.ended).filter(is_of_this_age),
            sent: signal.sent.filter(is_of_this_age),
            fired_before: None,
            queries: signal.clues.queries.iter().take(MOST_ITEMS).cloned().collect(),
        }
    }
}

/// Nothing at AWS happened earlier, and JSON has no form for times before the year 0.
fn is_of_this_age(time: &Timestamp) -> bool {
    *time >= Timestamp::UNIX_EPOCH
}

/// The query whose values an alarm compares with its threshold: the one that does not only serve others.
fn compared(queries: &[Query]) -> Option<&Query> {
    match queries {
        [one] => Some(one),
        several => several.iter().find(|query| query.returns_data == Some(true)),
    }
}

fn name(query: &Query) -> Option<String> {
    match &query.reads {
        Reads::Metric(metric) => {
            let namespace = metric.namespace.as_ref().map_or_else(String::new, |namespace| format!("{namespace} "));
            metric.name.as_ref().map(|name| format!("{namespace}{name}"))
        }
        Reads::Expression(expression) => Some(expression.clone()),
    }
}

impl NoticeDeployment {
    pub(super) fn of(candidate: &Candidate) -> Self {
        let revision = |arn: &String| Revision::of_arn(arn);
        let deployment = &candidate.deployment;
        Self {
            status: deployment.status.to_string(),
            created: deployment.created,
            started: deployment.started,
            finished: deployment.finished,
            from: deployment.target_revision.as_ref().map(revision),
            to: candidate.source_revisions.iter().take(MOST_ITEMS).map(revision).collect(),
        }
    }

    /// Its revisions: the new one, and the previous ones.
    pub(super) fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.from.iter().chain(&self.to)
    }
}

impl RollbackEnd {
    pub(super) fn of(finding: &Finding, latest: &Latest) -> Option<Self> {
        let Finding::RollbackEnded { took, since_signal, .. } = finding else { return None };
        Some(Self {
            reason: latest.reason().map(|reason| cut(reason, LONGEST_TEXT)),
            seconds: took.map(|took| took.as_secs()),
            seconds_since_signal: since_signal.map(|since: SignedDuration| since.as_secs()),
            alarm: None,
        })
    }
}
