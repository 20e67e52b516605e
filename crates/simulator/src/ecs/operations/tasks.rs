//! `ListTasks`, `DescribeTasks`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{includes, some_of};
use crate::ecs::Ecs;
use crate::ecs::service::Service;
use crate::ecs::task::task_ids_of;
use crate::ecs::view::{Failure, ServiceTask, TaskView, launch_type};
use crate::page::PageRequest;
use crate::wire::ApiError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListTasksInput {
    cluster: Option<String>,
    container_instance: Option<String>,
    daemon_name: Option<String>,
    desired_status: Option<String>,
    family: Option<String>,
    launch_type: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    service_name: Option<String>,
    started_by: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTasksOutput {
    task_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DescribeTasksInput {
    cluster: Option<String>,
    tasks: Option<Vec<String>>,
    include: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct DescribeTasksOutput<'a> {
    tasks: Vec<TaskView<'a>>,
    failures: Vec<Failure>,
}

impl ListTasksInput {
    /// True for filters that no task here passes: none runs on an instance of the caller's or for a daemon.
    fn asks_for_none(&self, desired_status: &str) -> bool {
        self.container_instance.is_some() || self.daemon_name.is_some() || desired_status == "PENDING"
    }

    fn desired_status(&self) -> Result<&str, ApiError> {
        let wanted = self.desired_status.as_deref().unwrap_or("RUNNING");
        let known = ["RUNNING", "PENDING", "STOPPED"].contains(&wanted);
        if known { Ok(wanted) } else { Err(ApiError::invalid_parameter(format!("Unknown desiredStatus: {wanted}."))) }
    }

    /// Documented: `startedBy` excludes every other filter. It is nevertheless used with a desired status.
    fn check_filters(&self) -> Result<(), ApiError> {
        let others = [&self.service_name, &self.family, &self.container_instance, &self.launch_type, &self.daemon_name];
        if self.started_by.is_some() && others.iter().any(|filter| filter.is_some()) {
            return Err(ApiError::invalid_parameter("startedBy cannot be combined with another filter."));
        }
        Ok(())
    }

    fn fits(&self, service: &Service, task: &ServiceTask<'_>, desired_status: &str) -> bool {
        let family = task.revision.task_definition.split(':').next();
        task.desired_status() == desired_status
            && self.started_by.as_ref().is_none_or(|started_by| task.started_by() == *started_by)
            && self.family.as_deref().is_none_or(|wanted| family == Some(wanted))
            && self.launch_type.as_deref().is_none_or(|wanted| launch_type(service) == wanted)
    }
}

impl Ecs {
    pub(crate) fn list_tasks(&self, input: &ListTasksInput, as_of: Timestamp) -> Result<ListTasksOutput, ApiError> {
        let cluster = self.cluster_name(input.cluster.as_deref())?;
        let desired_status = input.desired_status()?;
        input.check_filters()?;
        let services: Vec<&Service> = match &input.service_name {
            Some(name) => {
                let path = self.service_path(Some(cluster), name)?;
                let service = self.world.service(&path, as_of).filter(|service| service.exists());
                vec![service.ok_or_else(ApiError::service_not_found)?]
            }
            None => self.world.services_of(cluster, as_of).map(AsRef::as_ref).collect(),
        };
        let mut arns = Vec::new();
        if !input.asks_for_none(desired_status) {
            for service in services {
                let tasks = ServiceTask::all_of(service, as_of);
                let wanted = tasks.iter().filter(|task| input.fits(service, task, desired_status));
                arns.extend(wanted.map(|task| self.home.task_arn(cluster, &task.id)));
            }
        }
        // The order is not documented. This one is unrelated to time, so that no caller can rely on it.
        arns.sort();
        let page = PageRequest {
            list: format!("tasks of {cluster}"),
            token: input.next_token.as_deref(),
            max_results: input.max_results,
            usual: 100,
            at_most: self.behaviour.page_size,
        };
        let (task_arns, next_token) = page.cut(arns)?;
        Ok(ListTasksOutput { task_arns, next_token })
    }

    pub(crate) fn describe_tasks(
        &self,
        input: DescribeTasksInput,
        as_of: Timestamp,
    ) -> Result<DescribeTasksOutput<'_>, ApiError> {
        let cluster = self.cluster_name(input.cluster.as_deref())?;
        let with_tags = includes(input.include.as_deref(), &["TAGS"])?;
        let wanted = some_of(input.tasks, "tasks", 100)?;
        let ids = wanted.iter().map(|task| self.task_id(cluster, task)).collect::<Result<Vec<_>, _>>()?;

        let mut known = BTreeMap::new();
        for service in self.world.services_of(cluster, as_of) {
            let begin = task_ids_of(&service.path());
            if ids.iter().any(|id| id.starts_with(&begin)) {
                let tasks = ServiceTask::all_of(service, as_of);
                known.extend(tasks.into_iter().map(|task| (task.id.clone(), (service.as_ref(), task))));
            }
        }
        let mut output = DescribeTasksOutput { tasks: Vec::new(), failures: Vec::new() };
        for id in ids {
            match known.get(id) {
                Some((service, task)) => {
                    output.tasks.push(TaskView::new(&self.home, service, task, as_of, with_tags));
                }
                None => output.failures.push(Failure::missing(self.home.task_arn(cluster, id))),
            }
        }
        Ok(output)
    }

    /// The id from that, or from an ARN, which must be of this cluster.
    fn task_id<'task>(&self, cluster: &str, task: &'task str) -> Result<&'task str, ApiError> {
        let id = if task.starts_with("arn:") {
            let path = self.home.path_in(task, "task");
            let path = path.ok_or_else(|| ApiError::invalid_parameter("Invalid identifier: not the ARN of a task."))?;
            match path.split_once('/') {
                None => path,
                Some((named, id)) if named == cluster => id,
                Some((named, _)) => {
                    let text = format!("Identifier is for cluster {named}. Your cluster is {cluster}");
                    return Err(ApiError::invalid_parameter(text));
                }
            }
        } else {
            task
        };
        // 36 for the UUIDs of old.
        if matches!(id.len(), 32 | 36) {
            Ok(id)
        } else {
            Err(ApiError::invalid_parameter("taskId length should be one of [32,36]"))
        }
    }
}
