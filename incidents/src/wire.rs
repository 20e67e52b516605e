//! The simulator as the SDK's HTTP client: no socket, and the simulated clock runs with tokio's, which is paused. A fuse lets
//! an invocation die between two calls.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use simulator::{Answer, Request};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use crate::{
    story::{Crash, Ms, at, since_base},
    world::World,
};

/// A world whose clock runs with tokio's.
#[derive(Clone)]
pub(crate) struct Running {
    world: Arc<Mutex<World>>,
    started: Instant,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

impl Running {
    pub(crate) fn new(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)), started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Ms {
        Ms::try_from(self.started.elapsed().as_millis()).unwrap_or(Ms::MAX)
    }

    pub(crate) fn instant(&self, ms: Ms) -> Instant {
        self.started + crate::world::duration(ms)
    }

    /// The world as it is now.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if now > since_base(world.ecs.now()) {
            world.ecs.set_now(at(now));
        }
        world
    }
}

/// The SDK signs with this time, and fills its buckets by it: it must be the same in every run.
impl TimeSource for Running {
    fn now(&self) -> SystemTime {
        at(Running::now(self)).into()
    }
}

/// What ends an invocation early.
#[derive(Debug, Default)]
struct Fuse {
    crash: Option<Crash>,
    /// The calls of this invocation.
    calls: u32,
}

/// One execution environment's way to AWS.
#[derive(Clone)]
pub(crate) struct Wire {
    running: Running,
    fuse: Arc<Mutex<Fuse>>,
    pub(crate) died: Arc<Notify>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn new(running: Running) -> Self {
        Self { running, fuse: Arc::default(), died: Arc::new(Notify::new()) }
    }

    /// Another invocation begins, which may be about to die.
    pub(crate) fn begin(&self, crash: Option<Crash>) {
        *self.fuse() = Fuse { crash, calls: 0 };
    }

    fn fuse(&self) -> MutexGuard<'_, Fuse> {
        self.fuse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the invocation dies at this call, and whether the call still gets through.
    fn dies(&self) -> Option<Crash> {
        let mut fuse = self.fuse();
        fuse.calls += 1;
        fuse.crash.filter(|crash| fuse.calls > crash.after_calls)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let request = Request { target, body };
        if let Some(crash) = self.dies() {
            if crash.after_effect {
                self.running.world().ecs.handle(&request);
            }
            self.died.notify_one();
            return HttpConnectorFuture::new(std::future::pending());
        }
        let answer = self.running.world().ecs.handle(&request);
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
