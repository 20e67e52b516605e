//! The simulated ECS: its state, its settings, and which operation is which.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::deployment::{Facts, Moment};
use crate::home::Home;
use crate::ids::Ids;
use crate::operation::Operation;
use crate::operations::task_definitions::TaskDefinition;
use crate::service::Service;
use crate::settings::{Behaviour, Timing};
use crate::wire::{ApiError, input};
use crate::world::World;

/// Everything that a call can read or change.
#[derive(Clone, Debug)]
pub(crate) struct Ecs {
    pub(crate) home: Home,
    pub(crate) now: Timestamp,
    pub(crate) timing: Timing,
    pub(crate) behaviour: Behaviour,
    pub(crate) facts: Facts,
    pub(crate) ids: Ids,
    pub(crate) world: World,
    pub(crate) task_definitions: BTreeMap<String, Vec<TaskDefinition>>,
}

impl Ecs {
    pub(crate) fn new(home: Home, now: Timestamp) -> Self {
        Self {
            world: World::new(home.clone()),
            home,
            now,
            timing: Timing::default(),
            behaviour: Behaviour::default(),
            facts: Facts::default(),
            ids: Ids::default(),
            task_definitions: BTreeMap::new(),
        }
    }

    /// Does what the call asks. Reads answer what was true at `as_of`.
    pub(crate) fn perform(
        &mut self,
        operation: Operation,
        body: &Value,
        as_of: Timestamp,
    ) -> Result<Vec<u8>, ApiError> {
        match operation {
            Operation::CreateCluster => output(&self.create_cluster(input(body)?)?),
            Operation::DescribeClusters => output(&self.describe_clusters(input(body)?)),
            Operation::ListClusters => output(&self.list_clusters(&input(body)?)?),
            Operation::RegisterTaskDefinition => output(&self.register_task_definition(body)?),
            Operation::DescribeTaskDefinition => output(&self.describe_task_definition(input(body)?)?),
            Operation::CreateService => output(&self.create_service(body)?),
            Operation::UpdateService => output(&self.update_service(body)?),
            Operation::DeleteService => output(&self.delete_service(input(body)?)?),
            Operation::DescribeServices => output(&self.describe_services(input(body)?, as_of)?),
            Operation::ListServices => output(&self.list_services(&input(body)?, as_of)?),
            Operation::ListServiceDeployments => output(&self.list_service_deployments(input(body)?, as_of)?),
            Operation::DescribeServiceDeployments => output(&self.describe_service_deployments(input(body)?, as_of)?),
            Operation::DescribeServiceRevisions => output(&self.describe_service_revisions(input(body)?, as_of)?),
            Operation::StopServiceDeployment => output(&self.stop_service_deployment(input(body)?)?),
            Operation::ContinueServiceDeployment => output(&self.continue_service_deployment(input(body)?)?),
            Operation::ListTasks => output(&self.list_tasks(&input(body)?, as_of)?),
            Operation::DescribeTasks => output(&self.describe_tasks(input(body)?, as_of)?),
            Operation::TagResource => output(&self.tag_resource(input(body)?)?),
            Operation::UntagResource => output(&self.untag_resource(input(body)?)?),
            Operation::ListTagsForResource => output(&self.list_tags_for_resource(input(body)?, as_of)?),
        }
    }

    /// Lets time pass until then. What is due on the way happens at its own time, in order.
    pub(crate) fn pass_time_until(&mut self, end: Timestamp) {
        while let Some((due, path)) = self.world.next_due(end) {
            self.now = self.now.max(due);
            let (world, mut moment) = self.world_and_moment();
            world.wake(&path, &mut moment);
        }
        self.now = self.now.max(end);
    }

    /// Changes one service, now.
    pub(crate) fn change<T>(
        &mut self,
        path: &str,
        change: impl FnOnce(&mut Service, &mut Moment<'_>) -> T,
    ) -> Option<T> {
        let (world, mut moment) = self.world_and_moment();
        world.change(path, moment.now, |service| change(service, &mut moment))
    }

    pub(crate) fn world_and_moment(&mut self) -> (&mut World, Moment<'_>) {
        let moment =
            Moment { home: &self.home, now: self.now, timing: &self.timing, facts: &self.facts, ids: &mut self.ids };
        (&mut self.world, moment)
    }
}

fn output(shape: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(shape).map_err(|error| ApiError {
        kind: "ServerException".to_owned(),
        message: Some(error.to_string()),
        status: 500,
    })
}
