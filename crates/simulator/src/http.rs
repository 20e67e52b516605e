//! The simulation over HTTP: connections, delays, a clock that runs on, and the calls that control it.

mod bus;
mod clock;
mod connection;
mod control;
pub mod log;
mod server;

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use bus::Endpoint;
pub use connection::serve_connection;
pub use server::Server;

use crate::request::{Answer, Request};
use crate::rest;

const MOST_CONNECTIONS: usize = 256;
/// The interval at which changes without a call are logged.
const TICK: Duration = Duration::from_millis(50);

/// Listens on the loopback interface only: nothing here asks who is calling.
///
/// # Errors
/// A port that is taken.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Serves until it is dropped. Everything runs on one thread.
pub async fn serve(server: Server, listener: TcpListener) -> Infallible {
    let server = Rc::new(server);
    if let Ok(address) = listener.local_addr() {
        log::line(&format!("listening on http://{address}"));
    }
    let ticking = Rc::clone(&server);
    tokio::task::spawn_local(async move {
        loop {
            tokio::time::sleep(TICK).await;
            ticking.catch_up();
        }
    });
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some will be closed.
            tokio::time::sleep(TICK).await;
            continue;
        };
        let server = Rc::clone(&server);
        tokio::task::spawn_local(async move {
            let _place = place;
            serve_connection(stream, |method, request| answer(&server, method, &request)).await;
        });
    }
}

fn answer(server: &Server, method: &Method, request: &Request) -> Answer {
    if let Some(what) = request.path.strip_prefix("/_simulator/") {
        return control::respond(server, method, what, &request.body);
    }
    let is_call = match *method {
        Method::POST => request.path == "/" || request.path.starts_with("/service/"),
        Method::GET => request.path.starts_with(rest::ROOT),
        _ => false,
    };
    if !is_call {
        return control::json(404, br#"{"__type":"UnknownOperationException"}"#.to_vec());
    }
    server.answer(request)
}
