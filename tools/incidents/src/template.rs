//! The defaults of the project's own template, because the bench measures what people install.

use ecs_auto_rollback::Settings;

use crate::incident::{Ms, SECOND};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The variables of the function, and the parameters that they come from.
const VARIABLES: [(&str, &str); 9] = [
    ("ROLLBACK_MODE", "Mode"),
    ("ROLLBACK_SERVICES", "Services"),
    ("ROLLBACK_OPT_IN", "OptIn"),
    ("ROLLBACK_ALARMS", "Alarms"),
    ("ROLLBACK_MEMORY_SECONDS", "MemorySeconds"),
    ("ROLLBACK_MAX_SIGNAL_AGE_SECONDS", "MaxSignalAgeSeconds"),
    ("ROLLBACK_LIMIT", "RollbackLimit"),
    ("ROLLBACK_LIMIT_WINDOW_SECONDS", "RollbackLimitWindowSeconds"),
    ("ROLLBACK_CLOCK_SKEW_SECONDS", "ClockSkewSeconds"),
];

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
            receives: usize::try_from(number("MaxReceiveCount")).unwrap_or_default(),
            visibility: after("VisibilityTimeout:").parse().unwrap_or(0) * SECOND,
            event_age: number("MaximumEventAgeSeconds") * SECOND,
            signal_age: number("MaxSignalAgeSeconds") * SECOND,
        }
    }
}

/// The look-ups of the function, and the parameters that switch them on.
const LOOK_UPS: [(&str, &str); 5] = [
    ("alarm-tags", "LookUpAlarmTags"),
    ("composite-children", "LookUpCompositeChildren"),
    ("target-groups", "LookUpTargetGroups"),
    ("deployment-alarms", "LookUpDeploymentAlarms"),
    ("evidence", "LookUpEvidence"),
];

/// The function's settings: the template's defaults, and these variables over them.
pub(crate) fn settings(over: &[(&str, &str)]) -> Settings {
    let look_up = |name: &str| {
        let given = over.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let look_ups = (name == "ROLLBACK_LOOK_UPS").then(look_ups);
        given
            .or(look_ups)
            .or_else(|| VARIABLES.iter().find(|(key, _)| *key == name).map(|(_, parameter)| default_of(parameter)))
    };
    Settings::read(look_up).unwrap_or_else(|wrong| unreachable!("the template's defaults are allowed: {wrong}"))
}

/// The look-ups that are on by default.
fn look_ups() -> String {
    let on = LOOK_UPS.iter().filter(|(_, parameter)| default_of(parameter) == "true");
    on.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

fn number(parameter: &str) -> i64 {
    default_of(parameter).parse().unwrap_or_default()
}

/// The default of a parameter.
fn default_of(parameter: &str) -> String {
    let place = TEMPLATE.find(&format!("\n  {parameter}:\n    Description")).unwrap_or(TEMPLATE.len());
    value(&TEMPLATE[place..], "Default:")
}

fn after(key: &str) -> String {
    value(TEMPLATE, key)
}

fn value(text: &str, key: &str) -> String {
    let line = text.split_once(key).and_then(|(_, rest)| rest.lines().next()).unwrap_or_default();
    line.trim().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_of_the_template_is_there() {
        let Defaults { receives, visibility, event_age, signal_age } = Defaults::read();
        assert!(receives > 0 && visibility > 0 && event_age > 0 && signal_age > 0);
        assert_eq!(look_ups().split(' ').count(), LOOK_UPS.len());
        for (variable, parameter) in VARIABLES {
            assert!(!default_of(parameter).is_empty(), "{parameter}");
            assert!(TEMPLATE.contains(&format!("{variable}: !Ref {parameter}\n")), "{variable}");
        }
    }
}
