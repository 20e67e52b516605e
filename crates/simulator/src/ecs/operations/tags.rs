//! `TagResource`, `UntagResource`, `ListTagsForResource`, for services and clusters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;
use crate::ecs::view::{Tag, tags};
use crate::wire::{ApiError, required};

/// AWS's limit.
const MOST_TAGS: usize = 50;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TagResourceInput {
    resource_arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UntagResourceInput {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListTagsForResourceInput {
    resource_arn: Option<String>,
}

/// The empty answer.
#[derive(Serialize)]
pub(crate) struct Empty {}

#[derive(Serialize)]
pub(crate) struct ListTagsForResourceOutput {
    tags: Vec<Tag>,
}

/// A resource that can have tags.
enum Resource {
    Cluster(String),
    Service(String),
}

impl Ecs {
    pub(crate) fn tag_resource(&mut self, input: TagResourceInput) -> Result<Empty, ApiError> {
        let arn = required(input.resource_arn, "resourceArn")?;
        let added = required(input.tags, "tags")?;
        if added.iter().any(|tag| tag.key.is_empty() || tag.key.starts_with("aws:")) {
            return Err(ApiError::invalid_parameter("Tag keys cannot be empty or begin with aws:."));
        }
        self.change_tags(&arn, |tags| {
            let mut all = tags.clone();
            all.extend(added.into_iter().map(|tag| (tag.key, tag.value)));
            if all.len() > MOST_TAGS {
                return Err(ApiError::invalid_parameter("The maximum number of tags is 50."));
            }
            *tags = all;
            Ok(Empty {})
        })
    }

    pub(crate) fn untag_resource(&mut self, input: UntagResourceInput) -> Result<Empty, ApiError> {
        let arn = required(input.resource_arn, "resourceArn")?;
        let keys = required(input.tag_keys, "tagKeys")?;
        self.change_tags(&arn, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(Empty {})
        })
    }

    pub(crate) fn list_tags_for_resource(
        &self,
        input: ListTagsForResourceInput,
        as_of: Timestamp,
    ) -> Result<ListTagsForResourceOutput, ApiError> {
        let shown = match self.resource(&required(input.resource_arn, "resourceArn")?)? {
            Resource::Cluster(name) => self.world.clusters.get(&name).map(|cluster| tags(&cluster.tags)),
            Resource::Service(path) => self.world.service(&path, as_of).map(|service| tags(&service.tags)),
        };
        Ok(ListTagsForResourceOutput { tags: shown.unwrap_or_default() })
    }

    fn change_tags(
        &mut self,
        arn: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<Empty, ApiError>,
    ) -> Result<Empty, ApiError> {
        let changed = match self.resource(arn)? {
            Resource::Cluster(name) => self.world.clusters.get_mut(&name).map(|cluster| change(&mut cluster.tags)),
            Resource::Service(path) => self.change(&path, |service, _| change(&mut service.tags)),
        };
        changed.unwrap_or_else(|| Err(not_found()))
    }

    fn resource(&self, arn: &str) -> Result<Resource, ApiError> {
        if let Some(name) = self.home.path_in(arn, "cluster") {
            return if self.world.clusters.contains_key(name) {
                Ok(Resource::Cluster(name.to_owned()))
            } else {
                Err(ApiError::cluster_not_found())
            };
        }
        let path = self.home.path_in(arn, "service").ok_or_else(|| ApiError::invalid_parameter("Invalid ARN."))?;
        let there = self.world.service(path, self.now).is_some_and(|service| service.exists());
        if there { Ok(Resource::Service(path.to_owned())) } else { Err(not_found()) }
    }
}

fn not_found() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified resource could not be found.")
}
