use jiff::SignedDuration;

use super::*;
use crate::{
    event::SIGNALS,
    evidence::{Run, Window},
    observation::{ObservedService, ServiceDeployment, Status},
    policy::{AlarmPatterns, Limit, Mode, OptIn, Reach, ServicePatterns},
    service::Location,
    signal::{About, Clues, Kind},
};

mod about;
mod cause;
mod screening;
mod way_back;

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
        only_shows: false,
        services: ServicePatterns::parse("*/*").expect("patterns"),
        opt_in: OptIn::All,
        alarms: AlarmPatterns::parse("*").expect("patterns"),
        ecs_events: SIGNALS.map(str::to_owned).into(),
        max_signal_age: Some(SignedDuration::from_mins(15)),
        limit: Some(Limit { count: 3, window: SignedDuration::from_hours(1) }),
        too_late: SignedDuration::from_mins(15),
        max_services: 10,
        reach: Reach::default(),
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
        "TooLateSeconds" => policy.too_late = seconds(),
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
        run: minute_to("11:54:00"),
        about: None,
        clues: Clues::default(),
    }
}

/// Trouble that began in the minute that ended at this time, or no evidence.
fn minute_to(end: &str) -> Option<Run> {
    let end = (!end.is_empty()).then(|| at(end))?;
    Some(Run::starting_with(Window { start: end - SignedDuration::from_mins(1), end }, at("11:54:00")))
}

fn request() -> Signal {
    let kind = Kind::Request;
    Signal { source: Source::Manual, kind, sent: None, began: None, run: None, ..alarm() }
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
            primary: None,
            current_service_deployment: None,
            created: None,
            tasks: Vec::new(),
        }),
        history: vec![deployment.clone()],
        history_is_whole: true,
        candidate: Some(Candidate::new(
            deployment,
            vec!["arn:aws:ecs:eu-west-1:111122223333:service-revision/prod/web/0041".to_owned()],
        )),
        revisions: Vec::new(),
        revisions_gap: None,
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

fn decision(signal: &Signal, observed: &Observation) -> Decision {
    decide(signal, &web(), observed, &Evidence::of(signal), &policy(DEFAULTS), now())
}

/// The sentence with which a deployment is left alone.
fn left_alone(signal: &Signal, observed: &Observation) -> String {
    match decision(signal, observed) {
        Decision::LeaveAlone(verdict) => verdict.detail,
        Decision::RollBack(rollback) => panic!("no rollback: {rollback:?}"),
    }
}

fn decided(signal: &Signal, observed: &Observation, setting: (&str, &str)) -> String {
    decided_by(signal, observed, &Evidence::of(signal), setting)
}

fn decided_by(signal: &Signal, observed: &Observation, evidence: &Evidence, setting: (&str, &str)) -> String {
    match decide(signal, &web(), observed, evidence, &policy(setting), now()) {
        Decision::RollBack(RollBack { means: Means::Stop, .. }) => "stop".to_owned(),
        Decision::RollBack(RollBack { means: Means::Continue { hook_id }, .. }) => format!("continue {hook_id}"),
        Decision::LeaveAlone(verdict) => verdict.reason.to_string(),
    }
}

#[test]
fn the_first_matching_row_decides() {
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
        ("7, a hold until later", alarm(), tag("off until=2026-06-01T12:00:01Z reason=load test"), none, "held"),
        ("7, a hold that is over", alarm(), tag("off until=2026-06-01T12:00:00Z"), none, "stop"),
        ("7, what follows it", alarm(), tag("off until=2026-06-01T12:00:00Z then=observe"), none, "observe-mode"),
        ("7, it gives no more than before", alarm(), tag("off until=2026-06-01T12:00:00Z"), tagged, "held"),
        ("7, a hold without an end", alarm(), tag("off reason=load test"), none, "held"),
        ("7, an end that cannot be read", alarm(), tag("off until=tomorrow"), none, "held"),
        ("7, a hold for a person too", request(), tag("off until=2026-06-01T12:00:01Z"), none, "held"),
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
        ("15", alarm(), first.clone(), none, "first-deployment"),
        ("15, a person too", request(), first, none, "first-deployment"),
        ("18", alarm(), observed(), observe, "observe-mode"),
        ("18", alarm(), tag("observe"), none, "observe-mode"),
        ("18, a person too", request(), tag("observe"), none, "observe-mode"),
        ("19", alarm(), observed(), none, "stop"),
        ("19", alarm(), status("PENDING"), none, "stop"),
        ("19", request(), observed(), none, "stop"),
        ("19", alarm(), paused, none, "continue hook"),
    ] {
        assert_eq!(decided(&signal, &observed, setting), expected, "row {row}: {signal:?}");
    }
}

#[test]
fn the_sentences_state_the_facts_and_the_reason() {
    let Decision::RollBack(rollback) = decision(&alarm(), &observed()) else {
        panic!("a rollback");
    };
    assert_eq!(
        rollback.detail,
        "Requested the rollback of prod/web from revision 0042 to 0041: alarm \"web-5xx\" has been in ALARM since \
         2026-06-01T11:55:00Z, 5m after the deployment began."
    );
    assert_eq!(
        left_alone(&alarm(), &tag("off until=2026-06-01T14:00:00Z reason=load test")),
        "prod/web is held until 2026-06-01T14:00:00Z by its tag auto-rollback: \"load test\"."
    );
    let mut over = observed();
    over.candidate = None;
    over.history = vec![deployment("1", "SUCCESSFUL", "09:58:30"), deployment("2", "STOPPED", "08:00:00")];
    assert_eq!(
        left_alone(&alarm(), &over),
        "prod/web has no deployment in progress; the last one ended 2h 1m ago as SUCCESSFUL: \
         arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/1."
    );
}

#[test]
fn extreme_times_never_make_a_decision_panic() {
    let last = "9999-12-30T22:00:00Z".parse().expect("the last hour that a time can have");
    let times = [Timestamp::MIN, at("11:50:00"), last, Timestamp::MAX];
    for (signalled, deployed, now) in times
        .iter()
        .flat_map(|signalled| times.iter().flat_map(move |deployed| times.map(|now| (signalled, deployed, now))))
    {
        let first = Window { start: Timestamp::MIN, end: *signalled };
        let run = Some(Run::starting_with(first, *signalled));
        let signal = Signal { sent: Some(*signalled), began: Some(*signalled), run, ..alarm() };
        let evidence = Evidence::of(&signal);
        let mut observed = candidate(|candidate| candidate.deployment.started = Some(*deployed));
        let mut ended = deployment("9", "ROLLBACK_SUCCESSFUL", "11:00:00");
        ended.finished = Some(*deployed);
        observed.history = vec![ended];
        let mut over = observed.clone();
        over.candidate = None;
        let mut succeeded = over.clone();
        succeeded.history[0].status = Status::Successful;
        observed.service.as_mut().expect("a service").created = Some(*deployed);
        for skew in [SignedDuration::MIN, SignedDuration::ZERO, SignedDuration::MAX] {
            let limit = Some(Limit { count: 1, window: skew });
            let policy = Policy { clock_skew: skew, max_signal_age: Some(skew), limit, ..policy(DEFAULTS) };
            let _ = screen(&signal, &policy, now);
            let left = decide(&signal, &web(), &over, &evidence, &policy, now);
            assert!(matches!(left, Decision::LeaveAlone(verdict) if verdict.reason == Reason::NothingInFlight));
            let _ = decide(&signal, &web(), &observed, &evidence, &policy, now);
            let _ = decide(&signal, &web(), &succeeded, &evidence, &policy, now);
        }
    }
}
