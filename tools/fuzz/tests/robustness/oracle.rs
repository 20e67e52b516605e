//! Tests of the oracle: it must reject stops without cause, and require those with a certain cause.

use fuzz::{
    corpus::WEB_IN_FLIGHT,
    oracle::{Cause, Event, Observed},
    sound::Sound,
    world::{Variables, now},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use signals::{Alarm, EcsEvent, Metric, at, request, request_for_deployment};
use simulator::{Aws, DeploymentSeed, Home, ServiceSeed};

/// A deployment of `prod/web` that started ten minutes ago.
fn web(tag: Option<&str>, first: bool) -> Observed {
    let began = now() - SignedDuration::from_mins(10);
    let deployment = DeploymentSeed::of("app:42").id(WEB_IN_FLIGHT).revision("42").created(began).started(began);
    let seed = ServiceSeed::new("prod/web");
    let seed = if first { seed } else { seed.deployed("app:41") };
    let seed = tag.map_or(seed.clone(), |tag| seed.tag("auto-rollback", tag));
    let mut aws = Aws::new(Home::default(), now());
    let arn = aws.ecs.plant(seed.with(deployment)).deployment().to_owned();
    Observed::of(&arn, &mut aws, now())
}

/// The judgement of the oracle on an event that rolled `prod/web` back.
fn judged(event: Value, tag: Option<&str>, first: bool) -> Result<Cause, String> {
    web(tag, first).cause(&Event { json: event, at: now() }, &Variables::acting())
}

#[test]
fn the_oracle_requires_a_stop_if_all_trouble_began_during_an_active_deployment() {
    let alarm = Alarm::on("prod/web").datapoints([(at("11:54:00"), 9.0)]).as_action();
    let sound = |service, minute| Sound { service, trouble_since: at(minute), json: alarm.clone() };
    let requires = |observed: &Observed, sound: &Sound| observed.must_be_rolled_back(sound, &Variables::acting());
    assert!(requires(&web(None, false), &sound("prod/web", "11:54:00")));
    assert!(!requires(&web(None, false), &sound("prod/cart", "11:54:00")));
    assert!(!requires(&web(None, false), &sound("prod/web", "11:49:59")));
    assert!(!requires(&web(Some("off"), false), &sound("prod/web", "11:54:00")));
    assert!(!requires(&web(None, true), &sound("prod/web", "11:54:00")));
}

#[test]
fn the_oracle_accepts_only_stops_with_a_cause() {
    let alarm = || Alarm::on("prod/web");
    assert_eq!(judged(alarm().as_action(), None, false), Ok(Cause::Alarm));
    assert_eq!(judged(request("prod/web", "it is down"), None, false), Ok(Cause::Request));
    let tomorrow = "2026-06-02T11:55:00Z".parse().unwrap();
    let gone = "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/x";
    let wrong = [
        ("not in ALARM", alarm().recovered(at("11:57:00")).as_action()),
        ("suppressed", alarm().suppressed_by("Alarm").as_action()),
        ("does not name", Alarm::of(Metric::new("Shop", "Errors")).as_action()),
        ("the deployment of", alarm().since(at("11:49:59")).datapoints([(at("11:54:00"), 9.0)]).as_action()),
        ("its data is of", alarm().datapoints([(at("11:49:00"), 9.0)]).as_action()),
        ("too old", alarm().since(tomorrow).as_action()),
        ("another deployment", request_for_deployment(gone, "it is down")),
        ("another revision", EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/41").as_json()),
        ("nothing in the event", json!({"source": "aws.s3"})),
    ];
    for (lack, event) in wrong {
        let judged = judged(event, None, false);
        assert!(judged.as_ref().is_err_and(|why| why.contains(lack)), "{lack}: {judged:?}");
    }
    assert!(judged(alarm().as_action(), Some("off"), false).is_err_and(|why| why.contains("tag")));
    assert!(judged(alarm().as_action(), Some("enforce"), false).is_ok());
    assert!(judged(alarm().as_action(), None, true).is_err_and(|why| why.contains("first deployment")));
}
