//! The control calls of tests and demos, which AWS does not have.

use std::time::Duration;

use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::server::Server;
use crate::fault::Fault;
use crate::request::Answer;

/// A year. The steps on the way are done one by one, which must not take forever.
const LONGEST_LEAP: Duration = Duration::from_hours(365 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Alarm {
    name: String,
    in_alarm: bool,
}

/// Answers a control call, named by the path after `/_simulator/`.
pub(super) fn respond(server: &Server, method: &Method, what: &str, body: &[u8]) -> Answer {
    server.catch_up();
    let outcome = match (method.as_str(), what) {
        ("POST", "advance") => advance(server, body),
        ("POST", "faults") => parse(body).map(|fault: Fault| {
            server.aws.borrow_mut().inject(fault);
            json!({})
        }),
        ("DELETE", "faults") => {
            server.aws.borrow_mut().clear_faults();
            Ok(json!({}))
        }
        ("POST", "alarms") => parse(body).map(|alarm: Alarm| {
            server.aws.borrow_mut().ecs.set_alarm(&alarm.name, alarm.in_alarm);
            json!({})
        }),
        ("GET", "calls") => Ok(json!({ "calls": server.aws.borrow().calls() })),
        ("DELETE", "calls") => {
            server.aws.borrow_mut().clear_calls();
            Ok(json!({}))
        }
        ("GET", "events") => Ok(json!({ "events": *server.events.borrow() })),
        ("DELETE", "events") => {
            server.events.borrow_mut().clear();
            Ok(json!({}))
        }
        ("GET", "services") => {
            let aws = server.aws.borrow();
            Ok(json!({ "now": aws.now(), "services": aws.ecs.services() }))
        }
        ("POST", "reset") => server.reset().map(|()| json!({})).map_err(|error| error.to_string()),
        _ => {
            let known =
                "POST advance, faults, alarms, reset; GET calls, events, services; DELETE calls, events, faults";
            let error = json!({ "error": format!("no such control call; there are {known}") });
            return self::json(404, error.to_string().into_bytes());
        }
    };
    server.catch_up();
    let (status, answer) = match outcome {
        Ok(answer) => (200, answer),
        Err(error) => (400, json!({ "error": error })),
    };
    self::json(status, answer.to_string().into_bytes())
}

fn advance(server: &Server, body: &[u8]) -> Result<Value, String> {
    let Advance { seconds } = parse(body)?;
    let by = Duration::try_from_secs_f64(seconds).ok().filter(|by| *by <= LONGEST_LEAP);
    let by = by.ok_or("seconds must be between 0 and 31536000")?;
    server.clock.borrow_mut().advance(by);
    server.catch_up();
    Ok(json!({ "now": server.aws.borrow().now() }))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// An answer with a body of JSON.
pub(super) fn json(status: u16, body: Vec<u8>) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned())];
    Answer::Response { status, headers, body, delay: Duration::ZERO }
}
