//! A storm: thousands of signals over hundreds of services, with ECS throttled as documented.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Mutex, time::Duration};

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::{Fault, Operation, ServiceSeed, Status};
use tokio::time::{Instant, sleep};

use crate::support::{World, alarm, alarm_event_on, at, in_flight, request, sqs, web};

fn remembering() -> World {
    World::with(&[("ROLLBACK_MEMORY_SECONDS", "20")])
}

#[tokio::test(start_paused = true)]
async fn a_further_signal_for_a_service_that_was_just_looked_at_costs_no_call() {
    let world = remembering();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    for calls in [2, 0, 0] {
        world.ecs().clear_calls();
        assert_eq!(world.outcome(&alarm()).await, "no-op · nothing-in-flight");
        assert_eq!(world.ecs().calls().len(), calls);
        sleep(Duration::from_secs(10)).await;
    }
    sleep(Duration::from_secs(1)).await;
    world.outcome(&alarm()).await;
    assert_eq!(world.ecs().calls().len(), 2, "after its time it is forgotten");
}

#[tokio::test(start_paused = true)]
async fn memory_never_rolls_back_and_never_hides_what_began_after_the_look() {
    let world = remembering();
    world.plant(web().tag("auto-rollback", "observe"));
    assert_eq!(world.outcome(&alarm()).await, "would-roll-back · observe-mode");
    assert_eq!(world.outcome(&request()).await, "would-roll-back · observe-mode");
    assert_eq!(world.count(Operation::DescribeServices), 2, "a person's request has no beginning, so it always looks");

    let world = remembering();
    world.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    world.outcome(&alarm()).await;
    world.ecs().deploy("prod/web", "app:42");
    sleep(Duration::from_secs(5)).await;
    let mut later = alarm();
    let began = (at("12:00:00") + SignedDuration::from_secs(4)).to_string();
    later["alarmData"]["state"]["timestamp"] = json!(began);
    later["alarmData"]["state"]["reasonData"] = Value::Null;
    later["time"] = json!(began);
    assert_eq!(world.outcome(&later).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_new_deployment_is_not_listed_yet_is_not_remembered() {
    let world = remembering();
    let late = simulator::DeploymentSeed::of("app:42").unlisted_for(Duration::from_mins(10) + Duration::from_secs(5));
    world.plant(ServiceSeed::new("prod/web").deployed("app:41").with(late));
    assert_eq!(world.outcome(&alarm()).await, "no-op · nothing-in-flight");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(world.outcome(&alarm()).await, "rolled-back · stop-requested");
}

#[tokio::test(start_paused = true)]
async fn the_same_message_five_times_at_once_is_one_rollback() {
    let world = World::new();
    world.web_in_flight();
    let batch = sqs(&[alarm_event_on("prod/web").to_string()]);
    let answers = join_all((0..5).map(|_| world.invoke(&batch))).await;
    assert!(
        answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| *answer == json!({"batchItemFailures": []})))
    );
    assert_eq!(world.rollbacks(), 1);
}

/// How a queue delivers: so many messages a batch, and a message that failed again after so long.
struct Queue {
    batch: usize,
    visibility: Duration,
}

/// What a storm came to.
#[derive(Debug)]
struct Toll {
    rolled_back: usize,
    stops: usize,
    calls: usize,
    took: Duration,
}

/// How many signals over how many services, and how many of these have a deployment in flight.
struct Storm {
    services: usize,
    in_flight: usize,
    signals: usize,
}

fn service(number: usize) -> String {
    format!("prod/s{number:04}")
}

impl Storm {
    /// The execution environment before which it breaks, with ECS throttled as documented.
    fn world(&self, variables: &[(&str, &str)]) -> World {
        let world = World::with(variables);
        for number in 0..self.services {
            let service = service(number);
            world.plant(if number < self.in_flight {
                in_flight(&service)
            } else {
                ServiceSeed::new(&service).deployed("app:41")
            });
        }
        world.ecs().behaviour_mut().throttling = true;
        world.ecs().inject(Fault::delay(Duration::from_millis(20)));
        world
    }

    /// Signals over all services, in an order that scatters those of one service.
    fn signals(&self) -> Vec<String> {
        (0..self.signals).map(|number| alarm_event_on(&service(number * 7_919 % self.services)).to_string()).collect()
    }

    /// The least time in which the documented throttles let each service be looked at once: its list, and the description of
    /// a deployment in flight, are 50 calls at once and then 20 a second.
    fn at_best(&self) -> Duration {
        let calls = u64::try_from(self.services + self.in_flight).expect("few");
        Duration::from_secs((calls - 50) / 20)
    }
}

fn toll(world: &World, took: Duration) -> Toll {
    let ecs = world.ecs();
    let rolled_back = [Status::RollbackRequested, Status::RollbackInProgress, Status::RollbackSuccessful];
    let summaries = ecs.services();
    let all = summaries
        .iter()
        .filter(|summary| summary.deployment_status.as_ref().is_some_and(|status| rolled_back.contains(status)));
    Toll {
        rolled_back: all.count(),
        stops: ecs.calls().iter().filter(|call| call.accepted).count(),
        calls: ecs.calls().len(),
        took,
    }
}

/// Delivers the storm's signals through a queue to so many execution environments, until all are done.
async fn through(queue: &Queue, storm: &Storm, environments: &[World]) -> Toll {
    let began = Instant::now();
    let waiting: Mutex<BinaryHeap<Reverse<(Instant, usize, String)>>> = Mutex::new(
        storm.signals().into_iter().enumerate().map(|(order, signal)| Reverse((began, order, signal))).collect(),
    );
    let take = || {
        let mut waiting = waiting.lock().expect("no test panics with the lock");
        let mut batch = Vec::new();
        while batch.len() < queue.batch
            && waiting.peek().is_some_and(|Reverse((visible, ..))| *visible <= Instant::now())
        {
            batch.extend(waiting.pop().map(|Reverse((.., signal))| signal));
        }
        (batch, waiting.peek().map(|Reverse((visible, ..))| *visible))
    };
    join_all(environments.iter().map(async |world| {
        loop {
            let (batch, next) = take();
            if batch.is_empty() {
                let Some(visible) = next else { return };
                tokio::time::sleep_until(visible).await;
                continue;
            }
            let delivered = Instant::now();
            let answer = world.invoke(&sqs(&batch)).await.expect("a response");
            for failure in answer["batchItemFailures"].as_array().expect("failures") {
                let index: usize = failure["itemIdentifier"].as_str().expect("an id")[1..].parse().expect("a number");
                let again = Reverse((delivered + queue.visibility, index, batch[index].clone()));
                waiting.lock().expect("no test panics with the lock").push(again);
            }
        }
    }))
    .await;
    assert_eq!(waiting.lock().expect("no test panics with the lock").len(), 0, "nothing is lost");
    toll(&environments[0], began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_storm_through_the_queue_loses_nothing_and_costs_calls_by_the_service() {
    let storm = Storm { services: 1_000, in_flight: 200, signals: 10_000 };
    let settings = [("ROLLBACK_MEMORY_SECONDS", "300")];
    let first = storm.world(&settings);
    let second = first.another(&settings);
    let queue = Queue { batch: 10, visibility: Duration::from_mins(3) };
    let toll = through(&queue, &storm, &[first, second]).await;
    let ratio = toll.took.as_secs_f64() / storm.at_best().as_secs_f64();
    assert_eq!((toll.rolled_back, toll.stops), (200, 200), "{toll:?}");
    assert!(toll.calls < 5 * storm.services, "{toll:?}");
    assert!(ratio < 2.5, "{ratio} {toll:?}");
}

/// The same signals without the queue: each is an asynchronous invocation of its own, so many at a time, tried twice again
/// after one and two minutes as Lambda does, and then given to the on-failure queue. Gives how many ended there.
async fn without_queue(storm: &Storm, world: &World, at_a_time: usize) -> usize {
    let environments: Vec<World> = (0..at_a_time).map(|_| world.another(&[])).collect();
    let mut waiting = storm.signals();
    for pause in [60, 120, 0] {
        let mut failed = Vec::new();
        for wave in waiting.chunks(at_a_time) {
            let invocations = wave.iter().zip(&environments).map(async |(signal, environment)| {
                let event = serde_json::from_str(signal).expect("an event");
                environment.invoke(&event).await.is_err().then(|| signal.clone())
            });
            failed.extend(join_all(invocations).await.into_iter().flatten());
        }
        waiting = failed;
        sleep(Duration::from_secs(pause)).await;
    }
    waiting.len()
}

#[tokio::test(start_paused = true)]
async fn a_storm_without_the_queue_costs_calls_by_the_signal_and_loses_some() {
    let storm = Storm { services: 100, in_flight: 20, signals: 1_000 };
    let world = storm.world(&[]);
    let began = Instant::now();
    let lost = without_queue(&storm, &world, 100).await;
    let toll = toll(&world, began.elapsed());
    assert!(lost > 0, "{toll:?}");
    assert!(toll.calls > 20 * storm.services, "{toll:?}");
}
