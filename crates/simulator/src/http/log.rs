//! One line on standard output for each call and for each thing that happens by itself.

use std::io::Write;

use jiff::Timestamp;
use serde_json::Value;

use crate::aws::Aws;
use crate::ecs::world::Transition;
use crate::request::Answer;

/// Writes a line. A closed pipe is ignored.
pub fn line(text: &str) {
    let mut output = std::io::stdout().lock();
    drop(writeln!(output, "{text}").and_then(|()| output.flush()));
}

/// Logs the last call.
pub(super) fn call(aws: &Aws, answer: &Answer) {
    let Some(call) = aws.calls().last() else { return };
    let service = call.service.as_deref().unwrap_or("-");
    let outcome = match (call.status, &call.error) {
        (None, _) => "connection dropped".to_owned(),
        (Some(_), Some(error)) => error.clone(),
        (Some(200), None) => success(aws, &call.body, &answer.json()),
        (Some(status), None) => status.to_string(),
    };
    line(&format!("{} {} {service} → {outcome}", time(call.at), call.operation));
}

/// Logs a change of a service deployment's status.
pub(super) fn transition(transition: &Transition) {
    let Transition { at, service, deployment, from, to } = transition;
    let from = from.as_ref().map_or("(new)", |from| from.as_str());
    line(&format!("{}   {service} {deployment}: {from} → {to}", time(*at)));
}

/// A summary of an answer: the status of the one service deployment that it is about, else its number of entries.
fn success(aws: &Aws, request: &Value, answer: &Value) -> String {
    let arn = request.get("serviceDeploymentArn").and_then(Value::as_str);
    if let Some(status) = arn.and_then(|arn| aws.ecs.status(arn)) {
        return status.to_string();
    }
    let entries = answer.as_object().into_iter().flatten().find_map(|(name, value)| Some((name, value.as_array()?)));
    match entries {
        Some((name, entries)) if name != "failures" => match entries.as_slice() {
            [only] => only.get("status").and_then(Value::as_str).unwrap_or("1 entry").to_owned(),
            _ => format!("{} entries", entries.len()),
        },
        Some((_, failures)) if !failures.is_empty() => format!("{} missing", failures.len()),
        _ => "ok".to_owned(),
    }
}

fn time(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%H:%M:%S")
}
