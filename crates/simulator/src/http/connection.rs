//! One HTTP connection: requests in, answers out, late or never where a fault says so.

use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::request::{Answer, Request};

/// Far more than any call needs.
const LONGEST_BODY: usize = 1024 * 1024;

/// A fault asked for the connection to be closed without an answer.
#[derive(Debug)]
struct ConnectionDropped;

impl fmt::Display for ConnectionDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was dropped on request")
    }
}

impl std::error::Error for ConnectionDropped {}

/// Serves one connection until it ends. A connection that fails, or that a fault drops, concerns its caller only.
pub async fn serve_connection<S, F>(stream: S, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(&Method, Request) -> Answer,
{
    let service = service_fn(|request| respond(request, &answer));
    let mut http = http1::Builder::new();
    drop(http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await);
}

async fn respond(
    request: hyper::Request<Incoming>,
    answer: impl Fn(&Method, Request) -> Answer,
) -> Result<Response<Full<Bytes>>, ConnectionDropped> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        let mut response = Response::new(Full::new(Bytes::from_static(br#"{"__type":"RequestEntityTooLarge"}"#)));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return Ok(response);
    };
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let request = Request { path, target: target.to_owned(), body: body.to_bytes().to_vec() };
    match answer(&head.method, request) {
        Answer::Response { status, headers, body, delay } => {
            wait(delay).await;
            let mut response = Response::new(Full::new(Bytes::from(body)));
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().insert(name, value);
                }
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
