//! The output shapes of the API, member by member as in the model.

mod deployment;
mod revision;
mod service;
mod split;
mod task;

pub(crate) use deployment::{ServiceDeploymentBrief, ServiceDeploymentView};
pub(crate) use revision::ServiceRevisionView;
pub(crate) use service::ServiceView;
pub(crate) use task::{ServiceTask, TaskView, launch_type};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `Failure`: a resource that a `Describe…` could not find.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    arn: String,
    reason: &'static str,
}

impl Failure {
    pub(crate) fn missing(arn: String) -> Self {
        Self { arn, reason: "MISSING" }
    }
}

/// `Tag`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
