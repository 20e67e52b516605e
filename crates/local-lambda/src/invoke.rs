//! The Invoke API, for synchronous invocations: each is handed to the function's process, one after the other.

use std::{convert::Infallible, ffi::OsString, io, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    http::{self, Respond, Response, response},
    process::{Outcome, Process, lost},
};

/// The largest payload that Lambda takes.
const LARGEST: usize = 6 * 1024 * 1024;

/// A function: how its process is started, and its time-out.
#[derive(Debug, Clone)]
pub struct Function {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// How long it may take for an event.
    pub time: Duration,
}

/// Serves the function on a port of the loopback interface, under any name, until it is dropped; 0 is any free port.
/// `listening` is given the address.
///
/// # Errors
/// When the port is not free.
pub async fn serve(function: Function, port: u16, listening: impl FnOnce(&str)) -> io::Result<Infallible> {
    let listener = http::listen(port).await?;
    listening(&format!("http://{}", listener.local_addr()?));
    Ok(http::serve(listener, InvokeApi { function, idle: Mutex::default() }).await)
}

struct InvokeApi {
    function: Function,
    /// The process that waits for an event, if there is one.
    idle: Mutex<Option<Process>>,
}

impl InvokeApi {
    async fn invoke(&self, payload: Bytes) -> Response {
        let version = ("x-amz-executed-version", "$LATEST");
        match self.outcome(payload).await {
            Outcome::Response(body) => response(StatusCode::OK, &[version], body),
            Outcome::Error { body, .. } => {
                response(StatusCode::OK, &[version, ("x-amz-function-error", "Unhandled")], body)
            }
        }
    }

    async fn outcome(&self, payload: Bytes) -> Outcome {
        // Held until the process is idle again. If the caller goes away meanwhile, the process does so with it.
        let mut idle = self.idle.lock().await;
        let started = match idle.take() {
            Some(process) => Ok(process),
            None => Process::start(&self.function.command).await,
        };
        let mut process = match started {
            Ok(process) => process,
            Err(error) => return lost("Runtime.InvalidEntrypoint", &error.to_string()),
        };
        let outcome = process.invoke(payload, self.function.time).await;
        if !matches!(outcome, Outcome::Error { is_lost: true, .. }) {
            *idle = Some(process);
        }
        outcome
    }
}

impl Respond for InvokeApi {
    async fn respond(&self, request: Request<Incoming>) -> Response {
        let (head, body) = request.into_parts();
        let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
        let (&Method::POST, ["2015-03-31", "functions", _, "invocations"]) = (&head.method, path.as_slice()) else {
            return refused(
                StatusCode::NOT_FOUND,
                "ResourceNotFoundException",
                "Only functions are here, to be invoked.",
            );
        };
        if head.headers.get("x-amz-invocation-type").is_some_and(|kind| kind != "RequestResponse") {
            let only = "Only invocations of the type RequestResponse are here.";
            return refused(StatusCode::BAD_REQUEST, "InvalidParameterValueException", only);
        }
        match Limited::new(body, LARGEST).collect().await {
            Ok(payload) => self.invoke(payload.to_bytes()).await,
            Err(_) => refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", "The payload is over 6 MB."),
        }
    }
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = json!({"Type": "User", "Message": message});
    response(status, &[("x-amzn-errortype", error_type)], body.to_string().into())
}
