//! A world for one test: the simulator behind the SDK's connector, and the function that calls it.

use std::{cell::RefCell, collections::BTreeSet, sync::MutexGuard, time::Duration};

use ecs_auto_rollback::{Entry, Error, Function, Invocation, Report, Settings};
use judgement::{Location, Reason};
use serde_json::Value;
use signals::{ACCOUNT, ACTING, Alarm, NOW, REGION};
use simulator::{Api, Aws, Home, Operation, Planted, ServiceSeed, sdk::Network};

thread_local! {
    /// The reasons of all entries so far. Each test runs on a thread of its own.
    static REACHED: RefCell<BTreeSet<Reason>> = const { RefCell::new(BTreeSet::new()) };
}

/// The reasons that were reached on this thread since the last call.
pub(crate) fn take_reached() -> BTreeSet<Reason> {
    REACHED.take()
}

/// The settings of a world that does not say otherwise, besides [`ACTING`]: each look-up and each memory is asked for by the test that
/// is about it, and one execution environment has all of ECS's rate.
const ALONE: [(&str, &str); 3] =
    [("ROLLBACK_LOOK_UPS", "none"), ("ROLLBACK_MEMORY_SECONDS", "0"), ("ROLLBACK_MAXIMUM_CONCURRENCY", "1")];

/// The simulator, the function and the clock that both share.
pub(crate) struct World {
    network: Network,
    function: Function,
    pub(crate) home: Location,
    pub(crate) time_left: Option<Duration>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A world in which these environment variables are set.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let now = NOW.parse().expect("the time of the tests");
        Self::around(Aws::new(Home::default(), now), variables)
    }

    pub(crate) fn around(aws: Aws, variables: &[(&str, &str)]) -> Self {
        Self::before(Network::to(aws), variables)
    }

    /// Another execution environment of the same function, with the same AWS.
    pub(crate) fn another(&self, variables: &[(&str, &str)]) -> Self {
        Self::before(self.network.clone(), variables)
    }

    fn before(network: Network, variables: &[(&str, &str)]) -> Self {
        let look_up = |name: &str| {
            let mut set = variables.iter().chain(&ACTING).chain(&ALONE);
            set.find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::read(look_up).expect("valid settings");
        let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback");
        let home = Location::of_function(&function, REGION);
        Self { function: Function::new(settings, network.config()), network, home, time_left: None }
    }

    /// The account of the function, with its clock at the present.
    pub(crate) fn aws(&self) -> MutexGuard<'_, Aws> {
        self.network.lock()
    }

    /// Another account and Region, for a caller that has credentials of it.
    pub(crate) fn add_account(&self, account: &str, region: &str, seed: ServiceSeed) -> Network {
        let home = Home { account: account.to_owned(), region: region.to_owned(), ..Home::default() };
        let mut aws = Aws::new(home, self.aws().now());
        aws.ecs.plant(seed);
        self.network.add(aws)
    }

    pub(crate) fn plant(&self, seed: ServiceSeed) -> Planted {
        self.aws().ecs.plant(seed)
    }

    /// Plants `prod/web` with a deployment in flight, and returns the deployment's ARN.
    pub(crate) fn web_in_flight(&self) -> String {
        self.plant(web()).deployment().to_owned()
    }

    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, Error> {
        self.report(event).await.into_response()
    }

    /// The report on an event, failures included.
    pub(crate) async fn report(&self, event: &Value) -> Report {
        let now = self.aws().now();
        let invocation = Invocation { home: self.home.clone(), now, time_left: self.time_left };
        let report = self.function.handle(event, &invocation).await;
        REACHED.with_borrow_mut(|reached| reached.extend(report.entries().map(Entry::reason)));
        report
    }

    /// The entry of an event with one signal for one service.
    pub(crate) async fn entry(&self, event: &Value) -> Value {
        let mut entries = self.entries(event).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    pub(crate) async fn entries(&self, event: &Value) -> Vec<Value> {
        let response = self.invoke(event).await.expect("a response");
        response["outcomes"].as_array().expect("outcomes").clone()
    }

    /// The outcome and reason of an event with one signal for one service: `no-op · nothing-in-flight`.
    pub(crate) async fn outcome(&self, event: &Value) -> String {
        outcome(&self.entry(event).await)
    }

    /// The error type and the message with which an event fails.
    pub(crate) async fn failure(&self, event: &Value) -> (String, String) {
        let diagnostic = lambda_runtime::Diagnostic::from(self.invoke(event).await.expect_err("a failure"));
        (diagnostic.error_type, diagnostic.error_message)
    }

    /// How many calls made a deployment go to `ROLLBACK_REQUESTED`.
    pub(crate) fn rollbacks(&self) -> usize {
        self.aws().calls().iter().filter(|call| call.accepted).count()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.aws().calls_of(operation).count()
    }

    /// Each request to ECS: the operation and its body.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.aws().calls_to(Api::Ecs).map(|call| (call.operation.clone(), call.body.clone())).collect()
    }

    /// The calls to services other than ECS.
    pub(crate) fn other_calls(&self) -> Vec<String> {
        self.aws().calls().iter().filter(|call| call.api != Api::Ecs).map(|call| call.operation.clone()).collect()
    }
}

pub(crate) fn outcome(entry: &Value) -> String {
    format!("{} · {}", entry["outcome"].as_str().expect("an outcome"), entry["reason"].as_str().expect("a reason"))
}

pub(crate) fn web() -> ServiceSeed {
    in_flight("prod/web")
}

/// A service with a successful deployment, and one in flight for ten minutes.
pub(crate) fn in_flight(service: &str) -> ServiceSeed {
    ServiceSeed::new(service).deployed("app:41").deploying("app:42")
}

/// An alarm on `prod/web` that entered ALARM five minutes ago and invokes the function.
pub(crate) fn alarm() -> Value {
    alarm_on("prod/web")
}

pub(crate) fn alarm_on(service: &str) -> Value {
    Alarm::on(service).as_action()
}

/// The same alarm from EventBridge.
pub(crate) fn alarm_event_on(service: &str) -> Value {
    Alarm::on(service).as_event()
}

/// A person's request to roll back `prod/web`.
pub(crate) fn request() -> Value {
    signals::request("prod/web", "the checkout page is empty")
}
