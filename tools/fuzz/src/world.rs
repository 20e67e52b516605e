//! The surroundings of the function: its account, the time, its settings, and three random services.

use bolero::{Any as _, any, pick};
use jiff::{SignedDuration, Timestamp};
use judgement::Location;
use signals::ACTING;
use simulator::{Aws, Controller, DeploymentSeed, Fault, Operation, Order, Refusal, ServiceSeed, Stage, Status};
use std::time::Duration;

use crate::{choice::one_in, corpus::WEB_IN_FLIGHT};

const REGION: &str = "us-east-1";

/// The services of a world, as `cluster/service`.
pub const SERVICES: [&str; 3] = ["prod/web", "prod/cart", "stage/web"];

/// The start of every run: the time of `events/`.
///
/// # Panics
/// Never: the time is a constant.
#[must_use]
pub fn now() -> Timestamp {
    signals::NOW.parse().expect("a time")
}

/// The location of the function.
#[must_use]
pub fn home() -> Location {
    Location::of_function(&format!("arn:aws:lambda:{REGION}:123456789012:function:ecs-auto-rollback"), REGION)
}

/// The variable with the topic of the notices.
pub const NOTICE_TOPIC: &str = "ROLLBACK_NOTICE_TOPIC_ARN";

/// The variable with the event bus of the notices.
pub const NOTICE_BUS: &str = "ROLLBACK_NOTICE_EVENT_BUS_NAME";

/// The settings of one run, as environment variables.
#[derive(Debug, Clone)]
pub struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// The variables with which the function acts on every signal.
    #[must_use]
    pub fn acting() -> Self {
        Self(ACTING.map(|(name, value)| (name, value.to_owned())).into())
    }

    /// Random valid settings, most often those with which the function acts, and else the defaults.
    #[must_use]
    pub fn any() -> Self {
        let mut set = Vec::new();
        let mut maybe = |name: &'static str, values: &[&str]| {
            if one_in(4) {
                set.push((name, (*pick(values)).to_owned()));
            }
        };
        maybe("ROLLBACK_MODE", &["enforce", "enforce", "observe", "off"]);
        maybe("ROLLBACK_SERVICES", &["*/*", "prod/*", "stage/*", "prod/web"]);
        maybe("ROLLBACK_OPT_IN", &["all", "tagged"]);
        maybe("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", &["60", "900", "86400", "0"]);
        maybe("ROLLBACK_LIMIT", &["0", "1", "2", "3"]);
        maybe("ROLLBACK_CLOCK_SKEW_SECONDS", &["0", "30", "300"]);
        maybe("ROLLBACK_MEMORY_SECONDS", &["0", "60", "300"]);
        // Look-ups find nothing in this world, and their cost must not matter.
        maybe("ROLLBACK_LOOK_UPS", &["none", "evidence"]);
        maybe(NOTICE_TOPIC, &["arn:aws:sns:us-east-1:123456789012:rollbacks"]);
        maybe(NOTICE_BUS, &["default"]);
        maybe("ROLLBACK_FOLLOW_DEPLOYMENTS", &["none", "outcomes-and-unprotected"]);
        maybe("POWERTOOLS_METRICS_NAMESPACE", &["none"]);
        // What was set first is what counts.
        set.extend(Self::acting().0);
        Self(set)
    }

    /// The value of a variable, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    /// The value of a variable as a number, or this default.
    #[must_use]
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}

/// An AWS account with three services in random states.
#[must_use]
pub fn aws() -> Aws {
    let mut aws = Aws::new(simulator::Home::default(), now());
    for ((service, revision), id) in SERVICES.into_iter().zip(["42", "43", "44"]).zip([Some(WEB_IN_FLIGHT), None, None])
    {
        aws.ecs.plant(service_seed(service, revision, id));
    }
    let behaviour = aws.ecs.behaviour_mut();
    behaviour.order = *pick(&[Order::NewestFirst, Order::OldestFirst, Order::Shuffled]);
    behaviour.page_size = *pick(&[None, None, Some(1)]);
    behaviour.filter_after_paging = any::<bool>();
    behaviour.current_only_in_flight = any::<bool>();
    behaviour.stop_finished = *pick(&[Refusal::Conflict, Refusal::InvalidParameter]);
    aws
}

fn service_seed(service: &str, revision: &str, id: Option<&str>) -> ServiceSeed {
    let mut seed = ServiceSeed::new(service);
    if one_in(20) {
        seed = seed.status("INACTIVE");
    }
    if one_in(20) {
        seed = seed.controller(Controller::CodeDeploy);
    }
    if one_in(3) {
        let tag = *pick(&["enforce", "enforce", "observe", "off", "yes"]);
        seed = seed.tag("auto-rollback", tag);
    }
    if !one_in(10) {
        seed = seed.deployed("app:41");
    }
    for _ in 0..*pick(&[0, 0, 0, 1, 2, 3]) {
        let ended = now() - SignedDuration::from_secs((1_800..7_200_i64).any());
        let begun = ended - SignedDuration::from_mins(5);
        let status = pick(&[Status::RollbackSuccessful, Status::RollbackFailed]).clone();
        seed = seed.with(DeploymentSeed::of("app:40").status(status).created(begun).started(begun).finished(ended));
    }
    if one_in(12) {
        return seed;
    }
    let created = now() - SignedDuration::from_secs((0..1_500_i64).any());
    let mut deployment = DeploymentSeed::of("app:42").revision(revision).created(created);
    if let Some(id) = id {
        deployment = deployment.id(id);
    }
    deployment = match (0..14_u8).any() {
        0 => deployment.status(Status::Pending).never_started(),
        1 => deployment.status(Status::StopRequested),
        2 => deployment.status(Status::RollbackRequested),
        3 => deployment.status(Status::RollbackInProgress),
        4 => deployment.status(Status::Successful),
        5 => deployment.status(Status::Other("STOP_IN_PROGRESS".to_owned())),
        6 => deployment.paused_by("ecs-pause-1", Stage::PostTestTrafficShift),
        _ => deployment.started(created + SignedDuration::from_secs((0..60_i64).any())),
    };
    seed.with(deployment)
}

/// Injects up to four faults. Returns their number.
pub fn inject_faults(aws: &mut Aws) -> usize {
    let count = *pick(&[0, 0, 0, 1, 1, 2, 4]);
    for _ in 0..count {
        let fault = match (0..13_u8).any() {
            0 => Fault::throttling(),
            1 => Fault::http(500, ""),
            2 => Fault::http(503, "<html>busy</html>"),
            3 => Fault::http(200, "{\"services\":"),
            // An empty answer that claims success would hide the history, and with it the rollback limit.
            4 => Fault::http(200, "[]"),
            5 => Fault::dropped(),
            6 => Fault::hang(),
            7 => Fault::delay(Duration::from_millis((0..5_000_u64).any())),
            8 => Fault::stale(Duration::from_secs((0..120_u64).any())),
            9 => Fault::exception("ConflictException", "not now"),
            10 => Fault::exception("InvalidParameterException", "no"),
            11 => Fault::exception("ServerException", "oops"),
            _ => Fault::exception("ExceptionToCome", "who knows"),
        };
        let fault = if any::<bool>() { fault.once() } else { fault.times((1..6_u32).any()) };
        let fault = fault.skip((0..3_u32).any());
        let fault = match (0..6_u8).any() {
            0 => fault.on(Operation::DescribeServices),
            1 => fault.on(Operation::ListServiceDeployments),
            2 => fault.on(Operation::DescribeServiceDeployments),
            3 => fault.on(Operation::StopServiceDeployment),
            4 => fault.on(Operation::StopServiceDeployment).after_effect(),
            _ => fault,
        };
        aws.inject(fault);
    }
    count
}
