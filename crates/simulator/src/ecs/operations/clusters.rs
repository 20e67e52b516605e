//! `CreateCluster`, `DescribeClusters`, `ListClusters`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;
use crate::ecs::view::{Failure, Tag, tags};
use crate::page::PageRequest;
use crate::wire::ApiError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CreateClusterInput {
    cluster_name: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
pub(crate) struct CreateClusterOutput {
    cluster: ClusterView,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DescribeClustersInput {
    clusters: Option<Vec<String>>,
    include: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct DescribeClustersOutput {
    clusters: Vec<ClusterView>,
    failures: Vec<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListClustersInput {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListClustersOutput {
    cluster_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `Cluster`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterView {
    cluster_arn: String,
    cluster_name: String,
    status: &'static str,
    registered_container_instances_count: u32,
    running_tasks_count: u32,
    pending_tasks_count: u32,
    active_services_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
}

impl Ecs {
    pub(crate) fn create_cluster(&mut self, input: CreateClusterInput) -> Result<CreateClusterOutput, ApiError> {
        let name = input.cluster_name.unwrap_or_else(|| "default".to_owned());
        if !is_name(&name) {
            return Err(ApiError::invalid_parameter("Invalid cluster name."));
        }
        // Creating a cluster that exists returns that cluster.
        let cluster = self.world.clusters.entry(name.clone()).or_default();
        cluster.tags.extend(input.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
        let tags = cluster.tags.clone();
        Ok(CreateClusterOutput { cluster: self.cluster_view(&name, Some(&tags)) })
    }

    pub(crate) fn describe_clusters(&self, input: DescribeClustersInput) -> DescribeClustersOutput {
        let with_tags = input.include.is_some_and(|include| include.iter().any(|field| field == "TAGS"));
        let mut output = DescribeClustersOutput { clusters: Vec::new(), failures: Vec::new() };
        for cluster in input.clusters.unwrap_or_else(|| vec!["default".to_owned()]) {
            match self.cluster_name(Some(&cluster)) {
                Ok(name) => {
                    let tags = self.world.clusters.get(name).map(|cluster| &cluster.tags).filter(|_| with_tags);
                    output.clusters.push(self.cluster_view(name, tags));
                }
                Err(_) if cluster.starts_with("arn:") => output.failures.push(Failure::missing(cluster)),
                Err(_) => output.failures.push(Failure::missing(self.home.cluster_arn(&cluster))),
            }
        }
        output
    }

    pub(crate) fn list_clusters(&self, input: &ListClustersInput) -> Result<ListClustersOutput, ApiError> {
        let arns = self.world.clusters.keys().map(|name| self.home.cluster_arn(name)).collect();
        let page = PageRequest {
            list: "clusters".to_owned(),
            token: input.next_token.as_deref(),
            max_results: input.max_results,
            usual: 100,
            at_most: self.behaviour.page_size,
        };
        let (cluster_arns, next_token) = page.cut(arns)?;
        Ok(ListClustersOutput { cluster_arns, next_token })
    }

    fn cluster_view(&self, name: &str, shown_tags: Option<&BTreeMap<String, String>>) -> ClusterView {
        let active = self.world.services_of(name, self.now).filter(|service| service.status == "ACTIVE");
        let (count, running) = active.fold((0, 0), |(count, running), service| (count + 1, running + service.desired));
        ClusterView {
            cluster_arn: self.home.cluster_arn(name),
            cluster_name: name.to_owned(),
            status: "ACTIVE",
            registered_container_instances_count: 0,
            running_tasks_count: running,
            pending_tasks_count: 0,
            active_services_count: count,
            tags: shown_tags.map(tags),
        }
    }
}

/// AWS's rule for the names of clusters and services.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=255).contains(&name.len()) && name.bytes().all(allowed)
}
