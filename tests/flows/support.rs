//! A world for one test: the simulator behind the SDK's HTTP hook, and the handler in front of it.

mod cloud;
pub(crate) mod strike;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use ecs_auto_rollback::{Error, Function, Invocation, Report, Settings};
use jiff::Timestamp;
use judgement::Location;
use serde_json::Value;
use signals::{ACCOUNT, Alarm, NOW, REGION};
use simulator::{Answer, Operation, Planted, Request, ServiceSeed, Simulator};
use tokio::time::{Instant, sleep};

use self::cloud::Cloud;

/// The simulator, the handler and the time that both share.
pub(crate) struct World {
    wire: Wire,
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
        Self::around(Simulator::new(simulator::Home::default(), now), variables)
    }

    pub(crate) fn around(simulator: Simulator, variables: &[(&str, &str)]) -> Self {
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let settings = Settings::read(look_up).expect("settings that are right");
        let began = simulator.now();
        let wire = Wire {
            simulator: Arc::new(Mutex::new(simulator)),
            elsewhere: Arc::default(),
            cloud: Arc::default(),
            began,
            started: Instant::now(),
            requests: Arc::default(),
        };
        Self::before(wire, settings)
    }

    /// Another execution environment of the same function, with the same ECS before it.
    pub(crate) fn another(&self, variables: &[(&str, &str)]) -> Self {
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Self::before(self.wire.clone(), Settings::read(look_up).expect("settings that are right"))
    }

    fn before(wire: Wire, settings: Settings) -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(wire.clone())
            .time_source(SystemTimeSource::new())
            .build();
        let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback");
        let home = Location::of_function(&function, REGION);
        Self { wire, function: Function::new(settings, config), home, time_left: None }
    }

    /// The simulator, with its clock at the present.
    pub(crate) fn ecs(&self) -> MutexGuard<'_, Simulator> {
        self.wire.simulator()
    }

    /// What there is besides ECS.
    pub(crate) fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.wire.cloud.lock().expect("no test panics with the lock")
    }

    /// Another account and Region with an ECS of its own, for whoever has credentials of it.
    pub(crate) fn add_account(&self, account: &str, region: &str, seed: ServiceSeed) -> Arc<Mutex<Simulator>> {
        let home =
            simulator::Home { partition: "aws".to_owned(), account: account.to_owned(), region: region.to_owned() };
        let mut ecs = Simulator::new(home, self.ecs().now());
        ecs.plant(seed);
        let ecs = Arc::new(Mutex::new(ecs));
        let others = &self.wire.elsewhere;
        others.lock().expect("no test panics with the lock").insert(format!("ASIA{account}"), Arc::clone(&ecs));
        ecs
    }

    pub(crate) fn plant(&self, seed: ServiceSeed) -> Planted {
        self.ecs().plant(seed)
    }

    /// Plants `prod/web` with a deployment in flight, and gives the ARN of that.
    pub(crate) fn web_in_flight(&self) -> String {
        self.plant(web()).deployment().to_owned()
    }

    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, Error> {
        self.report(event).await.into_response()
    }

    /// Everything that came of an event, failures included.
    pub(crate) async fn report(&self, event: &Value) -> Report {
        let now = self.ecs().now();
        let invocation = Invocation { home: self.home.clone(), now, time_left: self.time_left };
        self.function.handle(event, &invocation).await
    }

    /// Invokes with an event of one signal for one service, and gives its entry.
    pub(crate) async fn entry(&self, event: &Value) -> Value {
        let mut entries = self.entries(event).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    pub(crate) async fn entries(&self, event: &Value) -> Vec<Value> {
        let response = self.invoke(event).await.expect("a response");
        response["outcomes"].as_array().expect("outcomes").clone()
    }

    /// The outcome and the reason of an event of one signal for one service: `no-op · nothing-in-flight`.
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
        self.ecs().calls().iter().filter(|call| call.accepted).count()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.ecs().calls_of(operation).count()
    }

    /// Each request on the wire: its target header and its body.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.wire.requests.lock().expect("no test panics with the lock").clone()
    }
}

pub(crate) fn outcome(entry: &Value) -> String {
    format!("{} · {}", entry["outcome"].as_str().expect("an outcome"), entry["reason"].as_str().expect("a reason"))
}

pub(crate) fn web() -> ServiceSeed {
    in_flight("prod/web")
}

/// A service with an earlier deployment that went well, and one in flight for ten minutes.
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

/// The simulator as the SDK's HTTP client: no socket, and the simulated clock runs with tokio's, which tests pause.
#[derive(Clone)]
struct Wire {
    simulator: Arc<Mutex<Simulator>>,
    /// By the access key of their credentials.
    elsewhere: Arc<Mutex<BTreeMap<String, Arc<Mutex<Simulator>>>>>,
    cloud: Arc<Mutex<Cloud>>,
    began: Timestamp,
    started: Instant,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    fn simulator(&self) -> MutexGuard<'_, Simulator> {
        let mut simulator = self.simulator.lock().expect("no test panics with the lock");
        let now = self.began + self.started.elapsed();
        if now > simulator.now() {
            simulator.set_now(now);
        }
        simulator
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some(struck) = self.cloud.lock().expect("no test panics with the lock").strike(&request) {
            return struck;
        }
        if let Some(response) = self.cloud.lock().expect("no test panics with the lock").answer(&request) {
            return HttpConnectorFuture::ready(Ok(response));
        }
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let parsed = serde_json::from_slice(&body).unwrap_or_default();
        self.requests.lock().expect("no test panics with the lock").push((target.clone(), parsed));
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let elsewhere = self.elsewhere.lock().expect("no test panics with the lock");
        let answer = match elsewhere.iter().find(|(key, _)| authorization.contains(key.as_str())) {
            Some((_, ecs)) => ecs.lock().expect("no test panics with the lock").handle(&Request { target, body }),
            None => self.simulator().handle(&Request { target, body }),
        };
        HttpConnectorFuture::new(async move {
            match answer {
                Answer::Response { status, body, delay, .. } => {
                    sleep(delay).await;
                    let status = status.try_into().map_err(|_| ConnectorError::user("no status".into()))?;
                    Ok(HttpResponse::new(status, SdkBody::from(body)))
                }
                Answer::Dropped { delay } => {
                    sleep(delay).await;
                    Err(ConnectorError::io("connection reset".into()))
                }
            }
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
