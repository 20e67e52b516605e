//! The reasons for which a good deployment could not be told from a bad one.

use super::shown::{first_of_run, shows_data};
use crate::incident::{Cause, Deployment, Incident, Ms, Signal};

/// A reason for which it could not be told that a good deployment is not to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// Something else brought trouble while it was in flight.
    Chance,
    /// A deployment of another service brought trouble meanwhile, and the alarm is about both services.
    SharedAlarm,
    /// The trouble began shortly before it, and the first data point that breaches holds both beginnings.
    OneWindow,
    /// The trouble began before it, and the alarm shows no data.
    NoData,
}

impl Doubt {
    pub(crate) const ALL: [Self; 4] = [Self::Chance, Self::SharedAlarm, Self::OneWindow, Self::NoData];

    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Chance => "unrelated trouble began by chance while it was in flight",
            Self::SharedAlarm => {
                "trouble of another service that one alarm watches together with it began while it was in flight"
            }
            Self::OneWindow => {
                "the trouble began shortly before it, and the first data point that breaches holds both beginnings"
            }
            Self::NoData => {
                "the trouble began before it, and no data show that: log alarms, children that have changed their state \
                 since, look-ups that fail"
            }
        }
    }

    /// True if the trouble began by chance while the deployment was in flight.
    pub(crate) fn is_by_chance(self) -> bool {
        matches!(self, Self::Chance | Self::SharedAlarm)
    }
}

/// The reason for which a signal, as seen at that time, appears to blame a good deployment.
pub(super) fn of(incident: &Incident, signal: &Signal, deployment: &Deployment, then: Ms) -> Doubt {
    let first = first_of_run(&signal.data).map_or(signal.entered, |point| point.start);
    let behind = incident.troubles.iter().filter(|trouble| {
        signal.causes.contains(&trouble.cause)
            && signal.services.contains(&trouble.service)
            && trouble.until > first
            && trouble.from <= signal.entered
    });
    let Some(oldest) = behind.min_by_key(|trouble| trouble.from) else { return Doubt::Chance };
    if oldest.from >= deployment.started {
        match oldest.cause {
            Cause::Deployment(_) => Doubt::SharedAlarm,
            Cause::Elsewhere => Doubt::Chance,
        }
    } else if !shows_data(incident, signal, then) {
        Doubt::NoData
    } else {
        Doubt::OneWindow
    }
}
