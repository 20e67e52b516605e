//! The simulator of Amazon ECS behind TLS, with the times at which it was called.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use jiff::Timestamp;
use simulator::{Answer, Aws, Home, Request, ServiceSeed, http::serve_connection};
use tokio::{net::TcpListener, task::spawn_local, time::Instant};
use tokio_rustls::TlsAcceptor;

use crate::Failure;

/// The calls of one event, as ECS saw them.
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
    aws: RefCell<Aws>,
    seen: Cell<Seen>,
    pub(crate) url: String,
}

impl Ecs {
    /// Listens on a free port of the loopback interface, until the program ends.
    pub(crate) async fn open(tls: TlsAcceptor, now: Timestamp) -> Result<Rc<Self>, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://{}", listener.local_addr()?);
        let ecs = Rc::new(Self { aws: RefCell::new(in_flight(now)), seen: Cell::default(), url });
        spawn_local(Rc::clone(&ecs).serve(listener, tls));
        Ok(ecs)
    }

    /// Resets the account to one with a deployment in flight and no rollbacks.
    pub(crate) fn plant(&self, now: Timestamp) {
        self.aws.replace(in_flight(now));
        self.seen.take();
    }

    pub(crate) fn seen(&self) -> Seen {
        let aws = self.aws.borrow();
        let rollbacks = aws.calls().iter().filter(|call| call.accepted).count();
        Seen { calls: aws.calls().len(), rollbacks, ..self.seen.get() }
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
                drop(stream.set_nodelay(true));
                let Ok(stream) = tls.accept(stream).await else { return };
                // A failed connection fails the invocation of its caller.
                serve_connection(stream, |_, request| ecs.answer(&request)).await;
            });
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        self.note(|seen, now| {
            seen.first_call.get_or_insert(now);
        });
        let answer = self.aws.borrow_mut().handle(request);
        self.note(|seen, now| seen.last_answer = Some(now));
        answer
    }
}

fn in_flight(now: Timestamp) -> Aws {
    let mut aws = Aws::new(Home::default(), now);
    aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
    aws
}
