//! The program itself, against a local AWS.

use std::{
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use simulator::{Aws, Home, Operation, ServiceSeed, http::serve_connection};
use tokio::{net::TcpListener, process::Command};

type Shared = Arc<Mutex<Aws>>;

/// Serves AWS on a free port of the loopback interface until the test ends. Returns its address.
#[expect(clippy::disallowed_methods, reason = "the program uses the real time, so the service must as well")]
async fn local_aws() -> (String, Shared) {
    let mut aws = Aws::new(Home::default(), jiff::Timestamp::now());
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42"));
    let aws = Arc::new(Mutex::new(aws));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let shared = Arc::clone(&aws);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let aws = Arc::clone(&shared);
            let answer = move |_: &_, request| aws.lock().expect("no test panics with the lock").handle(&request);
            tokio::spawn(serve_connection(stream, answer));
        }
    });
    (address, aws)
}

fn program(address: &str, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ecs-rollback"));
    program.env_clear().kill_on_drop(true).args(arguments).envs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", address),
    ]);
    program
}

async fn run(address: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program(address, arguments).stdin(Stdio::null()).output().await.expect("the program");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test]
async fn the_exit_code_says_how_it_ended() {
    let (address, _) = local_aws().await;
    let (code, out, err) = run(&address, &["pending"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("0 of 1 services"), "{out}");
    let (code, out, err) = run(&address, &["rehearse", "prod/none"]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(err, "ecs-rollback: prod/none does not exist in account 123456789012, Region us-east-1\n");
}

#[tokio::test]
async fn without_a_terminal_and_a_yes_nothing_is_written() {
    let (address, aws) = local_aws().await;
    let (code, out, err) = run(&address, &["hold", "prod/web", "--reason", "test"]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("give --yes"), "{err}");
    assert_eq!(aws.lock().expect("the account").calls_of(Operation::TagResource).count(), 0);
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let (address, _) = local_aws().await;
    let mut child = program(&address, &["explain", "--service", "prod/web"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().await.expect("an end");
    assert_eq!((status.code(), String::from_utf8_lossy(&stderr).as_ref()), (Some(0), ""));
}

#[tokio::test]
async fn an_event_is_read_from_standard_input() {
    let (address, _) = local_aws().await;
    let mut child = program(&address, &["explain", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let event = signals::request("prod/web", "test").to_string();
    let mut input = child.stdin.take().expect("an input");
    tokio::io::AsyncWriteExt::write_all(&mut input, event.as_bytes()).await.expect("a reader");
    drop(input);
    let output = child.wait_with_output().await.expect("an end");
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(explained["verdicts"][0]["service"]["name"], "web");
}

#[tokio::test]
async fn an_aws_that_cannot_be_reached_is_said_in_plain_words() {
    let (code, _, err) = run("http://127.0.0.1:9", &["pending"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("AWS could not be reached"), "{err}");
}

#[tokio::test]
async fn without_credentials_the_ways_to_get_some_are_named() {
    let (address, _) = local_aws().await;
    let output = program(&address, &["pending"])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .await
        .expect("the program");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("ecs-rollback: there are no credentials: give --profile"), "{text}");
}
