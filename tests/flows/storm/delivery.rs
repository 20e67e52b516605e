//! Delivers a storm of signals to the function, through the stack's queue or without it.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Mutex, time::Duration};

use futures_util::future::{Either, join_all, select};
use jiff::Timestamp;
use serde_json::Value;
use signals::{EcsEvent, NOW, sqs};
use simulator::{Fault, ServiceSeed, Status};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    notices::TOPIC,
    support::{World, alarm_event_on, in_flight},
};

/// The queue's settings in the template: messages per batch, execution environments that poll it, the time before a failed
/// message is delivered again, and the most deliveries of one message.
const BATCH: usize = 10;
const ENVIRONMENTS: usize = 2;
const NEWS_BATCH: usize = 5;
const VISIBILITY: Duration = Duration::from_mins(3);
const DELIVERIES: usize = 5;

/// The template's settings for how long observations are remembered, and for concurrency.
const SETTINGS: [(&str, &str); 2] = [("ROLLBACK_MEMORY_SECONDS", "300"), ("ROLLBACK_MAXIMUM_CONCURRENCY", "2")];

/// Notices are on, so that deployments are followed up.
const NEWS_SETTINGS: [(&str, &str); 1] = [TOPIC];

/// Without the queue: the concurrency of the function, and the pauses in seconds before Lambda retries.
const CONCURRENCY: usize = 100;
const PAUSES: [u64; 3] = [60, 120, 0];

/// The latency of ECS.
const ANSWER: Duration = Duration::from_millis(20);

/// The size of a storm; `in_flight` of the services have a deployment in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storm {
    pub(super) services: usize,
    pub(super) in_flight: usize,
    pub(super) signals: usize,
}

/// The measurements of one storm.
#[derive(Debug)]
pub(super) struct Toll {
    pub(super) rolled_back: usize,
    pub(super) stops: usize,
    pub(super) calls: usize,
    /// Signals that ended in the on-failure queue.
    pub(super) lost: usize,
    /// From the start until ECS agreed to the last rollback.
    pub(super) rolled_back_in: Duration,
    /// From the start until the last signal was handled.
    pub(super) took: Duration,
}

/// The queue, ordered by the time at which each message becomes visible.
struct Queue {
    waiting: BinaryHeap<Reverse<Message>>,
    /// The largest number of messages in a batch.
    batch: usize,
    /// Messages that ended in the on-failure queue.
    lost: usize,
}

/// A message. The order of the fields is the order of delivery.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    visible: Instant,
    order: usize,
    deliveries: usize,
    signal: String,
}

fn service(number: usize) -> String {
    format!("prod/s{number:04}")
}

/// A service that no signal is about.
fn other(number: usize) -> String {
    format!("other/s{number:04}")
}

impl Storm {
    /// An execution environment with these services, and ECS throttled as documented.
    fn world(self, variables: &[(&str, &str)]) -> World {
        let world = World::with(variables);
        for number in 0..self.services {
            let service = service(number);
            world.plant(if number < self.in_flight {
                in_flight(&service)
            } else {
                ServiceSeed::new(&service).deployed("app:41")
            });
        }
        world.aws().ecs.behaviour_mut().throttling = true;
        world.aws().inject(Fault::delay(ANSWER));
        world
    }

    /// Signals for all services, in an order that scatters those of one service.
    fn signals(self) -> Vec<String> {
        (0..self.signals).map(|number| alarm_event_on(&service(number * 7_919 % self.services)).to_string()).collect()
    }

    /// The shortest time in which the documented throttles allow one look at each service. Lists and descriptions of
    /// deployments share a burst of 50 calls and then 20 a second.
    pub(super) fn at_best(self) -> Duration {
        let calls = u32::try_from(self.services + self.in_flight).expect("few");
        Duration::from_secs(1) * calls.saturating_sub(50) / 20
    }

    /// Delivers all signals through the stack's queue.
    pub(super) async fn through_the_queue(self) -> Toll {
        let first = self.world(&SETTINGS);
        let mut environments: Vec<World> = (1..ENVIRONMENTS).map(|_| first.another(&SETTINGS)).collect();
        environments.push(first);
        let began = Instant::now();
        let queue = Queue::of(self.signals(), BATCH);
        join_all(environments.iter().map(|world| work(world, &queue))).await;
        let lost = queue.lock().expect("no test panics with the lock").lost;
        toll(&environments[0], began, lost)
    }

    /// Delivers all signals through the stack's queue while events about `news` other deployments arrive in a queue of their own.
    pub(super) async fn beside_news(self, news: usize) -> Toll {
        let first = self.world(&SETTINGS);
        for number in 0..news {
            first.plant(in_flight(&other(number)));
        }
        let following: Vec<World> = (0..ENVIRONMENTS).map(|_| first.another(&NEWS_SETTINGS)).collect();
        let mut environments: Vec<World> = (1..ENVIRONMENTS).map(|_| first.another(&SETTINGS)).collect();
        environments.push(first);
        let began = Instant::now();
        let start = |number| {
            EcsEvent::deployment(&other(number), "SERVICE_DEPLOYMENT_IN_PROGRESS", "ecs-svc/1").as_json().to_string()
        };
        let (signals, news) = (Queue::of(self.signals(), BATCH), Queue::of((0..news).map(start).collect(), NEWS_BATCH));
        let judging = join_all(environments.iter().map(|world| work(world, &signals)));
        let following = join_all(following.iter().map(|world| work(world, &news)));
        let done = select(Box::pin(judging), Box::pin(following)).await;
        assert!(matches!(done, Either::Left(_)), "the news lasts longer than the signals");
        let lost = signals.lock().expect("no test panics with the lock").lost;
        toll(&environments[0], began, lost)
    }

    /// Delivers the same signals without the queue. Each is an asynchronous invocation, which Lambda retries after one and two
    /// minutes and then sends to the on-failure queue.
    pub(super) async fn without_the_queue(self) -> Toll {
        let world = self.world(&[]);
        let environments: Vec<World> = (0..CONCURRENCY).map(|_| world.another(&[])).collect();
        let began = Instant::now();
        let mut waiting = self.signals();
        for pause in PAUSES {
            let mut failed = Vec::new();
            for wave in waiting.chunks(CONCURRENCY) {
                let invocations = wave.iter().zip(&environments).map(async |(signal, environment)| {
                    let event = serde_json::from_str(signal).expect("an event");
                    environment.invoke(&event).await.is_err().then(|| signal.clone())
                });
                failed.extend(join_all(invocations).await.into_iter().flatten());
            }
            waiting = failed;
            if waiting.is_empty() {
                break;
            }
            sleep(Duration::from_secs(pause)).await;
        }
        toll(&world, began, waiting.len())
    }
}

impl Queue {
    /// A queue of these messages, all visible now, which delivers up to `batch` at once.
    fn of(signals: Vec<String>, batch: usize) -> Mutex<Self> {
        let visible = Instant::now();
        let messages = signals.into_iter().enumerate();
        let waiting =
            messages.map(|(order, signal)| Reverse(Message { visible, order, deliveries: 0, signal })).collect();
        Mutex::new(Self { waiting, batch, lost: 0 })
    }

    /// Takes the next batch. Also returns when the next message becomes visible, in case the batch is empty.
    fn take(&mut self) -> (Vec<Message>, Option<Instant>) {
        let mut batch = Vec::new();
        while batch.len() < self.batch && self.waiting.peek().is_some_and(|next| next.0.visible <= Instant::now()) {
            batch.extend(self.waiting.pop().map(|next| next.0));
        }
        (batch, self.waiting.peek().map(|next| next.0.visible))
    }

    /// Returns a failed message to the queue, or drops it after its last delivery.
    fn requeue(&mut self, message: &Message, delivered: Instant) {
        let Message { order, deliveries, ref signal, .. } = *message;
        if deliveries + 1 == DELIVERIES {
            self.lost += 1;
            return;
        }
        let (visible, deliveries, signal) = (delivered + VISIBILITY, deliveries + 1, signal.clone());
        self.waiting.push(Reverse(Message { visible, order, deliveries, signal }));
    }
}

/// Handles batches in one execution environment until the queue is empty.
async fn work(world: &World, queue: &Mutex<Queue>) {
    loop {
        let (batch, next) = queue.lock().expect("no test panics with the lock").take();
        if batch.is_empty() {
            let Some(visible) = next else { return };
            sleep_until(visible).await;
            continue;
        }
        let delivered = Instant::now();
        let bodies = batch.iter().map(|message| &message.signal);
        let answer: Value = world.invoke(&sqs(bodies)).await.expect("a response");
        for failure in answer["batchItemFailures"].as_array().expect("failures") {
            let index: usize = failure["itemIdentifier"].as_str().expect("an id")[1..].parse().expect("a number");
            queue.lock().expect("no test panics with the lock").requeue(&batch[index], delivered);
        }
    }
}

fn toll(world: &World, began: Instant, lost: usize) -> Toll {
    let aws = world.aws();
    let rolled_back = [Status::RollbackRequested, Status::RollbackInProgress, Status::RollbackSuccessful];
    let summaries = aws.ecs.services();
    let all = summaries
        .iter()
        .filter(|summary| summary.deployment_status.as_ref().is_some_and(|status| rolled_back.contains(status)));
    let stops: Vec<Timestamp> = aws.calls().iter().filter(|call| call.accepted).map(|call| call.at).collect();
    let start: Timestamp = NOW.parse().expect("the time of the tests");
    let rolled_back_in = stops.iter().max().map(|last| last.duration_since(start).unsigned_abs()).unwrap_or_default();
    Toll {
        rolled_back: all.count(),
        stops: stops.len(),
        calls: aws.calls().len(),
        lost,
        rolled_back_in,
        took: began.elapsed(),
    }
}
