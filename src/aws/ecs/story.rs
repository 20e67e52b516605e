//! What a notice tells of a service beyond what decided: how its newest deployment went, what runs, which tasks stopped.

use std::{cmp::Reverse, collections::BTreeMap};

use aws_sdk_ecs::types::{DesiredStatus, Task, TaskStopCode};
use jiff::Timestamp;

use super::{Ecs, shapes};
use crate::{
    aws::{CallError, Kind},
    observation::{Latest, Revision, ServiceDeployment, StoppedTasks},
    target::Target,
};

/// The most tasks that `DescribeTasks` takes, which is what one page of `ListTasks` holds.
const MOST_TASKS: i32 = 100;

impl Ecs {
    /// The newest service deployment, and those listed with it. `None` if there is none.
    ///
    /// # Errors
    /// When a call does not succeed.
    pub async fn latest(&self, target: &Target) -> Result<Option<(Latest, Vec<ServiceDeployment>)>, CallError> {
        // One page reaches back far enough, if it shows that the newest come first.
        let history = self.history(target, Timestamp::MAX, None).await?;
        let Some(newest) = history.iter().max_by_key(|deployment| deployment.created) else { return Ok(None) };
        let described = self.client.describe_service_deployments().service_deployment_arns(&newest.arn).send().await;
        let answer = described.map_err(|error| {
            CallError::new("ecs:DescribeServiceDeployments", "describe the newest service deployment", error)
        })?;
        let Some(mut latest) = answer.service_deployments().first().and_then(shapes::latest) else { return Ok(None) };
        latest.candidate.deployment.fill_in(newest);
        Ok(Some((latest, history)))
    }

    /// The service revisions of these ARNs, of which ECS takes 20 in one call.
    ///
    /// # Errors
    /// When the call does not succeed.
    pub async fn revisions(&self, arns: &[String]) -> Result<Vec<Revision>, CallError> {
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let arns = arns.iter().take(super::AT_ONCE).cloned().collect();
        let answer = self.client.describe_service_revisions().set_service_revision_arns(Some(arns)).send().await;
        let answer = answer
            .map_err(|error| CallError::new("ecs:DescribeServiceRevisions", "describe the service revisions", error))?;
        Ok(answer.service_revisions().iter().filter_map(shapes::revision).collect())
    }

    /// Why tasks of the revision of this number stopped lately, the commonest reason first. Those that ECS itself stopped to
    /// make room for others are not among them. ECS shows stopped tasks for an hour.
    ///
    /// # Errors
    /// When a call does not succeed.
    pub async fn stopped_tasks(&self, target: &Target, revision: &str) -> Result<Vec<StoppedTasks>, CallError> {
        let list = self.client.list_tasks().cluster(&target.cluster).service_name(&target.name);
        let list = list.desired_status(DesiredStatus::Stopped).max_results(MOST_TASKS);
        let listed = match list.send().await {
            Ok(answer) => answer.task_arns.unwrap_or_default(),
            Err(error) => {
                let error = CallError::new("ecs:ListTasks", format!("list the stopped tasks of {target}"), error);
                return if error.kind == Kind::ServiceNotFound { Ok(Vec::new()) } else { Err(error) };
            }
        };
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let describe = self.client.describe_tasks().cluster(&target.cluster).set_tasks(Some(listed));
        let answer = describe.send().await.map_err(|error| {
            CallError::new("ecs:DescribeTasks", format!("describe the stopped tasks of {target}"), error)
        })?;
        let started_by = format!("ecs-svc/{revision}");
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for task in answer.tasks().iter().filter(|task| task.started_by() == Some(&started_by)) {
            if task.stop_code() != Some(&TaskStopCode::ServiceSchedulerInitiated) {
                *counts.entry(why(task)).or_default() += 1;
            }
        }
        let mut stopped: Vec<_> = counts.into_iter().map(|(reason, count)| StoppedTasks { reason, count }).collect();
        stopped.sort_by_key(|stopped| Reverse(stopped.count));
        Ok(stopped)
    }
}

/// Why a task stopped: its reason, and what its containers add to it.
fn why(task: &Task) -> String {
    let mut parts: Vec<String> = task.stopped_reason().map(str::to_owned).into_iter().collect();
    for container in task.containers() {
        let name = container.name().unwrap_or("a container");
        if let Some(code) = container.exit_code().filter(|code| *code != 0) {
            parts.push(format!("{name} exited with code {code}"));
        }
        if let Some(reason) = container.reason().filter(|reason| !parts.iter().any(|part| part.contains(reason))) {
            parts.push(format!("{name}: {reason}"));
        }
    }
    if parts.is_empty() { "ECS gives no reason".to_owned() } else { parts.join("; ") }
}
