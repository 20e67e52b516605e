//! A few inputs of each kind, and the oracle against stops that were wrong.

use fuzz::{
    corpus::{Corpus, WEB_IN_FLIGHT},
    handler,
    oracle::{Cause, Event, Observed},
    parser::{Came, Parser},
    world::{Variables, now},
};
use serde_json::{Value, json};
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

type Change = fn(&mut Value);

/// The event that rolls `prod/web` back, changed at one place.
fn judged(change: impl Fn(&mut Value), tag: Option<&str>, first: bool) -> Result<Cause, String> {
    let began = now() - jiff::SignedDuration::from_mins(10);
    let deployment = DeploymentSeed::of("app:42").id(WEB_IN_FLIGHT).revision("42").created(began).started(began);
    let seed = ServiceSeed::new("prod/web");
    let seed = if first { seed } else { seed.deployed("app:41") };
    let seed = tag.map_or(seed.clone(), |tag| seed.tag("auto-rollback", tag));
    let mut aws = Aws::new(Home::default(), now());
    let arn = aws.ecs.plant(seed.with(deployment)).deployment().to_owned();
    let mut event = json!({
        "source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors",
        "accountId": "123456789012", "region": "us-east-1", "time": "2026-06-01T11:55:00Z",
        "alarmData": {
            "alarmName": "errors",
            "state": {"value": "ALARM", "timestamp": "2026-06-01T11:55:00Z", "reasonData": json!({
                "period": 60, "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:54:00Z"}]}).to_string()},
            "configuration": {"metrics": [{"metricStat": {"metric": {
                "dimensions": {"ClusterName": "prod", "ServiceName": "web"}}}}]},
        },
    });
    change(&mut event);
    Observed::of(&arn, &mut aws, now()).cause(&Event { json: event, at: now() }, &Variables::default())
}

#[test]
fn the_oracle_tells_a_cause_from_none() {
    assert_eq!(judged(|_| {}, None, false), Ok(Cause::Alarm));
    assert_eq!(
        judged(|event| *event = json!({"cluster": "prod", "service": "web", "reason": "a bad day"}), None, false),
        Ok(Cause::Request)
    );
    let wrong: [(&str, Change); 9] = [
        ("not in ALARM", |event| event["alarmData"]["state"]["value"] = json!("OK")),
        ("suppressed", |event| event["alarmData"]["state"]["actionsSuppressedBy"] = json!("Alarm")),
        ("does not name", |event| event["alarmData"]["configuration"] = json!({"metrics": []})),
        ("the deployment of", |event| event["alarmData"]["state"]["timestamp"] = json!("2026-06-01T11:49:59Z")),
        ("its data is of", |event| {
            event["alarmData"]["state"]["reasonData"] =
                json!({"period": 60, "evaluatedDatapoints": [{"timestamp": "2026-06-01T11:49:00Z"}]});
        }),
        ("too old", |event| {
            event["time"] = json!("2026-06-02T11:55:00Z");
            event["alarmData"]["state"]["timestamp"] = json!("2026-06-02T11:55:00Z");
        }),
        ("another deployment", |event| {
            *event =
                json!({"serviceDeploymentArn": "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/x"});
        }),
        ("another revision", |event| {
            *event = json!({"source": "aws.ecs", "detail-type": "ECS Deployment State Change", "time": "2026-06-01T11:55:00Z",
                "resources": ["arn:aws:ecs:us-east-1:123456789012:service/prod/web"],
                "detail": {"eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/41"}});
        }),
        ("nothing in the event", |event| *event = json!({"source": "aws.s3"})),
    ];
    for (lack, change) in wrong {
        let judged = judged(change, None, false);
        assert!(judged.as_ref().is_err_and(|why| why.contains(lack)), "{lack}: {judged:?}");
    }
    assert!(judged(|_| {}, Some("off"), false).is_err_and(|why| why.contains("tag")));
    assert!(judged(|_| {}, Some("enforce"), false).is_ok());
    assert!(judged(|_| {}, None, true).is_err_and(|why| why.contains("first deployment")));
}
