//! The program itself, under a stand-in for Lambda's Runtime API and one for the endpoint of ECS, both on loopback.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use simulator::{Answer, Aws, Home, Request, ServiceSeed};

/// One HTTP request, as far as it is needed here.
struct Call {
    path: String,
    target: String,
    body: Vec<u8>,
}

/// Serves on a free port of the loopback until the test ends, and gives the address.
fn serve(mut answer: impl FnMut(Call) -> Option<(u16, &'static str, Vec<u8>)> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Some(call) = read(&stream) else { continue };
            let Some((status, headers, body)) = answer(call) else { return };
            let head =
                format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
            let _gone = (&stream).write_all(&[head.into_bytes(), body].concat());
        }
    });
    address
}

fn read(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut call = Call { path: line.split(' ').nth(1)?.to_owned(), target: String::new(), body: Vec::new() };
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => call.target = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                call.body.resize(value.parse().ok()?, 0);
            }
            Some(_) => {}
            None => break,
        }
    }
    reader.read_exact(&mut call.body).ok()?;
    Some(call)
}

/// What the function answered to one event.
struct Answered {
    is_error: bool,
    body: Value,
    log: Vec<Value>,
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ecs-auto-rollback"));
    program.env_clear().envs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_LAMBDA_FUNCTION_NAME", "ecs-auto-rollback"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ]);
    program
}

/// Runs the program until it has answered the event.
#[expect(clippy::disallowed_methods, reason = "the program has the real time, so the service needs it too")]
fn invoke(event: &[u8], variables: &[(&str, &str)]) -> Answered {
    let mut aws = Aws::new(Home::default(), jiff::Timestamp::now());
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42"));
    let endpoint =
        serve(move |call| match aws.handle(&Request { path: call.path, target: call.target, body: call.body }) {
            Answer::Response { status, body, .. } => {
                Some((status, "content-type: application/x-amz-json-1.1\r\n", body))
            }
            Answer::Dropped { .. } => None,
        });
    let (sender, answers): (Sender<(bool, Vec<u8>)>, Receiver<_>) = channel();
    let mut events = vec![event.to_vec()];
    let runtime = serve(move |call| {
        if call.path.ends_with("/invocation/next") {
            let headers = "lambda-runtime-aws-request-id: 8476a536\r\nlambda-runtime-deadline-ms: 99999999999999\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback\r\n";
            return events.pop().map(|event| (200, headers, event));
        }
        sender.send((call.path.ends_with("/error"), call.body)).ok()?;
        Some((202, "", Vec::new()))
    });
    let mut child = program()
        .env("AWS_LAMBDA_RUNTIME_API", runtime)
        .env("AWS_ENDPOINT_URL_ECS", format!("http://{endpoint}"))
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let answer = answers.recv_timeout(Duration::from_secs(30));
    child.kill().expect("the program is there");
    let Output { stdout, .. } = child.wait_with_output().expect("an end");
    let (is_error, body) = answer.expect("an answer in time");
    let log = String::from_utf8(stdout).expect("text");
    let log = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect();
    Answered { is_error, body: serde_json::from_slice(&body).expect("JSON"), log }
}

#[test]
fn an_event_goes_in_and_a_stop_comes_out() {
    let event = json!({"cluster": "prod", "service": "web", "reason": "a \"try\"\n"});
    let Answered { is_error, body, log } = invoke(event.to_string().as_bytes(), &[]);
    assert!(!is_error, "{body}");
    assert_eq!(body["outcomes"][0]["reason"], "stop-requested");

    let decisions: Vec<&Value> = log.iter().filter(|line| line["message"] == "decision").collect();
    assert_eq!(decisions.len(), 1, "{log:?}");
    let line = decisions[0].as_object().expect("a flat object");
    assert!(line.values().all(|value| !value.is_object() && !value.is_array()), "{line:?}");
    for (field, value) in [
        ("level", "INFO"),
        ("service", "ecs-auto-rollback"),
        ("requestId", "8476a536"),
        ("outcome", "rolled-back"),
        ("reason", "stop-requested"),
        ("signal_source", "manual"),
        ("signal_name", "a \"try\"\n"),
        ("account", "123456789012"),
        ("cluster", "prod"),
        ("service_name", "web"),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert!(log.iter().all(|line| !line["event"].is_string()), "no payload at info");
}

#[test]
fn the_payload_is_logged_when_asked_for() {
    let event = json!({"cluster": "prod", "service": "web", "reason": "checkout is broken"}).to_string();
    let asked = [("POWERTOOLS_LOGGER_LOG_EVENT", "true"), ("POWERTOOLS_SERVICE_NAME", "rollback")];
    let log = invoke(event.as_bytes(), &asked).log;
    assert!(log.iter().any(|line| line["event"] == event && line["service"] == "rollback"), "{log:?}");
}

#[test]
fn figures_are_lines_of_the_embedded_metric_format_unless_they_are_switched_off() {
    let event = json!({"cluster": "prod", "service": "web", "reason": "checkout is broken"}).to_string();
    let figures = |variables| {
        let log = invoke(event.as_bytes(), variables).log;
        log.into_iter().filter(|line| line["_aws"].is_object()).collect::<Vec<_>>()
    };
    let lines = figures(&[("POWERTOOLS_METRICS_NAMESPACE", "Shop")]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"), "{lines:?}");
    assert_eq!(
        (&lines[0]["reason"], &lines[1]["Calls"], &lines[1]["ColdStarts"]),
        (&json!("stop-requested"), &json!(4), &json!(1))
    );
    assert!(figures(&[]).is_empty());
    assert!(figures(&[("POWERTOOLS_METRICS_NAMESPACE", "Shop"), ("POWERTOOLS_METRICS_DISABLED", "true")]).is_empty());
}

#[test]
fn a_line_of_text_holds_no_line_of_a_payload() {
    let event = json!({"cluster": "prod", "service": "web", "reason": "x\nERROR decision outcome=\"failed\""});
    let log = invoke(event.to_string().as_bytes(), &[("AWS_LAMBDA_LOG_FORMAT", "Text")]).log;
    assert_eq!(log.len(), 1, "{log:?}");
}

#[test]
fn input_that_is_not_json_fails_under_our_own_name() {
    for input in [b"not JSON".as_slice(), b"{\"cluster\":\"prod\"", b"", b"\xff\xfe", "[".repeat(1_000).as_bytes()] {
        let Answered { is_error, body, .. } = invoke(input, &[]);
        assert!(is_error);
        assert_eq!(body["errorType"], "UnrecognizedEvent", "{body}");
        assert!(body["errorMessage"].as_str().is_some_and(|message| message.contains("not JSON")), "{body}");
    }
}

#[test]
fn wrong_settings_keep_it_from_starting_with_one_line() {
    let program = program()
        .envs([("ROLLBACK_MODE", "yes"), ("ROLLBACK_LIMIT", "-1"), ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")])
        .output()
        .expect("the program");
    assert!(!program.status.success());
    let said = String::from_utf8(program.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("ROLLBACK_MODE=\"yes\" (expected enforce, observe or off, parameter Mode)")
            && said.contains("ROLLBACK_LIMIT=\"-1\""),
        "{said}"
    );
}
