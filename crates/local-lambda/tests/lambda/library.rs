//! The Runtime API, driven from a test.

use std::time::Duration;

use local_lambda::{Failure, Invocation, Lambda};
use tokio::{
    process::{Child, Command},
    task::spawn_blocking,
    time::Instant,
};

use crate::{function, http::call};

async fn started() -> (Lambda, Child) {
    let lambda = Lambda::open().await.unwrap();
    let [program, arguments @ ..] = function::command();
    let mut command = Command::new(program);
    let child = command.args(arguments).envs(lambda.environment()).kill_on_drop(true).spawn().unwrap();
    (lambda, child)
}

#[tokio::test]
async fn the_times_and_the_id_of_each_invocation_are_recorded() {
    let began = Instant::now();
    let (mut lambda, _child) = started().await;
    let asked = lambda.asked().await.unwrap();
    assert_eq!(lambda.asked().await.unwrap(), asked, "it is still waiting for the same event");
    let first = lambda.invoke(Invocation::of(r#"{"do":"answer"}"#)).await.unwrap();
    assert!(began < asked && asked < first.handed_out && first.handed_out < first.at && !first.is_error);
    let second = lambda.invoke(Invocation::of(r#"{"do":"fail"}"#)).await.unwrap();
    assert!(first.at < second.handed_out && second.is_error);
    assert_ne!(first.request_id, second.request_id);
}

#[tokio::test]
async fn a_function_that_takes_too_long_times_out() {
    let (mut lambda, _child) = started().await;
    lambda.asked().await.unwrap();
    let little = Duration::from_millis(200);
    let failure = lambda.invoke(Invocation::of(r#"{"do":"hang"}"#).within(little)).await.unwrap_err();
    assert_eq!(failure, Failure::TimedOut(little));
}

#[tokio::test]
async fn a_function_that_cannot_start_reports_the_reason() {
    let mut lambda = Lambda::open().await.unwrap();
    let [(_, api), ..] = lambda.environment();
    let posted = spawn_blocking(move || call(&api, "POST /2018-06-01/runtime/init/error", "", b"{\"no\":1}").status);
    assert_eq!(lambda.asked().await, Err(Failure::Initialization("{\"no\":1}".into())));
    assert_eq!(posted.await.unwrap(), 202);
}

#[tokio::test]
async fn only_the_runtime_api_exists_and_only_the_current_event_can_be_answered() {
    let lambda = Lambda::open().await.unwrap();
    let [(_, api), ..] = lambda.environment();
    let statuses = spawn_blocking(move || {
        ["GET /", "POST /2018-06-01/runtime/invocation/next", "POST /2018-06-01/runtime/invocation/1/response"]
            .map(|request| call(&api, request, "", b"{}").status)
    });
    assert_eq!(statuses.await.unwrap(), [404, 404, 400]);
}
