//! A function that does what its event says.

use std::{process, thread, time::Duration};

use serde_json::{Value, json};

use crate::http::call;

/// The command that runs [`function`] in a process of its own.
pub(crate) fn command() -> [String; 4] {
    let this = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    [this, "--ignored".to_owned(), "--exact".to_owned(), "function::function".to_owned()]
}

/// Not a test: the entry point of the function's process.
#[test]
#[ignore = "the other tests start it, where it finds its Runtime API"]
#[expect(clippy::disallowed_methods, reason = "the environment alone says where its Runtime API is")]
fn function() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    loop {
        let next = call(&api, "GET /2018-06-01/runtime/invocation/next", "", b"");
        let id = next.header("lambda-runtime-aws-request-id").unwrap();
        let event: Value = serde_json::from_slice(&next.body).unwrap();
        let (what, answer) = match event["do"].as_str().unwrap() {
            "answer" => {
                let deadline = next.header("lambda-runtime-deadline-ms").unwrap();
                ("response", json!({"process": process::id(), "id": id, "deadline": deadline}))
            }
            "fail" => ("error", json!({"errorType": "AccessDenied", "errorMessage": "no"})),
            "end" => process::exit(3),
            "hang" => loop {
                thread::sleep(Duration::from_secs(1));
            },
            other => panic!("{other}"),
        };
        let path = format!("POST /2018-06-01/runtime/invocation/{id}/{what}");
        assert_eq!(call(&api, &path, "", answer.to_string().as_bytes()).status, 202);
    }
}
