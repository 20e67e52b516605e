//! The report as metrics: lines of CloudWatch's embedded metric format.

use std::{io, sync::Mutex};

use jiff::Timestamp;
use judgement::{Outcome, Reason};
use metrique_writer_core::{
    Entry, EntryWriter,
    format::Format,
    unit::{AsCount, AsSeconds},
};
use metrique_writer_format_emf::Emf;

use super::{Delivery, Entry as ReportEntry, Report};
use crate::follow_up::{Finding, FollowUp};

/// Writes the metrics of invocations.
pub struct Metrics {
    service: String,
    decisions: Mutex<Emf>,
    follow_ups: Mutex<Emf>,
    invocations: Mutex<Emf>,
}

/// The effort of one invocation.
#[derive(Debug, Clone)]
pub struct Effort {
    /// When it began.
    pub at: Timestamp,
    /// Its id.
    pub request_id: String,
    /// `true` for the first of its execution environment.
    pub cold_start: bool,
    /// The number of requests that it sent to AWS, retries included.
    pub calls: u64,
}

impl Metrics {
    /// A writer for a namespace, with the value of the dimension `service`. There are few dimensions, as each combination is a
    /// metric to pay for; ids are properties.
    #[must_use]
    pub fn new(namespace: &str, service: &str) -> Self {
        let dimensions =
            |sets: &[&[&str]]| sets.iter().map(|set| set.iter().map(|name| (*name).to_owned()).collect()).collect();
        let of_service = dimensions(&[&["service"]]);
        let of_decision = dimensions(&[&["service", "outcome"], &["service", "outcome", "reason"]]);
        let of_follow_up = dimensions(&[&["service", "outcome"]]);
        Self {
            service: service.to_owned(),
            decisions: Mutex::new(Emf::no_validations(namespace.to_owned(), of_decision)),
            follow_ups: Mutex::new(Emf::no_validations(namespace.to_owned(), of_follow_up)),
            invocations: Mutex::new(Emf::no_validations(namespace.to_owned(), of_service)),
        }
    }

    /// Writes one line per decision and per follow-up, and one for the invocation. News of ECS is no decision: a thousand
    /// deployments would hide one that was rolled back.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn write(&self, report: &Report, effort: &Effort, out: &mut impl io::Write) -> io::Result<()> {
        for entry in report.entries().filter(|entry| entry.reason() != Reason::InformationalEvent) {
            format(&self.decisions, &Decision { service: &self.service, entry, effort }, out)?;
        }
        for follow_up in &report.follow_ups.all {
            format(&self.follow_ups, &FollowedUp { service: &self.service, follow_up, effort }, out)?;
        }
        let unrecognized = report.records.iter().filter(|record| record.signal.is_err()).count();
        format(
            &self.invocations,
            &Invocation { service: &self.service, unrecognized, delivery: report.delivery(), effort },
            out,
        )
    }
}

fn format(emf: &Mutex<Emf>, entry: &impl Entry, out: &mut impl io::Write) -> io::Result<()> {
    let mut emf = emf.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    emf.format(entry, out).map_err(io::Error::other)
}

struct Decision<'a> {
    service: &'a str,
    entry: &'a ReportEntry,
    effort: &'a Effort,
}

impl Entry for Decision<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let ReportEntry { signal, service, .. } = self.entry;
        writer.timestamp(self.effort.at.into());
        writer.value("service", self.service);
        writer.value("outcome", self.entry.outcome().as_str());
        writer.value("reason", self.entry.reason().as_str());
        writer.value("Decisions", &AsCount::from(1_u64));
        if let Some(seconds) = self.seconds_to_stop() {
            writer.value("SignalToStop", &AsSeconds::from(seconds));
        }
        writer.value("signal", signal.name.as_str());
        if let Some(service) = service {
            writer.value("target", &service.to_string());
        }
        if let Some(arn) = self.entry.deployment() {
            writer.value("serviceDeploymentArn", arn);
        }
        writer.value("requestId", self.effort.request_id.as_str());
        writer.value("version", env!("CARGO_PKG_VERSION"));
    }
}

impl Decision<'_> {
    /// The time from the beginning of the signal until ECS had agreed.
    fn seconds_to_stop(&self) -> Option<f64> {
        let began = self.entry.signal.began?;
        let took = self.entry.decided_after.filter(|_| self.entry.outcome() == Outcome::RolledBack)?;
        Some((self.effort.at.duration_since(began).as_secs_f64() + took.as_secs_f64()).max(0.0))
    }
}

struct FollowedUp<'a> {
    service: &'a str,
    follow_up: &'a FollowUp,
    effort: &'a Effort,
}

impl Entry for FollowedUp<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let FollowUp { finding, service, latest, .. } = self.follow_up;
        writer.timestamp(self.effort.at.into());
        writer.value("service", self.service);
        writer.value("outcome", self.follow_up.kind().as_str());
        writer.value("FollowUps", &AsCount::from(1_u64));
        if let Finding::RollbackEnded { took, since_signal, .. } = finding {
            if let Some(took) = took {
                writer.value("RollbackDuration", &AsSeconds::from(took.as_secs_f64()));
            }
            if let Some(since) = since_signal {
                writer.value("SignalToRollbackDone", &AsSeconds::from(since.as_secs_f64().max(0.0)));
            }
        }
        writer.value("target", &service.to_string());
        writer.value("serviceDeploymentArn", latest.candidate.deployment.arn.as_str());
        writer.value("requestId", self.effort.request_id.as_str());
        writer.value("version", env!("CARGO_PKG_VERSION"));
    }
}

struct Invocation<'a> {
    service: &'a str,
    unrecognized: usize,
    delivery: Delivery,
    effort: &'a Effort,
}

impl Entry for Invocation<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(self.effort.at.into());
        writer.value("service", self.service);
        writer.value("Calls", &AsCount::from(self.effort.calls));
        writer.value("ColdStarts", &AsCount::from(u64::from(self.effort.cold_start)));
        writer.value("UnrecognizedEvents", &AsCount::from(self.unrecognized as u64));
        let Delivery { delivered, failed } = self.delivery;
        if delivered + failed > 0 {
            writer.value("Notices", &AsCount::from(u64::from(delivered)));
            writer.value("NoticesFailed", &AsCount::from(u64::from(failed)));
        }
        writer.value("requestId", self.effort.request_id.as_str());
        writer.value("version", env!("CARGO_PKG_VERSION"));
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
