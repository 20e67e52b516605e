use jiff::SignedDuration;

use super::*;
use crate::{
    event::SIGNALS,
    evidence::{Evidence, Window},
    observation::{ObservedService, ServiceDeployment, Status},
    policy::{AlarmPatterns, Limit, Mode, OptIn, ServicePatterns},
    service::Location,
    signal::{About, Clues, Kind},
};

mod screening;

/// The deployment began at 11:50; the alarm at 11:55; it is 12:00.
fn at(time: &str) -> Timestamp {
    format!("2026-06-01T{time}Z").parse().expect("a time of the day")
}

fn now() -> Timestamp {
    at("12:00:00")
}

/// The policy of the documented defaults with one parameter changed.
fn policy((parameter, value): (&str, &str)) -> Policy {
    let seconds = || SignedDuration::from_secs(value.parse().expect("a number"));
    let mut policy = Policy {
        mode: Mode::Enforce,
        services: ServicePatterns::parse("*/*").expect("patterns"),
        opt_in: OptIn::All,
        alarms: AlarmPatterns::parse("*").expect("patterns"),
        ecs_events: SIGNALS.map(str::to_owned).into(),
        max_signal_age: Some(SignedDuration::from_mins(15)),
        limit: Some(Limit { count: 3, window: SignedDuration::from_hours(1) }),
        clock_skew: SignedDuration::ZERO,
    };
    match parameter {
        "" => {}
        "Mode" => policy.mode = value.parse().expect("a mode"),
        "OptIn" => policy.opt_in = value.parse().expect("a choice"),
        "Services" => policy.services = ServicePatterns::parse(value).expect("patterns"),
        "Alarms" => policy.alarms = AlarmPatterns::parse(value).expect("patterns"),
        "EcsEvents" => policy.ecs_events = vec![value.to_owned()],
        "MaxSignalAgeSeconds" => policy.max_signal_age = Some(seconds()).filter(|age| !age.is_zero()),
        "ClockSkewSeconds" => policy.clock_skew = seconds(),
        "RollbackLimit" => {
            let count: usize = value.parse().expect("a number");
            policy.limit = policy.limit.filter(|_| count > 0).map(|limit| Limit { count, ..limit });
        }
        other => panic!("{other} is no parameter of the policy"),
    }
    policy
}

const DEFAULTS: (&str, &str) = ("", "");

fn alarm() -> Signal {
    Signal {
        source: Source::CloudWatch,
        name: "web-5xx".to_owned(),
        kind: Kind::Alarm { state: "ALARM".to_owned(), suppressed_by: None, muted_by: None },
        sent: Some(at("11:55:01")),
        began: Some(at("11:55:00")),
        explanation: None,
        threshold: None,
        evidence: minute_to("11:54:00"),
        about: None,
        clues: Clues::default(),
    }
}

/// Evidence of trouble that began in the minute that ended then; none for no time.
fn minute_to(end: &str) -> Option<Evidence> {
    let end = (!end.is_empty()).then(|| at(end))?;
    Some(Evidence { first: Window { start: end - SignedDuration::from_mins(1), end }, ended: at("11:54:00") })
}

fn request() -> Signal {
    let kind = Kind::Request;
    Signal { source: Source::Manual, kind, sent: None, began: None, evidence: None, ..alarm() }
}

fn about_revision(number: &str) -> Signal {
    Signal { source: Source::Ecs, kind: Kind::Trouble, about: Some(About::Revision(number.to_owned())), ..alarm() }
}

fn about_deployment(arn: &str) -> Signal {
    Signal { about: Some(About::ServiceDeployment(arn.to_owned())), ..request() }
}

fn web() -> Service {
    Service {
        partition: "aws".to_owned(),
        account: Some("111122223333".to_owned()),
        region: "eu-west-1".to_owned(),
        cluster: "prod".to_owned(),
        name: "web".to_owned(),
    }
}

fn deployment(id: &str, status: &str, created: &str) -> ServiceDeployment {
    let over = matches!(status, "SUCCESSFUL" | "STOPPED" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED");
    ServiceDeployment {
        arn: format!("arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/{id}"),
        status: status.into(),
        created: Some(at(created)),
        started: Some(at(created)),
        finished: over.then(|| at(created)),
        target_revision: Some(format!("arn:aws:ecs:eu-west-1:111122223333:service-revision/prod/web/{id}")),
    }
}

fn observed() -> Observation {
    let deployment = deployment("0042", "IN_PROGRESS", "11:50:00");
    Observation {
        service: Some(ObservedService {
            arn: "arn:aws:ecs:eu-west-1:111122223333:service/prod/web".to_owned(),
            status: "ACTIVE".to_owned(),
            controller: "ECS".to_owned(),
            tag: None,
            primary_in_progress: None,
            current_service_deployment: None,
        }),
        history: vec![deployment.clone()],
        candidate: Some(Candidate {
            deployment,
            source_revisions: vec!["arn:aws:ecs:eu-west-1:111122223333:service-revision/prod/web/0041".to_owned()],
            paused_at: None,
        }),
    }
}

fn service(change: impl FnOnce(&mut ObservedService)) -> Observation {
    let mut observed = observed();
    change(observed.service.as_mut().expect("a service"));
    observed
}

fn candidate(change: impl FnOnce(&mut Candidate)) -> Observation {
    let mut observed = observed();
    change(observed.candidate.as_mut().expect("a candidate"));
    observed
}

fn status(status: &str) -> Observation {
    candidate(|candidate| candidate.deployment.status = status.into())
}

fn rolled_back_at(times: &[&str]) -> Observation {
    let mut observed = observed();
    observed.history.extend(times.iter().map(|time| deployment("9", "ROLLBACK_SUCCESSFUL", time)));
    observed
}

fn tag(tag: &str) -> Observation {
    service(|service| service.tag = Some(tag.to_owned()))
}

fn decided(signal: &Signal, observed: &Observation, setting: (&str, &str)) -> String {
    match decide(signal, &web(), observed, &policy(setting), now()) {
        Decision::RollBack(RollBack { means: Means::Stop, .. }) => "stop".to_owned(),
        Decision::RollBack(RollBack { means: Means::Continue { hook_id }, .. }) => format!("continue {hook_id}"),
        Decision::LeaveAlone(verdict) => verdict.reason.to_string(),
    }
}

#[test]
fn rows_6_to_16_decide_in_their_order() {
    let observe = ("Mode", "observe");
    let off = ("Mode", "off");
    let tagged = ("OptIn", "tagged");
    let none = DEFAULTS;
    let mut nothing_in_flight = observed();
    nothing_in_flight.candidate = None;
    let paused = candidate(|candidate| candidate.paused_at = Some("hook".to_owned()));
    let first = candidate(|candidate| candidate.source_revisions.clear());
    let other_account =
        service(|service| service.arn = "arn:aws:ecs:eu-west-1:444455556666:service/prod/web".to_owned());
    let this = "arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/0042";
    for (row, signal, observed, setting, expected) in vec![
        ("5", alarm(), other_account, none, "foreign-account"),
        ("6", alarm(), Observation::of_no_service(), none, "service-not-found"),
        ("6", alarm(), service(|service| service.status = "DRAINING".to_owned()), none, "service-not-found"),
        (
            "6",
            alarm(),
            service(|service| service.controller = "CODE_DEPLOY".to_owned()),
            none,
            "unsupported-controller",
        ),
        ("7", alarm(), tag("off"), none, "held"),
        ("7, a tag that cannot be read", alarm(), tag("true"), none, "held"),
        ("7", alarm(), observed(), off, "held"),
        ("7, no tag overrides off", alarm(), tag("enforce"), off, "held"),
        ("7, a person does not either", request(), tag("enforce"), off, "held"),
        ("7, the tag overrides observe", alarm(), tag("enforce"), observe, "stop"),
        ("7, no tag", alarm(), observed(), tagged, "held"),
        ("7, with a tag", alarm(), tag(" enforce "), tagged, "stop"),
        ("7, a person too", request(), tag("off"), none, "held"),
        ("8", alarm(), nothing_in_flight, none, "nothing-in-flight"),
        ("8, it ended while we looked", alarm(), status("SUCCESSFUL"), none, "nothing-in-flight"),
        ("9", about_revision("42"), observed(), none, "different-deployment"),
        ("9, a number is a string", about_revision("0042"), observed(), none, "stop"),
        ("9", about_deployment("arn:other"), observed(), none, "different-deployment"),
        ("9", about_deployment(this), observed(), none, "stop"),
        ("9 before 10", about_revision("7"), status("ROLLBACK_IN_PROGRESS"), none, "different-deployment"),
        ("10", alarm(), status("ROLLBACK_REQUESTED"), none, "already-rolling-back"),
        ("10", alarm(), status("ROLLBACK_IN_PROGRESS"), none, "already-rolling-back"),
        ("10", alarm(), status("STOP_REQUESTED"), none, "already-stopping"),
        ("10", alarm(), status("STOP_IN_PROGRESS"), none, "unknown-status"),
        ("10", request(), status("ROLLBACK_REQUESTED"), none, "already-rolling-back"),
        ("13", alarm(), first.clone(), none, "first-deployment"),
        ("13, a person too", request(), first, none, "first-deployment"),
        ("15", alarm(), observed(), observe, "observe-mode"),
        ("15", alarm(), tag("observe"), none, "observe-mode"),
        ("15, a person too", request(), tag("observe"), none, "observe-mode"),
        ("16", alarm(), observed(), none, "stop"),
        ("16", alarm(), status("PENDING"), none, "stop"),
        ("16", request(), observed(), none, "stop"),
        ("16", alarm(), paused, none, "continue hook"),
    ] {
        assert_eq!(decided(&signal, &observed, setting), expected, "row {row}: {signal:?}");
    }
}

#[test]
fn rows_11_and_12_ask_whether_this_deployment_can_be_to_blame() {
    let signal =
        |began: &str, evidence: &str| Signal { began: Some(at(began)), evidence: minute_to(evidence), ..alarm() };
    let named = Signal { began: Some(at("11:40:00")), evidence: minute_to("11:39:00"), ..about_revision("0042") };
    let person = Signal { began: Some(at("11:40:00")), ..request() };
    for (signal, skew, expected) in [
        (signal("11:49:59", ""), "0", "signal-predates-deployment"),
        (signal("11:50:00", ""), "0", "stop"),
        (signal("11:49:59", ""), "1", "stop"),
        (signal("11:49:58", ""), "1", "signal-predates-deployment"),
        (signal("11:55:00", "11:49:59"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:00"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:05"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:06"), "0", "stop"),
        (signal("11:55:00", "11:50:01"), "5", "stop"),
        (named, "0", "stop"),
        (person, "0", "stop"),
    ] {
        let decided = decided(&signal, &observed(), ("ClockSkewSeconds", skew));
        assert_eq!(decided, expected, "{signal:?} with a skew of {skew}");
    }
}

#[test]
fn a_deployment_began_when_it_started_and_else_when_it_was_created() {
    let started_late = candidate(|candidate| candidate.deployment.started = Some(at("11:56:00")));
    let not_started = candidate(|candidate| candidate.deployment.started = None);
    assert_eq!(decided(&alarm(), &started_late, DEFAULTS), "signal-predates-deployment");
    assert_eq!(decided(&alarm(), &not_started, DEFAULTS), "stop");
}

#[test]
fn a_pending_deployment_that_has_not_started_has_not_begun() {
    let pending = |started| {
        candidate(|candidate| {
            candidate.deployment.status = Status::Pending;
            candidate.deployment.started = started;
        })
    };
    assert_eq!(decided(&alarm(), &pending(None), DEFAULTS), "signal-predates-deployment");
    assert_eq!(decided(&alarm(), &pending(Some(at("11:50:00"))), DEFAULTS), "stop");
    assert_eq!(decided(&about_revision("0042"), &pending(None), DEFAULTS), "stop");
    assert_eq!(decided(&request(), &pending(None), DEFAULTS), "stop");
    let Decision::LeaveAlone(leave) = decide(&alarm(), &web(), &pending(None), &policy(DEFAULTS), now()) else {
        panic!("no rollback")
    };
    assert_eq!(
        leave.detail,
        "Alarm \"web-5xx\" cannot be about the deployment of prod/web, which is PENDING and has not started yet."
    );
}

#[test]
fn row_14_limits_rollbacks_in_the_window_but_not_a_person() {
    let thrice = rolled_back_at(&["11:00:00", "11:20:00", "11:40:00"]);
    let before_the_window = rolled_back_at(&["10:59:59", "11:20:00", "11:40:00"]);
    assert_eq!(decided(&alarm(), &thrice, DEFAULTS), "rollback-limit");
    assert_eq!(decided(&alarm(), &before_the_window, DEFAULTS), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("RollbackLimit", "4")), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("RollbackLimit", "0")), "stop");
    assert_eq!(decided(&request(), &thrice, DEFAULTS), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("Mode", "observe")), "rollback-limit");
}

#[test]
fn the_sentences_tell_a_person_what_happened_and_why() {
    let Decision::RollBack(rollback) = decide(&alarm(), &web(), &observed(), &policy(DEFAULTS), now()) else {
        panic!("a rollback");
    };
    assert_eq!(
        rollback.detail,
        "Requested the rollback of prod/web from revision 0042 to 0041: alarm \"web-5xx\" has been in ALARM since \
         2026-06-01T11:55:00Z, 5m after the deployment began."
    );
    let mut over = observed();
    over.candidate = None;
    over.history = vec![deployment("1", "SUCCESSFUL", "09:58:30"), deployment("2", "STOPPED", "08:00:00")];
    let Decision::LeaveAlone(leave) = decide(&alarm(), &web(), &over, &policy(DEFAULTS), now()) else {
        panic!("no rollback")
    };
    assert_eq!(
        leave.detail,
        "prod/web has no deployment in progress; the last one ended 2h 1m ago as SUCCESSFUL: \
         arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/1."
    );
}

#[test]
fn no_time_of_a_signal_or_a_deployment_makes_a_decision_panic() {
    let last = "9999-12-30T22:00:00Z".parse().expect("the last hour that a time can have");
    let times = [Timestamp::MIN, at("11:50:00"), last, Timestamp::MAX];
    for (signalled, deployed, now) in times
        .iter()
        .flat_map(|signalled| times.iter().flat_map(move |deployed| times.map(|now| (signalled, deployed, now))))
    {
        let first = Window { start: Timestamp::MIN, end: *signalled };
        let evidence = Some(Evidence { first, ended: *signalled });
        let signal = Signal { sent: Some(*signalled), began: Some(*signalled), evidence, ..alarm() };
        let mut observed = candidate(|candidate| candidate.deployment.started = Some(*deployed));
        let mut ended = deployment("9", "ROLLBACK_SUCCESSFUL", "11:00:00");
        ended.finished = Some(*deployed);
        observed.history = vec![ended];
        let mut over = observed.clone();
        over.candidate = None;
        for skew in [SignedDuration::MIN, SignedDuration::ZERO, SignedDuration::MAX] {
            let limit = Some(Limit { count: 1, window: skew });
            let policy = Policy { clock_skew: skew, max_signal_age: Some(skew), limit, ..policy(DEFAULTS) };
            let _ = screen(&signal, &policy, now);
            let left = decide(&signal, &web(), &over, &policy, now);
            assert!(matches!(left, Decision::LeaveAlone(verdict) if verdict.reason == Reason::NothingInFlight));
            let _ = decide(&signal, &web(), &observed, &policy, now);
        }
    }
}
