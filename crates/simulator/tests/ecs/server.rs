//! The program, over the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::start_for("60", options)
    }

    fn start_for(seconds: &str, options: &[&str]) -> Self {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/shop.toml");
        let mut process = Command::new(env!("CARGO_BIN_EXE_simulator"))
            .args(["--port", "0", "--max-seconds", seconds, "--scenario", scenario])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        let address = ready.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { process, output, address }
    }

    /// The status, head and body of the answer; `None` if the connection was closed without one.
    fn send(&self, method: &str, path: &str, target: &str, body: &[u8]) -> Option<(u16, String, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: {target}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A server that rejects a body need not read all of it.
        drop(stream.write_all(body));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some((status, head.to_lowercase(), answer[end + 4..].to_vec()))
    }

    fn call(&self, operation: &str, body: &Value) -> Option<(u16, Value)> {
        let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
        let (status, _, body) = self.send("POST", "/", &target, body.to_string().as_bytes())?;
        Some((status, serde_json::from_slice(&body).unwrap()))
    }

    fn control(&self, method: &str, what: &str, body: &Value) -> (u16, Value) {
        let path = format!("/_simulator/{what}");
        let (status, _, body) = self.send(method, &path, "", body.to_string().as_bytes()).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn list_web() -> Value {
    json!({ "cluster": "prod", "service": "web", "status": ["IN_PROGRESS"] })
}

#[test]
fn a_rollback_over_http_is_answered_logged_and_recorded() {
    let mut server = Server::start(&["--speed", "0"]);
    let (_, listed) = server.call("ListServiceDeployments", &list_web()).unwrap();
    let arn = &listed["serviceDeployments"][0]["serviceDeploymentArn"];
    assert_eq!(server.call("StopServiceDeployment", &json!({ "serviceDeploymentArn": arn })).unwrap().0, 200);
    let (_, advanced) = server.control("POST", "advance", &json!({ "seconds": 6 }));
    assert_eq!(advanced["now"], "2026-06-01T12:00:06Z");

    let (_, services) = server.control("GET", "services", &json!({}));
    let web = services["services"].as_array().unwrap().iter().find(|service| service["service"] == "prod/web").unwrap();
    assert_eq!(web["deploymentStatus"], "ROLLBACK_SUCCESSFUL");
    let (_, calls) = server.control("GET", "calls", &json!({}));
    assert_eq!(calls["calls"][1]["operation"], "StopServiceDeployment");
    assert_eq!(calls["calls"][1]["accepted"], true);

    let lines: Vec<String> = (&mut server.output).lines().take(5).map(Result::unwrap).collect();
    assert_eq!(lines[0], "12:00:00 ListServiceDeployments prod/web → IN_PROGRESS");
    assert_eq!(lines[1], "12:00:00 StopServiceDeployment prod/web → ROLLBACK_REQUESTED");
    assert!(lines[4].starts_with("12:00:06   prod/web ") && lines[4].ends_with("→ ROLLBACK_SUCCESSFUL"), "{lines:?}");
}

#[test]
fn answers_have_the_headers_of_aws() {
    let server = Server::start(&[]);
    let target = "AmazonEC2ContainerServiceV20141113.ListClusters";
    let (status, head, _) = server.send("POST", "/", target, b"{}").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
    assert!(head.contains("x-amzn-requestid: "), "{head}");
}

#[test]
fn a_malformed_request_gets_an_error_and_the_server_keeps_running() {
    let server = Server::start(&[]);
    let too_long = vec![b' '; 2 * 1024 * 1024];
    assert_eq!(server.send("POST", "/", "nonsense", b"{}").unwrap().0, 400);
    assert_eq!(server.send("POST", "/", "AmazonEC2ContainerServiceV20141113.ListClusters", b"{").unwrap().0, 400);
    assert_eq!(server.send("GET", "/", "", b"").unwrap().0, 404);
    assert_eq!(server.send("POST", "/_simulator/dance", "", b"").unwrap().0, 404);
    assert_eq!(server.send("POST", "/_simulator/advance", "", b"{\"seconds\":-1}").unwrap().0, 400);
    assert_eq!(server.send("POST", "/_simulator/advance", "", b"{\"seconds\":1e300}").unwrap().0, 400);
    assert_eq!(server.send("POST", "/_simulator/faults", "", b"{\"effect\":\"none\"}").unwrap().0, 400);
    assert!(server.send("POST", "/", "x", &too_long).is_none_or(|(status, ..)| status == 413));
    drop(TcpStream::connect(&server.address).unwrap().write_all(b"\0\0\0\0\r\n\r\n"));
    assert_eq!(server.call("ListClusters", &json!({})).unwrap().0, 200);
}

#[test]
fn faults_are_injected_and_a_reset_removes_them() {
    let server = Server::start(&[]);
    let drop = json!({ "operation": "ListClusters", "effect": "drop" });
    assert_eq!(server.control("POST", "faults", &drop).0, 200);
    assert!(server.call("ListClusters", &json!({})).is_none());
    assert_eq!(server.control("POST", "reset", &json!({})).0, 200);
    assert_eq!(server.call("ListClusters", &json!({})).unwrap().0, 200);
    assert_eq!(server.control("GET", "calls", &json!({})).1["calls"].as_array().unwrap().len(), 1);
}

fn web_arn(server: &Server) -> Value {
    server.call("ListServiceDeployments", &list_web()).unwrap().1["serviceDeployments"][0]["serviceDeploymentArn"]
        .take()
}

#[test]
fn events_are_shown_until_they_are_cleared() {
    let server = Server::start(&["--speed", "0"]);
    server.call("StopServiceDeployment", &json!({ "serviceDeploymentArn": web_arn(&server) }));
    server.control("POST", "advance", &json!({ "seconds": 6 }));
    let shown = || server.control("GET", "events", &json!({})).1["events"].as_array().unwrap().clone();
    let names: Vec<Value> = shown().iter().map(|event| event["detail"]["eventName"].clone()).collect();
    let (begins, ends) = ("SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED");
    assert_eq!(names, [begins, begins, ends, ends, "SERVICE_STEADY_STATE"]);
    assert_eq!(server.control("DELETE", "events", &json!({})).0, 200);
    assert!(shown().is_empty());
}

/// Answers one request. Returns its head and body.
fn answer_one(listener: &TcpListener, status: &str, answer: &str) -> (String, Value) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let head_of_answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", answer.len());
    reader.get_mut().write_all(format!("{head_of_answer}{answer}").as_bytes()).unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

#[test]
fn events_are_posted_in_order_and_retried() {
    let bus = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}", bus.local_addr().unwrap().port());
    let server = Server::start(&["--speed", "0", "--events-to", &url]);
    server.call("StopServiceDeployment", &json!({ "serviceDeploymentArn": web_arn(&server) }));
    server.control("POST", "advance", &json!({ "seconds": 6 }));

    let fine = r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#;
    let (_, refused) = answer_one(&bus, "500 Oops", "");
    let (_, failed) = answer_one(&bus, "200 OK", r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"X"}]}"#);
    let (head, first) = answer_one(&bus, "200 OK", fine);
    let (_, second) = answer_one(&bus, "200 OK", fine);
    assert_eq!((&refused, &failed), (&first, &first));
    assert!(head.starts_with("post / http/1.1"), "{head}");
    assert!(head.contains("x-amz-target: awsevents.putevents"), "{head}");
    assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
    assert!(head.contains("credential=123456789012/20260601/us-east-1/events/aws4_request"), "{head}");

    let entry = &first["Entries"][0];
    assert_eq!((&entry["Source"], &entry["DetailType"]), (&json!("aws.ecs"), &json!("ECS Deployment State Change")));
    assert_eq!(entry["Resources"], json!(["arn:aws:ecs:us-east-1:123456789012:service/prod/web"]));
    assert_eq!(entry["Time"], 1_780_315_202);
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["eventName"], "SERVICE_DEPLOYMENT_IN_PROGRESS");
    assert_eq!(second["Entries"][0]["DetailType"], "ECS Service Action");
}

#[test]
fn an_unreachable_bus_is_logged_and_changes_nothing_else() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Server::start(&["--speed", "0", "--events-to", &format!("http://{nobody}/")]);
    server.call("StopServiceDeployment", &json!({ "serviceDeploymentArn": web_arn(&server) }));
    server.control("POST", "advance", &json!({ "seconds": 2 }));
    let mut lines = (&mut server.output).lines().map(Result::unwrap);
    let said = lines.find(|line| line.starts_with("event not posted")).unwrap();
    assert!(said.starts_with(&format!("event not posted to http://{nobody}: ")), "{said}");
    assert_eq!(server.call("ListClusters", &json!({})).unwrap().0, 200);
}

#[test]
fn events_are_posted_only_to_this_machine() {
    let hosts =
        ["http://events.us-east-1.amazonaws.com", "http://10.0.0.1:4566", "https://127.0.0.1", "127.0.0.1:4566", "x y"];
    for url in hosts {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/shop.toml");
        let arguments = ["--scenario", scenario, "--port", "0", "--max-seconds", "1", "--events-to", url];
        let output = Command::new(env!("CARGO_BIN_EXE_simulator")).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{url}");
    }
}

#[test]
fn an_injected_delay_delays_the_answer() {
    let server = Server::start(&[]);
    server.control("POST", "faults", &json!({ "times": 1, "effect": { "delay": 0.3 } }));
    let started = tokio::time::Instant::now();
    server.call("ListClusters", &json!({})).unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_millis(300));
}

#[test]
fn it_stops_after_max_seconds() {
    let mut server = Server::start_for("1", &[]);
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn an_unreadable_scenario_is_reported_in_one_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_simulator")).args(["--scenario", "none.toml"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("simulator: could not read none.toml: "), "{said}");
}
