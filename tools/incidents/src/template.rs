//! The delivery of signals as the project's own template configures it, and the function's defaults, because the bench measures
//! what people install. Only the mode and ECS's events are not the defaults: the bench measures rollbacks.

use ecs_auto_rollback::Settings;
use signals::ACTING;

use crate::incident::{Ms, SECOND};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The delivery of signals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    /// Deliveries of one message of the queue.
    pub(crate) receives: usize,
    /// From one delivery to the next.
    pub(crate) visibility: Ms,
    /// The time for which an asynchronous invocation is retried.
    pub(crate) event_age: Ms,
    /// The age limit of an event.
    pub(crate) signal_age: Ms,
}

impl Defaults {
    pub(crate) fn read() -> Self {
        Self {
            receives: usize::try_from(number("maxReceiveCount:")).unwrap_or_default(),
            visibility: number("VisibilityTimeout:") * SECOND,
            event_age: number("MaximumEventAgeInSeconds:") * SECOND,
            signal_age: settings(&[]).policy().max_signal_age.map_or(Ms::MAX, |age| age.as_secs() * SECOND),
        }
    }
}

/// The function's settings: these variables over the defaults.
pub(crate) fn settings(over: &[(&str, &str)]) -> Settings {
    let look_up =
        |name: &str| over.iter().chain(&ACTING).find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Settings::read(look_up).unwrap_or_else(|wrong| unreachable!("the settings are valid: {wrong}"))
}

/// The number after the first occurrence of a key.
fn number(key: &str) -> i64 {
    let rest = TEMPLATE.split_once(key).map_or("", |(_, rest)| rest.trim_start());
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_of_the_template_is_there() {
        let Defaults { receives, visibility, event_age, signal_age } = Defaults::read();
        assert_eq!((receives, visibility, event_age), (5, 180 * SECOND, 900 * SECOND));
        assert_eq!(signal_age, 900 * SECOND);
    }
}
