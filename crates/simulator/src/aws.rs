//! AWS from outside: calls, time, faults and the journal.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::cloudwatch::CloudWatch;
use crate::ecs::Ecs;
use crate::ecs::status::Status;
use crate::ecs::world::Transition;
use crate::eventbridge::EventBridge;
use crate::fault::{Effect, Fault};
use crate::home::Home;
use crate::ids::Ids;
use crate::journal::{Call, Journal};
use crate::lambda::Lambda;
use crate::load_balancing::LoadBalancing;
use crate::operation::{Api, Operation};
use crate::protocol::Protocol;
use crate::request::{Answer, Incoming, Request};
use crate::sns::Sns;
use crate::sts::Sts;
use crate::time::after;
use crate::wire::ApiError;

/// Longer than any caller waits.
const HANG: Duration = Duration::from_hours(1);

type Meddler = Box<dyn FnOnce(&mut Aws) + Send>;

/// One account in one Region. See the crate's documentation.
pub struct Aws {
    /// Amazon ECS.
    pub ecs: Ecs,
    /// Amazon CloudWatch.
    pub cloudwatch: CloudWatch,
    /// Elastic Load Balancing.
    pub load_balancing: LoadBalancing,
    /// AWS STS.
    pub sts: Sts,
    /// Amazon SNS.
    pub sns: Sns,
    /// Amazon EventBridge.
    pub eventbridge: EventBridge,
    /// AWS Lambda.
    pub lambda: Lambda,
    home: Home,
    ids: Ids,
    faults: Vec<Fault>,
    journal: Journal,
    /// Each is done once, just before the next call of its operation.
    meddlers: Vec<(Operation, Meddler)>,
}

impl Aws {
    /// An empty account.
    #[must_use]
    pub fn new(home: Home, now: Timestamp) -> Self {
        Self {
            ecs: Ecs::new(home.clone(), now),
            cloudwatch: CloudWatch::new(home.clone(), now),
            load_balancing: LoadBalancing::default(),
            sts: Sts::default(),
            sns: Sns::default(),
            eventbridge: EventBridge::default(),
            lambda: Lambda::default(),
            home,
            ids: Ids::default(),
            faults: Vec::new(),
            journal: Journal::default(),
            meddlers: Vec::new(),
        }
    }

    /// Its account, Region and partition.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Answers one call, now. It takes no time.
    pub fn handle(&mut self, request: &Request) -> Answer {
        let incoming = request.read();
        if let Some(operation) = incoming.operation {
            self.let_meddle(operation);
        }
        let Incoming { api, name, operation, body } = incoming;
        let service = if api == Api::Ecs { self.ecs.service_named_by(&body) } else { None };
        let moves_before = self.ecs.transitions().len();

        let (answer, error) = match operation {
            None => self.respond(api, Err(Protocol::of(api).unknown_operation())),
            Some(_) if body.is_null() => {
                let text = "The body is not of the form that the protocol asks for.";
                self.respond(api, Err(ApiError::new("SerializationException", text)))
            }
            Some(operation) => self.answer(operation, &body, service.as_deref()),
        };

        let rolled_back = |moved: &Transition| moved.to == Status::RollbackRequested;
        let accepted = self.ecs.transitions()[moves_before..].iter().any(rolled_back);
        let (at, status) = (self.now(), answer.status());
        self.journal.add(Call { at, api, operation: name, service, status, error, accepted, body });
        answer
    }

    fn answer(&mut self, operation: Operation, body: &Value, service: Option<&str>) -> (Answer, Option<String>) {
        let api = operation.api();
        let throttled = || Err(Protocol::of(api).throttled());
        if !self.ecs.admits(operation) {
            return self.respond(api, throttled());
        }
        let struck = self.faults.iter_mut().find_map(|fault| {
            let strikes = fault.strikes(operation, service, body);
            strikes.then(|| (fault.effect.clone(), fault.after_effect))
        });
        let now = self.now();
        let Some((effect, after_effect)) = struck else {
            let outcome = self.perform(operation, body, now);
            return self.respond(api, outcome);
        };
        let replaces = !matches!(effect, Effect::Delay(_) | Effect::Stale(_));
        if replaces && after_effect {
            // Its answer is the one that gets lost.
            drop(self.perform(operation, body, now));
        }
        match effect {
            Effect::Delay(by) => {
                let outcome = self.perform(operation, body, now);
                let (answer, error) = self.respond(api, outcome);
                (answer.late(by), error)
            }
            Effect::Stale(by) => {
                let as_of = now.checked_sub(by).unwrap_or(Timestamp::MIN);
                let outcome = self.perform(operation, body, as_of);
                self.respond(api, outcome)
            }
            Effect::Throttling => self.respond(api, throttled()),
            Effect::Exception { name, message, status } => {
                let usual = ApiError::new(&name, message);
                let error = ApiError { status: status.unwrap_or(usual.status), ..usual };
                self.respond(api, Err(error))
            }
            Effect::Http { status, body } => (self.response(api, status, body.into_bytes()), None),
            Effect::Hang => (Answer::Dropped { delay: HANG }, None),
            Effect::Drop => (Answer::Dropped { delay: Duration::ZERO }, None),
        }
    }

    fn perform(&mut self, operation: Operation, body: &Value, as_of: Timestamp) -> Result<Vec<u8>, ApiError> {
        match operation.api() {
            Api::Ecs => self.ecs.perform(operation, body, as_of),
            Api::CloudWatch => self.cloudwatch.perform(operation, body, self.ecs.now),
            Api::LoadBalancing => self.load_balancing.perform(operation, body),
            Api::Sts => self.sts.perform(operation, body, &self.home, self.ecs.now),
            Api::Sns => self.sns.perform(operation, body),
            Api::EventBridge => self.eventbridge.perform(operation, body, &self.home),
            Api::Lambda => self.lambda.perform(operation, body, &self.home),
        }
    }

    fn respond(&mut self, api: Api, outcome: Result<Vec<u8>, ApiError>) -> (Answer, Option<String>) {
        match outcome {
            Ok(body) => (self.response(api, 200, body), None),
            Err(error) => (self.response(api, error.status, Protocol::of(api).error(&error)), Some(error.kind)),
        }
    }

    fn response(&mut self, api: Api, status: u16, body: Vec<u8>) -> Answer {
        let mut headers = Protocol::of(api).headers();
        // A call of another service must not change the ids that ECS gives to what comes next.
        let ids = if api == Api::Ecs { &mut self.ecs.ids } else { &mut self.ids };
        headers.push(("x-amzn-requestid", ids.uuid()));
        Answer::Response { status, headers, body, delay: Duration::ZERO }
    }

    /// Now, on the simulated clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ecs.now
    }

    /// Lets time pass until then. Time never goes back: an earlier time changes nothing.
    pub fn set_now(&mut self, now: Timestamp) {
        self.ecs.pass_time_until(now);
    }

    /// Lets this much time pass.
    pub fn advance(&mut self, duration: Duration) {
        self.set_now(after(self.now(), duration));
    }

    /// Makes calls fail in this way from now on. Of several faults that fit a call, the first one injected strikes.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Does something just before the next call of this operation: anything that can happen between two calls of a
    /// caller. Each is done once, in the order given, one a call.
    pub fn before_next(&mut self, operation: Operation, meddle: impl FnOnce(&mut Self) + Send + 'static) {
        self.meddlers.push((operation, Box::new(meddle)));
    }

    fn let_meddle(&mut self, operation: Operation) {
        if let Some(index) = self.meddlers.iter().position(|(before, _)| *before == operation) {
            let (_, meddle) = self.meddlers.remove(index);
            meddle(self);
        }
    }

    /// Every call so far of all services, oldest first.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        self.journal.calls()
    }

    /// The calls of one service.
    pub fn calls_to(&self, api: Api) -> impl Iterator<Item = &Call> {
        self.calls().iter().filter(move |call| call.api == api)
    }

    /// The calls of one operation.
    pub fn calls_of(&self, operation: Operation) -> impl Iterator<Item = &Call> {
        self.calls_to(operation.api()).filter(move |call| call.operation == operation.name())
    }

    /// Forgets the calls.
    pub fn clear_calls(&mut self) {
        self.journal.clear();
    }
}

impl AsMut<Aws> for Aws {
    fn as_mut(&mut self) -> &mut Aws {
        self
    }
}
