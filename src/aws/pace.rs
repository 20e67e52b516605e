//! Rate limits for large numbers of calls. Calls beyond ECS's rate are throttled, which takes longer than waiting.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A token bucket: up to `burst` calls at once, then one per interval.
#[derive(Debug)]
pub struct Pace {
    burst: u32,
    interval: Duration,
    /// The time at which the bucket would be full again.
    full_at: Option<Instant>,
}

impl Pace {
    /// For building an index: four fifths of what ECS documents for `DescribeServices` and `ListServices`, 100 at once and 20 a
    /// second (Developer Guide, request throttling). The rest is for the rollbacks.
    #[must_use]
    pub fn of_surveys(environments: u32) -> Self {
        Self::shared(80, Duration::from_micros(62_500), environments)
    }

    /// For observations of services in signals from a queue: what follow-ups leave of ECS's documented rate for
    /// `ListServiceDeployments` and `DescribeServiceDeployments`, 50 at once and 20 a second.
    #[must_use]
    pub fn of_looks(environments: u32) -> Self {
        Self::shared(44, Duration::from_micros(54_400), environments)
    }

    /// For follow-ups: a sixteenth of the same rate. The stack gives news a queue of its own with two execution environments, so
    /// that it never takes the rate that signals need.
    pub(crate) fn of_news() -> Self {
        Self::shared(6, Duration::from_millis(800), 2)
    }

    /// The share of one of `environments` that share a rate.
    fn shared(burst: u32, interval: Duration, environments: u32) -> Self {
        Self { burst: (burst / environments).max(1), interval: interval * environments, full_at: None }
    }

    /// For look-ups at CloudWatch, which documents no rate for reading the tags of alarms: 20 at once, then 20 a second.
    #[must_use]
    pub fn of_tags() -> Self {
        Self::shared(20, Duration::from_millis(50), 1)
    }

    /// Waits until the whole burst is there again, for another caller with a pace of its own.
    pub async fn refill(&self) {
        if let Some(full_at) = self.full_at {
            sleep_until(full_at).await;
        }
    }

    /// Waits until the next call may be made.
    pub async fn turn(&mut self) {
        let now = Instant::now();
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now)) + self.interval;
        sleep_until(full_at.checked_sub(self.interval * self.burst).unwrap_or(now)).await;
        self.full_at = Some(full_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_come_at_once_until_the_burst_is_over_and_then_at_their_rate() {
        let mut pace = Pace::of_surveys(1);
        let began = Instant::now();
        for _ in 0..80 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        for _ in 0..160 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_refilled_after_as_long_as_its_calls_take_at_their_rate() {
        let mut pace = Pace::of_surveys(1);
        let began = Instant::now();
        for _ in 0..16 {
            pace.turn().await;
        }
        pace.refill().await;
        assert_eq!(began.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn environments_share_a_pace() {
        let mut pace = Pace::of_surveys(4);
        let began = Instant::now();
        for _ in 0..60 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::from_secs(10), "20 at once, then 4 a second");
    }
}
