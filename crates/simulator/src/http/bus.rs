//! Events on their way to an EventBridge on this machine: best effort, in order, one call each.

use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::log;
use crate::home::Home;

/// Events that wait while the other side is slow. More are dropped, with a line in the log.
const MOST_WAITING: usize = 10_000;
/// The pause before each attempt.
const ATTEMPTS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(200), Duration::from_secs(1)];
/// The longest that one attempt takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// No answer of `PutEvents` to one event comes near it.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The address of an EventBridge on this machine. Simulated events must not go anywhere else.
#[derive(Clone, Debug)]
pub struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| "not a URL".to_owned())?;
        if uri.scheme_str() != Some("http") {
            return Err("not an http:// URL".to_owned());
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if !here {
            return Err(format!("{host} is not the loopback interface of this machine"));
        }
        Ok(Self { host, port: uri.port_u16().unwrap_or(80), path: uri.path().to_owned() })
    }
}

/// Takes events, and posts them one after the other in a task of its own.
pub(super) struct Outbox {
    waiting: Sender<String>,
}

impl Outbox {
    /// The events are those of ECS in this account and Region, so the calls are too.
    pub(super) fn open(endpoint: Endpoint, home: &Home) -> Self {
        let (waiting, to_post) = mpsc::channel(MOST_WAITING);
        tokio::task::spawn_local(post_all(endpoint, authorization(home), to_post));
        Self { waiting }
    }

    pub(super) fn put(&self, event: &Value) {
        if self.waiting.try_send(put_events(event)).is_err() {
            log::line(&format!("event not posted, {MOST_WAITING} are waiting: {}", name_of(event)));
        }
    }
}

/// The body of a `PutEvents` call.
fn put_events(event: &Value) -> String {
    let time = event["time"].as_str().and_then(|time| time.parse().ok()).map(jiff::Timestamp::as_second);
    let entry = json!({
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": event["detail"].to_string(),
        "Resources": event["resources"],
        "Time": time,
    });
    json!({ "Entries": [entry] }).to_string()
}

fn name_of(event: &Value) -> &str {
    event["detail"]["eventName"].as_str().unwrap_or_default()
}

/// In the form that AWS emulators take account and Region from. They check no signature, and this is none.
fn authorization(home: &Home) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={}/20260601/{}/events/aws4_request, SignedHeaders=host, Signature=simulated",
        home.account, home.region
    )
}

async fn post_all(endpoint: Endpoint, authorization: String, mut to_post: Receiver<String>) {
    while let Some(body) = to_post.recv().await {
        if let Err(error) = post_with_retries(&endpoint, &authorization, &body).await {
            log::line(&format!("event not posted to http://{}:{}: {error}", endpoint.host, endpoint.port));
        }
    }
}

async fn post_with_retries(endpoint: &Endpoint, authorization: &str, body: &str) -> Result<(), String> {
    let mut outcome = Ok(());
    for pause in ATTEMPTS {
        tokio::time::sleep(pause).await;
        let attempt = tokio::time::timeout(PATIENCE, post(endpoint, authorization, body)).await;
        outcome = attempt.unwrap_or_else(|_| Err("no answer".to_owned()));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn post(endpoint: &Endpoint, authorization: &str, body: &str) -> Result<(), String> {
    let stream = connect(endpoint).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    tokio::task::spawn_local(async move { drop(connection.await) });

    let request = Request::builder()
        .method(Method::POST)
        .uri(&endpoint.path)
        .header(HOST, format!("{}:{}", endpoint.host, endpoint.port))
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSEvents.PutEvents")
        .header(AUTHORIZATION, authorization)
        .body(Full::new(Bytes::from(body.to_owned())))
        .map_err(said)?;
    let answer = sender.send_request(request).await.map_err(said)?;
    let status = answer.status();
    let text = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await.map_err(said)?.to_bytes();
    let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
    if status == StatusCode::OK && answer["FailedEntryCount"].as_u64().unwrap_or(0) == 0 {
        Ok(())
    } else {
        Err(format!("{status} {answer}"))
    }
}

/// Only an address of this machine is called, no matter how a name resolves.
async fn connect(endpoint: &Endpoint) -> Result<TcpStream, String> {
    let addresses = lookup_host((endpoint.host.as_str(), endpoint.port)).await.map_err(said)?;
    let mut outcome = Err("the name has no address on the loopback interface".to_owned());
    for address in addresses.filter(|address| address.ip().is_loopback()) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => outcome = Err(error.to_string()),
        }
    }
    outcome
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}
