//! The simulator of Amazon ECS behind TLS, with the times at which it was called.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    rc::Rc,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use simulator::{Answer, Home, ServiceSeed, Simulator};
use tokio::{net::TcpListener, task::spawn_local, time::Instant};
use tokio_rustls::TlsAcceptor;

use crate::Failure;

/// What ECS saw of one event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// The first connection that was opened, if any was.
    pub(crate) connected: Option<Instant>,
    /// The first call, read to its end.
    pub(crate) first_call: Option<Instant>,
    /// The last answer.
    pub(crate) last_answer: Option<Instant>,
    pub(crate) connections: usize,
    pub(crate) calls: usize,
    pub(crate) rollbacks: usize,
}

/// Amazon ECS, with one service that has a deployment in flight.
pub(crate) struct Ecs {
    simulator: RefCell<Simulator>,
    seen: Cell<Seen>,
    pub(crate) url: String,
}

impl Ecs {
    /// Listens on a free port of the loopback interface, until the program ends.
    pub(crate) async fn open(tls: TlsAcceptor, now: Timestamp) -> Result<Rc<Self>, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://{}", listener.local_addr()?);
        let ecs = Rc::new(Self { simulator: RefCell::new(in_flight(now)), seen: Cell::default(), url });
        spawn_local(Rc::clone(&ecs).serve(listener, tls));
        Ok(ecs)
    }

    /// A deployment in flight as if none had ever been rolled back.
    pub(crate) fn plant(&self, now: Timestamp) {
        self.simulator.replace(in_flight(now));
        self.seen.take();
    }

    pub(crate) fn seen(&self) -> Seen {
        let simulator = self.simulator.borrow();
        let rollbacks = simulator.calls().iter().filter(|call| call.accepted).count();
        Seen { calls: simulator.calls().len(), rollbacks, ..self.seen.get() }
    }

    fn note(&self, what: impl FnOnce(&mut Seen, Instant)) {
        let mut seen = self.seen.get();
        what(&mut seen, Instant::now());
        self.seen.set(seen);
    }

    async fn serve(self: Rc<Self>, listener: TcpListener, tls: TlsAcceptor) {
        while let Ok((stream, _)) = listener.accept().await {
            self.note(|seen, now| {
                seen.connected.get_or_insert(now);
                seen.connections += 1;
            });
            let (ecs, tls) = (Rc::clone(&self), tls.clone());
            spawn_local(async move {
                let prompt = stream.set_nodelay(true);
                let Ok(stream) = tls.accept(stream).await else { return };
                let service = service_fn(move |request| Rc::clone(&ecs).answer(request));
                // A connection that fails concerns its caller, whose invocation then fails.
                drop((prompt, http1::Builder::new().serve_connection(TokioIo::new(stream), service).await));
            });
        }
    }

    async fn answer(self: Rc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let target = target.unwrap_or_default().to_owned();
        let body = request.into_body().collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
        self.note(|seen, now| {
            seen.first_call.get_or_insert(now);
        });
        let answer = self.simulator.borrow_mut().handle(&simulator::Request { target, body });
        let (status, body) = match answer {
            Answer::Response { status, body, .. } => (status, body),
            Answer::Dropped { .. } => (500, Vec::new()),
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status.try_into().unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert("content-type", hyper::header::HeaderValue::from_static(simulator::CONTENT_TYPE));
        self.note(|seen, now| seen.last_answer = Some(now));
        Ok(response)
    }
}

fn in_flight(now: Timestamp) -> Simulator {
    let mut simulator = Simulator::new(Home::default(), now);
    simulator.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
    simulator
}
