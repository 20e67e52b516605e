//! Notices: messages to people and programs, with everything that helps to understand what happened. Reading and sending are in
//! `send`; everything else here is pure.

mod event;
mod kind;
mod links;
mod message;
mod next_steps;
#[cfg(test)]
mod schema;
mod send;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use judgement::{
    Location, Reason, Service, Signal,
    observation::{Candidate, Latest, Revision, StoppedTasks, revision_number},
    text::cut,
};
use serde::Serialize;

pub use self::kind::notice_kinds;
pub(crate) use self::send::{NoticeSettings, Notifier};
use self::{kind::Kind, links::Links};
use crate::{
    follow_up::{Finding, FollowUp},
    report::{Entry, Report},
};

/// One notice. Written as JSON, it is the detail of the event; `docs/notice.v1.schema.json` is its schema.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    /// The same for every delivery about this deployment of this kind.
    pub(crate) id: String,
    /// Its kind.
    #[serde(rename = "notice")]
    pub(crate) kind: Kind,
    /// The reason of the decision, if it is about one.
    pub(crate) reason: Option<Reason>,
    /// A headline.
    pub(crate) title: String,
    /// The event and its cause, in one English sentence.
    pub(crate) detail: String,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The service, if one was found.
    pub(crate) service: Option<Service>,
    /// The service deployment, if there is one.
    pub(crate) service_deployment_arn: Option<String>,
    /// The signal, if it is about a decision.
    pub(crate) signal: Option<NoticeSignal>,
    /// The service deployment as it was observed.
    pub(crate) deployment: Option<NoticeDeployment>,
    /// The end of a rollback.
    pub(crate) rollback: Option<RollbackEnd>,
    /// The alarms that were in ALARM when an unprotected deployment started.
    pub(crate) alarms: Vec<String>,
    /// Tasks of the deployment that stopped lately, by reason.
    pub(crate) stopped_tasks: Vec<StoppedTasks>,
    /// Links to the console.
    pub(crate) links: Links,
    /// The next steps for the reader.
    pub(crate) next_steps: Vec<String>,
    /// Facts that could not be read, and why.
    pub(crate) unknown: Vec<String>,
}

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
    /// The alarm's threshold.
    pub(crate) threshold: Option<f64>,
    /// When it began.
    pub(crate) began: Option<Timestamp>,
    /// The end of the newest datapoint that the alarm judged.
    pub(crate) evidence_ended: Option<Timestamp>,
    /// When it was sent.
    pub(crate) sent: Option<Timestamp>,
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
}

/// Facts that are read for a notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// The revisions, by their ARNs.
    pub(crate) revisions: Vec<Revision>,
    /// Tasks of the deployment that stopped, by reason.
    pub(crate) stopped_tasks: Vec<StoppedTasks>,
    /// Facts that could not be read, and why.
    pub(crate) unknown: Vec<String>,
}

/// The place and time at which a notice is written.
#[derive(Debug, Clone)]
pub(crate) struct Context<'a> {
    /// Where the function runs.
    pub(crate) home: &'a Location,
    /// The beginning of the invocation.
    pub(crate) now: Timestamp,
    /// The function's own log group.
    pub(crate) log_group: Option<&'a str>,
}

/// The notices of a report, each once, without the facts that [`Notice::complete`] adds.
fn of_report(report: &Report, context: &Context<'_>) -> Vec<Notice> {
    let mut notices: BTreeMap<String, Notice> = BTreeMap::new();
    let decisions = report.entries().filter_map(|entry| of_entry(entry, context));
    let follow_ups = report.follow_ups.all.iter().map(of_follow_up);
    for notice in decisions.chain(follow_ups) {
        notices.entry(notice.id.clone()).or_insert(notice);
    }
    notices.into_values().collect()
}

fn of_entry(entry: &Entry, context: &Context<'_>) -> Option<Notice> {
    let kind = Kind::of_entry(entry)?;
    let of = entry.service.as_ref().map_or_else(|| format!("the service of {}", entry.signal.name), Service::to_string);
    let deployment = entry.deployment().map(str::to_owned);
    let about = deployment.clone().unwrap_or_else(|| without_deployment(entry));
    let at = entry.decided_after.and_then(|after| context.now.checked_add(after).ok()).unwrap_or(context.now);
    Some(Notice {
        reason: Some(entry.reason()),
        detail: cut(&entry.verdict.detail, LONGEST_TEXT),
        service_deployment_arn: deployment,
        signal: Some(NoticeSignal::of(&entry.signal)),
        deployment: entry.observed.as_deref().map(NoticeDeployment::of),
        ..Notice::new(kind, &about, &of, at, entry.service.as_ref())
    })
}

fn of_follow_up(follow_up: &FollowUp) -> Notice {
    let FollowUp { finding, service, latest, at } = follow_up;
    let arn = &latest.candidate.deployment.arn;
    Notice {
        detail: cut(&follow_up.sentence(), LONGEST_TEXT),
        service_deployment_arn: Some(arn.clone()),
        deployment: Some(NoticeDeployment::of(&latest.candidate)),
        rollback: RollbackEnd::of(finding, latest),
        alarms: match finding {
            Finding::Unprotected { alarms } => {
                alarms.iter().take(MOST_ITEMS).map(|name| cut(name, LONGEST_NAME)).collect()
            }
            Finding::RollbackEnded { .. } | Finding::Redeployed { .. } => Vec::new(),
        },
        ..Notice::new(Kind::of_follow_up(follow_up), arn, &service.to_string(), *at, Some(service))
    }
}

/// Stable stand-in for the deployment ARN, so that a retry yields the same notice id.
fn without_deployment(Entry { service, signal, .. }: &Entry) -> String {
    let service = service.as_ref().map_or_else(String::new, |Service { account, region, cluster, name, .. }| {
        format!("{}:{region}:{cluster}/{name}:", account.as_deref().unwrap_or_default())
    });
    let began = signal.began.map_or_else(String::new, |began| format!("@{began}"));
    format!("{service}{}:{}{began}", signal.source, signal.name)
}

/// The longest quoted text, so that a notice stays far below the 256 KB that SNS and EventBridge take.
const LONGEST_TEXT: usize = 1_500;

/// The longest name: that of an alarm, or the reference of an image.
const LONGEST_NAME: usize = 512;

/// The most of several things that a notice lists.
const MOST_ITEMS: usize = 10;

impl Notice {
    fn new(kind: Kind, about: &str, of: &str, at: Timestamp, service: Option<&Service>) -> Self {
        Self {
            id: format!("{}#{}", cut(about, 2_048), kind.as_str()),
            kind,
            reason: None,
            title: kind.title(&cut(of, 150)),
            detail: String::new(),
            at,
            service: service.cloned(),
            service_deployment_arn: None,
            signal: None,
            deployment: None,
            rollback: None,
            alarms: Vec::new(),
            stopped_tasks: Vec::new(),
            links: Links::default(),
            next_steps: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The ARNs of the revisions that it mentions.
    fn revision_arns(&self) -> Vec<String> {
        let deployment = self.deployment.iter();
        deployment
            .flat_map(|deployment| deployment.from.iter().chain(&deployment.to))
            .map(|revision| revision.arn.clone())
            .collect()
    }

    /// The number of its deployment's new revision.
    fn revision(&self) -> Option<&str> {
        Some(revision_number(&self.deployment.as_ref()?.from.as_ref()?.arn))
    }

    /// Adds the facts, and the links and next steps that follow.
    fn complete(&mut self, facts: Facts, context: &Context<'_>) {
        if let Some(deployment) = &mut self.deployment {
            for known in deployment.from.iter_mut().chain(&mut deployment.to) {
                if let Some(read) = facts.revisions.iter().find(|read| read.arn == known.arn) {
                    known.task_definition = read.task_definition.as_deref().map(|arn| cut(arn, LONGEST_NAME));
                    known.images = read.images.iter().take(MOST_ITEMS).map(|image| cut(image, LONGEST_NAME)).collect();
                }
            }
        }
        self.stopped_tasks = facts.stopped_tasks.into_iter().take(MOST_ITEMS / 2).collect();
        for stopped in &mut self.stopped_tasks {
            stopped.reason = cut(&stopped.reason, LONGEST_NAME);
        }
        self.unknown = facts.unknown.iter().map(|unknown| cut(unknown, LONGEST_TEXT)).collect();
        self.links = Links::of(self, context);
        self.next_steps = next_steps::of(self);
    }
}

impl NoticeSignal {
    fn of(signal: &Signal) -> Self {
        let alarm = signal.clues.alarm.as_ref();
        Self {
            source: signal.source.as_str(),
            name: cut(&signal.name, LONGEST_NAME),
            alarm_arn: alarm.and_then(|alarm| alarm.arn.as_deref()).map(|arn| cut(arn, LONGEST_NAME)),
            reason: signal.explanation.as_deref().map(|reason| cut(reason, LONGEST_TEXT)),
            threshold: signal.threshold,
            began: signal.began,
            evidence_ended: signal.run.map(|run| run.ended),
            sent: signal.sent,
        }
    }
}

impl NoticeDeployment {
    fn of(candidate: &Candidate) -> Self {
        let revision = |arn: &String| Revision::of_arn(arn);
        let deployment = &candidate.deployment;
        Self {
            status: deployment.status.to_string(),
            created: deployment.created,
            started: deployment.started,
            from: deployment.target_revision.as_ref().map(revision),
            to: candidate.source_revisions.iter().take(MOST_ITEMS).map(revision).collect(),
        }
    }
}

impl RollbackEnd {
    fn of(finding: &Finding, latest: &Latest) -> Option<Self> {
        let Finding::RollbackEnded { took, since_signal, .. } = finding else { return None };
        Some(Self {
            reason: latest.reason().map(|reason| cut(reason, LONGEST_TEXT)),
            seconds: took.map(|took| took.as_secs()),
            seconds_since_signal: since_signal.map(|since: SignedDuration| since.as_secs()),
        })
    }
}
