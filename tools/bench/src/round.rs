//! Times one process from its start through its first event and some warm ones.

use std::{fs, path::Path, rc::Rc};

use jiff::{SignedDuration, Timestamp};
use local_lambda::{Invocation, Lambda};
use serde::Serialize;
use serde_json::Value;
use signals::{Alarm, Metric};
use tokio::time::Instant;

use crate::{
    Failure,
    competitor::{Competitor, Surroundings},
    ecs::Ecs,
};

/// The measurements of one process. Times are in nanoseconds.
#[derive(Serialize)]
pub(crate) struct Measured {
    /// From its start until it requests its first event.
    init: u64,
    first: Handled,
    warm: Vec<Handled>,
    /// The processor time from its start until it requests its second event.
    processor_time: u64,
    peak_memory: u64,
}

/// The measurements of one event.
#[derive(Serialize)]
struct Handled {
    took: u64,
    /// From the event until it opened a connection to ECS; `first_call` and `last_answer` start at the same moment.
    connected: Option<u64>,
    first_call: Option<u64>,
    last_answer: Option<u64>,
    connections: usize,
    calls: usize,
}

/// The parts that all rounds share.
pub(crate) struct Course<'a> {
    pub(crate) ecs: Rc<Ecs>,
    pub(crate) folder: &'a Path,
    pub(crate) authority: &'a Path,
    pub(crate) roots: &'a Path,
    pub(crate) warm_events: usize,
}

impl Course<'_> {
    /// Starts a process, sends it its events, and stops it.
    pub(crate) async fn run(&self, competitor: &Competitor) -> Result<Measured, Failure> {
        let mut lambda = Lambda::open().await?;
        let process = competitor.start(&Surroundings {
            lambda: lambda.environment(),
            ecs: &self.ecs.url,
            folder: self.folder,
            authority: self.authority,
            roots: self.roots,
        })?;
        let init = since(process.began, lambda.asked().await?)?;
        let first = self.handle(competitor, &mut lambda).await?;
        lambda.asked().await?;
        let processor_time = process.processor_time()?;
        let mut warm = Vec::with_capacity(self.warm_events);
        for _ in 0..self.warm_events {
            warm.push(self.handle(competitor, &mut lambda).await?);
            lambda.asked().await?;
        }
        let peak_memory = process.peak_memory()?;
        process.stop().await?;
        Ok(Measured { init, first, warm, processor_time, peak_memory })
    }

    async fn handle(&self, competitor: &Competitor, lambda: &mut Lambda) -> Result<Handled, Failure> {
        let now = now()?;
        self.ecs.plant(now);
        let answered = lambda.invoke(Invocation::of(event(now).to_string())).await?;
        if answered.is_error {
            return Err(format!("it failed: {}", String::from_utf8_lossy(&answered.body)).into());
        }
        let seen = self.ecs.seen();
        if seen.rollbacks != usize::from(competitor.rolls_back) {
            let (rollbacks, body) = (seen.rollbacks, String::from_utf8_lossy(&answered.body));
            return Err(format!("{} began {rollbacks} rollbacks: {body}", competitor.name).into());
        }
        let until = |at: Option<Instant>| at.map(|at| since(answered.handed_out, at)).transpose();
        Ok(Handled {
            took: since(answered.handed_out, answered.at)?,
            connected: until(seen.connected)?,
            first_call: until(seen.first_call)?,
            last_answer: until(seen.last_answer)?,
            connections: seen.connections,
            calls: seen.calls,
        })
    }

    /// The last lines of the latest process's output.
    pub(crate) fn last_words(&self) -> String {
        let written = fs::read_to_string(self.folder.join("output")).unwrap_or_default();
        let lines: Vec<&str> = written.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

fn since(began: Instant, at: Instant) -> Result<u64, Failure> {
    Ok(at.duration_since(began).as_nanos().try_into()?)
}

#[expect(clippy::disallowed_methods, reason = "the competitors have the real time, so ECS and the event need it too")]
pub(crate) fn now() -> Result<Timestamp, Failure> {
    Ok(Timestamp::try_from(std::time::SystemTime::now())?)
}

/// `events/alarm-action-metric.json`, dated now; the deployment in flight is ten minutes old.
fn event(now: Timestamp) -> Value {
    Alarm::of(Metric::new("AWS/ECS", "CPUUtilization").service("prod/web").stat("Average"))
        .named("web-cpu-high")
        .described("CPU of prod/web is above 80 % for three minutes")
        .since(now - SignedDuration::from_secs(260))
        .above(80.0)
        .values([91.4, 96.8, 98.2])
        .as_action()
}
