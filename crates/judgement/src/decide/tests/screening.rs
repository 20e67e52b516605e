//! Rows 1 to 5: what is decided before a service is looked at.

use super::*;

fn screened(signal: &Signal, setting: (&str, &str)) -> String {
    match screen(signal, &policy(setting), now()) {
        Ok(()) => "on".to_owned(),
        Err(leave) => leave.reason.to_string(),
    }
}

#[test]
fn rows_1_and_2_ignore_what_asks_for_nothing() {
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
fn row_3_skips_a_late_redelivery_by_the_age_of_the_event_not_of_the_alarm() {
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
fn row_5_leaves_alone_what_is_not_this_functions_to_touch() {
    let home = Location::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1");
    let nowhere = Location::of_function("function-arn", "eu-west-1");
    let elsewhere =
        |region: &str, account: &str| Service { region: region.to_owned(), account: Some(account.to_owned()), ..web() };
    let cn = Service { partition: "aws-cn".to_owned(), ..web() };
    for target in [elsewhere("us-east-1", "111122223333"), elsewhere("eu-west-1", "444455556666")] {
        assert_eq!(admit(&target, &policy(DEFAULTS), &home, true), Ok(()), "{target:?}");
    }
    assert_eq!(admit(&cn, &policy(DEFAULTS), &home, true).expect_err("foreign").reason, Reason::ForeignAccount);
    for (target, home, services, expected) in [
        (web(), &home, "prod/*", None),
        (web(), &home, "stage/*", Some(Reason::NotAllowed)),
        (elsewhere("us-east-1", "111122223333"), &home, "*/*", Some(Reason::ForeignAccount)),
        (elsewhere("eu-west-1", "444455556666"), &home, "*/*", Some(Reason::ForeignAccount)),
        (cn, &home, "*/*", Some(Reason::ForeignAccount)),
        (Service { account: None, ..web() }, &home, "*/*", None),
        (elsewhere("eu-west-1", "444455556666"), &nowhere, "*/*", None),
    ] {
        let admitted = admit(&target, &policy(("Services", services)), home, false);
        assert_eq!(admitted.err().map(|leave| leave.reason), expected, "{target:?} {services}");
    }
}
