//! Rows 11 to 14: the deployment in flight can be the cause. An `Err` is the verdict of the row that decides.

use jiff::Timestamp;

use super::Question;
use crate::{
    evidence::{Stop, Trouble, Window},
    observation::{Candidate, Observation, ServiceDeployment, Status},
    signal::{Metric, Source},
    text::{shown, span},
    verdict::{Reason, Verdict},
};

/// Rows 11 to 13: neither the signal nor its evidence is older than the deployment, and the new revision serves. They do not
/// apply to a signal that names its deployment, nor to a person's request. A composite alarm passes if one of the children
/// that triggered it does.
pub(super) fn can_be_the_cause(
    question: &Question<'_>,
    observed: &Observation,
    candidate: &Candidate,
) -> Result<(), Verdict> {
    if question.signal.about.is_some() || question.signal.source == Source::Manual {
        return Ok(());
    }
    let older = |trouble: &Trouble| older(question, trouble, &candidate.deployment);
    let cleared = |trouble: &Trouble| older(trouble).or_else(|| not_serving(question, trouble, observed, candidate));
    match all(question, cleared) {
        Some(verdict) => Err(verdict.about(&candidate.deployment.arn)),
        None => Ok(()),
    }
}

/// Rows 11 and 12 for a deployment: the verdict if all trouble is older than it.
pub(super) fn all_older(question: &Question<'_>, deployment: &ServiceDeployment) -> Option<Verdict> {
    all(question, |trouble| older(question, trouble, deployment))
}

/// The verdict if every trouble has one: that of the last row among them.
fn all(question: &Question<'_>, verdict: impl Fn(&Trouble) -> Option<Verdict>) -> Option<Verdict> {
    let verdicts: Option<Vec<Verdict>> = question.evidence.troubles.iter().map(verdict).collect();
    verdicts?.into_iter().reduce(|first, next| if next.reason > first.reason { next } else { first })
}

fn older(question: &Question<'_>, trouble: &Trouble, deployment: &ServiceDeployment) -> Option<Verdict> {
    let Question { signal, service, policy, .. } = question;
    let name = shown(&trouble.name, 255);
    let Some(deployed) = deployment.began() else {
        let subject = match signal.source {
            Source::CloudWatch => format!("Alarm {name}"),
            Source::Ecs | Source::Manual => format!("The ECS event {name}"),
        };
        let detail =
            format!("{subject} cannot be about the deployment of {service}, which is PENDING and has not started yet.");
        return (deployment.status == Status::Pending).then(|| Verdict::new(Reason::SignalPredatesDeployment, detail));
    };
    if let Some(began) = trouble.began.filter(|began| began.duration_until(deployed) > policy.clock_skew) {
        let subject = match signal.source {
            Source::CloudWatch => format!("Alarm {name} went to ALARM"),
            Source::Ecs | Source::Manual => format!("ECS reported {name}"),
        };
        let detail = format!(
            "{subject} at {began}, {} before the deployment of {service} began at {deployed}.",
            span(began.duration_until(deployed)),
        );
        return Some(Verdict::new(Reason::SignalPredatesDeployment, detail));
    }
    let run = trouble.run.filter(|run| run.predates(deployed, policy.clock_skew))?;
    Some(Verdict::new(Reason::EvidencePredatesDeployment, evidence_predates(&name, run.first, question, deployed)))
}

fn evidence_predates(
    name: &str,
    Window { start, end }: Window,
    question: &Question<'_>,
    deployed: Timestamp,
) -> String {
    let share = if end > deployed { "almost all of it " } else { "" };
    let service = question.service;
    format!(
        "The trouble that alarm {name} reports began in the data from {start} to {end}, {share}before the deployment of \
         {service} began at {deployed}."
    )
}

/// Row 13: the new revision cannot have caused the trouble. This never applies to a rolling deployment, whose tasks take
/// traffic one by one.
fn not_serving(
    question: &Question<'_>,
    trouble: &Trouble,
    observed: &Observation,
    candidate: &Candidate,
) -> Option<Verdict> {
    let strategy = candidate.strategy.as_deref().filter(|strategy| *strategy != "ROLLING")?;
    if question.signal.is_about_tasks() {
        return None;
    }
    let why = if candidate.running == Some(0) {
        "none of its tasks runs yet"
    } else {
        let target = candidate.deployment.target_revision.as_deref().and_then(|arn| observed.revision(arn));
        let is_its_own = |group: &str| target.is_some_and(|target| target.serves(group));
        let mut metrics = trouble.metrics().peekable();
        let watches_traffic = metrics.peek().is_some() && metrics.all(Metric::is_of_traffic);
        let is_unrelated = watches_traffic && !trouble.target_groups().any(is_its_own);
        (is_unrelated && candidate.production_traffic == Some(0.0)).then_some("it gets no production traffic yet")?
    };
    let detail = format!(
        "Alarm {} cannot be about revision {} of {}, which is deployed as {}: {why}.",
        shown(&trouble.name, 255),
        candidate.deployment.revision().unwrap_or("unknown"),
        question.service,
        shown(strategy, 50)
    );
    Some(Verdict::new(Reason::NotServing, detail))
}

/// Row 14: the tasks of the new revision do not stop because of missing capacity alone.
pub(super) fn has_capacity(question: &Question<'_>, candidate: &Candidate) -> Result<(), Verdict> {
    let stops = question.evidence.stops.as_deref().filter(|_| question.signal.is_start_impaired()).unwrap_or_default();
    let Some(first) = stops.first().filter(|_| stops.iter().all(Stop::is_of_infrastructure)) else { return Ok(()) };
    let detail = format!(
        "All {} tasks of {} that stopped lately did so because of the infrastructure, not of the new revision: {}.",
        stops.len(),
        question.service,
        shown(&first.reason, 255)
    );
    Err(Verdict::new(Reason::NoCapacity, detail).about(&candidate.deployment.arn))
}
