//! The program, invoked as SDKs invoke Lambda.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    function,
    http::{Answer, call},
};

struct Program {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Program {
    fn start(options: &[&str], command: &[String]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_local-lambda"))
            .args(["--port", "0"])
            .args(options)
            .arg("--")
            .args(command)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let address = line.strip_prefix("listening on ").unwrap().to_owned();
        Self { process, lines, address }
    }

    fn send(&self, headers: &str, event: &Value) -> Answer {
        let path = "POST /2015-03-31/functions/function/invocations";
        call(&self.address, path, headers, event.to_string().as_bytes())
    }

    /// The error type if it failed, and the answer.
    fn invoke(&self, what: &str) -> (Option<String>, Value) {
        let answer = self.send("", &json!({"do": what}));
        assert_eq!(answer.status, 200, "{answer:?}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let failed = answer.header("x-amz-function-error").is_some();
        (failed.then(|| body["errorType"].as_str().unwrap().to_owned()), body)
    }
}

#[test]
fn one_process_answers_all_events_even_after_an_error() {
    let program = Program::start(&["--max-seconds", "60"], &function::command());
    let (no_error, first) = program.invoke("answer");
    assert_eq!((no_error, program.invoke("fail").0), (None, Some("AccessDenied".to_owned())));
    let (_, second) = program.invoke("answer");
    assert_eq!(first["process"], second["process"]);
    assert_ne!(first["id"], second["id"]);
}

#[test]
fn a_process_that_ends_or_hangs_fails_its_event_and_is_replaced() {
    let program = Program::start(&["--max-seconds", "60", "--timeout", "2"], &function::command());
    let (_, first) = program.invoke("answer");
    for (what, error_type) in [("end", "Runtime.ExitError"), ("hang", "Sandbox.Timedout")] {
        let (error, body) = program.invoke(what);
        assert_eq!(error.as_deref(), Some(error_type), "{body}");
        let (error, next) = program.invoke("answer");
        assert!(error.is_none() && next["process"] != first["process"], "{next}");
    }
}

#[test]
fn a_missing_program_fails_the_event_but_not_the_server() {
    let program = Program::start(&["--max-seconds", "60"], &["/nowhere/bootstrap".to_owned()]);
    for _ in 0..2 {
        assert_eq!(program.invoke("answer").0.as_deref(), Some("Runtime.InvalidEntrypoint"));
    }
}

#[test]
fn an_unsupported_request_is_refused_by_name() {
    let program = Program::start(&["--max-seconds", "60"], &function::command());
    let asynchronous = program.send("x-amz-invocation-type: Event\r\n", &json!({}));
    assert_eq!(
        (asynchronous.status, asynchronous.header("x-amzn-errortype")),
        (400, Some("invalidparametervalueexception"))
    );
    assert_eq!(call(&program.address, "GET /2015-03-31/functions", "", b"").status, 404);
}

#[test]
fn it_stops_after_max_seconds() {
    let mut program = Program::start(&["--max-seconds", "1"], &function::command());
    assert_eq!(program.lines.next().unwrap().unwrap(), "stopped after 1 s (--max-seconds)");
    assert!(program.process.wait().unwrap().success());
}
