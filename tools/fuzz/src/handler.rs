//! The whole function: events to the real handler with the real SDK, against a random simulated world.

use std::{collections::BTreeMap, time::Duration};

use bolero::{Any as _, pick};
use ecs_auto_rollback::{Effort, Function, Invocation, Metrics, Report, Settings};
use serde_json::Value;
use simulator::sdk::Network;
use tokio::time::{Instant, sleep};

use crate::{
    choice::one_in,
    claims::{self, Rollbacks},
    corpus::Corpus,
    mutation,
    oracle::{Cause, Event, Observed},
    sound::Sound,
    world::{self, NOTICE_BUS, NOTICE_TOPIC, SERVICES, Variables},
};

/// The longest time in which an invocation has to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

/// Counts of what the inputs covered.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Invocations.
    pub invocations: u64,
    /// Invocations that failed, as required for failed outcomes and unrecognized input.
    pub failures: u64,
    /// Injected faults.
    pub faults: u64,
    /// Stopped deployments by cause.
    pub stops: BTreeMap<Cause, u64>,
    /// Stops that were required.
    pub required: u64,
    /// Notices that were sent.
    pub notices: u64,
    /// Lines of metrics.
    pub metrics: u64,
}

/// Generates one input (a world, settings, up to four events and faults), runs it, and adds to the counts.
///
/// # Panics
/// If the function breaks a rule.
pub fn try_input(corpus: &Corpus, counts: &mut Counts) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let mut run = Run::any(counts);
        let mut last: Option<Value> = None;
        for number in 0..*pick(&[1, 1, 1, 2, 4]) {
            let sound = one_in(3).then(Sound::any);
            let json = match (&sound, last) {
                (Some(sound), _) => sound.json.clone(),
                // Lambda and SQS may deliver the same event again.
                (None, Some(last)) if one_in(4) => last,
                _ => mutation::event(corpus),
            };
            // Later events see the effects and the memory of earlier ones.
            run.invoke(&json, sound.as_ref(), number == 0).await;
            last = Some(json);
            sleep(Duration::from_millis((0..120_000).any())).await;
            if one_in(4) {
                run.network.lock().ecs.deploy("prod/web", "app:43");
            }
        }
    });
}

/// The function in a world.
struct Run<'a> {
    variables: Variables,
    network: Network,
    function: Function,
    metrics: Option<Metrics>,
    counts: &'a mut Counts,
}

impl<'a> Run<'a> {
    fn any(counts: &'a mut Counts) -> Self {
        let variables = Variables::any();
        let network = Network::to(world::aws());
        let settings = Settings::read(|name| variables.get(name)).expect("valid settings");
        let metrics = settings.metrics_namespace.as_deref();
        Self {
            metrics: metrics.map(|namespace| Metrics::new(namespace, &settings.logs.service_name)),
            function: Function::new(settings, network.config()),
            variables,
            network,
            counts,
        }
    }

    async fn invoke(&mut self, json: &Value, sound: Option<&Sound>, is_first: bool) {
        let (before, first_call, faults, at) = {
            let mut aws = self.network.lock();
            let at = aws.now();
            let of_first = SERVICES.iter().filter(|_| is_first);
            let before: Vec<_> = of_first.flat_map(|path| Observed::all_of(path, &mut aws, at)).collect();
            let faults = world::inject_faults(&mut aws);
            (before, aws.calls().len(), faults, at)
        };
        let is_undisturbed = is_first && faults == 0;
        let earlier = self.published().len();
        let began = Instant::now();
        let invocation = Invocation { home: world::home(), now: at, time_left: None };
        let report = self.function.handle(json, &invocation).await;
        let took = began.elapsed();
        assert!(took < ANSWERED_WITHIN, "answered after {took:?}: {json}");
        let rollbacks = Rollbacks::since(&self.network.lock(), first_call);
        self.network.lock().clear_faults();

        let event = Event { json: json.clone(), at };
        for arn in &rollbacks.stopped {
            let observed = Observed::of(arn, &mut self.network.lock(), at);
            match observed.cause(&event, &self.variables) {
                Ok(cause) => *self.counts.stops.entry(cause).or_default() += 1,
                Err(lack) => panic!("stopped without cause: {lack}\n{observed:?}\n{:?}\n{json}", self.variables),
            }
        }
        if let Some(sound) = sound.filter(|_| is_undisturbed) {
            for deployment in before.iter().filter(|before| before.must_be_rolled_back(sound, &self.variables)) {
                self.counts.required += 1;
                let is_stopped = rollbacks.stopped.contains(deployment.arn());
                assert!(is_stopped, "not stopped: {deployment:?}\n{report:?}\n{:?}\n{json}", self.variables);
            }
        }
        claims::check(&report, &rollbacks, is_undisturbed.then_some(&before));
        if faults == 0 {
            self.notified(&rollbacks, earlier);
        }
        self.counts.notices += (self.published().len() - earlier) as u64;
        self.measure(&report, at);
        self.counts.invocations += 1;
        self.counts.faults += faults as u64;
        self.counts.failures += u64::from(report.into_response().is_err());
    }

    /// The notices so far, on all channels.
    fn published(&self) -> Vec<String> {
        let aws = self.network.lock();
        let (messages, events) = (aws.sns.published.iter(), aws.eventbridge.put.iter());
        messages
            .map(|message| &message["Message"])
            .chain(events.map(|event| &event["Detail"]))
            .map(Value::to_string)
            .collect()
    }

    /// Requires a notice about each stop, if notices are on.
    fn notified(&self, rollbacks: &Rollbacks, earlier: usize) {
        if [NOTICE_TOPIC, NOTICE_BUS].iter().all(|name| self.variables.get(name).is_none()) {
            return;
        }
        let notices = self.published();
        for arn in &rollbacks.stopped {
            let is_about = |notice: &String| notice.contains(arn.as_str());
            assert!(notices[earlier..].iter().any(is_about), "no notice about {arn}: {:?}", &notices[earlier..]);
        }
    }

    /// Writes the metrics, if they are on, and requires each line to be JSON.
    fn measure(&mut self, report: &Report, at: jiff::Timestamp) {
        let Some(metrics) = &self.metrics else { return };
        let effort = Effort { at, request_id: "1".to_owned(), cold_start: true, calls: self.function.calls() };
        let mut lines = Vec::new();
        metrics.write(report, &effort, &mut lines).expect("written metrics");
        let lines = String::from_utf8(lines).expect("text");
        for line in lines.lines() {
            serde_json::from_str::<Value>(line).expect("metrics in JSON");
            self.counts.metrics += 1;
        }
    }
}
