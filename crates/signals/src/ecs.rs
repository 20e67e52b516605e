//! Events that ECS sends to EventBridge.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    place::{Place, parts},
    time::{at, milliseconds, whole_seconds},
};

/// An event of ECS, four minutes old.
#[derive(Debug, Clone)]
pub struct EcsEvent {
    detail_type: String,
    place: Place,
    service: String,
    about: About,
    time: Timestamp,
    reason: Option<String>,
}

#[derive(Debug, Clone)]
enum About {
    Deployment { name: String, id: String },
    Service { name: String },
    Hook { name: String, deployment: String },
    Task { deployment_id: String },
}

impl EcsEvent {
    fn new(detail_type: &str, service: &str, about: About) -> Self {
        Self {
            detail_type: detail_type.to_owned(),
            place: Place::default(),
            service: service.to_owned(),
            about,
            time: at("11:56:00"),
            reason: None,
        }
    }

    /// An event such as `SERVICE_DEPLOYMENT_FAILED` about a deployment of a service, `cluster/name`. Its id is that of the
    /// service revision that it brings, `ecs-svc/N`.
    #[must_use]
    pub fn deployment(service: &str, name: &str, id: &str) -> Self {
        let about = About::Deployment { name: name.to_owned(), id: id.to_owned() };
        Self::new("ECS Deployment State Change", service, about)
    }

    /// An event such as `SERVICE_TASK_START_IMPAIRED` about a service.
    #[must_use]
    pub fn service_action(service: &str, name: &str) -> Self {
        Self::of_type("ECS Service Action", service, name)
    }

    /// An event about a service of another type than the known ones, in the form of those that are known.
    #[must_use]
    pub fn of_type(detail_type: &str, service: &str, name: &str) -> Self {
        Self::new(detail_type, service, About::Service { name: name.to_owned() })
    }

    /// An event such as `HOOK_AWAITING_ACTION` about a PAUSE hook of the service deployment with this id.
    #[must_use]
    pub fn hook(service: &str, name: &str, deployment: &str) -> Self {
        let about = About::Hook { name: name.to_owned(), deployment: deployment.to_owned() };
        Self::new("ECS Hook State Change", service, about)
    }

    /// The event that a task of this deployment, `ecs-svc/N`, ran out of memory and was stopped.
    #[must_use]
    pub fn task_stopped(service: &str, deployment_id: &str) -> Self {
        let about = About::Task { deployment_id: deployment_id.to_owned() };
        Self::new("ECS Task State Change", service, about)
    }

    /// Of this time.
    #[must_use]
    pub fn at(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// As EventBridge delivers it.
    ///
    /// # Panics
    /// If the service has no cluster.
    #[must_use]
    pub fn as_json(&self) -> Value {
        json!({
            "version": "0",
            "id": "ddca6449-b258-46c0-8653-e0e3aEXAMPLE",
            "detail-type": self.detail_type,
            "source": "aws.ecs",
            "account": self.place.account,
            "time": whole_seconds(self.time),
            "region": self.place.region,
            "resources": [self.resource()],
            "detail": self.detail(),
        })
    }

    fn resource(&self) -> String {
        match &self.about {
            About::Deployment { .. } | About::Service { .. } => self.arn("service", None),
            About::Hook { deployment, .. } => self.arn("service-deployment", Some(deployment)),
            About::Task { .. } => self.task(),
        }
    }

    fn detail(&self) -> Value {
        let (cluster, service) = parts(&self.service);
        let cluster = self.place.arn("ecs", &format!("cluster/{cluster}"));
        let mut detail = match &self.about {
            About::Deployment { name, id } => json!({
                "eventType": event_type(name),
                "eventName": name,
                "deploymentId": id,
                "updatedAt": milliseconds(self.time),
                "reason": deployment_reason(name, id),
            }),
            About::Service { name } => json!({
                "eventType": event_type(name),
                "eventName": name,
                "clusterArn": cluster,
                "createdAt": milliseconds(self.time),
            }),
            About::Hook { name, deployment } => json!({
                "eventType": event_type(name),
                "eventName": name,
                "hookId": "ecs-pause-o6x-CUURanFrUO1U2TbKhfiB3m0nCji0NcnkY7X8n",
                "hookType": "PAUSE",
                "expiresAt": whole_seconds(self.time + SignedDuration::from_hours(2)),
                "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
                "clusterArn": cluster,
                "serviceArn": self.arn("service", None),
                "serviceDeploymentArn": self.arn("service-deployment", Some(deployment)),
                "updatedAt": self.time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string(),
            }),
            About::Task { deployment_id } => self.stopped_task(&cluster, service, deployment_id),
        };
        if let Some(reason) = &self.reason {
            detail["reason"] = json!(reason);
        }
        detail
    }

    fn stopped_task(&self, cluster: &str, service: &str, deployment_id: &str) -> Value {
        let before = |ms| milliseconds(self.time - SignedDuration::from_millis(ms));
        json!({
            "clusterArn": cluster,
            "taskArn": self.task(),
            "taskDefinitionArn": self.place.arn("ecs", &format!("task-definition/{service}:42")),
            "group": format!("service:{service}"),
            "startedBy": deployment_id,
            "launchType": "FARGATE",
            "availabilityZone": format!("{}a", self.place.region),
            "cpu": "512",
            "memory": "1024",
            "desiredStatus": "STOPPED",
            "lastStatus": "STOPPED",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{
                "name": service,
                "lastStatus": "STOPPED",
                "exitCode": 137,
                "reason": "OutOfMemoryError: Container killed due to memory usage",
                "taskArn": self.task(),
            }],
            "createdAt": before(357_103),
            "startedAt": before(335_573),
            "stoppingAt": before(23_490),
            "stoppedAt": before(0),
            "updatedAt": before(0),
            "version": 6,
        })
    }

    fn task(&self) -> String {
        let (cluster, _) = parts(&self.service);
        self.place.arn("ecs", &format!("task/{cluster}/7c1e0d9b3f5a4826b4d7e8f9a0c1b2d3"))
    }

    fn arn(&self, kind: &str, id: Option<&str>) -> String {
        let id = id.map(|id| format!("/{id}")).unwrap_or_default();
        self.place.arn("ecs", &format!("{kind}/{}{id}", self.service))
    }
}

fn event_type(name: &str) -> &'static str {
    match name {
        "SERVICE_TASK_START_IMPAIRED" => "WARN",
        _ if name.contains("FAIL") => "ERROR",
        _ => "INFO",
    }
}

fn deployment_reason(name: &str, id: &str) -> String {
    match name {
        "SERVICE_DEPLOYMENT_FAILED" => "ECS deployment circuit breaker: tasks failed to start.".to_owned(),
        "SERVICE_DEPLOYMENT_COMPLETED" => format!("ECS deployment {id} completed."),
        _ => format!("ECS deployment {id} in progress."),
    }
}
