//! The time of an invocation and its shares.

use std::time::Duration;

use judgement::event::AnswerForm;
use tokio::time::Instant;

/// Hard limit for one invocation, so that it answers within 25 seconds.
const LONGEST: Duration = Duration::from_secs(24);

/// The share of the time for notices, if they are on: one part in eight.
const NOTICE_SHARE: u32 = 8;

/// The time that is kept to answer Lambda.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The deadlines of one invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// When it began.
    pub(crate) began: Instant,
    /// When every decision must be made and carried out.
    pub(crate) decide_by: Instant,
    /// When the notices must be sent.
    pub(crate) end: Instant,
    /// `true` if the event comes from a queue and may be one of many; if so, ECS reads are rate-limited.
    pub(crate) is_paced: bool,
}

impl Budget {
    /// The deadlines within the time that Lambda leaves, if it is known.
    pub(crate) fn new(time_left: Option<Duration>, with_notices: bool, answer: AnswerForm) -> Self {
        let began = Instant::now();
        let time = time_left.map_or(LONGEST, |left| left.saturating_sub(TO_ANSWER).min(LONGEST));
        let for_notices = if with_notices { time / NOTICE_SHARE } else { Duration::ZERO };
        Self {
            began,
            decide_by: began + time.saturating_sub(for_notices),
            end: began + time,
            is_paced: answer == AnswerForm::BatchItemFailures,
        }
    }

    /// Checks that at least `least` of the time to decide is left.
    pub(crate) fn has(&self, least: Duration) -> bool {
        self.decide_by.saturating_duration_since(Instant::now()) >= least
    }
}
