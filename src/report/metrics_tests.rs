use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use judgement::{
    Location, Reason, Service, Verdict, Way,
    event::{self, AnswerForm},
    observation::{Candidate, Latest, ServiceDeployment, Status},
};
use serde_json::{Value, json};

use super::*;
use crate::{follow_up::FollowUps, report::Record};

fn at(time: &str) -> Timestamp {
    format!("2026-06-01T{time}Z").parse().expect("a time of the day")
}

/// The lines for a rollback of `prod/web`, requested half a second after noon, and for one record that is not an event.
fn lines() -> Vec<Value> {
    let record = |event: &Value| event::parse(event).expect("an event").records.remove(0);
    let mut request = record(&signals::request("prod/web", "two\nlines"));
    request.signal.as_mut().expect("a signal").began = Some(at("11:58:00"));
    let mut records = [request, record(&Value::Null)].map(Record::from);
    let web =
        Location::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1").service("prod", "web");
    let verdict = Verdict::new(Reason::StopRequested, "").about("arn:d");
    let signal = Arc::clone(records[0].signal.as_ref().expect("a signal"));
    let entry = ReportEntry::of_service(&signal, &web, Way::Explicit, verdict);
    records[0].entries = vec![ReportEntry { decided_after: Some(Duration::from_millis(500)), ..entry }];
    let mut report = Report::of(AnswerForm::Outcomes, records.into());
    report.follow_ups = FollowUps { all: vec![rollback_ended(web)], failed: 0 };
    report.delivery = Delivery { delivered: 2, failed: 1 };
    written(&report)
}

fn written(report: &Report) -> Vec<Value> {
    let effort = Effort { at: at("12:00:00"), request_id: "8476a536".to_owned(), cold_start: true, calls: 4 };
    let mut out = Vec::new();
    Metrics::new("Shop", "rollback").write(report, &effort, &mut out).expect("lines");
    String::from_utf8(out).expect("text").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_decision_is_counted_by_outcome_and_reason_with_its_ids_as_properties() {
    let line = lines().remove(0);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "Shop");
    assert_eq!(directive["Dimensions"], json!([["service", "outcome"], ["service", "outcome", "reason"]]));
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
        ("version", json!(env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
}

/// The end of a rollback that took a minute, three minutes after the signal.
fn rollback_ended(service: Service) -> FollowUp {
    let deployment = ServiceDeployment {
        arn: "arn:d".to_owned(),
        status: Status::RollbackSuccessful,
        created: None,
        started: None,
        finished: None,
        target_revision: None,
    };
    let candidate = Candidate::new(deployment, Vec::new());
    let latest = Latest { candidate, rollback: None, status_reason: None, alarm_names: Vec::new() };
    let (took, since) = (SignedDuration::from_mins(1), SignedDuration::from_mins(3));
    let finding =
        Finding::RollbackEnded { is_successful: true, took: Some(took), since_signal: Some(since), alarm: None };
    FollowUp { finding, service, latest, at: at("12:01:00") }
}

#[test]
fn the_end_of_a_rollback_is_counted_with_its_times() {
    let line = lines().remove(1);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Dimensions"], json!([["service", "outcome"]]));
    for (field, value) in [
        ("outcome", json!("rollback-successful")),
        ("FollowUps", json!(1)),
        ("RollbackDuration", json!(60)),
        ("SignalToRollbackDone", json!(180)),
        ("target", json!("prod/web")),
        ("serviceDeploymentArn", json!("arn:d")),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
}

#[test]
fn an_invocation_counts_its_calls_its_cold_start_and_its_unrecognized_events() {
    let line = lines().remove(2);
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["service"]]));
    assert_eq!((&line["Notices"], &line["NoticesFailed"]), (&json!(2), &json!(1)));
    assert_eq!((&line["Calls"], &line["ColdStarts"], &line["UnrecognizedEvents"]), (&json!(4), &json!(1), &json!(1)));
}

#[test]
fn news_of_a_deployment_is_no_decision_and_the_invocation_counts() {
    let news = signals::EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_IN_PROGRESS", "ecs-svc/1").as_json();
    let mut record = Record::from(event::parse(&news).expect("an event").records.remove(0));
    let signal = Arc::clone(record.signal.as_ref().expect("a signal"));
    record.entries = vec![ReportEntry::of_no_service(&signal, Verdict::new(Reason::InformationalEvent, ""))];
    let lines = written(&Report::of(AnswerForm::Outcomes, vec![record]));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["Calls"], 4);
}
