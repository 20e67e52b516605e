//! The function's process, started when an event needs one.

use std::{ffi::OsString, io, time::Duration};

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{Failure, Invocation, Lambda};

/// A running process and its Lambda. It ends when it is dropped.
pub(crate) struct Process {
    lambda: Lambda,
    child: Child,
}

pub(crate) enum Outcome {
    Response(Bytes),
    /// Reported by the function, or, if that is lost, by Lambda.
    Error {
        body: Bytes,
        is_lost: bool,
    },
}

impl Process {
    /// Starts it with the environment and the output of this program.
    pub(crate) async fn start(command: &[OsString]) -> io::Result<Self> {
        let lambda = Lambda::open().await?;
        let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("there is no command"))?;
        let child = Command::new(program).args(arguments).envs(lambda.environment()).kill_on_drop(true).spawn()?;
        Ok(Self { lambda, child })
    }

    pub(crate) async fn invoke(&mut self, payload: Bytes, time: Duration) -> Outcome {
        let answered = tokio::select! {
            biased;
            answered = self.lambda.invoke(Invocation::of(payload).within(time)) => answered,
            ended = self.child.wait() => {
                let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                return lost("Runtime.ExitError", &format!("Runtime exited: {how}"));
            }
        };
        match answered {
            Ok(answered) if answered.is_error => Outcome::Error { body: answered.body, is_lost: false },
            Ok(answered) => Outcome::Response(answered.body),
            Err(Failure::Initialization(body)) => Outcome::Error { body, is_lost: true },
            Err(failure @ Failure::TimedOut(_)) => lost("Sandbox.Timedout", &failure.to_string()),
            Err(failure @ (Failure::NotStarted | Failure::Unanswered)) => lost("Runtime.Unknown", &failure.to_string()),
        }
    }
}

/// An error under one of the names that Lambda has for it.
pub(crate) fn lost(error_type: &str, message: &str) -> Outcome {
    let body: Value = json!({"errorType": error_type, "errorMessage": message});
    Outcome::Error { body: body.to_string().into(), is_lost: true }
}
