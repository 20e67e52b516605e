//! This function: its real handler, with the template's defaults, invoked as Lambda does, with the simulator behind the SDK.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ecs_auto_rollback::{Function as Product, Invocation, Settings};
use futures_util::stream::{FuturesUnordered, StreamExt};
use judgement::Location;
use serde_json::Value;
use simulator::{Fault, Operation, sdk::Network};
use tokio::time::sleep_until;

use super::{Outcome, actions_in, is_prevented};
use crate::{
    crash::Crasher,
    incident::{ACCOUNT, Crash, Incident, MINUTE, Ms, REGION, SECOND, at, since_base},
    payload,
    template::{self, Defaults},
    world::{Watch, World, duration},
};

/// Lambda's time-out in the template.
const TIME_LEFT: Duration = Duration::from_secs(30);

/// Lambda's pauses before the second and the third attempt of an asynchronous invocation.
pub(crate) const ASYNC_PAUSES: [Ms; 2] = [MINUTE, 2 * MINUTE];

pub(crate) fn play(incident: &Incident, settings: &[(&str, &str)]) -> Outcome {
    // The SDK draws its jitter from this thread's generator.
    fastrand::seed(incident.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(async { Play::new(incident, settings).run().await }),
        Err(error) => Outcome { log: vec![(0, format!("no runtime: {error}"))], ..Outcome::default() },
    }
}

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Deploy(usize),
    /// From here on these faults strike.
    Disturb(bool),
    /// Amazon CloudWatch shows another state of an alarm.
    Show,
    Deliver(Attempt),
}

/// One attempt to deliver those signals of a delivery that are still open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Attempt {
    delivery: usize,
    signals: Vec<usize>,
    number: usize,
    at: Ms,
}

/// An execution environment.
struct Environment {
    number: usize,
    handler: Product,
    crash: Crasher,
}

/// The result of an attempt; without an environment, it died.
struct Done {
    attempt: Attempt,
    environment: Option<Environment>,
    failed: Vec<usize>,
    said: Vec<String>,
}

struct Play<'a> {
    incident: &'a Incident,
    settings: Settings,
    defaults: Defaults,
    network: Network<World>,
    idle: Vec<Environment>,
    environments: usize,
    due: BinaryHeap<Reverse<(Ms, u64, Step)>>,
    order: u64,
    log: Vec<(Ms, String)>,
}

impl<'a> Play<'a> {
    fn new(incident: &'a Incident, settings: &[(&str, &str)]) -> Self {
        let mut play = Self {
            incident,
            settings: template::settings(settings),
            defaults: Defaults::read(),
            network: Network::to(World::new(incident, Watch::default())),
            idle: Vec::new(),
            environments: 0,
            due: BinaryHeap::new(),
            order: 0,
            log: Vec::new(),
        };
        for (index, deployment) in incident.deployments.iter().enumerate() {
            play.plan(deployment.at, Step::Deploy(index));
        }
        for (index, delivery) in incident.deliveries.iter().enumerate() {
            let signals = delivery.signals.clone();
            play.plan(delivery.at, Step::Deliver(Attempt { delivery: index, signals, number: 0, at: delivery.at }));
        }
        for signal in incident.signals.iter().filter(|signal| signal.alarm.is_some()) {
            play.plan(signal.judged.max(0), Step::Show);
        }
        let window = incident.disturbance.as_ref().and_then(|disturbance| disturbance.window);
        if let Some((from, until)) = window {
            play.plan(from, Step::Disturb(true));
            play.plan(until, Step::Disturb(false));
        }
        set_faults(&mut play.network.lock(), incident, window.is_none());
        play
    }

    fn now(&self) -> Ms {
        since_base(self.network.clock().now())
    }

    fn plan(&mut self, at: Ms, step: Step) {
        self.order += 1;
        self.due.push(Reverse((at, self.order, step)));
    }

    async fn run(mut self) -> Outcome {
        let mut busy = FuturesUnordered::new();
        loop {
            let next = self.due.peek().map(|Reverse((at, ..))| self.network.clock().instant(self::at(*at)));
            tokio::select! {
                biased;
                Some(done) = busy.next(), if !busy.is_empty() => self.done(done),
                () = sleep_until(next.unwrap_or_else(tokio::time::Instant::now)), if next.is_some() => {
                    let Some(Reverse((_, _, step))) = self.due.pop() else { continue };
                    match step {
                        Step::Deploy(index) => self.network.lock().deploy(self.incident, index),
                        Step::Disturb(on) => set_faults(&mut self.network.lock(), self.incident, on),
                        Step::Show => self.network.lock().show_alarms(self.incident),
                        Step::Deliver(attempt) => busy.extend(self.deliver(attempt)),
                    }
                }
                else => break,
            }
        }
        let mut world = self.network.lock();
        world.aws.set_now(at(self.incident.horizon));
        let actions = actions_in(&world);
        let calls = world.aws.calls().len();
        drop(world);
        Outcome { actions, calls, log: self.log }
    }

    /// Invokes the function, unless what would be delivered was never sent in this world.
    fn deliver(&mut self, mut attempt: Attempt) -> Option<impl Future<Output = Done> + use<>> {
        let undone = self.network.lock().undone();
        attempt.signals.retain(|signal| !is_prevented(self.incident, &self.incident.signals[*signal], &undone));
        if attempt.signals.is_empty() {
            return None;
        }
        self.network.lock().show_alarms(self.incident);
        let delivery = &self.incident.deliveries[attempt.delivery];
        let revisions = revisions(self.incident, &mut self.network.lock());
        let event = payload::event(self.incident, delivery.path, &attempt.signals, &revisions);
        let crash = delivery.crashes.get(attempt.number).copied();
        let environment = self.idle.pop().unwrap_or_else(|| {
            self.environments += 1;
            Environment::new(self.environments, self.settings.clone(), &self.network)
        });
        Some(invoke(environment, event, attempt, crash, self.now()))
    }

    /// Lambda, or the queue, tries again what failed.
    fn done(&mut self, done: Done) {
        let Done { attempt, environment, failed, said } = done;
        let now = self.now();
        self.log.extend(said.into_iter().map(|line| (now, line)));
        self.idle.extend(environment);
        if failed.is_empty() {
            return;
        }
        let delivery = &self.incident.deliveries[attempt.delivery];
        let number = attempt.number + 1;
        let next = if delivery.path.is_queued() {
            (number < self.defaults.receives).then_some(attempt.at + self.defaults.visibility)
        } else {
            let pause = ASYNC_PAUSES.get(attempt.number);
            pause.map(|pause| now + pause).filter(|next| next - delivery.at <= self.defaults.event_age)
        };
        match next {
            Some(at) => self.plan(at, Step::Deliver(Attempt { signals: failed, number, at, ..attempt })),
            None => self.log.push((now, "given to the on-failure queue".to_owned())),
        }
    }
}

/// The faults of the incident: its disturbance if that is on, and reads that lag.
pub(crate) fn set_faults(world: &mut World, incident: &Incident, disturbed: bool) {
    world.aws.clear_faults();
    if let Some(disturbance) = incident.disturbance.as_ref().filter(|_| disturbed) {
        world.aws.inject(disturbance.fault.clone());
    }
    if incident.nature.stale > 0 {
        for read in
            [Operation::ListServiceDeployments, Operation::DescribeServices, Operation::DescribeServiceDeployments]
        {
            world.aws.inject(Fault::stale(duration(incident.nature.stale)).on(read));
        }
    }
}

/// The numbers of the revisions that the deployments brought, as ECS reported them when each began.
fn revisions(incident: &Incident, world: &mut World) -> Vec<Option<String>> {
    let describe = |deployment: &crate::incident::Deployment| {
        world.aws.ecs.events().iter().find_map(|event| {
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
            let service = text("/resources/0")?.rsplit('/').next()?;
            let updated = since_base(text("/detail/updatedAt")?.parse().ok()?);
            let is_it = updated == deployment.started && service == incident.services[deployment.service].name;
            let id = text("/detail/deploymentId").filter(|_| is_it)?;
            id.strip_prefix("ecs-svc/").map(str::to_owned)
        })
    };
    incident.deployments.iter().map(describe).collect()
}

impl Environment {
    fn new(number: usize, settings: Settings, network: &Network<World>) -> Self {
        // The SDK shares its allowance for retries among all clients of one process and Region. An environment is a process of
        // its own, so each gets a Region of its own; nothing but that allowance depends on the name.
        static ENVIRONMENTS: AtomicU64 = AtomicU64::new(0);
        let region = format!("environment-{}", ENVIRONMENTS.fetch_add(1, Ordering::Relaxed));
        let crash = Crasher::default();
        let crashes = crash.clone();
        let network = network.with_fate(move |_| crashes.fate());
        Self { number, handler: Product::new(settings, network.config_in(&region)), crash }
    }
}

async fn invoke(environment: Environment, event: Value, attempt: Attempt, crash: Option<Crash>, now: Ms) -> Done {
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback");
    let home = Location::of_function(&function, REGION);
    let invocation = Invocation { home, now: at(now), time_left: Some(TIME_LEFT) };
    environment.crash.begin(crash);
    let who =
        format!("environment {}, delivery {}, attempt {}", environment.number, attempt.delivery, attempt.number + 1);
    let report = tokio::select! {
        biased;
        report = environment.handler.handle(&event, &invocation) => report,
        () = environment.crash.died() => {
            let failed = attempt.signals.clone();
            return Done { attempt, environment: None, failed, said: vec![format!("{who}: dies")] };
        }
    };
    let mut said: Vec<String> = report
        .entries()
        .map(|entry| format!("{who}: {} · {}: {}", entry.outcome(), entry.reason(), entry.detail()))
        .collect();
    let failed = match report.into_response() {
        Err(error) => {
            said.push(format!("{who}: fails: {error}"));
            attempt.signals.clone()
        }
        Ok(answer) => {
            let ids = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let failed = |signal: &&usize| ids.iter().any(|id| id["itemIdentifier"] == format!("m{signal}"));
            attempt.signals.iter().filter(failed).copied().collect()
        }
    };
    Done { attempt, environment: Some(environment), failed, said }
}

/// The slack in which an invocation that is not disturbed has surely answered.
pub(crate) const QUICK: Ms = 3 * SECOND;
