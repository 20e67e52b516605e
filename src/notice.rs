//! Notices: messages to people and programs, with everything that helps to understand what happened. Facts are read in `facts`, and
//! notices sent in `send`; everything else here is pure.

mod commands;
mod draft;
mod event;
mod facts;
mod graph;
mod kind;
mod lines;
mod links;
mod message;
mod next_steps;
mod parts;
#[cfg(test)]
mod schema;
mod send;
mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use judgement::{
    Arn, Location, Reason, Service,
    observation::{Revision, StoppedTasks},
    signal::Clues,
    text::{cut, shown},
};
use serde::Serialize;

pub(crate) use self::draft::drafts;
pub use self::{draft::Draft, kind::notice_kinds};
use self::{
    facts::Facts,
    kind::why_left_alone,
    links::{Links, encoded},
    next_steps::Step,
    parts::{AlarmNow, NoticeDeployment, NoticeSignal, RollbackEnd},
};
pub(crate) use self::{
    kind::Kind,
    send::{NoticeSettings, Notifier},
};
use crate::{
    follow_up::{Finding, FollowUp},
    report::{Entry, Report},
};

/// One notice. Written as JSON, it is the detail of the event; `docs/reference/notice.v1.schema.json` is its schema.
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
    /// The event and its cause, in English sentences.
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
    /// Links to the console and to the documents.
    pub(crate) links: Links,
    /// The next steps for the reader.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) next_steps: Vec<Step>,
    /// Facts that could not be read, and why.
    pub(crate) unknown: Vec<String>,
    /// The version of the function.
    pub(crate) version: &'static str,
    /// The alarm behind it, by which more can be read.
    #[serde(skip)]
    alarm: Option<Clues>,
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
    /// The address under which the documents are.
    pub(crate) documentation: &'a str,
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
    let deployment = entry.deployment().map(str::to_owned);
    let about = match kind {
        Kind::LedNowhere => alarm_of_the_day(entry, context.now),
        _ => deployment.clone().unwrap_or_else(|| without_deployment(entry)),
    };
    let at = entry.decided_after.and_then(|after| context.now.checked_add(after).ok()).unwrap_or(context.now);
    let why = why_left_alone(entry.reason()).map_or_else(String::new, |why| format!("{why} "));
    Some(Notice {
        reason: Some(entry.reason()),
        detail: cut(&format!("{why}{}", entry.verdict.detail), LONGEST_TEXT),
        service_deployment_arn: deployment,
        signal: Some(NoticeSignal::of(&entry.signal)),
        deployment: entry.observed.as_deref().map(NoticeDeployment::of),
        alarm: entry.signal.clues.alarm.as_ref().map(|_| entry.signal.clues.clone()),
        ..Notice::new(kind, &about, at, entry.service.as_ref())
    })
}

fn of_follow_up(follow_up: &FollowUp) -> Notice {
    let FollowUp { finding, service, latest, at } = follow_up;
    let arn = &latest.candidate.deployment.arn;
    let (alarms, alarm) = match finding {
        Finding::Unprotected { alarms } => {
            (alarms.iter().take(MOST_ITEMS).map(|name| cut(name, LONGEST_NAME)).collect(), None)
        }
        Finding::RollbackEnded { alarm, .. } => (Vec::new(), alarm.as_deref().cloned()),
        Finding::Redeployed { .. } => (Vec::new(), None),
    };
    Notice {
        detail: cut(&follow_up.sentence(), LONGEST_TEXT),
        service_deployment_arn: Some(arn.clone()),
        deployment: Some(NoticeDeployment::of(&latest.candidate)),
        rollback: RollbackEnd::of(finding, latest),
        alarms,
        alarm,
        ..Notice::new(Kind::of_follow_up(follow_up), arn, *at, Some(service))
    }
}

/// Stable stand-in for the deployment ARN, so that a retry yields the same notice id.
fn without_deployment(Entry { service, signal, .. }: &Entry) -> String {
    let service = service.as_ref().map_or_else(String::new, |Service { account, region, cluster, name, .. }| {
        format!("{}:{region}:{cluster}/{name}:", account.as_deref().unwrap_or_default())
    });
    let began = signal.began.map_or_else(String::new, |began| format!("@{began}"));
    format!("{service}{}:{}{began}", signal.source, encoded(&cut(&signal.name, LONGEST_NAME)))
}

/// The alarm and the day, as a notice about it is sent once a day.
fn alarm_of_the_day(Entry { signal, .. }: &Entry, now: Timestamp) -> String {
    let origin = &signal.clues.origin;
    let [account, region] = [&origin.account, &origin.region].map(|part| encoded(part.as_deref().unwrap_or_default()));
    format!("{account}:{region}:{}@{}", encoded(&cut(&signal.name, LONGEST_NAME)), now.strftime("%Y-%m-%d"))
}

/// The longest quoted text, so that a notice stays far below the 256 KB that SNS and EventBridge take.
const LONGEST_TEXT: usize = 1_500;

/// The longest name: that of an alarm, or the reference of an image.
const LONGEST_NAME: usize = 512;

/// The most of several things that a notice lists.
const MOST_ITEMS: usize = 10;

impl Notice {
    fn new(kind: Kind, about: &str, at: Timestamp, service: Option<&Service>) -> Self {
        Self {
            id: format!("{}#{}", cut(about, 2_048), kind.as_str()),
            kind,
            reason: None,
            title: String::new(),
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
            version: env!("CARGO_PKG_VERSION"),
            alarm: None,
        }
    }

    /// The revision to which a rollback goes back.
    fn previous(&self) -> Option<&Revision> {
        self.deployment.as_ref()?.to.first()
    }

    /// Adds the facts, and all that follows from them.
    fn complete(&mut self, facts: Facts, context: &Context<'_>) {
        self.deployment = self.deployment.take().or(facts.deployment);
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
        let fired_before = facts.fired_before;
        let sentences = [
            facts.alarm.as_ref().map(AlarmNow::sentence),
            fired_before
                .zip(self.signal.as_ref())
                .zip(self.service.as_ref())
                .and_then(|((fired, signal), service)| fired.sentence(&signal.name, service)),
        ];
        for sentence in sentences.into_iter().flatten() {
            self.detail.extend([" ", &sentence]);
        }
        if let Some(signal) = &mut self.signal {
            signal.fired_before = fired_before;
        }
        if let Some(rollback) = &mut self.rollback {
            rollback.alarm = facts.alarm;
        }
        self.unknown = facts.unknown.iter().map(|unknown| cut(unknown, LONGEST_TEXT)).collect();
        self.links = Links::of(self, context);
        self.next_steps = next_steps::of(self, context);
        self.title = self.titled();
    }

    /// The headline: `Rolled back prod/web: web:42 → web:41 · 111122223333 · eu-west-1`.
    fn titled(&self) -> String {
        let signal = self.signal.as_ref();
        let name = || signal.map_or_else(String::new, |signal| shown(&signal.name, 150));
        let of = match (&self.service, self.kind) {
            (_, Kind::LedNowhere) => name(),
            (Some(service), _) => cut(&service.to_string(), 150),
            (None, _) => format!("the service of {}", name()),
        };
        let deployment = self.deployment.as_ref();
        let new = deployment.and_then(|deployment| deployment.from.as_ref()?.name());
        let change = new.zip(self.previous().and_then(Revision::name)).map_or_else(String::new, |(new, previous)| {
            if self.kind.goes_back() { format!(": {new} → {previous}") } else { format!(": {previous} → {new}") }
        });
        let alarm = signal.and_then(|signal| signal.alarm_arn.as_deref()).and_then(Arn::parse);
        let place = match &self.service {
            Some(Service { account, region, .. }) => [account.as_deref(), Some(region.as_str())],
            None => [alarm.map(|arn| arn.account), alarm.map(|arn| arn.region)],
        };
        let headline = format!("{} {of}{change}", self.kind.headline());
        [Some(headline.as_str())].into_iter().chain(place).flatten().collect::<Vec<_>>().join(" · ")
    }
}
