//! The policy: the settings that a decision depends on.

mod patterns;
mod tag;

use jiff::SignedDuration;
use strum::{Display, EnumString};

pub use self::{
    patterns::{AlarmPatterns, ServicePatterns},
    tag::{TAG, Tag},
};

/// The settings that a decision depends on.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `Mode`: what the function may do. A service's tag overrides it, unless it is off.
    pub mode: Mode,
    /// `true` for a program that only shows what the function would do: then nothing is rolled back, whatever the mode is.
    pub only_shows: bool,
    /// `Services`: the services that it may roll back.
    pub services: ServicePatterns,
    /// `OptIn`: the services that take part.
    pub opt_in: OptIn,
    /// `Alarms`: the alarms that may roll back.
    pub alarms: AlarmPatterns,
    /// `EcsEvents`: the names of the ECS events that may roll back.
    pub ecs_events: Vec<String>,
    /// `ROLLBACK_MAX_SIGNAL_AGE_SECONDS`: how old an event may be. `None`: no limit.
    pub max_signal_age: Option<SignedDuration>,
    /// `RollbackLimit` and `ROLLBACK_LIMIT_WINDOW_SECONDS`: how often a service may be rolled back. `None`: no limit.
    pub limit: Option<Limit>,
    /// `ROLLBACK_TOO_LATE_SECONDS`: how long after a deployment succeeded a signal is still reported as too late for it.
    pub too_late: SignedDuration,
    /// `MaxServices`: the most services that one signal may point at.
    pub max_services: usize,
    /// The accounts and Regions that are served beside home.
    pub reach: Reach,
    /// `ROLLBACK_CLOCK_SKEW_SECONDS`: by how much a signal may seem to begin before the deployment that it is compared with.
    pub clock_skew: SignedDuration,
}

/// The permission to act, of the function or of one service by its tag `auto-rollback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Mode {
    /// Roll back.
    Enforce,
    /// Only report the rollback.
    Observe,
    /// Leave alone.
    Off,
}

/// The services that take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum OptIn {
    /// All allowed services.
    All,
    /// Those with the tag `auto-rollback`.
    Tagged,
}

/// A limit on rollbacks of one service, after which someone should investigate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The number of rollbacks that is the limit.
    pub count: usize,
    /// The time in which they are counted.
    pub window: SignedDuration,
}

/// The accounts and Regions that are served beside the function's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// `Accounts`: the other accounts in which services may be rolled back.
    pub accounts: Vec<String>,
    /// `MonitoringAccounts`: the accounts whose signals may lead to services of other accounts.
    pub monitoring_accounts: Vec<String>,
    /// `Regions`: the Regions that are served beside the function's own. Empty: every Region of the listed accounts.
    pub regions: Vec<String>,
}
