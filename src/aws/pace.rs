//! A pace for calls in great number: calls beyond the rate that ECS permits are throttled, and cost more time than waiting.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A token bucket: up to `burst` calls at once, then one per interval.
#[derive(Debug)]
pub(crate) struct Pace {
    burst: u32,
    interval: Duration,
    /// The time at which all tokens would be there again.
    full_at: Option<Instant>,
}

impl Pace {
    /// For building an index: four fifths of what ECS documents for `DescribeServices` and `ListServices`, 100 at once and 20 a
    /// second (Developer Guide, request throttling). The rest is for the rollbacks.
    pub(crate) fn of_surveys() -> Self {
        Self { burst: 80, interval: Duration::from_micros(62_500), full_at: None }
    }

    /// For looks at services that come through a queue: a little less than half of what ECS documents for
    /// `ListServiceDeployments` and `DescribeServiceDeployments`, 50 at once and 20 a second, as a queue is worked on by two
    /// invocations at least.
    pub(crate) fn of_looks() -> Self {
        Self { burst: 20, interval: Duration::from_millis(115), full_at: None }
    }

    /// For looks at deployments that ECS's events report: an eighth of what ECS documents for `ListServiceDeployments` and
    /// `DescribeServiceDeployments`, so that news never takes the rate that signals need, however many environments follow up.
    pub(crate) fn of_news() -> Self {
        Self { burst: 6, interval: Duration::from_millis(400), full_at: None }
    }

    /// Waits until the next call may be made.
    pub(crate) async fn turn(&mut self) {
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
        let mut pace = Pace::of_surveys();
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
}
