//! The whole function: mutated events into the real handler and the real SDK, against a simulator that is made at random.

use std::{collections::BTreeMap, time::Duration};

use ecs_auto_rollback::{Error, Function, Invocation, Settings};
use fastrand::Rng;
use serde_json::Value;
use simulator::sdk::Network;
use tokio::time::{Instant, sleep};

use crate::{
    corpus::Corpus,
    mutation,
    oracle::{Cause, Event, Observed},
    world::{self, Variables},
};

/// In which time an invocation has answered, whatever happens.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

/// What the runs of the handler came to.
#[derive(Debug, Clone, Default)]
pub struct Came {
    /// Invocations.
    pub invocations: u64,
    /// Those that failed, as they must where an outcome is a failure or the input no event.
    pub failures: u64,
    /// Faults that were laid out.
    pub faults: u64,
    /// Deployments that were stopped, by what was the cause.
    pub stops: BTreeMap<Cause, u64>,
}

impl Came {
    /// Takes the counts of another.
    pub fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.failures += other.failures;
        self.faults += other.faults;
        for (cause, count) in &other.stops {
            *self.stops.entry(*cause).or_default() += count;
        }
    }
}

/// Makes the input with this number (a world, settings, one to four events and faults), and tries it.
///
/// # Panics
/// When something is not as it must be.
#[must_use]
pub fn try_input(corpus: &Corpus, seed: u64) -> Came {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run(corpus, Rng::with_seed(seed)))
}

async fn run(corpus: &Corpus, mut rng: Rng) -> Came {
    let variables = Variables::some(&mut rng);
    let network = Network::to(world::aws(&mut rng));
    let settings = Settings::read(|name| variables.get(name)).expect("settings that are right");
    let function = Function::new(settings, network.config());
    let mut came = Came::default();
    let mut events: Vec<Event> = Vec::new();
    for _ in 0..[1, 1, 1, 2, 4][rng.usize(..5)] {
        came.faults += world::break_something(&mut network.lock(), &mut rng) as u64;
        // The same event again is what Lambda and SQS do.
        let event = match events.last() {
            Some(last) if rng.u8(..4) == 0 => last.json.clone(),
            _ => mutation::event(corpus, &mut rng),
        };
        let now = network.lock().now();
        events.push(Event { json: event, at: now });
        came.add(&invoke(&function, &network, &events[events.len() - 1], &variables).await);
        network.lock().clear_faults();
        sleep(Duration::from_millis(rng.u64(..120_000))).await;
        if rng.u8(..4) == 0 {
            network.lock().ecs.deploy("prod/web", "app:43");
        }
    }
    came
}

async fn invoke(function: &Function, network: &Network, event: &Event, variables: &Variables) -> Came {
    let before = network.lock().calls().len();
    let began = Instant::now();
    let invocation = Invocation { home: world::home(), now: event.at, time_left: None };
    let response = function.handle(&event.json, &invocation).await.into_response();
    let took = began.elapsed();
    assert!(took < ANSWERED_WITHIN, "answered after {took:?}: {}", event.json);
    let (stopped, agreed) = (accepted(network, before), agreed(network, before));
    let mut came = Came { invocations: 1, failures: u64::from(response.is_err()), ..Came::default() };
    network.lock().clear_faults();
    for arn in &stopped {
        let observed = Observed::of(arn, &mut network.lock(), event.at);
        match observed.cause(event, variables) {
            Ok(cause) => *came.stops.entry(cause).or_default() += 1,
            Err(why) => panic!(
                "{arn} was stopped without cause: {why}\n{observed:?}\n{variables:?}\n{}\n{:?}",
                event.json,
                answers(network, before)
            ),
        }
    }
    tells(&response, agreed, &event.json);
    came
}

/// The service deployments that were made to roll back since so many calls, each once.
fn accepted(network: &Network, before: usize) -> Vec<String> {
    let aws = network.lock();
    let calls = aws.calls().iter().skip(before).filter(|call| call.accepted);
    let arns: Vec<String> =
        calls.filter_map(|call| call.body["serviceDeploymentArn"].as_str().map(str::to_owned)).collect();
    let mut once = arns.clone();
    once.sort();
    once.dedup();
    assert_eq!(arns.len(), once.len(), "a deployment is stopped once: {arns:?}");
    arns
}

/// An answer of outcomes tells of no more rollbacks than ECS agreed to; one whose answer was lost may be told of as a failure.
fn tells(response: &Result<Value, Error>, agreed: usize, event: &Value) {
    let Ok(response) = response else { return };
    let Some(outcomes) = response["outcomes"].as_array() else {
        assert!(response["batchItemFailures"].is_array(), "{response}");
        return;
    };
    let told = outcomes.iter().filter(|outcome| outcome["outcome"] == "rolled-back").count();
    assert!(told <= agreed, "{told} rollbacks are told of, and ECS agreed to {agreed}: {response}\n{event}");
}

/// What was answered since so many calls, for whoever reads why an input failed.
fn answers(network: &Network, before: usize) -> Vec<String> {
    let aws = network.lock();
    aws.calls()
        .iter()
        .skip(before)
        .map(|call| format!("{} {:?} {:?}", call.operation, call.status, call.error))
        .collect()
}

/// How many requests for a rollback were answered with success since so many calls.
fn agreed(network: &Network, before: usize) -> usize {
    let aws = network.lock();
    let asked = |call: &&simulator::Call| {
        call.operation == "StopServiceDeployment" || call.operation == "ContinueServiceDeployment"
    };
    aws.calls().iter().skip(before).filter(asked).filter(|call| call.status == Some(200)).count()
}
