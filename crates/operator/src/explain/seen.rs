//! The facts behind a verdict: the deployment that was judged, and the evidence.

use jiff::Timestamp;
use judgement::{
    Evidence,
    evidence::{Trouble, Window},
    observation::{Candidate, Revision, revision_number},
};
use serde::Serialize;

use crate::session::Session;

/// The service deployment that was judged, as ECS described it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentSeen {
    /// Its ARN.
    pub(crate) service_deployment_arn: String,
    /// Its status.
    pub(crate) status: String,
    /// When it began.
    pub(crate) began: Option<Timestamp>,
    /// Its strategy, by ECS's name.
    pub(crate) strategy: Option<String>,
    /// The revision that it brings.
    pub(crate) to: Option<RevisionSeen>,
    /// The revisions that it replaces.
    pub(crate) from: Vec<RevisionSeen>,
    /// The number of running tasks of the new revision.
    pub(crate) running: Option<u32>,
    /// The percentage of production traffic that the new revision gets.
    pub(crate) production_traffic: Option<f64>,
    /// The id of the PAUSE hook at which it waits.
    pub(crate) paused_at: Option<String>,
}

/// A service revision.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevisionSeen {
    /// Its number.
    pub(crate) number: String,
    /// Its task definition, as `family:revision`.
    pub(crate) task_definition: Option<String>,
}

/// The evidence on which the verdict was reached.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidenceSeen {
    /// The trouble of each alarm behind the signal.
    pub(crate) troubles: Vec<TroubleSeen>,
    /// `true` if a closer look was taken: at the alarms, their metrics or stopped tasks.
    pub(crate) is_looked_up: bool,
    /// The reasons why tasks of the new revision stopped, if they were looked up.
    pub(crate) stopped_tasks: Option<Vec<String>>,
    /// Looks that did not succeed.
    pub(crate) gaps: Vec<String>,
}

/// The trouble of one alarm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TroubleSeen {
    /// The alarm's name.
    pub(crate) alarm: String,
    /// When it began, by the alarm's own times.
    pub(crate) began: Option<Timestamp>,
    /// The start of the first breaching datapoint's window.
    pub(crate) breaching_from: Option<Timestamp>,
    /// Its end.
    pub(crate) breaching_to: Option<Timestamp>,
    /// The newest value that breaches.
    pub(crate) value: Option<f64>,
}

impl Session {
    /// A deployment with the names of its revisions' task definitions.
    pub(super) async fn seen(&self, candidate: &Candidate) -> DeploymentSeen {
        let Candidate { deployment, source_revisions, .. } = candidate;
        let arns: Vec<String> = deployment.target_revision.iter().chain(source_revisions).cloned().collect();
        let known = if arns.is_empty() {
            Vec::new()
        } else {
            self.unless_failed(self.ecs.revisions(&arns).await).unwrap_or_default()
        };
        let revision = |arn: &String| RevisionSeen {
            number: revision_number(arn).to_owned(),
            task_definition: known.iter().find(|one| one.arn == *arn).and_then(Revision::name).map(str::to_owned),
        };
        DeploymentSeen {
            service_deployment_arn: deployment.arn.clone(),
            status: deployment.status.to_string(),
            began: deployment.began(),
            strategy: candidate.strategy.clone(),
            to: deployment.target_revision.as_ref().map(revision),
            from: source_revisions.iter().map(revision).collect(),
            running: candidate.running,
            production_traffic: candidate.production_traffic,
            paused_at: candidate.paused_at.clone(),
        }
    }
}

impl EvidenceSeen {
    pub(super) fn of(evidence: &Evidence) -> Self {
        Self {
            troubles: evidence.troubles.iter().map(TroubleSeen::of).collect(),
            is_looked_up: evidence.is_looked_up,
            stopped_tasks: evidence.stops.as_ref().map(|stops| stops.iter().map(|stop| stop.reason.clone()).collect()),
            gaps: evidence.gaps.clone(),
        }
    }
}

impl TroubleSeen {
    fn of(trouble: &Trouble) -> Self {
        let first: Option<Window> = trouble.run.map(|run| run.first);
        Self {
            alarm: trouble.name.clone(),
            began: trouble.began,
            breaching_from: first.map(|first| first.start),
            breaching_to: first.map(|first| first.end),
            value: trouble.run.and_then(|run| run.breaching),
        }
    }
}
