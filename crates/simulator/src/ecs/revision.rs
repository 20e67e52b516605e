//! Service revisions.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::ecs::configuration::LoadBalancer;
use crate::ecs::image::Container;

/// A service revision: what exactly runs.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// The `N` of `ecs-svc/N`.
    pub(crate) number: String,
    /// `family:revision`
    pub(crate) task_definition: String,
    pub(crate) created_at: Timestamp,
    pub(crate) load_balancers: Vec<LoadBalancer>,
    /// What runs in each of its tasks.
    pub(crate) containers: Vec<Container>,
    /// Members of the service that a revision repeats, as they came.
    pub(crate) extras: Map<String, Value>,
}
