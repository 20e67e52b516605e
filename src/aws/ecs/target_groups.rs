//! The target groups in the configuration of a service revision.

use aws_sdk_ecs::types::{
    LoadBalancer, ManagedIngressPath, ResolvedConfiguration, ServiceRevision, VpcLatticeConfiguration,
};

/// The ARNs of all target groups, each once.
pub(super) fn of(revision: &ServiceRevision) -> Vec<String> {
    let balancers = revision.load_balancers().iter().flat_map(of_balancer);
    let lattice = revision.vpc_lattice_configurations().iter().flat_map(of_lattice);
    let managed = revision.ecs_managed_resources();
    let express =
        managed.iter().flat_map(|managed| managed.ingress_paths()).flat_map(ManagedIngressPath::target_groups);
    let gateways = managed.iter().flat_map(|managed| managed.gateway_connections());
    let gateways = gateways.filter_map(|gateway| gateway.resources()?.as_host_shared_alb().ok()).flatten();
    let gateways = gateways.flat_map(|alb| [alb.target_group_arn(), alb.alternate_target_group_arn()]);
    let mut all: Vec<String> = balancers
        .chain(lattice)
        .chain(express.map(|group| group.arn()))
        .chain(gateways)
        .flatten()
        .map(str::to_owned)
        .chain(served(revision))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The ARNs of the target groups that this revision serves, as reported by ECS.
pub(super) fn served(revision: &ServiceRevision) -> impl Iterator<Item = String> {
    let resolved = revision.resolved_configuration();
    let balancers = resolved.into_iter().flat_map(ResolvedConfiguration::load_balancers);
    balancers.filter_map(|balancer| balancer.target_group_arn().map(str::to_owned))
}

/// The target groups of a load balancer: its own, and the alternate one of a blue/green deployment.
pub(super) fn of_balancer(balancer: &LoadBalancer) -> [Option<&str>; 2] {
    let alternate = balancer.advanced_configuration().and_then(|both| both.alternate_target_group_arn());
    [balancer.target_group_arn(), alternate]
}

fn of_lattice(lattice: &VpcLatticeConfiguration) -> [Option<&str>; 2] {
    let alternate = lattice.advanced_configuration().and_then(|both| both.alternate_target_group_arn());
    [Some(lattice.target_group_arn()), alternate]
}
