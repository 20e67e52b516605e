//! The simulator as the SDK's HTTP client: no socket, and its clock runs with tokio's, which stands still but for waiting.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use simulator::{Answer, Request, Simulator};
use tokio::time::{Instant, sleep};

/// The way to one simulator.
#[derive(Clone)]
pub struct Wire {
    simulator: Arc<Mutex<Simulator>>,
    began: Timestamp,
    started: Instant,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// The way to this one, beginning now.
    #[must_use]
    pub fn to(simulator: Simulator) -> Self {
        let began = simulator.now();
        Self { simulator: Arc::new(Mutex::new(simulator)), began, started: Instant::now() }
    }

    /// What a gateway needs that shall end here.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "s", None, None, "fuzz")))
            .http_client(self.clone())
            .time_source(SystemTimeSource::new())
            .build()
    }

    /// The simulator, with its clock at the present.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        let mut simulator = self.simulator.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.began + self.started.elapsed();
        if now > simulator.now() {
            simulator.set_now(now);
        }
        simulator
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let answer = self.simulator().handle(&Request { target, body });
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
