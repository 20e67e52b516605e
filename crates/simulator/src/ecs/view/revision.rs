//! Service revisions as `DescribeServiceRevisions` shows them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ecs::configuration::{LoadBalancer, VpcLatticeConfiguration};
use crate::ecs::image::Container;
use crate::ecs::revision::Revision;
use crate::ecs::service::Service;
use crate::ecs::target_groups::Served;
use crate::home::Home;
use crate::wire::Epoch;

/// `ServiceRevision`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceRevisionView<'a> {
    service_revision_arn: String,
    service_arn: String,
    cluster_arn: String,
    task_definition: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    load_balancers: &'a [LoadBalancer],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    vpc_lattice_configurations: &'a [VpcLatticeConfiguration],
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_configuration: Option<ResolvedConfiguration<'a>>,
    container_images: Vec<ContainerImage<'a>>,
    created_at: Epoch,
    #[serde(flatten)]
    extras: &'a Map<String, Value>,
}

/// `ResolvedConfiguration`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedConfiguration<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    load_balancers: Vec<TargetGroup<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vpc_lattice_configurations: Vec<TargetGroup<'a>>,
}

/// `ServiceRevisionLoadBalancer`, `ServiceRevisionVpcLatticeConfiguration`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetGroup<'a> {
    target_group_arn: &'a str,
}

/// `ContainerImage`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerImage<'a> {
    container_name: &'a str,
    image: &'a str,
    image_digest: String,
}

impl<'a> ContainerImage<'a> {
    fn new(container: &'a Container) -> Self {
        Self { container_name: &container.name, image: &container.image, image_digest: container.image_digest() }
    }
}

impl<'a> ResolvedConfiguration<'a> {
    /// Nothing for a revision that serves no target group, and for one whose seed gave the whole member.
    fn of(revision: &'a Revision) -> Option<Self> {
        let groups = |arns: &'a [String]| arns.iter().map(|arn| TargetGroup { target_group_arn: arn }).collect();
        let served = &revision.serves;
        let shown = *served != Served::default() && !revision.extras.contains_key("resolvedConfiguration");
        shown.then(|| Self {
            load_balancers: groups(&served.load_balancers),
            vpc_lattice_configurations: groups(&served.vpc_lattice),
        })
    }
}

impl<'a> ServiceRevisionView<'a> {
    pub(crate) fn new(home: &Home, service: &Service, revision: &'a Revision) -> Self {
        let path = service.path();
        Self {
            service_revision_arn: home.service_revision_arn(&path, &revision.number),
            service_arn: home.service_arn(&path),
            cluster_arn: home.cluster_arn(&service.cluster),
            task_definition: home.task_definition_arn(&revision.task_definition),
            load_balancers: &revision.front.load_balancers,
            vpc_lattice_configurations: &revision.front.vpc_lattice,
            resolved_configuration: ResolvedConfiguration::of(revision),
            container_images: revision.containers.iter().map(ContainerImage::new).collect(),
            created_at: Epoch(revision.created_at),
            extras: &revision.extras,
        }
    }
}
