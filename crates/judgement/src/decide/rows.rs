//! Rows 6 to 14, one function each. An `Err` is the verdict of the row that decides.

use jiff::Timestamp;

use super::admit::foreign;
use crate::{
    arn::Arn,
    evidence::Window,
    observation::{Candidate, Observation, ObservedService, Status},
    policy::{Mode, OptIn, Policy},
    service::Service,
    signal::{About, Signal, Source},
    text::{shown, span},
    verdict::{Reason, Verdict},
};

/// Row 6: the service exists, is active, and ECS deploys it.
pub(super) fn eligible<'a>(service: &Service, observed: &'a Observation) -> Result<&'a ObservedService, Verdict> {
    let Some(found) = &observed.service else {
        let detail = format!("{service} does not exist in this account and Region.");
        return Err(Verdict::new(Reason::ServiceNotFound, detail));
    };
    // Names are looked up in the account of the function's role: a signal from another account must not hit a namesake.
    let asked = Arn::parse(&found.arn).map(|arn| arn.account);
    if let (Some(theirs), Some(ours)) = (service.account.as_deref(), asked)
        && theirs != ours
    {
        return Err(foreign(service, "account", theirs, ours));
    }
    if !found.is_active() {
        let detail = format!("{service} is {}, not ACTIVE.", shown(&found.status, 50));
        return Err(Verdict::new(Reason::ServiceNotFound, detail));
    }
    if !found.has_ecs_controller() {
        let detail = format!(
            "{service} is deployed by {}; only deployments by ECS itself can be rolled back.",
            shown(&found.controller, 50)
        );
        return Err(Verdict::new(Reason::UnsupportedController, detail));
    }
    Ok(found)
}

/// The permission for a service that is not switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Enforce,
    Observe,
}

/// Row 7: the service's tag overrides the function's mode, except that `off` switches everything off. An unreadable tag holds
/// the service: its owner meant something, and leaving it alone is the reading that cannot hurt.
pub(super) fn effect(service: &Service, found: &ObservedService, policy: &Policy) -> Result<Effect, Verdict> {
    let held = |detail: String| Err(Verdict::new(Reason::Held, detail));
    let by_policy = match policy.mode {
        Mode::Enforce => Effect::Enforce,
        Mode::Observe => Effect::Observe,
        Mode::Off => return held(format!("{service} is switched off, as every service is, by Mode=off.")),
    };
    match found.tag.as_deref().map(|tag| (tag, tag.trim().parse::<Mode>())) {
        Some((_, Ok(Mode::Enforce))) => Ok(Effect::Enforce),
        Some((_, Ok(Mode::Observe))) => Ok(Effect::Observe),
        Some((_, Ok(Mode::Off))) => held(format!("{service} is switched off by its tag auto-rollback=off.")),
        Some((tag, Err(_))) => held(format!(
            "{service} has the tag auto-rollback={}, which is none of enforce, observe and off.",
            shown(tag, 256)
        )),
        None if policy.opt_in == OptIn::Tagged => {
            held(format!("{service} has no tag auto-rollback, which OptIn=tagged requires."))
        }
        None => Ok(by_policy),
    }
}

/// Row 8: a deployment is in flight.
pub(super) fn in_flight<'a>(
    service: &Service,
    observed: &'a Observation,
    now: Timestamp,
) -> Result<&'a Candidate, Verdict> {
    if let Some(candidate) = observed.candidate.as_ref().filter(|candidate| !candidate.deployment.is_over()) {
        return Ok(candidate);
    }
    let rest = match observed.last_finished() {
        Some(last) => {
            let ended = last.ended();
            let ended = ended.map_or_else(String::new, |at| format!(" {} ago", span(now.duration_since(at))));
            format!("; the last one ended{ended} as {}: {}", last.status, last.arn)
        }
        None => ", and ECS lists no earlier ones".to_owned(),
    };
    let unlisted = observed.service.as_ref().and_then(|service| service.primary_in_progress.as_deref());
    let unlisted = unlisted.map_or_else(String::new, |id| {
        format!("; ECS shows {} in progress but lists no service deployment for it yet", shown(id, 64))
    });
    let detail = format!("{service} has no deployment in progress{rest}{unlisted}.");
    Err(Verdict::new(Reason::NothingInFlight, detail))
}

/// Row 9: the signal is about the deployment in flight.
pub(super) fn about_this_one(signal: &Signal, candidate: &Candidate) -> Result<(), Verdict> {
    let deployment = &candidate.deployment;
    let revision = deployment.revision();
    let detail = match &signal.about {
        Some(About::Revision(number)) if revision != Some(number) => format!(
            "The signal is about revision {}, but revision {} is being deployed.",
            shown(number, 64),
            revision.unwrap_or("unknown")
        ),
        Some(About::ServiceDeployment(arn)) if *arn != deployment.arn => {
            format!("The signal is about {}, but {} is in progress.", shown(arn, 600), deployment.arn)
        }
        _ => return Ok(()),
    };
    Err(Verdict::new(Reason::DifferentDeployment, detail).about(&deployment.arn))
}

/// Row 10: the deployment can be stopped.
pub(super) fn stoppable(service: &Service, candidate: &Candidate) -> Result<(), Verdict> {
    let deployment = &candidate.deployment;
    not_stoppable(service, &deployment.status).map_or(Ok(()), |verdict| Err(verdict.about(&deployment.arn)))
}

/// Row 10, also for a deployment that AWS refused to stop and that was looked at again: the verdict on a status that cannot
/// be stopped. `None` for one that can.
#[must_use]
pub fn not_stoppable(service: &Service, status: &Status) -> Option<Verdict> {
    let (reason, detail) = match status {
        Status::Pending | Status::InProgress => return None,
        Status::RollbackRequested | Status::RollbackInProgress => (
            Reason::AlreadyRollingBack,
            format!("The deployment of {service} is already being rolled back ({status})."),
        ),
        Status::StopRequested => {
            (Reason::AlreadyStopping, format!("The deployment of {service} is already being stopped ({status})."))
        }
        Status::Successful | Status::Stopped | Status::RollbackSuccessful | Status::RollbackFailed => {
            (Reason::AlreadyFinished, format!("The deployment of {service} has already ended ({status})."))
        }
        Status::Unknown(name) => (
            Reason::UnknownStatus,
            format!("The deployment of {service} is {}, a status that this version does not know.", shown(name, 64)),
        ),
    };
    Some(Verdict::new(reason, detail))
}

/// Rows 11 and 12: neither the signal nor its evidence is older than the deployment. A signal that names its deployment is about
/// that one, and a person's request needs no proof.
pub(super) fn not_older(
    signal: &Signal,
    service: &Service,
    candidate: &Candidate,
    policy: &Policy,
) -> Result<(), Verdict> {
    let deployment = &candidate.deployment;
    if signal.about.is_some() || signal.source == Source::Manual {
        return Ok(());
    }
    let name = shown(&signal.name, 255);
    let Some(deployed) = deployment.began() else {
        if deployment.status != Status::Pending {
            return Ok(());
        }
        let subject = match signal.source {
            Source::CloudWatch => format!("Alarm {name}"),
            Source::Ecs | Source::Manual => format!("The ECS event {name}"),
        };
        let detail =
            format!("{subject} cannot be about the deployment of {service}, which is PENDING and has not started yet.");
        return Err(Verdict::new(Reason::SignalPredatesDeployment, detail).about(&deployment.arn));
    };
    if let Some(began) = signal.began.filter(|began| began.duration_until(deployed) > policy.clock_skew) {
        let subject = match signal.source {
            Source::CloudWatch => format!("Alarm {name} went to ALARM"),
            Source::Ecs | Source::Manual => format!("ECS reported {name}"),
        };
        let detail = format!(
            "{subject} at {began}, {} before the deployment of {service} began at {deployed}.",
            span(began.duration_until(deployed)),
        );
        return Err(Verdict::new(Reason::SignalPredatesDeployment, detail).about(&deployment.arn));
    }
    if let Some(evidence) = signal.evidence.filter(|evidence| evidence.predates(deployed, policy.clock_skew)) {
        let Window { start, end } = evidence.first;
        let share = if end > deployed { "almost all of it " } else { "" };
        let detail = format!(
            "The trouble that alarm {name} reports began in the data from {start} to {end}, {share}before the deployment of \
             {service} began at {deployed}."
        );
        return Err(Verdict::new(Reason::EvidencePredatesDeployment, detail).about(&deployment.arn));
    }
    Ok(())
}

/// Row 13: there is something to go back to.
pub(super) fn can_go_back(service: &Service, candidate: &Candidate) -> Result<(), Verdict> {
    if !candidate.source_revisions.is_empty() {
        return Ok(());
    }
    let detail = format!("This is the first deployment of {service}, so there is no earlier revision to go back to.");
    Err(Verdict::new(Reason::FirstDeployment, detail).about(&candidate.deployment.arn))
}

/// Row 14, counted from ECS's own history. A person is not limited.
pub(super) fn not_too_often(
    signal: &Signal,
    service: &Service,
    observed: &Observation,
    candidate: &Candidate,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Verdict> {
    let Some(limit) = policy.limit.as_ref().filter(|_| signal.source != Source::Manual) else { return Ok(()) };
    let rolled_back = observed.history.iter().filter(|deployment| deployment.was_rolled_back());
    let count = rolled_back
        .filter(|deployment| deployment.ended().is_some_and(|ended| now.duration_since(ended) <= limit.window))
        .count();
    if count < limit.count {
        return Ok(());
    }
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let detail = format!(
        "{service} was rolled back {times} in the last {}, and the limit is {}. Someone should investigate.",
        span(limit.window),
        limit.count
    );
    Err(Verdict::new(Reason::RollbackLimit, detail).about(&candidate.deployment.arn))
}
