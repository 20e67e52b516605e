//! The tasks of a service that stopped, by reason.

use std::{cmp::Reverse, collections::BTreeMap};

use aws_sdk_ecs::types::{DesiredStatus, Task, TaskStopCode};
use judgement::{Service, evidence::Stop, observation::StoppedTasks};

use super::Ecs;
use crate::aws::error::{CallError, ErrorKind};

/// The most tasks that `DescribeTasks` takes, which is what one page of `ListTasks` holds.
const MOST_TASKS: i32 = 100;

impl Ecs {
    /// The recently stopped tasks of the revision with this number, by reason, the most common one first.
    pub(crate) async fn stopped_tasks(
        &self,
        service: &Service,
        revision: &str,
    ) -> Result<Vec<StoppedTasks>, CallError> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for task in self.stopped(service, revision).await? {
            *counts.entry(why(&task)).or_default() += 1;
        }
        let mut stopped: Vec<_> = counts.into_iter().map(|(reason, count)| StoppedTasks { reason, count }).collect();
        stopped.sort_by_key(|stopped| Reverse(stopped.count));
        Ok(stopped)
    }

    /// The causes of the recently stopped tasks of the revision with this number.
    pub(crate) async fn stops(&self, service: &Service, revision: &str) -> Result<Vec<Stop>, CallError> {
        let stop = |task: Task| Stop {
            code: task.stop_code().map(|code| code.as_str().to_owned()),
            reason: task.stopped_reason.unwrap_or_default(),
        };
        Ok(self.stopped(service, revision).await?.into_iter().map(stop).collect())
    }

    /// The recently stopped tasks of the revision, without those that ECS itself stopped to make room for others. ECS lists
    /// stopped tasks for an hour.
    async fn stopped(&self, service: &Service, revision: &str) -> Result<Vec<Task>, CallError> {
        let list = self.client.list_tasks().cluster(&service.cluster).service_name(&service.name);
        let list = list.desired_status(DesiredStatus::Stopped).max_results(MOST_TASKS);
        let listed = match list.send().await {
            Ok(answer) => answer.task_arns.unwrap_or_default(),
            Err(error) => {
                let error = CallError::new("ecs:ListTasks", format!("list the stopped tasks of {service}"), error);
                return if error.kind == ErrorKind::ServiceNotFound { Ok(Vec::new()) } else { Err(error) };
            }
        };
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let describe = self.client.describe_tasks().cluster(&service.cluster).set_tasks(Some(listed));
        let answer = describe.send().await.map_err(|error| {
            CallError::new("ecs:DescribeTasks", format!("describe the stopped tasks of {service}"), error)
        })?;
        let started_by = format!("ecs-svc/{revision}");
        let is_of_revision = |task: &Task| task.started_by() == Some(&started_by);
        let is_by_itself = |task: &Task| task.stop_code() != Some(&TaskStopCode::ServiceSchedulerInitiated);
        let tasks = answer.tasks.unwrap_or_default().into_iter();
        Ok(tasks.filter(|task| is_of_revision(task) && is_by_itself(task)).collect())
    }
}

/// The reason for which a task stopped, with the exit codes and reasons of its containers.
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
