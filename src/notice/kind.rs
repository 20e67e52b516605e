//! The kinds of notice.

use judgement::{Outcome, Reason};
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use crate::{
    follow_up::{FollowUp, FollowUpKind},
    report::Entry,
};

/// The kinds of notice.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// ECS was asked to roll back, and agreed.
    RolledBack,
    /// ECS would have been asked, were it not for observe mode.
    WouldRollBack,
    /// The service was already rolled back too often.
    RollbackLimit,
    /// ECS kept refusing with a conflict.
    Conflict,
    /// The work could not be done.
    Failed,
    /// A rollback was successful, no matter who requested it.
    RollbackSuccessful,
    /// A rollback failed, no matter who requested it.
    RollbackFailed,
    /// A revision that was rolled back is deployed again.
    Redeployed,
    /// A deployment started while an alarm of it was in ALARM.
    Unprotected,
}

/// The names of all kinds of notice.
#[must_use]
pub fn notice_kinds() -> Vec<&'static str> {
    Kind::VARIANTS.iter().map(|kind| kind.as_str()).collect()
}

impl Kind {
    /// The stable kebab-case name.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of notice that an entry of a report calls for, if any.
    pub(crate) fn of_entry(entry: &Entry) -> Option<Self> {
        match (entry.outcome(), entry.reason()) {
            (Outcome::RolledBack, _) => Some(Self::RolledBack),
            (Outcome::WouldRollBack, _) => Some(Self::WouldRollBack),
            (Outcome::Failed, _) => Some(Self::Failed),
            (_, Reason::RollbackLimit) => Some(Self::RollbackLimit),
            (_, Reason::Conflict) => Some(Self::Conflict),
            (Outcome::NoOp | Outcome::Skipped | Outcome::Ignored, _) => None,
        }
    }

    /// The kind of notice that a follow-up calls for.
    pub(crate) fn of_follow_up(follow_up: &FollowUp) -> Self {
        match follow_up.kind() {
            FollowUpKind::RollbackSuccessful => Self::RollbackSuccessful,
            FollowUpKind::RollbackFailed => Self::RollbackFailed,
            FollowUpKind::Redeployed => Self::Redeployed,
            FollowUpKind::Unprotected => Self::Unprotected,
        }
    }

    /// The headline of a notice of this kind about a service.
    pub(super) fn title(self, of: &str) -> String {
        match self {
            Self::RolledBack => format!("Rolled back {of}"),
            Self::WouldRollBack => format!("Would have rolled back {of}"),
            Self::RollbackLimit => format!("Not rolled back again: {of}"),
            Self::Conflict => format!("Rollback unsettled: {of}"),
            Self::Failed => format!("Could not roll back {of}"),
            Self::RollbackSuccessful => format!("Rollback complete: {of}"),
            Self::RollbackFailed => format!("ROLLBACK FAILED: {of}"),
            Self::Redeployed => format!("Rolled-back revision deployed again: {of}"),
            Self::Unprotected => format!("Deployment started during an alarm: {of}"),
        }
    }
}
