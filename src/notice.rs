//! Notices: what people should hear of, with all that helps to understand it. Pure; what is read for one comes in [`Facts`].

mod advice;
mod event;
mod links;
mod message;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

pub use self::{event::Event, links::Links, message::Message};
use crate::{
    aftermath::{Aftermath, Event as After},
    observation::{Candidate, Latest, Revision, StoppedTasks, revision_number},
    reason::{Outcome, Reason},
    report::{Entry, Report, SignalSummary},
    target::{Target, Whereabouts},
};

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// ECS was asked to roll back, and agreed.
    RolledBack,
    /// ECS would have been asked, were it not for observe mode.
    WouldRollBack,
    /// The service was rolled back too often already.
    RollbackLimit,
    /// ECS kept refusing with a conflict.
    Conflict,
    /// The work could not be done.
    Failed,
    /// A rollback has ended as it should, whoever began it.
    RollbackSuccessful,
    /// A rollback has failed, whoever began it.
    RollbackFailed,
    /// A deployment brings what was rolled back before.
    Redeployed,
    /// A deployment has begun while an alarm of it was in ALARM.
    Unprotected,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Self; 9] = [
        Self::RolledBack,
        Self::WouldRollBack,
        Self::RollbackLimit,
        Self::Conflict,
        Self::Failed,
        Self::RollbackSuccessful,
        Self::RollbackFailed,
        Self::Redeployed,
        Self::Unprotected,
    ];

    /// The stable kebab-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled-back",
            Self::WouldRollBack => "would-roll-back",
            Self::RollbackLimit => "rollback-limit",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
            Self::RollbackSuccessful => "rollback-successful",
            Self::RollbackFailed => "rollback-failed",
            Self::Redeployed => "redeployed",
            Self::Unprotected => "unprotected",
        }
    }

    /// The occasion that an entry of a report is, if it is one.
    #[must_use]
    pub fn of_entry(entry: &Entry) -> Option<Self> {
        match (entry.outcome, entry.reason) {
            (Outcome::RolledBack, _) => Some(Self::RolledBack),
            (Outcome::WouldRollBack, _) => Some(Self::WouldRollBack),
            (Outcome::Failed, _) => Some(Self::Failed),
            (_, Reason::RollbackLimit) => Some(Self::RollbackLimit),
            (_, Reason::Conflict) => Some(Self::Conflict),
            (Outcome::NoOp | Outcome::Skipped | Outcome::Ignored, _) => None,
        }
    }

    /// The occasion that an aftermath is.
    #[must_use]
    pub fn of_aftermath(aftermath: &Aftermath) -> Self {
        match aftermath.event {
            After::RollbackEnded { is_successful: true, .. } => Self::RollbackSuccessful,
            After::RollbackEnded { is_successful: false, .. } => Self::RollbackFailed,
            After::Redeployed { .. } => Self::Redeployed,
            After::Unprotected { .. } => Self::Unprotected,
        }
    }

    fn title(self, of: &str) -> String {
        match self {
            Self::RolledBack => format!("Rolled back {of}"),
            Self::WouldRollBack => format!("Would have rolled back {of}"),
            Self::RollbackLimit => format!("Not rolled back again: {of}"),
            Self::Conflict => format!("Rollback unsettled: {of}"),
            Self::Failed => format!("Could not roll back {of}"),
            Self::RollbackSuccessful => format!("Rollback ended: {of}"),
            Self::RollbackFailed => format!("ROLLBACK FAILED: {of}"),
            Self::Redeployed => format!("What was rolled back is deployed again: {of}"),
            Self::Unprotected => format!("Deployment began during an alarm: {of}"),
        }
    }
}

impl Serialize for Occasion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One notice. Written as JSON, it is the detail of the event; `docs/notice.v1.schema.json` is its schema.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The same for every delivery about this deployment and this occasion.
    pub id: String,
    /// What it is about.
    #[serde(rename = "notice")]
    pub occasion: Occasion,
    /// The reason of the decision, if it is about one.
    pub reason: Option<Reason>,
    /// A headline.
    pub title: String,
    /// What happened and why, in one English sentence.
    pub detail: String,
    /// When it happened.
    pub at: Timestamp,
    /// The service, if one was found.
    pub service: Option<Target>,
    /// The service deployment, if there is one.
    pub service_deployment_arn: Option<String>,
    /// The signal, if it is about a decision.
    pub signal: Option<Accusation>,
    /// The service deployment as it was observed.
    pub deployment: Option<Deployment>,
    /// The end of a rollback.
    pub rollback: Option<Ended>,
    /// The alarms that were in ALARM when an unprotected deployment began.
    pub alarms: Vec<String>,
    /// Why tasks of the deployment stopped lately.
    pub stopped_tasks: Vec<StoppedTasks>,
    /// Where to look.
    pub links: Links,
    /// What to do.
    pub next_steps: Vec<String>,
    /// What could not be read, and why.
    pub unknown: Vec<String>,
    /// The name of the partition, for the links.
    #[serde(skip)]
    partition: String,
}

/// The signal, as far as it matters to people.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accusation {
    /// Who raised it.
    pub source: &'static str,
    /// The alarm's or the event's name, or a person's reason.
    pub name: String,
    /// The alarm's ARN.
    pub alarm_arn: Option<String>,
    /// Why it was raised, in the words of its source.
    pub reason: Option<String>,
    /// The alarm's threshold.
    pub threshold: Option<f64>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// The end of the newest datapoint that the alarm judged.
    pub evidence_ended: Option<Timestamp>,
    /// When it was sent.
    pub sent: Option<Timestamp>,
}

/// A service deployment: from what to what it leads, and since when.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its status when it was observed, before anything was done.
    pub status: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// The revision that it brings, and that a rollback takes away.
    pub from: Option<Revision>,
    /// The revisions that it replaces; a rollback brings them back.
    pub to: Vec<Revision>,
}

/// The end of a rollback.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Who or what began it, in the words of ECS.
    pub reason: Option<String>,
    /// How long it took.
    pub seconds: Option<i64>,
    /// The time since the signal for which this function asked for it, as far as that is remembered.
    pub seconds_since_signal: Option<i64>,
}

/// What is read for a notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The revisions, by their ARNs.
    pub revisions: Vec<Revision>,
    /// Why tasks of the deployment stopped.
    pub stopped_tasks: Vec<StoppedTasks>,
    /// What could not be read, and why.
    pub unknown: Vec<String>,
}

/// Where and when a notice is written.
#[derive(Debug, Clone)]
pub struct Desk<'a> {
    /// Where the function runs.
    pub home: &'a Whereabouts,
    /// The beginning of the invocation.
    pub now: Timestamp,
    /// The function's own log group.
    pub log_group: Option<&'a str>,
}

/// The notices of a report, each thing once.
#[must_use]
pub fn of_report(report: &Report, desk: &Desk<'_>) -> Vec<Notice> {
    let mut notices: BTreeMap<String, Notice> = BTreeMap::new();
    let decisions = report.entries().filter_map(|entry| of_entry(entry, desk));
    let aftermaths = report.aftermaths.iter().map(|aftermath| of_aftermath(aftermath, desk));
    for notice in decisions.chain(aftermaths) {
        notices.entry(notice.id.clone()).or_insert(notice);
    }
    notices.into_values().collect()
}

fn of_entry(entry: &Entry, desk: &Desk<'_>) -> Option<Notice> {
    let occasion = Occasion::of_entry(entry)?;
    let of = entry.service.as_ref().map_or_else(|| format!("what {} points at", entry.signal.name), Target::to_string);
    let deployment = entry.service_deployment_arn.clone();
    let about = deployment.clone().unwrap_or_else(|| without_deployment(entry));
    let at = entry.settled_after.and_then(|after| desk.now.checked_add(after).ok()).unwrap_or(desk.now);
    let mut notice = Notice {
        reason: Some(entry.reason),
        detail: cut(&entry.detail, LONGEST_TEXT),
        service_deployment_arn: deployment,
        signal: Some(Accusation::of(&entry.signal)),
        deployment: entry.observed.as_deref().map(Deployment::of),
        ..Notice::new(occasion, &about, &of, at, entry.service.as_ref(), desk)
    };
    notice.complete(Facts::default(), desk);
    Some(notice)
}

fn of_aftermath(aftermath: &Aftermath, desk: &Desk<'_>) -> Notice {
    let Aftermath { event, service, latest, at } = aftermath;
    let arn = &latest.candidate.deployment.arn;
    let occasion = Occasion::of_aftermath(aftermath);
    let mut notice = Notice {
        detail: cut(&story(aftermath), LONGEST_TEXT),
        service_deployment_arn: Some(arn.clone()),
        deployment: Some(Deployment::of(&latest.candidate)),
        rollback: Ended::of(event, latest),
        alarms: match event {
            After::Unprotected { alarms } => {
                alarms.iter().take(MOST_ITEMS).map(|name| cut(name, LONGEST_NAME)).collect()
            }
            After::RollbackEnded { .. } | After::Redeployed { .. } => Vec::new(),
        },
        ..Notice::new(occasion, arn, &service.to_string(), *at, Some(service), desk)
    };
    notice.complete(Facts::default(), desk);
    notice
}

/// What came after, in one English sentence.
#[must_use]
pub fn story(Aftermath { event, service, latest, .. }: &Aftermath) -> String {
    match event {
        After::RollbackEnded { is_successful, took, .. } => {
            let end = if *is_successful { "is complete" } else { "has FAILED" };
            let took = took.map_or_else(String::new, |took| format!(" after {}", crate::decision::span(took)));
            let reason = latest.rollback.as_ref().and_then(|rollback| rollback.reason.as_ref());
            let why = reason.or(latest.status_reason.as_ref());
            let why = why.map_or_else(String::new, |why| format!("; ECS says: {}", why.trim_end_matches('.')));
            format!("The rollback of {service} {end}{took}{why}.")
        }
        After::Redeployed { before } => {
            let ended = before.ended().map_or_else(String::new, |ended| format!(" at {ended}"));
            format!("A deployment of {service} has begun that brings what was rolled back{ended}: {}.", before.arn)
        }
        After::Unprotected { alarms } => format!(
            "A deployment of {service} has begun while {} in ALARM: what began before a deployment does not roll it back.",
            match alarms.as_slice() {
                [one] => format!("its alarm {one} was"),
                several => format!("its alarms {} were", several.join(", ")),
            }
        ),
    }
}

/// What stands for the deployment in the id of a notice that has none: a retry of the same event gives the same.
fn without_deployment(Entry { service, signal, .. }: &Entry) -> String {
    let service = service.as_ref().map_or_else(String::new, |Target { account, region, cluster, name, .. }| {
        format!("{}:{region}:{cluster}/{name}:", account.as_deref().unwrap_or_default())
    });
    let began = signal.began.map_or_else(String::new, |began| format!("@{began}"));
    format!("{service}{}:{}{began}", signal.source, signal.name)
}

/// The longest text of others that a notice repeats, so that all of it stays far below the 256 KB that SNS and EventBridge take.
const LONGEST_TEXT: usize = 1_500;

/// The longest name: that of an alarm, or the reference of an image.
const LONGEST_NAME: usize = 512;

/// The most of several things that a notice lists.
const MOST_ITEMS: usize = 10;

impl Notice {
    fn new(
        occasion: Occasion,
        about: &str,
        of: &str,
        at: Timestamp,
        service: Option<&Target>,
        desk: &Desk<'_>,
    ) -> Self {
        Self {
            id: format!("{}#{}", cut(about, 2_048), occasion.as_str()),
            occasion,
            reason: None,
            title: occasion.title(&cut(of, 150)),
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
            partition: service.map_or(&desk.home.partition, |service| &service.partition).clone(),
        }
    }

    /// The ARNs of the revisions that it speaks of.
    #[must_use]
    pub fn revision_arns(&self) -> Vec<String> {
        let deployment = self.deployment.iter();
        deployment
            .flat_map(|deployment| deployment.from.iter().chain(&deployment.to))
            .map(|revision| revision.arn.clone())
            .collect()
    }

    /// The number of the revision that its deployment brings.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        Some(revision_number(&self.deployment.as_ref()?.from.as_ref()?.arn))
    }

    /// Adds what was read for it, and what follows from all.
    pub fn complete(&mut self, facts: Facts, desk: &Desk<'_>) {
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
        self.links = Links::of(self, desk);
        self.next_steps = advice::of(self);
    }
}

impl Accusation {
    fn of(signal: &SignalSummary) -> Self {
        Self {
            source: signal.source,
            name: signal.name.clone(),
            alarm_arn: signal.alarm_arn.as_deref().map(|arn| cut(arn, LONGEST_NAME)),
            reason: signal.statement.reason.as_deref().map(|reason| cut(reason, LONGEST_TEXT)),
            threshold: signal.statement.threshold,
            began: signal.began,
            evidence_ended: signal.evidence_ended,
            sent: signal.sent,
        }
    }
}

impl Deployment {
    fn of(candidate: &Candidate) -> Self {
        let revision = |arn: &String| Revision { arn: arn.clone(), task_definition: None, images: Vec::new() };
        let deployment = &candidate.deployment;
        Self {
            status: deployment.status.as_str().to_owned(),
            created: deployment.created,
            started: deployment.started,
            from: deployment.target_revision.as_ref().map(revision),
            to: candidate.source_revisions.iter().take(MOST_ITEMS).map(revision).collect(),
        }
    }
}

impl Ended {
    fn of(event: &After, latest: &Latest) -> Option<Self> {
        let After::RollbackEnded { took, since_signal, .. } = event else { return None };
        let reason = latest.rollback.as_ref().and_then(|rollback| rollback.reason.clone());
        Some(Self {
            reason: reason.or_else(|| latest.status_reason.clone()).map(|reason| cut(&reason, LONGEST_TEXT)),
            seconds: took.map(|took| took.as_secs()),
            seconds_since_signal: since_signal.map(|since: SignedDuration| since.as_secs()),
        })
    }
}

/// Text with what is too long of it left out.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.push('…');
    kept
}
