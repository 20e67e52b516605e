//! The simulated clock, as it runs on with real time.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Simulated time: it was `then` at `since`, and has run `speed` times as fast as real time from there on.
pub(super) struct Clock {
    then: Timestamp,
    since: Instant,
    speed: f64,
}

impl Clock {
    pub(super) fn new(start: Timestamp, speed: f64) -> Self {
        Self { then: start, since: Instant::now(), speed }
    }

    pub(super) fn now(&self) -> Timestamp {
        later(self.then, self.since.elapsed().mul_f64(self.speed))
    }

    /// Moves it on at once.
    pub(super) fn advance(&mut self, by: Duration) {
        self.then = later(self.then, by);
    }

    pub(super) fn restart(&mut self, start: Timestamp) {
        self.then = start;
        self.since = Instant::now();
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
