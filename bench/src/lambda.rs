//! Lambda, as far as a runtime sees it: the Runtime API for one process, with the times at which it was called.

use std::{convert::Infallible, rc::Rc, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::{JoinHandle, spawn_local},
    time::{Instant, timeout},
};

use crate::Failure;

/// No competitor needs as long for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// An event to be handed out: its text, and the time in milliseconds since 1970 by which Lambda would want an answer.
pub(crate) struct Event {
    pub(crate) text: String,
    pub(crate) deadline: i64,
}

/// What the process said.
enum Said {
    /// It asks for the next event.
    Next(Instant),
    /// It answered, or failed.
    Answer { at: Instant, failed: bool, body: Bytes },
}

/// The answer to one event.
pub(crate) struct Answered {
    pub(crate) handed_out: Instant,
    pub(crate) at: Instant,
    pub(crate) body: Bytes,
}

/// The Runtime API of one process.
pub(crate) struct Lambda {
    pub(crate) address: String,
    events: mpsc::UnboundedSender<Event>,
    handed_out: mpsc::UnboundedReceiver<Instant>,
    said: mpsc::UnboundedReceiver<Said>,
    serving: JoinHandle<()>,
}

struct Api {
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    handed_out: mpsc::UnboundedSender<Instant>,
    said: mpsc::UnboundedSender<Said>,
}

impl Lambda {
    /// Listens on a free port of the loopback interface, until it is dropped.
    pub(crate) async fn open() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (events, waiting) = mpsc::unbounded_channel();
        let (hand, handed_out) = mpsc::unbounded_channel();
        let (say, said) = mpsc::unbounded_channel();
        let api = Rc::new(Api { events: Mutex::new(waiting), handed_out: hand, said: say });
        let serving = spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let api = Rc::clone(&api);
                spawn_local(async move {
                    let prompt = stream.set_nodelay(true);
                    let service = service_fn(move |request| Rc::clone(&api).answer(request));
                    // A connection that fails concerns its process, which then does not answer.
                    drop((prompt, http1::Builder::new().serve_connection(TokioIo::new(stream), service).await));
                });
            }
        });
        Ok(Self { address, events, handed_out, said, serving })
    }

    /// Waits until the process asks for an event.
    pub(crate) async fn asked(&mut self) -> Result<Instant, Failure> {
        match self.hear().await? {
            Said::Next(at) => Ok(at),
            Said::Answer { body, .. } => Err(format!("it gave up: {}", String::from_utf8_lossy(&body)).into()),
        }
    }

    /// Hands an event to the process, which has asked for it, and waits for what it makes of it.
    pub(crate) async fn invoke(&mut self, event: Event) -> Result<Answered, Failure> {
        self.events.send(event)?;
        let handed_out = timeout(PATIENCE, self.handed_out.recv()).await?.ok_or("it did not take the event")?;
        match self.hear().await? {
            Said::Answer { at, failed: false, body } => Ok(Answered { handed_out, at, body }),
            Said::Answer { body, .. } => Err(format!("it failed: {}", String::from_utf8_lossy(&body)).into()),
            Said::Next(_) => Err("it gave no answer".into()),
        }
    }

    async fn hear(&mut self) -> Result<Said, Failure> {
        Ok(timeout(PATIENCE, self.said.recv()).await.map_err(|_| "it said nothing in time")?.ok_or("it is gone")?)
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Api {
    async fn answer(self: Rc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let arrived = Instant::now();
        if request.method() == Method::GET {
            // Whoever listened has gone if the next event is not wanted any more.
            self.said.send(Said::Next(arrived)).ok();
            let event = self.events.lock().await.recv().await;
            return Ok(event.map_or_else(Response::default, |event| {
                self.handed_out.send(Instant::now()).ok();
                hand_out(event)
            }));
        }
        let failed = request.uri().path().ends_with("/error");
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        self.said.send(Said::Answer { at: Instant::now(), failed, body }).ok();
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::ACCEPTED;
        Ok(response)
    }
}

fn hand_out(event: Event) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(event.text));
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback"),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
    ] {
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
    }
    headers.insert("lambda-runtime-deadline-ms", event.deadline.into());
    response
}
