//! Rows 15 to 17: there is a way back, it is not undone, and it is not taken too often. An `Err` is the verdict of the row that
//! decides.

use jiff::SignedDuration;

use super::Question;
use crate::{
    observation::{Candidate, Observation, ObservedService, ServiceDeployment, Status},
    signal::Source,
    text::{shown, span},
    verdict::{Reason, Verdict},
};

/// The time for which ECS keeps service deployments.
const HISTORY_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Row 15: there is something to go back to.
pub(super) fn can_go_back(
    question: &Question<'_>,
    service: &ObservedService,
    observed: &Observation,
    candidate: &Candidate,
) -> Result<(), Verdict> {
    let Question { service: name, now, .. } = question;
    let first = |detail| Err(Verdict::new(Reason::FirstDeployment, detail).about(&candidate.deployment.arn));
    if candidate.source_revisions.is_empty() {
        return first(format!(
            "This is the first deployment of {name}, so there is no earlier revision to go back to."
        ));
    }
    let is_young = service.created.is_some_and(|created| now.duration_since(created) < HISTORY_KEPT);
    let succeeded = |deployment: &ServiceDeployment| deployment.status == Status::Successful;
    // A list without the deployment in flight says nothing about earlier ones.
    let is_listed = |deployment: &ServiceDeployment| deployment.arn == candidate.deployment.arn;
    let is_whole = observed.history_is_whole && observed.history.iter().any(is_listed);
    if is_young && is_whole && !observed.history.iter().any(succeeded) {
        return first(format!(
            "No deployment of {name} has ever succeeded, so there is no good revision to go back to."
        ));
    }
    Ok(())
}

/// Row 16: the deployment does not itself restore an earlier, successful task definition. A person may still roll it back, and
/// failing tasks are trouble of its own.
pub(super) fn not_the_way_back(
    question: &Question<'_>,
    observed: &Observation,
    candidate: &Candidate,
) -> Result<(), Verdict> {
    if question.signal.source == Source::Manual || question.signal.is_about_tasks() {
        return Ok(());
    }
    let Some(earlier) = brought_before(observed, candidate) else { return Ok(()) };
    let detail = format!(
        "The deployment of {} goes back to {}, which succeeded on {} before; rolling it back would bring back what it undoes.",
        question.service,
        shown(earlier.task_definition, 255),
        earlier.deployment.created.map_or_else(|| "an earlier day".to_owned(), |created| created.to_string())
    );
    Err(Verdict::new(Reason::WayBack, detail).about(&candidate.deployment.arn))
}

/// An earlier deployment that brought the same task definition.
struct Earlier<'a> {
    deployment: &'a ServiceDeployment,
    task_definition: &'a str,
}

/// The newest successful deployment that brought the candidate's task definition and is older than the one that brought the
/// source revision, whose task definition is another.
fn brought_before<'a>(observed: &'a Observation, candidate: &Candidate) -> Option<Earlier<'a>> {
    let brings = |arn: &str| observed.revision(arn)?.name();
    let task_definition = brings(candidate.deployment.target_revision.as_deref()?)?;
    let sources = &candidate.source_revisions;
    let sources_bring: Option<Vec<&str>> = sources.iter().map(|arn| brings(arn)).collect();
    if sources_bring?.contains(&task_definition) {
        return None;
    }
    let brought_source =
        |deployment: &&ServiceDeployment| deployment.target_revision.as_ref().is_some_and(|arn| sources.contains(arn));
    let successful = || observed.history.iter().filter(|deployment| deployment.status == Status::Successful);
    let source_created = successful().filter(brought_source).filter_map(|deployment| deployment.created).min()?;
    let brought = |deployment: &&ServiceDeployment| {
        let is_older = deployment.created.is_some_and(|created| created < source_created);
        is_older && deployment.target_revision.as_deref().and_then(brings) == Some(task_definition)
    };
    let deployment = successful().filter(brought).max_by_key(|deployment| deployment.created)?;
    Some(Earlier { deployment, task_definition })
}

/// Row 17, counted from ECS's own history. A person is not limited.
pub(super) fn not_too_often(
    question: &Question<'_>,
    observed: &Observation,
    candidate: &Candidate,
) -> Result<(), Verdict> {
    let Question { signal, service, policy, now, .. } = question;
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
