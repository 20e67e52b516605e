//! One service: its revisions, its service deployments, and the effects on it when one of these moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::ecs::configuration::DeploymentConfiguration;
use crate::ecs::deployment::{Deployment, Moment};
use crate::ecs::revision::{Front, Revision};
use crate::ecs::status::{Controller, Status};
use crate::ecs::task::StoppedTasks;
use crate::time::after;

/// AWS shows the hundred newest.
const EVENTS_KEPT: usize = 100;

/// `events[]` of a service.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) message: String,
}

/// An ECS service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) cluster: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) created_at: Timestamp,
    pub(crate) controller: Controller,
    pub(crate) desired: u32,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) front: Front,
    pub(crate) configuration: Arc<DeploymentConfiguration>,
    /// Members that are stored and shown, without effect.
    pub(crate) extras: Map<String, Value>,
    /// Further members of each new revision, as they came.
    pub(crate) revision_members: Map<String, Value>,
    /// Oldest first.
    pub(crate) revisions: Vec<Arc<Revision>>,
    /// The last revision that was deployed successfully.
    pub(crate) settled: Option<Arc<Revision>>,
    /// Oldest first.
    pub(crate) deployments: Vec<Arc<Deployment>>,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
    pub(crate) stopped_tasks: StoppedTasks,
    /// The time when a draining service is gone.
    pub(crate) gone_at: Option<Timestamp>,
}

impl Service {
    /// An active service that nothing was deployed to, without tasks.
    pub(crate) fn new(cluster: String, name: String, created_at: Timestamp) -> Self {
        Self {
            cluster,
            name,
            status: "ACTIVE".to_owned(),
            created_at,
            controller: Controller::Ecs,
            desired: 0,
            tags: BTreeMap::new(),
            front: Front::default(),
            configuration: Arc::default(),
            extras: Map::new(),
            revision_members: Map::new(),
            revisions: Vec::new(),
            settled: None,
            deployments: Vec::new(),
            events: Vec::new(),
            stopped_tasks: StoppedTasks::default(),
            gone_at: None,
        }
    }

    /// `cluster/service`: how the simulator and its ARNs name it.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.cluster, self.name)
    }

    /// True while its history can be asked for.
    pub(crate) fn exists(&self) -> bool {
        self.status != "INACTIVE"
    }

    /// The time when it has to be woken next.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let deployments = self.deployments.iter().filter_map(|deployment| deployment.due);
        deployments.chain(self.gone_at).min()
    }

    /// The service deployment that was created last, over or not.
    pub(crate) fn newest(&self) -> Option<&Arc<Deployment>> {
        self.deployments.iter().max_by_key(|deployment| deployment.created_at)
    }

    /// The revision that is primary: the one deployed last, unless that was, or is being, rolled back.
    pub(crate) fn primary(&self) -> Option<&Arc<Revision>> {
        let Some(newest) = self.newest() else {
            return self.settled.as_ref();
        };
        match newest.status {
            Status::RollbackInProgress | Status::RollbackSuccessful | Status::RollbackFailed => newest.sources.first(),
            _ => Some(&newest.target),
        }
    }

    /// The service deployment with this id.
    pub(crate) fn deployment(&self, id: &str) -> Option<&Arc<Deployment>> {
        self.deployments.iter().find(|deployment| deployment.id == id)
    }

    /// To change the service deployment with this id.
    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.id == id).map(Arc::make_mut)
    }

    /// Tasks of this revision that failed while it was deployed last.
    pub(crate) fn failed_tasks_of(&self, revision: &Revision) -> u32 {
        let deployed = self.deployments.iter().rev().find(|deployment| deployment.target.number == revision.number);
        deployed.map_or(0, |deployment| deployment.failed_tasks)
    }

    /// Begins to deploy a revision. A deployment in flight is superseded.
    pub(crate) fn deploy(&mut self, revision: Revision, moment: &mut Moment<'_>) -> String {
        let target = Arc::new(revision);
        let id = moment.ids.service_deployment();
        let configuration = Arc::clone(&self.configuration);
        let mut deployment = Deployment::new(id.clone(), Arc::clone(&target), configuration, self.desired, moment);
        deployment.sources.extend(self.settled.clone());
        deployment.settled_before.clone_from(&self.settled);
        for older in self.deployments.iter_mut().filter(|older| !older.status.is_final()) {
            let older = Arc::make_mut(older);
            if older.started_at.is_some() {
                deployment.sources.push(Arc::clone(&older.target));
            }
            older.supersede(moment);
        }
        self.revisions.push(target);
        self.deployments.push(Arc::new(deployment));
        id
    }

    /// Moves each deployment that is due.
    pub(crate) fn wake(&mut self, moment: &mut Moment<'_>) {
        if self.gone_at.is_some_and(|gone_at| gone_at <= moment.now) {
            self.gone_at = None;
            "INACTIVE".clone_into(&mut self.status);
        }
        let is_due = |deployment: &Deployment| deployment.due.is_some_and(|due| due <= moment.now);
        let due: Vec<usize> = (0..self.deployments.len()).filter(|&index| is_due(&self.deployments[index])).collect();
        for index in due {
            let deployment = Arc::make_mut(&mut self.deployments[index]);
            let (before, failed_before) = (deployment.status.clone(), deployment.failed_tasks);
            deployment.wake(moment);
            if deployment.failed_tasks > failed_before {
                self.note_failed_task(index, moment);
            }
            let deployment = &self.deployments[index];
            if deployment.status != before {
                self.note_move(index, moment);
            }
        }
    }

    /// Scales to zero and becomes `INACTIVE` later.
    pub(crate) fn drain(&mut self, moment: &mut Moment<'_>) {
        "DRAINING".clone_into(&mut self.status);
        self.desired = 0;
        self.gone_at = Some(after(moment.now, moment.timing.drain));
        for deployment in self.deployments.iter_mut().filter(|deployment| !deployment.status.is_final()) {
            Arc::make_mut(deployment)
                .request_stop("Service deployment stopped because the service was deleted.", moment);
        }
    }

    /// An alarm went to ALARM.
    pub(crate) fn alarm(&mut self, name: &str, moment: &mut Moment<'_>) {
        for index in 0..self.deployments.len() {
            if self.deployments[index].status == Status::InProgress {
                Arc::make_mut(&mut self.deployments[index]).alarm(name, moment);
                if self.deployments[index].status != Status::InProgress {
                    self.note_move(index, moment);
                }
            }
        }
    }

    /// Updates the service after a deployment's status changed.
    fn note_move(&mut self, index: usize, moment: &mut Moment<'_>) {
        let deployment = Arc::clone(&self.deployments[index]);
        let number = &deployment.target.number;
        match deployment.status {
            Status::Successful => {
                self.settled = Some(Arc::clone(&deployment.target));
                self.add_event(&format!("(deployment ecs-svc/{number}) deployment completed."), moment);
                self.add_event("has reached a steady state.", moment);
            }
            Status::RollbackInProgress => {
                let to = deployment.rollback.as_ref().map_or("", |rollback| &rollback.to.number);
                self.add_event(&format!("rolling back to deployment ecs-svc/{to}."), moment);
            }
            Status::RollbackSuccessful => self.add_event("has reached a steady state.", moment),
            _ => {}
        }
    }

    /// A task of the deployment's target did not come up.
    fn note_failed_task(&mut self, index: usize, moment: &Moment<'_>) {
        let target = Arc::clone(&self.deployments[index].target);
        let end = moment.facts.broken.get(&target.task_definition).cloned().unwrap_or_default();
        let created_at = moment.now.checked_sub(moment.timing.task_failure).unwrap_or(moment.now);
        self.stopped_tasks.add(&self.path(), &target, created_at, moment.now, end);
    }

    fn add_event(&mut self, what: &str, moment: &mut Moment<'_>) {
        let message = format!("(service {}) {what}", self.name);
        self.events.push(Event { id: moment.ids.uuid(), created_at: moment.now, message });
        if self.events.len() > EVENTS_KEPT {
            self.events.remove(0);
        }
    }
}
