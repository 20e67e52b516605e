//! One process from its start through its first event and some more, timed.

use std::{fs, path::Path, rc::Rc};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    Failure,
    competitor::{Competitor, Surroundings},
    ecs::Ecs,
    lambda::{Event, Lambda},
};

/// When the events of `events/` happen: its deployments began ten minutes before.
const NOON: &str = "2026-06-01T12:00:00Z";

/// How a time is written in an alarm.
const FORM: &str = "%Y-%m-%dT%H:%M:%S%.3f%z";

/// What was measured of one process. Times are in nanoseconds.
#[derive(Serialize)]
pub(crate) struct Measured {
    /// From its start until it asks for its first event.
    init: u64,
    first: Handled,
    warm: Vec<Handled>,
    /// On a processor, from its start until it asked for its second event.
    processor_time: u64,
    peak_memory: u64,
}

/// What was measured of one event.
#[derive(Serialize)]
struct Handled {
    took: u64,
    /// Until it opened a connection to ECS, until the first call was read, until the last call was answered. The rest is until
    /// it answered.
    connected: Option<u64>,
    first_call: Option<u64>,
    last_answer: Option<u64>,
    connections: usize,
    calls: usize,
}

/// What all rounds have in common.
pub(crate) struct Course<'a> {
    pub(crate) ecs: Rc<Ecs>,
    /// The event, with the times of `events/`.
    pub(crate) event: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) authority: &'a Path,
    pub(crate) roots: &'a Path,
    pub(crate) warm_events: usize,
}

impl Course<'_> {
    /// Starts a process, gives it its events, and stops it.
    pub(crate) async fn run(&self, competitor: &Competitor) -> Result<Measured, Failure> {
        let mut lambda = Lambda::open().await?;
        let process = competitor.start(&Surroundings {
            runtime_api: &lambda.address,
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
        let deadline = now.as_millisecond() + 30_000;
        let answered = lambda.invoke(Event { text: moved(self.event, now)?, deadline }).await?;
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

    /// The last lines that the latest process wrote.
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

/// The event with each of its times moved as far as noon is from `now`.
fn moved(event: &str, now: Timestamp) -> Result<String, Failure> {
    let by = now.duration_since(NOON.parse::<Timestamp>()?);
    let length = "2026-06-01T11:55:40.614+0000".len();
    let mut moved = String::with_capacity(event.len());
    let mut rest = event;
    while let Some(at) = rest.find("2026-06-01T") {
        let (before, time) = rest.split_at(at);
        let time = time.get(..length).ok_or("a time is cut off")?;
        moved.push_str(before);
        moved.push_str(&later(Timestamp::strptime(FORM, time)?, by)?);
        rest = &rest[at + length..];
    }
    moved.push_str(rest);
    Ok(moved)
}

fn later(time: Timestamp, by: SignedDuration) -> Result<String, Failure> {
    let time = time.checked_add(by)?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_an_event_moves_and_nothing_else() {
        let event = r#"{"time":"2026-06-01T11:55:40.614+0000","data":"{\"at\":\"2026-06-01T11:54:00.000+0000\"}"}"#;
        let moved = moved(event, "2026-07-02T13:00:00.5Z".parse().unwrap()).unwrap();
        assert_eq!(
            moved,
            r#"{"time":"2026-07-02T12:55:41.114+0000","data":"{\"at\":\"2026-07-02T12:54:00.500+0000\"}"}"#
        );
    }
}
