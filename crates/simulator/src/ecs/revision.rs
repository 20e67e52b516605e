//! Service revisions.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::ecs::configuration::{LoadBalancer, VpcLatticeConfiguration};
use crate::ecs::image::Container;
use crate::ecs::service::Service;
use crate::ecs::target_groups::Served;

/// Members of a service that a revision repeats as they came. A change of one of them is a new revision, and so a new
/// service deployment.
const REPEATED: [&str; 5] =
    ["capacityProviderStrategy", "launchType", "networkConfiguration", "platformVersion", "serviceRegistries"];

/// A service revision: one version of a service.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// The `N` of `ecs-svc/N`.
    pub(crate) number: String,
    /// `family:revision`
    pub(crate) task_definition: String,
    pub(crate) created_at: Timestamp,
    pub(crate) front: Front,
    /// The target groups of `front` that it serves.
    pub(crate) serves: Served,
    /// The containers of each of its tasks.
    pub(crate) containers: Vec<Container>,
    /// Further members, as they came.
    pub(crate) extras: Map<String, Value>,
}

/// The target groups in front of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Front {
    pub(crate) load_balancers: Vec<LoadBalancer>,
    pub(crate) vpc_lattice: Vec<VpcLatticeConfiguration>,
}

impl Revision {
    /// The next revision of a service, which deploys this task definition.
    pub(crate) fn next_of(
        service: &Service,
        number: String,
        task_definition: &str,
        containers: Vec<Container>,
        created_at: Timestamp,
    ) -> Self {
        let mut extras = Self::repeated(&service.extras);
        extras.extend(service.revision_members.clone());
        Self {
            number,
            task_definition: task_definition.to_owned(),
            created_at,
            front: service.front.clone(),
            serves: Served::next_of(service),
            containers,
            extras,
        }
    }

    /// The members of a service that its revisions repeat.
    pub(crate) fn repeated(extras: &Map<String, Value>) -> Map<String, Value> {
        let kept = extras.iter().filter(|(name, _)| REPEATED.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
