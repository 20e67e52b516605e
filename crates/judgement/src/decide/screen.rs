//! Rows 1 to 3: signals that need no action on any service.

use jiff::Timestamp;

use crate::{
    policy::Policy,
    signal::{Kind, Signal},
    text::{shown, span},
    verdict::{Reason, Verdict},
};

/// Lets a signal pass that may need a rollback.
///
/// # Errors
/// The reason to leave everything alone.
pub fn screen(signal: &Signal, policy: &Policy, now: Timestamp) -> Result<(), Verdict> {
    let name = shown(&signal.name, 255);
    match &signal.kind {
        Kind::Alarm { state, suppressed_by, muted_by } => {
            if state != "ALARM" {
                let detail = format!("Alarm {name} went to {}, not to ALARM.", shown(state, 50));
                return Err(Verdict::new(Reason::NotInAlarm, detail));
            }
            if !policy.alarms.lists(&signal.name) {
                let detail = format!("Alarm {name} does not match the parameter Alarms.");
                return Err(Verdict::new(Reason::AlarmNotListed, detail));
            }
            if policy.alarms.leaves_to_scaling(&signal.name) {
                let detail =
                    format!("Alarm {name} drives Application Auto Scaling, so it does not indicate a bad deployment.");
                return Err(Verdict::new(Reason::ScalingAlarm, detail));
            }
            if let Some(by) = suppressed_by {
                let detail = format!("The actions of alarm {name} are suppressed by {}.", shown(by, 255));
                return Err(Verdict::new(Reason::AlarmSuppressed, detail));
            }
            if let Some(by) = muted_by {
                let detail = format!("The actions of alarm {name} are muted by {}.", shown(by, 255));
                return Err(Verdict::new(Reason::AlarmMuted, detail));
            }
        }
        Kind::Trouble if !policy.ecs_events.contains(&signal.name) => {
            let detail = format!("The ECS event {name} is not among the parameter EcsEvents.");
            return Err(Verdict::new(Reason::InformationalEvent, detail));
        }
        Kind::News(why) => return Err(Verdict::new(Reason::InformationalEvent, why.as_str())),
        Kind::Trouble | Kind::Request => {}
    }
    fresh(signal, policy, now)
}

/// Row 3: a late redelivery, by the age of the event and not of the alarm.
fn fresh(signal: &Signal, policy: &Policy, now: Timestamp) -> Result<(), Verdict> {
    let (Some(sent), Some(limit)) = (signal.sent, policy.max_signal_age) else { return Ok(()) };
    let age = now.duration_since(sent);
    if age.abs() <= limit {
        return Ok(());
    }
    let detail = if age.is_negative() {
        format!("The event is dated {} in the future ({sent}), so its date must be wrong.", span(age))
    } else {
        format!("The event is {} old (sent at {sent}); the limit is {}.", span(age), span(limit))
    };
    Err(Verdict::new(Reason::StaleSignal, detail))
}
