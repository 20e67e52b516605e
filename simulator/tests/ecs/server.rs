//! The binary, over real loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
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

    /// Status, head and body of what comes back; nothing if the connection was closed without an answer.
    fn send(&self, method: &str, path: &str, target: &str, body: &[u8]) -> Option<(u16, String, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: {target}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses a body need not read it all.
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
fn a_rollback_over_http_is_answered_logged_and_journalled() {
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
fn answers_carry_aws_s_headers() {
    let server = Server::start(&[]);
    let target = "AmazonEC2ContainerServiceV20141113.ListClusters";
    let (status, head, _) = server.send("POST", "/", target, b"{}").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
    assert!(head.contains("x-amzn-requestid: "), "{head}");
}

#[test]
fn garbage_gets_an_error_and_the_server_lives_on() {
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

#[test]
fn a_delay_is_kept() {
    let server = Server::start(&[]);
    server.control("POST", "faults", &json!({ "times": 1, "effect": { "delay": 0.3 } }));
    let started = tokio::time::Instant::now();
    server.call("ListClusters", &json!({})).unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_millis(300));
}

#[test]
fn it_stops_by_itself() {
    let mut server = Server::start_for("1", &[]);
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn a_scenario_that_cannot_be_read_is_said_in_one_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_simulator")).args(["--scenario", "none.toml"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("simulator: could not read none.toml: "), "{said}");
}
