//! The figures of an invocation, as lines of CloudWatch's embedded metric format.

use std::{io, sync::Mutex};

use jiff::Timestamp;
use metrique_writer_core::{
    Entry, EntryWriter,
    format::Format,
    unit::{AsCount, AsSeconds},
};
use metrique_writer_format_emf::Emf;

use crate::{
    aftermath::{Aftermath, Event},
    notice::Occasion,
    reason::Outcome,
    report::{self, Delivery, Report},
};

/// Writes figures.
pub struct Figures {
    service: String,
    decisions: Mutex<Emf>,
    aftermaths: Mutex<Emf>,
    invocations: Mutex<Emf>,
}

/// One invocation as a whole.
#[derive(Debug, Clone)]
pub struct Effort {
    /// When it began.
    pub at: Timestamp,
    /// Its id.
    pub request_id: String,
    /// Whether it was the first of its execution environment.
    pub cold_start: bool,
    /// How many requests it sent to AWS, retries included.
    pub calls: u64,
}

impl Figures {
    /// A writer for a namespace, of this service. There are few dimensions, as each combination is a metric to be paid for;
    /// ids are properties.
    #[must_use]
    pub fn new(namespace: &str, service: &str) -> Self {
        let dimensions =
            |sets: &[&[&str]]| sets.iter().map(|set| set.iter().map(|name| (*name).to_owned()).collect()).collect();
        let of_service = dimensions(&[&["service"]]);
        let of_decision = dimensions(&[&["service"], &["service", "outcome", "reason"]]);
        let of_aftermath = dimensions(&[&["service"], &["service", "outcome"]]);
        Self {
            service: service.to_owned(),
            decisions: Mutex::new(Emf::no_validations(namespace.to_owned(), of_decision)),
            aftermaths: Mutex::new(Emf::no_validations(namespace.to_owned(), of_aftermath)),
            invocations: Mutex::new(Emf::no_validations(namespace.to_owned(), of_service)),
        }
    }

    /// Writes one line for each decision and each aftermath, and one for the invocation.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&self, report: &Report, effort: &Effort, out: &mut impl io::Write) -> io::Result<()> {
        for entry in report.entries() {
            format(&self.decisions, &Decision { service: &self.service, entry, effort }, out)?;
        }
        for aftermath in &report.aftermaths {
            format(&self.aftermaths, &After { service: &self.service, aftermath, effort }, out)?;
        }
        let unrecognized = report.records.iter().filter(|record| record.entries.is_err()).count();
        format(
            &self.invocations,
            &Invocation { service: &self.service, unrecognized, delivery: report.delivery, effort },
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
    entry: &'a report::Entry,
    effort: &'a Effort,
}

impl Entry for Decision<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let report::Entry { outcome, reason, signal, service, service_deployment_arn, .. } = self.entry;
        writer.timestamp(self.effort.at.into());
        writer.value("service", self.service);
        writer.value("outcome", outcome.as_str());
        writer.value("reason", reason.as_str());
        writer.value("Decisions", &AsCount::from(1_u64));
        if let Some(seconds) = self.seconds_to_stop() {
            writer.value("SignalToStop", &AsSeconds::from(seconds));
        }
        writer.value("signal", signal.name.as_str());
        if let Some(service) = service {
            writer.value("target", &service.to_string());
        }
        if let Some(arn) = service_deployment_arn {
            writer.value("serviceDeploymentArn", arn.as_str());
        }
        writer.value("requestId", self.effort.request_id.as_str());
    }
}

impl Decision<'_> {
    /// From the beginning of the signal to the time at which ECS had agreed.
    fn seconds_to_stop(&self) -> Option<f64> {
        let began = self.entry.signal.began?;
        let took = self.entry.settled_after.filter(|_| self.entry.outcome == Outcome::RolledBack)?;
        Some((self.effort.at.duration_since(began).as_secs_f64() + took.as_secs_f64()).max(0.0))
    }
}

struct After<'a> {
    service: &'a str,
    aftermath: &'a Aftermath,
    effort: &'a Effort,
}

impl Entry for After<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let Aftermath { event, service, latest, .. } = self.aftermath;
        writer.timestamp(self.effort.at.into());
        writer.value("service", self.service);
        writer.value("outcome", Occasion::of_aftermath(self.aftermath).as_str());
        writer.value("Aftermaths", &AsCount::from(1_u64));
        if let Event::RollbackEnded { took, since_signal, .. } = event {
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
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        decision::Leave,
        event::{self, AnswerForm},
        observation::{Candidate, Latest, ServiceDeployment, Status},
        reason::Reason,
        report::RecordReport,
        target::{Target, Way, Whereabouts},
    };

    fn at(time: &str) -> Timestamp {
        format!("2026-06-01T{time}Z").parse().expect("a time of the day")
    }

    /// The lines for a rollback of `prod/web`, agreed to half a second after noon, and for one record that is no event.
    fn lines() -> Vec<Value> {
        let event = json!({"cluster": "prod", "service": "web", "reason": "two\nlines"});
        let mut signal = event::parse(&event).expect("an event").records.remove(0).signal.expect("a signal");
        signal.began = Some(at("11:58:00"));
        let web = Whereabouts::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1")
            .service("prod", "web");
        let leave = Leave {
            service_deployment_arn: Some("arn:d".to_owned()),
            ..Leave::new(Reason::StopRequested, String::new())
        };
        let entry = report::Entry::of_service(&signal, &web, Way::Explicit, leave);
        let entry = report::Entry { settled_after: Some(Duration::from_millis(500)), ..entry };
        let unrecognized =
            event::parse(&Value::Null).expect("a record").records.remove(0).signal.expect_err("no event");
        let records = [Ok(vec![entry]), Err(unrecognized)].map(|entries| RecordReport { message_id: None, entries });
        let mut report = Report::of_records(AnswerForm::Outcomes, records.into());
        report.aftermaths = vec![aftermath(web)];
        report.delivery = Delivery { delivered: 2, failed: 1 };
        let effort = Effort { at: at("12:00:00"), request_id: "8476a536".to_owned(), cold_start: true, calls: 4 };
        let mut out = Vec::new();
        Figures::new("Shop", "rollback").write(&report, &effort, &mut out).expect("lines");
        String::from_utf8(out).expect("text").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn a_decision_is_counted_by_outcome_and_reason_with_its_ids_as_properties() {
        let line = lines().remove(0);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Shop");
        assert_eq!(directive["Dimensions"], json!([["service"], ["service", "outcome", "reason"]]));
        let metrics = json!([{"Name": "Decisions", "Unit": "Count"}, {"Name": "SignalToStop", "Unit": "Seconds"}]);
        assert_eq!(directive["Metrics"], metrics);
        assert_eq!(line["_aws"]["Timestamp"], at("12:00:00").as_millisecond());
        for (field, value) in [
            ("service", json!("rollback")),
            ("outcome", json!("rolled-back")),
            ("reason", json!("stop-requested")),
            ("Decisions", json!(1)),
            ("SignalToStop", json!(120.5)),
            ("signal", json!("two\nlines")),
            ("target", json!("prod/web")),
            ("serviceDeploymentArn", json!("arn:d")),
            ("requestId", json!("8476a536")),
        ] {
            assert_eq!(line[field], value, "{field}");
        }
    }

    /// The end of a rollback that took a minute, three minutes after the signal.
    fn aftermath(service: Target) -> Aftermath {
        let deployment = ServiceDeployment {
            arn: "arn:d".to_owned(),
            status: Status::RollbackSuccessful,
            created: None,
            started: None,
            finished: None,
            target_revision: None,
        };
        let candidate = Candidate { deployment, source_revisions: Vec::new(), paused_at: None };
        let latest = Latest { candidate, rollback: None, status_reason: None, alarm_names: Vec::new() };
        let (took, since) = (SignedDuration::from_mins(1), SignedDuration::from_mins(3));
        let event = Event::RollbackEnded { is_successful: true, took: Some(took), since_signal: Some(since) };
        Aftermath { event, service, latest, at: at("12:01:00") }
    }

    #[test]
    fn the_end_of_a_rollback_is_counted_with_its_times() {
        let line = lines().remove(1);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["service"], ["service", "outcome"]]));
        for (field, value) in [
            ("outcome", json!("rollback-successful")),
            ("Aftermaths", json!(1)),
            ("RollbackDuration", json!(60)),
            ("SignalToRollbackDone", json!(180)),
            ("target", json!("prod/web")),
            ("serviceDeploymentArn", json!("arn:d")),
        ] {
            assert_eq!(line[field], value, "{field}");
        }
    }

    #[test]
    fn an_invocation_counts_its_calls_its_cold_start_and_what_was_no_event() {
        let line = lines().remove(2);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["service"]]));
        assert_eq!((&line["Notices"], &line["NoticesFailed"]), (&json!(2), &json!(1)));
        assert_eq!(
            (&line["Calls"], &line["ColdStarts"], &line["UnrecognizedEvents"]),
            (&json!(4), &json!(1), &json!(1))
        );
    }
}
