//! The kinds of notice.

use judgement::{Outcome, Reason, signal::Source};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{
    follow_up::{FollowUp, FollowUpKind},
    report::Entry,
};

/// The kinds of notice.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// ECS was asked to roll back, and agreed.
    RolledBack,
    /// ECS would have been asked, were it not for observe mode.
    WouldRollBack,
    /// The service was already rolled back too often.
    RollbackLimit,
    /// A deployment was left alone despite a signal, as it cannot be to blame or there is no way back.
    LeftAlone,
    /// A signal came after the deployment had succeeded.
    TooLate,
    /// An alarm led to no service.
    LedNowhere,
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

    /// Reads `all`, or the names of some kinds, separated by spaces.
    pub(crate) fn parse_list(text: &str) -> Option<Vec<Self>> {
        if text.trim() == "all" {
            return Some(Self::VARIANTS.to_vec());
        }
        let kinds = text.split_whitespace().map(|name| name.parse().ok()).collect::<Option<Vec<Self>>>();
        kinds.filter(|kinds| !kinds.is_empty())
    }

    /// The kind of notice that an entry of a report calls for, if any.
    pub(crate) fn of_entry(entry: &Entry) -> Option<Self> {
        match (entry.outcome(), entry.reason()) {
            (Outcome::RolledBack, _) => Some(Self::RolledBack),
            (Outcome::WouldRollBack, _) => Some(Self::WouldRollBack),
            (Outcome::Failed, _) => Some(Self::Failed),
            (_, Reason::RollbackLimit) => Some(Self::RollbackLimit),
            (_, reason) if why_left_alone(reason).is_some() => Some(Self::LeftAlone),
            (_, Reason::TooLate) => Some(Self::TooLate),
            (_, Reason::Unmapped | Reason::Ambiguous) if entry.signal.source == Source::CloudWatch => {
                Some(Self::LedNowhere)
            }
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

    /// The headline of a notice of this kind, up to its subject.
    pub(super) fn headline(self) -> &'static str {
        match self {
            Self::RolledBack => "Rolled back",
            Self::WouldRollBack => "Would have rolled back",
            Self::RollbackLimit => "Rollback limit reached for",
            Self::LeftAlone => "Did not roll back",
            Self::TooLate => "Too late to roll back",
            Self::LedNowhere => "No service found for alarm",
            Self::Conflict => "Rollback unsettled for",
            Self::Failed => "Could not roll back",
            Self::RollbackSuccessful => "Rollback complete for",
            Self::RollbackFailed => "ROLLBACK FAILED for",
            Self::Redeployed => "Rolled-back revision deployed again to",
            Self::Unprotected => "Deployment started during an alarm for",
        }
    }

    /// `true` if one execution environment sends each id once. Many alarms may come to the same decision in a storm, in which
    /// nothing is done.
    pub(super) fn is_sent_once(self) -> bool {
        matches!(self, Self::LeftAlone | Self::TooLate | Self::LedNowhere)
    }

    /// `true` if it is about a rollback, `false` if the new revision stays or comes.
    pub(super) fn goes_back(self) -> bool {
        match self {
            Self::RolledBack
            | Self::WouldRollBack
            | Self::Conflict
            | Self::Failed
            | Self::RollbackSuccessful
            | Self::RollbackFailed => true,
            Self::RollbackLimit
            | Self::LeftAlone
            | Self::TooLate
            | Self::LedNowhere
            | Self::Redeployed
            | Self::Unprotected => false,
        }
    }
}

/// The reason for which a deployment was left alone despite a signal, in plain words. `None` if it was not, or people expect it.
pub(super) fn why_left_alone(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::SignalPredatesDeployment => "Not rolled back, because the signal is older than the deployment.",
        Reason::EvidencePredatesDeployment => "Not rolled back, because the trouble began before the deployment.",
        Reason::NotServing => "Not rolled back, because the new revision does not serve yet.",
        Reason::NoCapacity => {
            "Not rolled back, because its tasks lack capacity, which another revision would lack as well."
        }
        Reason::FirstDeployment => "Not rolled back, because there is nothing to go back to.",
        Reason::WayBack => "Not rolled back, because this deployment is itself the way back.",
        _ => return None,
    })
}
