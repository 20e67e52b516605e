//! Tasks as `DescribeTasks` shows them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::service::running;
use super::{Tag, tags};
use crate::ecs::revision::Revision;
use crate::ecs::service::Service;
use crate::ecs::task::{StopCode, StoppedTask, TaskFailure, task_id};
use crate::home::Home;
use crate::time::after;
use crate::wire::Epoch;

/// From a task's creation until it runs, as far as its times show it.
const STARTS_AFTER: Duration = Duration::from_secs(20);

/// One task of a service.
pub(crate) struct ServiceTask<'a> {
    pub(crate) id: String,
    pub(crate) revision: &'a Revision,
    runs: bool,
    created_at: Timestamp,
    stopped: Option<(Timestamp, &'a TaskFailure)>,
}

impl<'a> ServiceTask<'a> {
    /// The tasks of a service that AWS shows then: those that run or are about to, and those that stopped not long ago.
    pub(crate) fn all_of(service: &'a Service, as_of: Timestamp) -> Vec<Self> {
        let path = service.path();
        let live = running(service).into_iter().flat_map(|entry| {
            let revision: &Revision = entry.revision;
            let (launches, created_at) = launches(service, revision);
            let which = |index| task_id(&path, &format!("{} launch {launches} task {index}", revision.number));
            let tasks = (0..entry.tasks.running + entry.tasks.pending).map(|index| Self {
                id: which(index),
                revision,
                runs: index < entry.tasks.running,
                created_at,
                stopped: None,
            });
            tasks.collect::<Vec<_>>()
        });
        live.chain(service.stopped_tasks.shown_at(as_of).map(Self::of_stopped)).collect()
    }

    fn of_stopped(task: &'a StoppedTask) -> Self {
        Self {
            id: task.id.clone(),
            revision: &task.revision,
            runs: false,
            created_at: task.created_at,
            stopped: Some((task.stopped_at, &task.end)),
        }
    }

    /// `desiredStatus`: ECS never sets it to PENDING.
    pub(crate) fn desired_status(&self) -> &'static str {
        if self.stopped.is_some() { "STOPPED" } else { "RUNNING" }
    }

    fn last_status(&self) -> &'static str {
        match self.stopped {
            Some(_) => "STOPPED",
            None if self.runs => "RUNNING",
            None => "PENDING",
        }
    }

    /// `startedBy`: the deployment, by its revision's number.
    pub(crate) fn started_by(&self) -> String {
        format!("ecs-svc/{}", self.revision.number)
    }
}

/// The number of launches of a revision's tasks, and the time of the last. Every rollback to it launches new tasks.
fn launches(service: &Service, revision: &Revision) -> (usize, Timestamp) {
    let rollbacks = service.deployments.iter().filter_map(|deployment| deployment.rollback.as_ref());
    let to_it = rollbacks.filter(|rollback| rollback.to.number == revision.number);
    to_it.fold((1, revision.created_at), |(launches, _), rollback| (launches + 1, rollback.started_at))
}

/// The launch type that a service's tasks show.
pub(crate) fn launch_type(service: &Service) -> &str {
    service.extras.get("launchType").and_then(Value::as_str).unwrap_or("FARGATE")
}

/// `Task`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskView<'a> {
    attachments: [Value; 0],
    availability_zone: String,
    cluster_arn: String,
    connectivity: &'static str,
    containers: Vec<ContainerView<'a>>,
    cpu: &'static str,
    created_at: Epoch,
    desired_status: &'static str,
    enable_execute_command: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_stopped_at: Option<Epoch>,
    group: String,
    health_status: &'static str,
    last_status: &'static str,
    launch_type: &'a str,
    memory: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Epoch>,
    started_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_code: Option<StopCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopping_at: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
    task_arn: String,
    task_definition_arn: String,
    version: u32,
}

/// `Container`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerView<'a> {
    container_arn: String,
    cpu: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    health_status: &'static str,
    image: &'a str,
    image_digest: String,
    last_status: &'static str,
    name: &'a str,
    network_interfaces: [Value; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    task_arn: String,
}

impl<'a> TaskView<'a> {
    /// The task as it is shown at `as_of`, with its tags only if they were asked for.
    pub(crate) fn new(
        home: &Home,
        service: &'a Service,
        task: &ServiceTask<'a>,
        as_of: Timestamp,
        with_tags: bool,
    ) -> Self {
        let task_arn = home.task_arn(&service.cluster, &task.id);
        let end = task.stopped.map(|(_, end)| end);
        // A container without an exit code never ran.
        let ran = end.map_or(task.runs, |end| end.exit_code.is_some());
        let latest = task.stopped.map_or(as_of, |(stopped_at, _)| stopped_at);
        let started_at = ran.then(|| Epoch(after(task.created_at, STARTS_AFTER).min(latest)));
        let stopped_at = task.stopped.map(|(stopped_at, _)| Epoch(stopped_at));
        let container = |index: usize, container: &'a crate::ecs::image::Container| ContainerView {
            container_arn: home.arn(&format!("container/{}/{}/{}", service.cluster, task.id, container.name)),
            cpu: "0",
            exit_code: end.filter(|_| index == 0).and_then(|end| end.exit_code),
            health_status: "UNKNOWN",
            image: &container.image,
            image_digest: container.image_digest(),
            last_status: task.last_status(),
            name: &container.name,
            network_interfaces: [],
            reason: end.filter(|_| index == 0).and_then(|end| end.container_reason.as_deref()),
            task_arn: task_arn.clone(),
        };
        Self {
            attachments: [],
            availability_zone: format!("{}a", home.region),
            cluster_arn: home.cluster_arn(&service.cluster),
            connectivity: if end.is_some() { "DISCONNECTED" } else { "CONNECTED" },
            containers: task
                .revision
                .containers
                .iter()
                .enumerate()
                .map(|(index, known)| container(index, known))
                .collect(),
            cpu: "256",
            created_at: Epoch(task.created_at),
            desired_status: task.desired_status(),
            enable_execute_command: false,
            execution_stopped_at: stopped_at.filter(|_| ran),
            group: format!("service:{}", service.name),
            health_status: "UNKNOWN",
            last_status: task.last_status(),
            launch_type: launch_type(service),
            memory: "512",
            started_at,
            started_by: task.started_by(),
            stop_code: end.map(TaskFailure::stop_code),
            stopped_at,
            stopped_reason: end.map(|end| end.reason.as_str()),
            stopping_at: stopped_at,
            tags: with_tags.then(|| task_tags(service)),
            task_definition_arn: home.task_definition_arn(&task.revision.task_definition),
            version: if end.is_some() { 6 } else { 3 },
            task_arn,
        }
    }
}

/// A task has its service's tags only where the service passes them on.
fn task_tags(service: &Service) -> Vec<Tag> {
    let passed_on = service.extras.get("propagateTags").and_then(Value::as_str) == Some("SERVICE");
    if passed_on { tags(&service.tags) } else { Vec::new() }
}
