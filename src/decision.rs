//! The judgement: one signal, one service, one decision. Rows are tried in order; the first that fits decides.
//!
//! The rows come in three groups, by what they need to know: [`screen`] needs the signal alone (rows 1 to 3), [`admit`] the
//! service's name (row 5; row 4 is [`crate::target::resolve`]), and [`decide`] all that was observed (rows 6 to 16).

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::shown,
    observation::{Candidate, Observation, Service, Status, revision_number},
    reason::Reason,
    settings::{Mode, OptIn, Policy},
    signal::{About, Signal, Source, Word},
    target::{Arn, Target, Whereabouts},
};

/// What to do about one signal for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Roll back the service deployment.
    RollBack(RollBack),
    /// Leave it alone.
    Leave(Leave),
}

/// A rollback to be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollBack {
    /// The service deployment that was judged, and no other.
    pub service_deployment_arn: String,
    /// How it is rolled back.
    pub means: Means,
    /// Why, in one English sentence.
    pub detail: String,
}

/// The call that rolls a service deployment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// `StopServiceDeployment` with `stopType=ROLLBACK`.
    Stop,
    /// `ContinueServiceDeployment` with `action=ROLLBACK`, for one that waits at a PAUSE hook.
    Continue {
        /// The hook's id.
        hook_id: String,
    },
}

/// A service deployment to be left alone, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// The reason's name.
    pub reason: Reason,
    /// The reason in one English sentence.
    pub detail: String,
    /// The service deployment that is left alone, where there is one.
    pub service_deployment_arn: Option<String>,
}

impl Leave {
    /// A reason to leave a signal that has not led to a service deployment.
    #[must_use]
    pub fn new(reason: Reason, detail: String) -> Self {
        Self { reason, detail, service_deployment_arn: None }
    }

    fn alone(reason: Reason, candidate: &Candidate, detail: String) -> Self {
        Self { service_deployment_arn: Some(candidate.deployment.arn.clone()), ..Self::new(reason, detail) }
    }
}

/// Rows 1 to 3: signals that ask for nothing, whatever they point at.
///
/// # Errors
/// The reason to leave everything alone.
pub fn screen(signal: &Signal, policy: &Policy, now: Timestamp) -> Result<(), Leave> {
    match &signal.word {
        Word::Alarm { state, suppressed_by, muted_by } => {
            let name = shown(&signal.name, 255);
            if state != "ALARM" {
                let detail = format!("Alarm {name} went to {}, not to ALARM.", shown(state, 50));
                return Err(Leave::new(Reason::NotInAlarm, detail));
            }
            if !policy.alarms.lists(&signal.name) {
                let detail = format!("Alarm {name} is not among ROLLBACK_ALARMS.");
                return Err(Leave::new(Reason::AlarmNotListed, detail));
            }
            if policy.alarms.leaves_to_scaling(&signal.name) {
                let detail =
                    format!("Alarm {name} is one by which Application Auto Scaling steers; it is no sign of trouble.");
                return Err(Leave::new(Reason::ScalingAlarm, detail));
            }
            if let Some(by) = suppressed_by {
                let detail = format!("The actions of alarm {name} are suppressed by {}.", shown(by, 255));
                return Err(Leave::new(Reason::AlarmSuppressed, detail));
            }
            if let Some(by) = muted_by {
                let detail = format!("The actions of alarm {name} are muted by {}.", shown(by, 255));
                return Err(Leave::new(Reason::AlarmMuted, detail));
            }
        }
        Word::Trouble if !policy.ecs_events.contains(&signal.name) => {
            let detail = format!("{} is not among ROLLBACK_ECS_EVENTS.", shown(&signal.name, 255));
            return Err(Leave::new(Reason::InformationalEvent, detail));
        }
        Word::News(why) => return Err(Leave::new(Reason::InformationalEvent, why.clone())),
        Word::Trouble | Word::Request => {}
    }
    match (signal.sent, policy.max_signal_age) {
        (Some(sent), Some(limit)) if now.duration_since(sent).abs() > limit => {
            let age = now.duration_since(sent);
            let detail = if age.is_negative() {
                format!("The event is dated {} in the future, at {sent}, which cannot be right.", span(-age))
            } else {
                format!("The event was sent {} ago, at {sent}; more than {} is too late.", span(age), span(limit))
            };
            Err(Leave::new(Reason::StaleSignal, detail))
        }
        _ => Ok(()),
    }
}

/// Row 5: services that are not this function's to touch. It may be able to reach `beyond_home`, within its partition.
///
/// # Errors
/// The reason to leave the service alone.
pub fn admit(target: &Target, policy: &Policy, home: &Whereabouts, beyond_home: bool) -> Result<(), Leave> {
    if !policy.services.lists(target) {
        return Err(Leave::new(Reason::NotAllowed, format!("{target} is not among ROLLBACK_SERVICES.")));
    }
    if target.partition != home.partition {
        return Err(foreign(target, "partition", &target.partition, &home.partition));
    }
    if beyond_home {
        return Ok(());
    }
    if target.region != home.region {
        return Err(foreign(target, "Region", &target.region, &home.region));
    }
    match (&target.account, &home.account) {
        (Some(theirs), Some(ours)) if theirs != ours => Err(foreign(target, "account", theirs, ours)),
        _ => Ok(()),
    }
}

/// Row 5, for a service that the function turns out not to reach.
#[must_use]
pub fn foreign(target: &Target, what: &str, theirs: &str, ours: &str) -> Leave {
    let detail = format!(
        "{target} is in the {what} {}; this function serves {ours}, and others of its partition only with ROLLBACK_ROLE_NAME.",
        shown(theirs, 64)
    );
    Leave::new(Reason::ForeignAccount, detail)
}

/// Rows 6 to 16: the judgement of what was observed.
#[must_use]
pub fn decide(signal: &Signal, target: &Target, observed: &Observation, policy: &Policy, now: Timestamp) -> Decision {
    judge(signal, target, observed, policy, now).map_or_else(Decision::Leave, Decision::RollBack)
}

fn judge(
    signal: &Signal,
    target: &Target,
    observed: &Observation,
    policy: &Policy,
    now: Timestamp,
) -> Result<RollBack, Leave> {
    let service = serviceable(target, observed)?;
    let mode = mode(target, service, policy)?;
    let candidate = in_flight(target, observed, now)?;
    about_this_one(signal, candidate)?;
    if let Some((reason, detail)) = not_stoppable(target, &candidate.deployment.status) {
        return Err(Leave::alone(reason, candidate, detail));
    }
    to_blame(signal, target, candidate, policy)?;
    can_go_back(target, candidate)?;
    not_too_often(signal, target, observed, candidate, policy, now)?;
    let detail = why(signal, target, candidate);
    if mode == Effect::Observe {
        return Err(Leave::alone(
            Reason::ObserveMode,
            candidate,
            format!("Would have asked ECS to roll back {detail}"),
        ));
    }
    Ok(RollBack {
        service_deployment_arn: candidate.deployment.arn.clone(),
        means: match &candidate.paused_at {
            Some(hook_id) => Means::Continue { hook_id: hook_id.clone() },
            None => Means::Stop,
        },
        detail: format!("Asked ECS to roll back {detail}"),
    })
}

/// Row 6.
fn serviceable<'a>(target: &Target, observed: &'a Observation) -> Result<&'a Service, Leave> {
    let Some(service) = &observed.service else {
        return Err(Leave::new(Reason::ServiceNotFound, format!("ECS knows no service {target} here.")));
    };
    // Names are looked up in the account of the function's role: a signal from another account must not hit a namesake.
    let asked = Arn::parse(&service.arn).map(|arn| arn.account);
    if let (Some(theirs), Some(ours)) = (target.account.as_deref(), asked)
        && theirs != ours
    {
        return Err(foreign(target, "account", theirs, ours));
    }
    if service.status != "ACTIVE" {
        let detail = format!("{target} is {}, not ACTIVE.", shown(&service.status, 50));
        return Err(Leave::new(Reason::ServiceNotFound, detail));
    }
    if service.controller != "ECS" {
        let detail = format!(
            "{target} is deployed by {}; only deployments by ECS itself can be rolled back.",
            shown(&service.controller, 50)
        );
        return Err(Leave::new(Reason::UnsupportedController, detail));
    }
    Ok(service)
}

/// What the function may do for a service that is not switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Enforce,
    Observe,
}

/// Row 7: the service's tag overrides the function's mode. A tag that cannot be read holds the service: its owner meant
/// something, and leaving it alone is the reading that cannot hurt.
fn mode(target: &Target, service: &Service, policy: &Policy) -> Result<Effect, Leave> {
    let held = |detail: String| Err(Leave::new(Reason::Held, detail));
    match service.tag.as_deref().map(|tag| (tag, tag.trim().parse::<Mode>())) {
        Some((_, Ok(Mode::Enforce))) => Ok(Effect::Enforce),
        Some((_, Ok(Mode::Observe))) => Ok(Effect::Observe),
        Some((_, Ok(Mode::Off))) => held(format!("The tag auto-rollback=off on {target} switches it off.")),
        Some((tag, Err(()))) => held(format!(
            "The tag auto-rollback on {target} says {}; enforce, observe and off are understood.",
            shown(tag, 256)
        )),
        None if policy.opt_in == OptIn::Tagged => {
            held(format!("{target} has no tag auto-rollback, and ROLLBACK_OPT_IN=tagged asks for one."))
        }
        None => match policy.mode {
            Mode::Enforce => Ok(Effect::Enforce),
            Mode::Observe => Ok(Effect::Observe),
            Mode::Off => {
                held(format!("ROLLBACK_MODE=off switches off {target}, which has no tag auto-rollback of its own."))
            }
        },
    }
}

/// Row 8.
fn in_flight<'a>(target: &Target, observed: &'a Observation, now: Timestamp) -> Result<&'a Candidate, Leave> {
    if let Some(candidate) = observed.candidate.as_ref().filter(|candidate| !candidate.deployment.is_over()) {
        return Ok(candidate);
    }
    let last = match observed.last_finished() {
        Some(last) => {
            let status = last.status.as_str();
            match last.ended() {
                Some(ended) => {
                    format!("the last one ended {} ago, {status}: {}", span(now.duration_since(ended)), last.arn)
                }
                None => format!("the last one is {status}: {}", last.arn),
            }
        }
        None => "ECS lists none that ended, either".to_owned(),
    };
    let unlisted = observed.service.as_ref().and_then(|service| service.primary_in_progress.as_deref());
    let unlisted = unlisted.map_or_else(String::new, |id| {
        format!(" ECS shows {} in progress, but lists no service deployment for it yet.", shown(id, 64))
    });
    Err(Leave::new(Reason::NothingInFlight, format!("{target} has no deployment in flight; {last}.{unlisted}")))
}

/// Row 9.
fn about_this_one(signal: &Signal, candidate: &Candidate) -> Result<(), Leave> {
    let deployment = &candidate.deployment;
    let revision = deployment.revision();
    let detail = match &signal.about {
        Some(About::Revision(number)) if revision != Some(number) => format!(
            "The signal is about revision {}; in flight is revision {}.",
            shown(number, 64),
            revision.unwrap_or("unknown")
        ),
        Some(About::ServiceDeployment(arn)) if *arn != deployment.arn => {
            format!("The signal is about {}; in flight is {}.", shown(arn, 600), deployment.arn)
        }
        _ => return Ok(()),
    };
    Err(Leave::alone(Reason::DifferentDeployment, candidate, detail))
}

/// Row 10, and what AWS's refusal of a stop means when the deployment is looked at again: why a status cannot be stopped.
#[must_use]
pub fn not_stoppable(target: &Target, status: &Status) -> Option<(Reason, String)> {
    let name = status.as_str();
    match status {
        Status::Pending | Status::InProgress => None,
        Status::RollbackRequested | Status::RollbackInProgress => Some((
            Reason::AlreadyRollingBack,
            format!("The deployment of {target} is being rolled back already ({name})."),
        )),
        Status::StopRequested => {
            Some((Reason::AlreadyStopping, format!("The deployment of {target} is being stopped already ({name}).")))
        }
        Status::Successful | Status::Stopped | Status::RollbackSuccessful | Status::RollbackFailed => {
            Some((Reason::AlreadyFinished, format!("The deployment of {target} has ended already ({name}).")))
        }
        Status::Unknown(_) => Some((
            Reason::UnknownStatus,
            format!("The deployment of {target} is {}, a status that this version does not know.", shown(name, 64)),
        )),
    }
}

/// Rows 11 and 12. A signal that names its deployment is about that one; a person's request needs no proof.
fn to_blame(signal: &Signal, target: &Target, candidate: &Candidate, policy: &Policy) -> Result<(), Leave> {
    let Some(deployed) = candidate.deployment.began() else { return Ok(()) };
    if signal.about.is_some() || signal.source == Source::Manual {
        return Ok(());
    }
    if let Some(began) = signal.began.filter(|began| began.duration_until(deployed) > policy.clock_skew) {
        let detail = format!(
            "The deployment of {target} began at {deployed}, {} after {} did, at {began}.",
            span(began.duration_until(deployed)),
            subject(signal)
        );
        return Err(Leave::alone(Reason::SignalPredatesDeployment, candidate, detail));
    }
    // A datapoint's window does not include its end: one that ends just when the deployment begins holds nothing of it.
    if let Some(ended) = signal.evidence_ended.filter(|ended| ended.duration_until(deployed) >= policy.clock_skew) {
        let detail = format!(
            "The newest data that {} judged ended at {ended}; the deployment of {target} began later, at {deployed}.",
            subject(signal)
        );
        return Err(Leave::alone(Reason::EvidencePredatesDeployment, candidate, detail));
    }
    Ok(())
}

/// Row 13.
fn can_go_back(target: &Target, candidate: &Candidate) -> Result<(), Leave> {
    if candidate.source_revisions.is_empty() {
        let detail = format!("This is the first deployment of {target}: there is no earlier revision to go back to.");
        return Err(Leave::alone(Reason::FirstDeployment, candidate, detail));
    }
    Ok(())
}

/// Row 14, counted from ECS's own history. A person is not limited.
fn not_too_often(
    signal: &Signal,
    target: &Target,
    observed: &Observation,
    candidate: &Candidate,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Leave> {
    let Some(limit) = policy.limit.as_ref().filter(|_| signal.source != Source::Manual) else { return Ok(()) };
    let count = observed
        .history
        .iter()
        .filter(|deployment| matches!(deployment.status, Status::RollbackSuccessful | Status::RollbackFailed))
        .filter(|deployment| deployment.ended().is_some_and(|ended| now.duration_since(ended) <= limit.window))
        .count();
    if count < limit.count {
        return Ok(());
    }
    let detail = format!(
        "{target} was rolled back {count} times in the last {}, and {} is the limit: a person should look.",
        span(limit.window),
        limit.count
    );
    Err(Leave::alone(Reason::RollbackLimit, candidate, detail))
}

/// Row 16: what is rolled back, to what, and why this deployment is to blame.
fn why(signal: &Signal, target: &Target, candidate: &Candidate) -> String {
    let deployment = &candidate.deployment;
    let to = candidate.source_revisions.iter().map(|arn| revision_number(arn)).collect::<Vec<_>>().join(", ");
    let began = deployment.began();
    let since = match (signal.began, began) {
        (Some(signalled), Some(began)) => {
            let after = signalled.duration_since(began);
            if after.is_negative() {
                format!(" since {signalled}")
            } else {
                format!(" since {signalled}, {} after the deployment began", span(after))
            }
        }
        (Some(signalled), None) => format!(" since {signalled}"),
        (None, _) => String::new(),
    };
    format!(
        "{target} from revision {} to {to}: {}{since}.",
        deployment.revision().unwrap_or("unknown"),
        accusation(signal)
    )
}

fn accusation(signal: &Signal) -> String {
    let name = shown(&signal.name, 255);
    match signal.source {
        Source::CloudWatch => format!("alarm {name} is in ALARM"),
        Source::Ecs => format!("ECS reports {name}"),
        Source::Manual => format!("requested with the reason {name}"),
    }
}

fn subject(signal: &Signal) -> String {
    let name = shown(&signal.name, 255);
    match signal.source {
        Source::CloudWatch => format!("alarm {name}"),
        Source::Ecs | Source::Manual => name,
    }
}

/// A duration for people: two units at most, seconds at the finest.
pub(crate) fn span(duration: SignedDuration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = duration.as_secs().abs();
    let mut parts = Vec::new();
    for (seconds, unit) in UNITS {
        if parts.len() < 2 && rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests;
