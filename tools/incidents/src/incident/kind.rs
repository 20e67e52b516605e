//! The kinds of incidents, each with its weight and its name in the report.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $variant:ident, $weight:literal, $name:literal;)+) => {
        /// The kind of an incident.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind {
            $($(#[$doc])+ $variant,)+
        }

        impl Kind {
            /// Every kind, with its weight.
            pub(crate) const ALL: &[(Self, i64)] = &[$((Self::$variant, $weight),)+];

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A bad deployment; its alarm comes soon.
    Bad, 14, "bad deployment";
    /// A bad deployment; its alarm is delivered minutes or hours late, often into a later, good deployment.
    BadLate, 8, "bad deployment, alarm delivered late";
    /// A bad deployment whose errors come and go.
    Flapping, 6, "bad deployment, alarm flapping";
    /// Tasks of the new revision do not start.
    TaskStart, 6, "tasks do not start";
    /// A bad deployment that waits at a PAUSE hook.
    Paused, 4, "bad deployment at a PAUSE hook";
    /// A bad deployment whose composite alarm is released from its wait period.
    Released, 4, "bad deployment, alarm released from suppression";
    /// One alarm for several services, one of them deploying badly.
    Shared, 5, "bad deployment, one alarm for several services";
    /// The alarm was on when the deployment began, recovered, and went on again because of it.
    Again, 4, "bad deployment, alarm on before and again";
    /// A bad deployment that had ended when its alarm was delivered.
    Ended, 5, "bad deployment, over before the signal";
    /// Two bad deployments, the second on top of the first.
    Superseded, 4, "bad deployment superseded by another";
    /// A bad deployment, and a good one that fixes it, begun before the alarm of the first is delivered.
    FixForward, 8, "fix-forward";
    /// Good deployments and no trouble but the usual noise.
    Good, 8, "good deployment";
    /// Trouble from elsewhere, alarmed before a good deployment begins and delivered again during it.
    AlreadyOn, 6, "good deployment, alarm on before";
    /// Trouble from elsewhere that ends when a good deployment begins; the alarm is evaluated later.
    DataBefore, 5, "good deployment, alarm on data from before";
    /// Trouble from elsewhere that begins before a good deployment and goes on during it.
    TroubleBefore, 5, "good deployment, trouble from before goes on";
    /// A good deployment while an alarm is muted or suppressed.
    Muted, 5, "good deployment, alarm muted or suppressed";
    /// ECS reports that an earlier revision failed, while the next one is in flight.
    OtherRevision, 4, "good deployment, event about another revision";
    /// A service of the same name in another account or Region is in trouble.
    Namesake, 3, "good deployment, trouble of a namesake";
    /// An alarm of Application Auto Scaling during a good deployment.
    Scaling, 3, "good deployment, scaling alarm";
    /// A bad first deployment of a service.
    First, 4, "bad first deployment";
    /// A bad deployment of a service that its owner switched off.
    Held, 4, "bad deployment of a held service";
    /// A bad deployment of a service that was rolled back three times in the last hour.
    OverLimit, 3, "bad deployment after three rollbacks";
    /// Trouble from elsewhere that begins, by chance, while a good deployment is in flight.
    Chance, 4, "good deployment, trouble by chance";
    /// A good deployment that goes back to what ran before, while the alarm flaps because of what it undoes.
    WayBack, 4, "good deployment, the way back";
    /// A blue/green deployment, half of them good, that waits before it serves while something else is in trouble.
    NotServing, 5, "blue/green deployment, trouble before it serves";
    /// A blue/green deployment with an alarm on the target group of either revision.
    Draining, 4, "blue/green deployment, alarm on a target group";
    /// A good deployment for whose tasks there is no capacity, or a bad one whose tasks do not start.
    Capacity, 4, "tasks do not start, half for want of capacity";
    /// A good deployment while tasks of the revision that it replaces fail.
    OldTasks, 3, "good deployment, tasks of the old revision fail";
    /// A composite alarm that needs two services in trouble: one for days, with a good deployment, and one because of its own.
    OldChild, 5, "bad deployment, composite alarm with an old child";
    /// Trouble begins in the same data point of five minutes as a deployment that did or did not bring it.
    Straddling, 5, "trouble and deployment begin in one data point";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
