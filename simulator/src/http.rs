//! HTTP over the core: connections, bodies, delays and the clock that runs on.

mod bus;
mod clock;
mod control;
pub(crate) mod log;

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use simulator::{Answer, Request, Scenario, ScenarioError, Simulator};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) use bus::Endpoint;
use bus::Outbox;
use clock::Clock;

/// Far more than any call of ECS needs.
const LONGEST_BODY: usize = 1024 * 1024;
const MOST_CONNECTIONS: usize = 256;
/// For whoever asks for them; the older half goes first.
const MOST_EVENTS: usize = 20_000;
/// How often things that happen by themselves are looked for and logged.
const TICK: Duration = Duration::from_millis(50);

/// One simulation, and the clock that drives it. Everything runs on one thread.
pub(crate) struct Server {
    scenario: Scenario,
    simulator: RefCell<Simulator>,
    clock: RefCell<Clock>,
    /// As they were recorded, until somebody clears them.
    events: RefCell<Vec<Value>>,
    outbox: Option<Outbox>,
}

impl Server {
    /// Events go to `events_to` as they happen. Must be called where tasks can be spawned on the thread.
    pub(crate) fn new(scenario: Scenario, speed: f64, events_to: Option<Endpoint>) -> Result<Self, ScenarioError> {
        let simulator = RefCell::new(Simulator::from_scenario(&scenario)?);
        let clock = RefCell::new(Clock::new(scenario.now, speed));
        let outbox = events_to.map(|endpoint| Outbox::open(endpoint, &scenario.home));
        Ok(Self { scenario, simulator, clock, events: RefCell::default(), outbox })
    }

    /// Brings the simulation up to now, and logs what happened on the way.
    fn catch_up(&self) {
        let mut simulator = self.simulator.borrow_mut();
        simulator.set_now(self.clock.borrow().now());
        self.note_happenings(&mut simulator);
    }

    /// Logs what happened by itself, and passes on what ECS sends about it.
    fn note_happenings(&self, simulator: &mut Simulator) {
        simulator.take_transitions().iter().for_each(log::transition);
        let mut events = self.events.borrow_mut();
        for event in simulator.take_events() {
            if let Some(outbox) = &self.outbox {
                outbox.put(&event);
            }
            if events.len() == MOST_EVENTS {
                events.drain(..MOST_EVENTS / 2);
            }
            events.push(event);
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        self.catch_up();
        let mut simulator = self.simulator.borrow_mut();
        let answer = simulator.handle(request);
        log::call(&simulator, &answer);
        self.note_happenings(&mut simulator);
        answer
    }

    fn reset(&self) -> Result<(), ScenarioError> {
        *self.simulator.borrow_mut() = Simulator::from_scenario(&self.scenario)?;
        self.clock.borrow_mut().restart(self.scenario.now);
        self.events.borrow_mut().clear();
        Ok(())
    }
}

/// The loopback interface only: nothing here asks who is calling.
pub(crate) async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Serves until it is dropped.
pub(crate) async fn serve(server: Server, listener: TcpListener) -> Infallible {
    let server = Rc::new(server);
    if let Ok(address) = listener.local_addr() {
        log::line(&format!("listening on http://{address}"));
    }
    let ticking = Rc::clone(&server);
    tokio::task::spawn_local(async move {
        loop {
            tokio::time::sleep(TICK).await;
            ticking.catch_up();
        }
    });
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some will be closed.
            tokio::time::sleep(TICK).await;
            continue;
        };
        let server = Rc::clone(&server);
        tokio::task::spawn_local(async move {
            let _place = place;
            let service = service_fn(move |request| respond(Rc::clone(&server), request));
            let mut http = http1::Builder::new();
            let connection = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            // A connection that fails, or that a fault drops, concerns its caller only.
            drop(connection.await);
        });
    }
}

/// A fault asked for the connection to be closed without an answer.
#[derive(Debug)]
struct ConnectionDropped;

impl fmt::Display for ConnectionDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was dropped on request")
    }
}

impl std::error::Error for ConnectionDropped {}

async fn respond(
    server: Rc<Server>,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, ConnectionDropped> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(json(StatusCode::PAYLOAD_TOO_LARGE, br#"{"__type":"RequestEntityTooLarge"}"#.to_vec()));
    };
    let body = body.to_bytes();
    if let Some(what) = head.uri.path().strip_prefix("/_simulator/") {
        return Ok(control::respond(&server, &head.method, what, &body));
    }
    if head.method != Method::POST || head.uri.path() != "/" {
        return Ok(json(StatusCode::NOT_FOUND, br#"{"__type":"UnknownOperationException"}"#.to_vec()));
    }
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let request = Request { target: target.to_owned(), body: body.to_vec() };
    match server.answer(&request) {
        Answer::Response { status, request_id, body, delay } => {
            wait(delay).await;
            let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(simulator::CONTENT_TYPE));
            if let Ok(request_id) = HeaderValue::from_str(&request_id) {
                headers.insert("x-amzn-requestid", request_id);
            }
            Ok(response)
        }
        Answer::Dropped { delay } => {
            wait(delay).await;
            Err(ConnectionDropped)
        }
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
