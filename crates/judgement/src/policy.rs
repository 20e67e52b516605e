//! The policy: the settings that a decision depends on.

mod patterns;

use jiff::SignedDuration;
use strum::EnumString;

pub use self::patterns::{AlarmPatterns, ServicePatterns};

/// The settings that a decision depends on.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `Mode`: what the function may do. A service's tag overrides it, unless it is off.
    pub mode: Mode,
    /// `Services`: the services that it may roll back.
    pub services: ServicePatterns,
    /// `OptIn`: the services that take part.
    pub opt_in: OptIn,
    /// `Alarms`: the alarms that may roll back.
    pub alarms: AlarmPatterns,
    /// `EcsEvents`: the names of the ECS events that may roll back.
    pub ecs_events: Vec<String>,
    /// `MaxSignalAgeSeconds`: how old an event may be. `None`: no limit.
    pub max_signal_age: Option<SignedDuration>,
    /// `RollbackLimit` and `RollbackLimitWindowSeconds`: how often a service may be rolled back. `None`: no limit.
    pub limit: Option<Limit>,
    /// `ClockSkewSeconds`: by how much a signal may seem to begin before the deployment that it is compared with.
    pub clock_skew: SignedDuration,
}

/// The permission to act, of the function or of one service by its tag `auto-rollback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Mode {
    /// Roll back.
    Enforce,
    /// Only report the rollback that would have been.
    Observe,
    /// Leave alone.
    Off,
}

/// The services that take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum OptIn {
    /// All that are allowed.
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
