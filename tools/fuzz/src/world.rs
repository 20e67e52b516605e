//! Where the function finds itself: its account, the time, and three services that are made at random.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use judgement::Location;
use simulator::{Aws, Controller, DeploymentSeed, Fault, Operation, Order, Refusal, ServiceSeed, Stage, Status};
use std::time::Duration;

use crate::corpus::WEB_IN_FLIGHT;

const REGION: &str = "us-east-1";

/// The time at which every run begins: that of `events/`.
///
/// # Panics
/// Never: the time is a constant.
#[must_use]
pub fn now() -> Timestamp {
    signals::NOW.parse().expect("a time")
}

/// Where the function is.
#[must_use]
pub fn home() -> Location {
    Location::of_function(&format!("arn:aws:lambda:{REGION}:123456789012:function:ecs-auto-rollback"), REGION)
}

/// The settings of one run, as environment variables.
#[derive(Debug, Clone, Default)]
pub struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// Some that are valid, most often the defaults.
    pub fn some(rng: &mut Rng) -> Self {
        let mut set = Vec::new();
        let mut maybe = |name: &'static str, values: &[&str]| {
            if rng.u8(..4) == 0 {
                set.push((name, values[rng.usize(..values.len())].to_owned()));
            }
        };
        maybe("ROLLBACK_MODE", &["enforce", "enforce", "observe", "off"]);
        maybe("ROLLBACK_SERVICES", &["*/*", "prod/*", "stage/*", "prod/web"]);
        maybe("ROLLBACK_OPT_IN", &["all", "tagged"]);
        maybe("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", &["60", "900", "86400", "0"]);
        maybe("ROLLBACK_LIMIT", &["0", "1", "2", "3"]);
        maybe("ROLLBACK_CLOCK_SKEW_SECONDS", &["0", "30", "300"]);
        maybe("ROLLBACK_MEMORY_SECONDS", &["0", "60", "300"]);
        Self(set)
    }

    /// The value of one, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    /// The number that one holds, or this default.
    #[must_use]
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}

/// An Amazon ECS with three services, in one state or another.
pub fn aws(rng: &mut Rng) -> Aws {
    let mut aws = Aws::new(simulator::Home::default(), now());
    for (service, revision, id) in
        [("prod/web", "42", Some(WEB_IN_FLIGHT)), ("prod/cart", "43", None), ("stage/web", "44", None)]
    {
        aws.ecs.plant(service_seed(service, revision, id, rng));
    }
    let behaviour = aws.ecs.behaviour_mut();
    behaviour.order = [Order::NewestFirst, Order::OldestFirst, Order::Shuffled][rng.usize(..3)];
    behaviour.page_size = [None, None, Some(1)][rng.usize(..3)];
    behaviour.filter_after_paging = rng.bool();
    behaviour.current_only_in_flight = rng.bool();
    behaviour.stop_finished = [Refusal::Conflict, Refusal::InvalidParameter][rng.usize(..2)];
    aws
}

fn service_seed(service: &str, revision: &str, id: Option<&str>, rng: &mut Rng) -> ServiceSeed {
    let mut seed = ServiceSeed::new(service);
    if rng.u8(..20) == 0 {
        seed = seed.status("INACTIVE");
    }
    if rng.u8(..20) == 0 {
        seed = seed.controller(Controller::CodeDeploy);
    }
    if rng.u8(..3) == 0 {
        seed = seed.tag("auto-rollback", ["enforce", "enforce", "observe", "off", "yes"][rng.usize(..5)]);
    }
    if rng.u8(..10) > 0 {
        seed = seed.deployed("app:41");
    }
    for _ in 0..[0, 0, 0, 1, 2, 3][rng.usize(..6)] {
        let ended = now() - SignedDuration::from_secs(rng.i64(1_800..7_200));
        let begun = ended - SignedDuration::from_mins(5);
        let status = [Status::RollbackSuccessful, Status::RollbackFailed][rng.usize(..2)].clone();
        seed = seed.with(DeploymentSeed::of("app:40").status(status).created(begun).started(begun).finished(ended));
    }
    if rng.u8(..12) == 0 {
        return seed;
    }
    let created = now() - SignedDuration::from_secs(rng.i64(0..1_500));
    let mut deployment = DeploymentSeed::of("app:42").revision(revision).created(created);
    if let Some(id) = id {
        deployment = deployment.id(id);
    }
    deployment = match rng.u8(..14) {
        0 => deployment.status(Status::Pending).never_started(),
        1 => deployment.status(Status::StopRequested),
        2 => deployment.status(Status::RollbackRequested),
        3 => deployment.status(Status::RollbackInProgress),
        4 => deployment.status(Status::Successful),
        5 => deployment.status(Status::Other("STOP_IN_PROGRESS".to_owned())),
        6 => deployment.paused_by("ecs-pause-1", Stage::PostTestTrafficShift),
        _ => deployment.started(created + SignedDuration::from_secs(rng.i64(0..60))),
    };
    seed.with(deployment)
}

/// Things that go wrong, none to four of them.
pub fn break_something(aws: &mut Aws, rng: &mut Rng) -> usize {
    let count = [0, 0, 0, 1, 1, 2, 4][rng.usize(..7)];
    for _ in 0..count {
        let fault = match rng.u8(..13) {
            0 => Fault::throttling(),
            1 => Fault::http(500, ""),
            2 => Fault::http(503, "<html>busy</html>"),
            3 => Fault::http(200, "{\"services\":"),
            // An empty answer that claims success would hide the history, and with it the rollback limit.
            4 => Fault::http(200, "[]"),
            5 => Fault::dropped(),
            6 => Fault::hang(),
            7 => Fault::delay(Duration::from_millis(rng.u64(..5_000))),
            8 => Fault::stale(Duration::from_secs(rng.u64(..120))),
            9 => Fault::exception("ConflictException", "not now"),
            10 => Fault::exception("InvalidParameterException", "no"),
            11 => Fault::exception("ServerException", "oops"),
            _ => Fault::exception("ExceptionToCome", "who knows"),
        };
        let fault = if rng.bool() { fault.once() } else { fault.times(rng.u32(1..6)) };
        let fault = fault.skip(rng.u32(..3));
        let fault = match rng.u8(..6) {
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
