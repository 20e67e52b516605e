//! The Runtime API: a process asks for an event, and posts its response or its error.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::BodyExt;
use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
};
use tokio::{
    sync::{Mutex, mpsc},
    time::Instant,
};

use crate::{
    FUNCTION_ARN,
    http::{Respond, Response, response},
};

/// An event to be handed out, under its id.
#[derive(Debug)]
pub(crate) struct Handout {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    /// How long the function may take for it.
    pub(crate) time: Duration,
}

/// An action of the process.
#[derive(Debug)]
pub(crate) enum Said {
    /// It asked for the next event.
    Next(Instant),
    /// It got the event.
    Took(Instant),
    /// It answered, or reported an error.
    Answer { at: Instant, is_error: bool, body: Bytes },
}

pub(crate) struct RuntimeApi {
    events: Mutex<mpsc::UnboundedReceiver<Handout>>,
    /// The id of the event that the process works on.
    current: Mutex<Option<String>>,
    said: mpsc::UnboundedSender<Said>,
}

impl RuntimeApi {
    pub(crate) fn new(events: mpsc::UnboundedReceiver<Handout>, said: mpsc::UnboundedSender<Said>) -> Self {
        Self { events: Mutex::new(events), current: Mutex::default(), said }
    }

    async fn next(&self) -> Response {
        let arrived = Instant::now();
        // If nobody listens any more, Lambda is being dropped, and this connection with it.
        self.said.send(Said::Next(arrived)).ok();
        let Some(event) = self.events.lock().await.recv().await else {
            return status(StatusCode::SERVICE_UNAVAILABLE);
        };
        *self.current.lock().await = Some(event.request_id.clone());
        self.said.send(Said::Took(Instant::now())).ok();
        hand_out(event)
    }

    /// The process has posted something about the event with this id, or about its start.
    async fn posted(&self, id: Option<&str>, is_error: bool, body: Incoming) -> Response {
        let Ok(body) = body.collect().await else {
            return status(StatusCode::BAD_REQUEST);
        };
        let mut current = self.current.lock().await;
        if current.as_deref() != id {
            return status(StatusCode::BAD_REQUEST);
        }
        *current = None;
        self.said.send(Said::Answer { at: Instant::now(), is_error, body: body.to_bytes() }).ok();
        status(StatusCode::ACCEPTED)
    }
}

impl Respond for RuntimeApi {
    async fn respond(&self, request: Request<Incoming>) -> Response {
        let (head, body) = request.into_parts();
        let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
        match (&head.method, path.as_slice()) {
            (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => self.posted(None, true, body).await,
            (&Method::POST, ["2018-06-01", "runtime", "invocation", id, what @ ("response" | "error")]) => {
                self.posted(Some(id), *what == "error", body).await
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

fn hand_out(event: Handout) -> Response {
    let deadline = milliseconds_since_1970(now() + event.time);
    let headers = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &event.request_id),
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
        ("lambda-runtime-deadline-ms", &deadline),
    ];
    response(StatusCode::OK, &headers, event.payload)
}

fn status(status: StatusCode) -> Response {
    response(status, &[], Bytes::new())
}

fn milliseconds_since_1970(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string()
}

#[expect(clippy::disallowed_methods, reason = "the function has the real time, so its deadline is in real time")]
fn now() -> SystemTime {
    SystemTime::now()
}
