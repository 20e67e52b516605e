//! A few inputs of each kind, and the oracle against stops that were wrong.

use fuzz::{
    corpus::{Corpus, WEB_IN_FLIGHT},
    handler,
    oracle::{Cause, Event, Observed},
    parser::{Came, Parser},
    world::{Variables, now},
};
use serde_json::{Value, json};
use signals::{Alarm, EcsEvent, Metric, at, request, request_for_deployment};
use simulator::{Aws, DeploymentSeed, Home, ServiceSeed};

#[test]
fn the_parser_takes_whatever_comes() {
    let (corpus, parser) = (Corpus::read(), Parser);
    let came: Vec<Came> = (0..20_000).map(|seed| parser.try_input(&corpus, seed)).collect();
    for kind in [Came::ToNothing, Came::ToRefusal, Came::ToSignals] {
        assert!(came.iter().filter(|came| **came == kind).count() > 1_000, "{kind:?} is among the inputs");
    }
}

#[test]
fn the_handler_stops_nothing_without_cause() {
    let corpus = Corpus::read();
    let mut came = handler::Came::default();
    for seed in 0..1_500 {
        came.add(&handler::try_input(&corpus, seed));
    }
    for cause in [Cause::Alarm, Cause::Ecs, Cause::Request] {
        assert!(came.stops.contains_key(&cause), "{cause:?} is among the causes: {came:?}");
    }
    assert!(came.failures > 0 && came.faults > 0, "{came:?}");
}

#[test]
fn the_same_number_is_the_same_input() {
    let corpus = Corpus::read();
    let twice = [handler::try_input(&corpus, 7), handler::try_input(&corpus, 7)];
    assert_eq!(format!("{:?}", twice[0]), format!("{:?}", twice[1]));
}

/// The oracle's judgement of an event that rolled `prod/web` back.
fn judged(event: Value, tag: Option<&str>, first: bool) -> Result<Cause, String> {
    let began = now() - jiff::SignedDuration::from_mins(10);
    let deployment = DeploymentSeed::of("app:42").id(WEB_IN_FLIGHT).revision("42").created(began).started(began);
    let seed = ServiceSeed::new("prod/web");
    let seed = if first { seed } else { seed.deployed("app:41") };
    let seed = tag.map_or(seed.clone(), |tag| seed.tag("auto-rollback", tag));
    let mut aws = Aws::new(Home::default(), now());
    let arn = aws.ecs.plant(seed.with(deployment)).deployment().to_owned();
    Observed::of(&arn, &mut aws, now()).cause(&Event { json: event, at: now() }, &Variables::default())
}

#[test]
fn the_oracle_tells_a_cause_from_none() {
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
