//! Task definitions.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::ecs::view::Tag;

/// A registered task definition.
#[derive(Clone, Debug)]
pub(crate) struct TaskDefinition {
    pub(crate) revision: u32,
    pub(crate) registered_at: Timestamp,
    pub(crate) members: Map<String, Value>,
    pub(crate) tags: Vec<Tag>,
}
