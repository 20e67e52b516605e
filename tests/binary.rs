//! The program itself, run by a local Lambda against a local Amazon ECS.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use local_lambda::{Invocation, Lambda};
use serde_json::{Value, json};
use signals::{ACTING, request};
use simulator::{Aws, Home, ServiceSeed, http::serve_connection};
use tokio::{net::TcpListener, process::Command};

/// Serves ECS, with `prod/web` in flight, on a free port of the loopback interface until the test ends. Returns the address.
#[expect(clippy::disallowed_methods, reason = "the program uses the real time, so the service must as well")]
async fn ecs() -> String {
    let mut aws = Aws::new(Home::default(), jiff::Timestamp::now());
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42"));
    let aws = Arc::new(Mutex::new(aws));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let aws = Arc::clone(&aws);
            let answer = move |_: &_, request| aws.lock().expect("no test panics with the lock").handle(&request);
            tokio::spawn(serve_connection(stream, answer));
        }
    });
    address
}

/// The function's answer to one event.
struct Answered {
    request_id: String,
    is_error: bool,
    body: Value,
    log: Vec<Value>,
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ecs-auto-rollback"));
    program.env_clear().kill_on_drop(true).envs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]);
    program.envs(ACTING).env("POWERTOOLS_METRICS_NAMESPACE", "none");
    program
}

/// Runs the program until it has answered the event.
async fn invoke(event: impl Into<Vec<u8>>, variables: &[(&str, &str)]) -> Answered {
    let mut lambda = Lambda::open().await.expect("a Lambda");
    let mut child = program()
        .envs(lambda.environment())
        .env("AWS_ENDPOINT_URL_ECS", ecs().await)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let answered = lambda.invoke(Invocation::of(event.into())).await.expect("an answer in time");
    child.kill().await.expect("the program is there");
    let Output { stdout, .. } = child.wait_with_output().await.expect("an end");
    let log = String::from_utf8(stdout).expect("text");
    Answered {
        request_id: answered.request_id,
        is_error: answered.is_error,
        body: serde_json::from_slice(&answered.body).expect("JSON"),
        log: log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect(),
    }
}

#[tokio::test]
async fn an_event_leads_to_a_stop_a_response_and_one_log_line() {
    let event = request("prod/web", "a \"try\"\n").to_string();
    let Answered { request_id, is_error, body, log } = invoke(event, &[]).await;
    assert!(!is_error, "{body}");
    assert_eq!(body["outcomes"][0]["reason"], "stop-requested");

    let decisions: Vec<&Value> = log.iter().filter(|line| line["message"] == "decision").collect();
    assert_eq!(decisions.len(), 1, "{log:?}");
    let line = decisions[0].as_object().expect("a flat object");
    assert!(line.values().all(|value| !value.is_object() && !value.is_array()), "{line:?}");
    for (field, value) in [
        ("level", "INFO"),
        ("service", "ecs-auto-rollback"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("requestId", request_id.as_str()),
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

#[tokio::test]
async fn the_payload_is_logged_if_the_setting_says_so() {
    let event = request("prod/web", "it is down").to_string();
    let asked = [("POWERTOOLS_LOGGER_LOG_EVENT", "true"), ("POWERTOOLS_SERVICE_NAME", "rollback")];
    let log = invoke(event.as_str(), &asked).await.log;
    assert!(log.iter().any(|line| line["event"] == event && line["service"] == "rollback"), "{log:?}");
}

#[tokio::test]
async fn metrics_are_logged_in_the_embedded_metric_format_unless_they_are_switched_off() {
    let metrics = async |namespace| {
        let variables = &[("POWERTOOLS_METRICS_NAMESPACE", namespace)];
        let log = invoke(request("prod/web", "it is down").to_string(), variables).await.log;
        log.into_iter().filter(|line| line["_aws"].is_object()).collect::<Vec<_>>()
    };
    let lines = metrics("Shop").await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"), "{lines:?}");
    assert_eq!(
        (&lines[0]["reason"], &lines[1]["Calls"], &lines[1]["ColdStarts"]),
        (&json!("stop-requested"), &json!(5), &json!(1))
    );
    assert!(lines.iter().all(|line| line["version"] == env!("CARGO_PKG_VERSION")), "{lines:?}");
    assert!(metrics("none").await.is_empty());
}

#[tokio::test]
async fn a_payload_cannot_forge_a_line_of_a_text_log() {
    let event = request("prod/web", "x\nERROR decision outcome=\"failed\"").to_string();
    let log = invoke(event, &[("AWS_LAMBDA_LOG_FORMAT", "Text")]).await.log;
    assert_eq!(log.len(), 1, "{log:?}");
}

#[tokio::test]
async fn input_that_is_not_json_fails_with_our_own_error_type() {
    for input in [b"not JSON".as_slice(), b"{\"cluster\":\"prod\"", b"", b"\xff\xfe", "[".repeat(1_000).as_bytes()] {
        let Answered { is_error, body, .. } = invoke(input, &[]).await;
        assert!(is_error);
        assert_eq!(body["errorType"], "UnrecognizedEvent", "{body}");
        assert!(body["errorMessage"].as_str().is_some_and(|message| message.contains("not JSON")), "{body}");
    }
}

#[tokio::test]
async fn invalid_settings_stop_the_start_with_one_line() {
    let program = program()
        .envs([("ROLLBACK_MODE", "yes"), ("ROLLBACK_LIMIT", "-1"), ("ROLLBACK_ROLE_NAME", "spoke")])
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
        .output()
        .await
        .expect("the program");
    assert!(!program.status.success());
    let said = String::from_utf8(program.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("ROLLBACK_MODE=\"yes\" (expected enforce, observe or off, parameter Mode)")
            && said.contains("ROLLBACK_LIMIT=\"-1\"")
            && said.contains("set ROLLBACK_SPOKE_ROLE_NAME instead"),
        "{said}"
    );
}
