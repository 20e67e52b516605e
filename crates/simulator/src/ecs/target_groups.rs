//! The target groups that a service revision serves: one of each pair, and after a blue/green deployment the other one.

use crate::ecs::configuration::{AdvancedConfiguration, Strategy};
use crate::ecs::service::Service;

/// The ARNs of the target groups that a revision serves: `resolvedConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) load_balancers: Vec<String>,
    pub(crate) vpc_lattice: Vec<String>,
}

impl Served {
    /// The groups that the service's next revision will serve. All strategies but ROLLING swap.
    pub(crate) fn next_of(service: &Service) -> Self {
        let before = service.settled.as_ref().map(|settled| &settled.serves);
        let swaps = service.configuration.strategy.unwrap_or_default() != Strategy::Rolling;
        let load_balancers = service.front.load_balancers.iter().filter_map(|balancer| {
            let pair = Pair::of(balancer.target_group_arn.as_deref()?, balancer.advanced_configuration.as_ref());
            Some(pair.next(before.map_or(&[], |before| &before.load_balancers), swaps))
        });
        let vpc_lattice = service.front.vpc_lattice.iter().map(|lattice| {
            let pair = Pair::of(&lattice.target_group_arn, lattice.advanced_configuration.as_ref());
            pair.next(before.map_or(&[], |before| &before.vpc_lattice), swaps)
        });
        Self { load_balancers: load_balancers.collect(), vpc_lattice: vpc_lattice.collect() }
    }
}

struct Pair<'a> {
    first: &'a str,
    other: Option<&'a str>,
}

impl<'a> Pair<'a> {
    fn of(first: &'a str, advanced: Option<&'a AdvancedConfiguration>) -> Self {
        Self { first, other: advanced.and_then(|advanced| advanced.alternate_target_group_arn.as_deref()) }
    }

    fn next(&self, before: &[String], swaps: bool) -> String {
        let serves = |group: &str| before.iter().any(|served| served == group);
        let is_next = |other: &&str| if swaps { serves(self.first) } else { serves(other) };
        self.other.filter(is_next).unwrap_or(self.first).to_owned()
    }
}
