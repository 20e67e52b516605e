//! Rows 1 to 5: decisions before a service is observed.

use super::*;

fn screened(signal: &Signal, setting: (&str, &str)) -> String {
    match screen(signal, &policy(setting), now()) {
        Ok(()) => "on".to_owned(),
        Err(leave) => leave.reason.to_string(),
    }
}

#[test]
fn rows_1_and_2_ignore_signals_that_need_no_action() {
    let says = |state: &str, suppressed: Option<&str>, muted: Option<&str>| Signal {
        kind: Kind::Alarm {
            state: state.to_owned(),
            suppressed_by: suppressed.map(str::to_owned),
            muted_by: muted.map(str::to_owned),
        },
        ..alarm()
    };
    let scaling = Signal { name: "TargetTracking-service/prod/web-AlarmHigh".to_owned(), ..alarm() };
    let impaired = Signal { name: "SERVICE_TASK_START_IMPAIRED".to_owned(), ..about_revision("0042") };
    for (signal, setting, expected) in [
        (alarm(), DEFAULTS, "on"),
        (says("OK", None, None), DEFAULTS, "not-in-alarm"),
        (says("INSUFFICIENT_DATA", None, None), DEFAULTS, "not-in-alarm"),
        (says("A STATE TO COME", None, None), DEFAULTS, "not-in-alarm"),
        (alarm(), ("Alarms", "cart-*"), "alarm-not-listed"),
        (alarm(), ("Alarms", "cart-* web-*"), "on"),
        (scaling.clone(), DEFAULTS, "scaling-alarm"),
        (scaling, ("Alarms", "TargetTracking-*"), "on"),
        (says("ALARM", Some("WaitPeriod"), None), DEFAULTS, "alarm-suppressed"),
        (says("ALARM", None, Some("arn")), DEFAULTS, "alarm-muted"),
        (Signal { kind: Kind::News("So it is.".to_owned()), ..alarm() }, DEFAULTS, "informational-event"),
        (impaired.clone(), DEFAULTS, "on"),
        (impaired, ("EcsEvents", "SERVICE_DEPLOYMENT_FAILED"), "informational-event"),
    ] {
        assert_eq!(screened(&signal, setting), expected, "{signal:?}");
    }
}

#[test]
fn row_3_skips_a_late_redelivery_by_the_age_of_the_event_and_not_of_the_alarm() {
    let sent = |time: &str| Signal { sent: Some(at(time)), ..alarm() };
    let old_alarm = Signal { began: Some(at("01:00:00")), ..alarm() };
    for (signal, limit, expected) in [
        (sent("11:45:00"), "900", "on"),
        (sent("11:44:59"), "900", "stale-signal"),
        (sent("01:00:00"), "0", "on"),
        (sent("12:15:01"), "900", "stale-signal"),
        (old_alarm, "900", "on"),
        (request(), "900", "on"),
        (Signal { sent: Some(at("11:44:59")), ..request() }, "900", "stale-signal"),
    ] {
        assert_eq!(screened(&signal, ("MaxSignalAgeSeconds", limit)), expected, "{signal:?}");
    }
}

#[test]
fn row_5_leaves_alone_services_that_this_function_may_not_touch() {
    let home = Location::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1");
    let (ours, theirs, third) = ("111122223333", "444455556666", "777788889999");
    let at =
        |region: &str, account: &str| Service { region: region.to_owned(), account: Some(account.to_owned()), ..web() };
    let here = |account: &str| at("eu-west-1", account);
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    let reach = |accounts: &[&str], monitoring: &[&str], regions: &[&str]| Reach {
        accounts: list(accounts),
        monitoring_accounts: list(monitoring),
        regions: list(regions),
    };
    let alone = || reach(&[], &[], &[]);
    for (from, target, reach, is_admitted) in [
        (ours, here(ours), alone(), true),
        (ours, here(theirs), alone(), false),
        (ours, at("us-east-1", ours), alone(), false),
        (ours, Service { account: None, ..web() }, alone(), true),
        (ours, Service { partition: "aws-cn".to_owned(), ..web() }, reach(&[theirs], &[], &[]), false),
        (ours, here(theirs), reach(&[theirs], &[], &[]), true),
        (theirs, here(theirs), reach(&[theirs], &[], &[]), true),
        (theirs, here(ours), reach(&[theirs], &[], &[]), false),
        (theirs, here(ours), reach(&[theirs], &[theirs], &[]), true),
        (theirs, here(third), reach(&[theirs, third], &[], &[]), false),
        (theirs, here(third), reach(&[theirs, third], &[theirs], &[]), true),
        (theirs, here(third), reach(&[theirs], &[theirs], &[]), false),
        (ours, at("us-east-1", ours), reach(&[], &[], &["us-east-1"]), true),
        (ours, at("us-east-1", theirs), reach(&[theirs], &[], &[]), true),
        (ours, at("us-east-1", theirs), reach(&[theirs], &[], &["eu-central-1"]), false),
        (ours, at("us-east-1", ours), reach(&[theirs], &[], &[]), false),
    ] {
        let mut signal = alarm();
        signal.clues.origin.account = Some(from.to_owned());
        let policy = Policy { reach, ..policy(DEFAULTS) };
        let refused = admit(&signal, &target, &policy, &home).err().map(|verdict| verdict.reason);
        let expected = (!is_admitted).then_some(Reason::ForeignAccount);
        assert_eq!(refused, expected, "from {from} to {target:?} with {:?}", policy.reach);
    }
    let nowhere = Location::of_function("function-arn", "eu-west-1");
    assert_eq!(admit(&alarm(), &here(theirs), &policy(DEFAULTS), &nowhere), Ok(()));
}

#[test]
fn row_5_admits_only_services_that_match_the_patterns() {
    let home = Location::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1");
    for (patterns, is_admitted) in [
        ("prod/*", true),
        ("stage/* prod/web", true),
        ("stage/*", false),
        ("111122223333:prod/*", true),
        ("444455556666:prod/*", false),
        ("444455556666:prod/* 111122223333:*/web", true),
    ] {
        let refused =
            admit(&alarm(), &web(), &policy(("Services", patterns)), &home).err().map(|verdict| verdict.reason);
        assert_eq!(refused, (!is_admitted).then_some(Reason::NotAllowed), "{patterns}");
    }
    for wrong in ["11112222333:prod/*", "*:prod/*", ":prod/*", "111122223333:prod", "111122223333:111122223333:a/b"] {
        assert!(ServicePatterns::parse(wrong).is_none(), "{wrong}");
    }
}
