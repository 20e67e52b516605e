//! The side of AWS Lambda that a function's process sees, on this machine: the [Runtime API] on a port of the loopback
//! interface, with the moments at which the process asked and answered.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use local_lambda::{Invocation, Lambda};
//! use tokio::process::Command;
//!
//! let mut lambda = Lambda::open().await?;
//! let _process = Command::new("./bootstrap").envs(lambda.environment()).kill_on_drop(true).spawn()?;
//! let answered = lambda.invoke(Invocation::of(r#"{"hello":"world"}"#)).await?;
//! assert!(!answered.is_error, "{:?}", answered.body);
//! println!("{:?}", answered.at - answered.handed_out);
//! # Ok(())
//! # }
//! ```
//!
//! [`serve`] starts the process by itself and is called as Lambda is, by any SDK; the program of the same name does that.
//!
//! [Runtime API]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

mod api;
mod http;
mod invoke;
mod process;

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use hyper::body::Bytes;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::api::{Handout, RuntimeApi, Said};
pub use crate::invoke::{Function, serve};

/// The account, the Region and the name of the function.
pub const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback";

/// The time in which a function must ask for its first event. Lambda gives it 10 seconds; a busy machine may need more.
const INITIALIZATION: Duration = Duration::from_secs(30);

/// An event for the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    payload: Bytes,
    time: Duration,
}

impl Invocation {
    /// An event, which need not be JSON, and 30 seconds to answer it.
    #[must_use]
    pub fn of(payload: impl Into<Bytes>) -> Self {
        Self { payload: payload.into(), time: Duration::from_secs(30) }
    }

    /// Another time-out.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }
}

/// The answer of the function.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The id under which the function knew the invocation.
    pub request_id: String,
    /// When the function got the event.
    pub handed_out: Instant,
    /// When its answer had arrived.
    pub at: Instant,
    /// It reported an error.
    pub is_error: bool,
    /// Its response or its error.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The function did not get as far as to ask for an event, and said why.
    #[error("the function could not start: {}", String::from_utf8_lossy(.0))]
    Initialization(Bytes),
    /// The function did not ask for an event in time.
    #[error("the function did not ask for an event within {} seconds", INITIALIZATION.as_secs())]
    NotStarted,
    /// The function did not answer in time.
    #[error("the function did not answer within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The function asked for another event instead.
    #[error("the function gave no answer")]
    Unanswered,
}

/// Lambda for one process. It listens until it is dropped.
#[derive(Debug)]
pub struct Lambda {
    address: SocketAddr,
    events: mpsc::UnboundedSender<Handout>,
    said: mpsc::UnboundedReceiver<Said>,
    /// When the process asked for the event that it waits for.
    asked: Option<Instant>,
    invocations: u64,
    serving: JoinHandle<Infallible>,
}

impl Lambda {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open() -> io::Result<Self> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (say, said) = mpsc::unbounded_channel();
        let listener = http::listen(0).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(http::serve(listener, RuntimeApi::new(waiting, say)));
        Ok(Self { address, events, said, asked: None, invocations: 0, serving })
    }

    /// The variables of the environment by which the function's process finds its Lambda.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 4] {
        let name = FUNCTION_ARN.rsplit(':').next().unwrap_or_default();
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ]
    }

    /// Waits until the process asks for its next event, and gives the moment at which it did.
    ///
    /// # Errors
    /// When it does not.
    pub async fn asked(&mut self) -> Result<Instant, Failure> {
        if let Some(at) = self.asked {
            return Ok(at);
        }
        match timeout(INITIALIZATION, self.said.recv()).await {
            Ok(Some(Said::Next(at))) => Ok(*self.asked.insert(at)),
            Ok(Some(Said::Answer { body, .. })) => Err(Failure::Initialization(body)),
            Ok(Some(Said::Took(_)) | None) | Err(_) => Err(Failure::NotStarted),
        }
    }

    /// Hands an event to the process as soon as it asks for one, and waits for its answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn invoke(&mut self, invocation: Invocation) -> Result<Answered, Failure> {
        self.asked().await?;
        self.asked = None;
        self.invocations += 1;
        let request_id = format!("8476a536-e9f4-11e8-9739-{:012x}", self.invocations);
        let Invocation { payload, time } = invocation;
        self.events.send(Handout { request_id: request_id.clone(), payload, time }).map_err(|_| Failure::NotStarted)?;
        timeout(time, self.answer(request_id)).await.unwrap_or(Err(Failure::TimedOut(time)))
    }

    async fn answer(&mut self, request_id: String) -> Result<Answered, Failure> {
        let mut handed_out = None;
        loop {
            match self.said.recv().await {
                Some(Said::Took(at)) => handed_out = Some(at),
                Some(Said::Answer { at, is_error, body }) => {
                    let handed_out = handed_out.ok_or(Failure::Unanswered)?;
                    return Ok(Answered { request_id, handed_out, at, is_error, body });
                }
                Some(Said::Next(at)) => {
                    self.asked = Some(at);
                    return Err(Failure::Unanswered);
                }
                None => return Err(Failure::Unanswered),
            }
        }
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
