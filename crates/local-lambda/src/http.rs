//! HTTP on the loopback interface: nothing here asks who is calling.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

pub(crate) type Response = hyper::Response<Full<Bytes>>;

/// Something that answers requests.
pub(crate) trait Respond: Send + Sync + 'static {
    /// Answers one.
    fn respond(&self, request: Request<Incoming>) -> impl Future<Output = Response> + Send;
}

/// Listens on a port of the loopback interface; 0 is any free one.
pub(crate) async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Serves until it is dropped, and ends all connections then.
pub(crate) async fn serve(listener: TcpListener, respond: impl Respond) -> Infallible {
    let respond = Arc::new(respond);
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some will be closed.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        // A connection that fails, or is slower than it could be, concerns its caller, who then gets no answer.
        stream.set_nodelay(true).ok();
        let respond = Arc::clone(&respond);
        connections.spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(respond.respond(request).await) });
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
        while connections.try_join_next().is_some() {}
    }
}

/// A header whose value HTTP cannot carry is left out.
pub(crate) fn response(status: StatusCode, headers: &[(&'static str, &str)], body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
