//! Rows 6 to 10: there is a deployment in flight that can be rolled back, and the signal is about it. An `Err` is the verdict of
//! the row that decides.

use jiff::Timestamp;

use super::{Question, admit::foreign, cause::all_older};
use crate::{
    arn::Arn,
    observation::{Candidate, Observation, ObservedService, ServiceDeployment, Status},
    policy::{Mode, OptIn, Policy, Tag},
    service::Service,
    signal::{About, Signal},
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
        return Err(foreign(service, "account", theirs, "Accounts"));
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

/// Row 7: the mode of a service that is not switched off. The service's tag overrides the function's mode, except that `off`
/// switches everything off. An unreadable tag holds the service, because that is the safe reading of its owner's intent.
///
/// # Errors
/// The verdict on a service that is switched off.
pub fn mode(service: &Service, found: &ObservedService, policy: &Policy, now: Timestamp) -> Result<Mode, Verdict> {
    let held = |detail: String| Err(Verdict::new(Reason::Held, detail));
    if policy.mode == Mode::Off {
        return held(format!("{service} is switched off, as every service is, by Mode=off."));
    }
    let tag = match found.tag.as_deref().map(|value| (value, Tag::parse(value))) {
        Some((value, None)) => {
            return held(format!(
                "{service} has the tag auto-rollback={}, which is none of enforce, observe and off.",
                shown(value, 256)
            ));
        }
        Some((_, tag)) => tag,
        None => None,
    };
    match tag.as_ref().and_then(|tag| Some((tag, tag.mode_at(now)?))) {
        Some((tag, Mode::Off)) => held(by_tag(service, tag, now)),
        Some((_, mode)) => Ok(mode),
        None if policy.opt_in == OptIn::Tagged => {
            held(format!("{service} has no tag auto-rollback, which OptIn=tagged requires."))
        }
        None => Ok(policy.mode),
    }
}

fn by_tag(service: &Service, tag: &Tag, now: Timestamp) -> String {
    let reason = tag.reason.as_deref().map(|reason| format!(": {}", shown(reason, 256))).unwrap_or_default();
    match tag.until.filter(|until| *until > now) {
        Some(until) => format!("{service} is held until {until} by its tag auto-rollback{reason}."),
        None => format!("{service} is switched off by its tag auto-rollback=off{reason}."),
    }
}

/// Row 8: a deployment is in flight.
pub(super) fn in_flight<'a>(question: &Question<'_>, observed: &'a Observation) -> Result<&'a Candidate, Verdict> {
    if let Some(candidate) = observed.candidate.as_ref().filter(|candidate| !candidate.deployment.is_over()) {
        return Ok(candidate);
    }
    let Question { service, now, .. } = question;
    let last = observed.last_finished();
    if let Some(verdict) = last.and_then(|last| too_late(question, last)) {
        return Err(verdict);
    }
    let rest = match last {
        Some(last) => {
            let ended = last.ended();
            let ended = ended.map_or_else(String::new, |at| format!(" {} ago", span(now.duration_since(at))));
            format!("; the last one ended{ended} as {}: {}", last.status, last.arn)
        }
        None => ", and ECS lists no earlier ones".to_owned(),
    };
    let unlisted = observed.service.as_ref().and_then(|service| service.beyond(&observed.history));
    let unlisted = unlisted.map_or_else(String::new, |id| {
        format!("; ECS shows {} in progress but lists no service deployment for it yet", shown(id, 64))
    });
    let detail = format!("{service} has no deployment in progress{rest}{unlisted}.");
    Err(Verdict::new(Reason::NothingInFlight, detail))
}

/// The verdict on a successful deployment, if the signal seems to be about it: it succeeded after the trouble began, or shortly
/// before, and the trouble is no older than the deployment.
fn too_late(question: &Question<'_>, last: &ServiceDeployment) -> Option<Verdict> {
    let Question { signal, service, evidence, policy, now } = question;
    let finished = last.finished.filter(|_| last.status == Status::Successful)?;
    let began = evidence.began()?;
    if finished.duration_until(began) > policy.too_late
        || names_another(signal, last)
        || all_older(question, last).is_some()
    {
        return None;
    }
    let ago = now.duration_since(finished);
    let minutes = ago.as_mins().max(0).saturating_add(1);
    let detail = format!(
        "The last deployment of {service} had succeeded {} before the signal came, too late to roll it back; its bake time \
         would have had to be at least {minutes}m longer.",
        span(ago)
    );
    Some(Verdict::new(Reason::TooLate, detail).about(&last.arn))
}

/// Checks that a signal names another deployment than this one.
fn names_another(signal: &Signal, deployment: &ServiceDeployment) -> bool {
    match &signal.about {
        Some(About::Revision(number)) => deployment.revision() != Some(number.as_str()),
        Some(About::ServiceDeployment(arn)) => *arn != deployment.arn,
        None => false,
    }
}

/// Row 9: the signal is about the deployment in flight: by the revision or the deployment that it names, by the tasks that fail,
/// or by the target group that its alarm watches.
pub(super) fn about_this_one(
    question: &Question<'_>,
    observed: &Observation,
    candidate: &Candidate,
) -> Result<(), Verdict> {
    let Question { signal, service, .. } = question;
    let deployment = &candidate.deployment;
    let revision = deployment.revision().unwrap_or("unknown");
    let detail = match &signal.about {
        Some(About::Revision(number)) if names_another(signal, deployment) => {
            format!("The signal is about revision {}, but revision {revision} is being deployed.", shown(number, 64))
        }
        Some(About::ServiceDeployment(arn)) if names_another(signal, deployment) => {
            format!("The signal is about {}, but {} is in progress.", shown(arn, 600), deployment.arn)
        }
        Some(_) => return Ok(()),
        None => {
            let Some(why) = failing_tasks_are_old(signal, observed, candidate)
                .or_else(|| group_is_old(question, observed, candidate))
            else {
                return Ok(());
            };
            format!("{why}, but revision {revision} of {service} is being deployed.")
        }
    };
    Err(Verdict::new(Reason::DifferentDeployment, detail).about(&deployment.arn))
}

/// Checks that only tasks of earlier revisions fail, by ECS's own counts.
fn failing_tasks_are_old(signal: &Signal, observed: &Observation, candidate: &Candidate) -> Option<String> {
    if !signal.is_about_tasks() {
        return None;
    }
    let tasks = &observed.service.as_ref()?.tasks;
    let number = candidate.deployment.revision();
    let new = tasks
        .iter()
        .find(|tasks| Some(tasks.revision.as_str()) == number)
        .or_else(|| tasks.iter().find(|tasks| tasks.is_primary))?;
    let old = tasks.iter().filter(|tasks| tasks.revision != new.revision).max_by_key(|tasks| tasks.failed)?;
    let failed = old.failed.filter(|failed| *failed > 0 && new.failed == Some(0))?;
    let name = shown(&signal.name, 255);
    Some(format!(
        "ECS reported {name}, and the {failed} tasks that failed are of revision {}",
        shown(&old.revision, 64)
    ))
}

/// Checks that every alarm behind the signal watches a target group that only earlier revisions serve.
fn group_is_old(question: &Question<'_>, observed: &Observation, candidate: &Candidate) -> Option<String> {
    let new = observed.revision(candidate.deployment.target_revision.as_deref()?)?;
    let sources: Vec<_> = candidate.source_revisions.iter().filter_map(|arn| observed.revision(arn)).collect();
    let is_old = |group: &str| !new.serves(group) && sources.iter().any(|source| source.serves(group));
    let troubles = &question.evidence.troubles;
    let group = troubles.first()?.target_groups().next()?;
    // If a revision has no groups, ECS did not report them.
    let all_are_old = !new.target_groups.is_empty()
        && troubles
            .iter()
            .all(|trouble| trouble.target_groups().next().is_some() && trouble.target_groups().all(is_old));
    let alarm = shown(&question.signal.name, 255);
    all_are_old.then(|| format!("Alarm {alarm} watches {}, which only the earlier revision serves", shown(group, 255)))
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
