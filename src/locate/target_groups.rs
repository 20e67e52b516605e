//! The way of load balancers: the services behind the target groups, or the load balancer, that an alarm watches.

use judgement::{
    Location, Reason, Verdict,
    signal::{Clues, Pairs},
    text::shown,
};

use super::{Locator, Miss, Search, found::Services};

impl Locator {
    pub(super) async fn by_target_groups(&self, clues: &Clues, search: &mut Search<'_>) -> Result<Services, Miss> {
        let mut services = Services::new();
        for (dimensions, account) in watched(clues) {
            let location = search.here.in_account(account);
            let groups = match (dimensions.get("TargetGroup"), dimensions.get("LoadBalancer")) {
                (Some(group), _) => vec![group.clone()],
                (None, Some(_)) if !self.look_ups.whole_load_balancers => {
                    search.verdict = Verdict::new(
                        Reason::Ambiguous,
                        "The alarm is on a whole load balancer. Add the dimension TargetGroup, or add load-balancers to the \
                         parameter LookUps.",
                    );
                    continue;
                }
                (None, Some(balancer)) => self.groups_of(balancer, &location, search).await?,
                (None, None) => continue,
            };
            let Some(account) = self.account_of(&location, search).await else { continue };
            for group in groups {
                let behind = self.behind(&account, &location, search, &group).await?;
                if behind.is_empty() {
                    search.notes.push(format!("no allowed service is behind {}", shown(&group, 255)));
                }
                for service in behind.into_iter().map(Ok) {
                    if !services.contains(&service) {
                        services.push(service);
                    }
                }
            }
        }
        Ok(services)
    }

    /// The target groups of a load balancer, given by its name in metrics: `app/name/id`.
    async fn groups_of(
        &self,
        balancer: &str,
        location: &Location,
        search: &mut Search<'_>,
    ) -> Result<Vec<String>, Miss> {
        let Location { partition, region, account } = location;
        let (Some(number), Some(account)) = (account, self.account_of(location, search).await) else {
            return Ok(Vec::new());
        };
        let arn = format!("arn:{partition}:elasticloadbalancing:{region}:{number}:loadbalancer/{balancer}");
        let groups = account.load_balancers.target_groups(&arn).await?;
        if groups.is_empty() {
            search.notes.push(format!("the load balancer {} has no target group", shown(balancer, 255)));
        }
        Ok(groups)
    }
}

/// Checks that the alarm watches a target group or a load balancer.
pub(super) fn watches_some(clues: &Clues) -> bool {
    watched(clues)
        .any(|(dimensions, _)| dimensions.contains_key("TargetGroup") || dimensions.contains_key("LoadBalancer"))
}

/// The dimensions that the alarm watches: those of the contributor in ALARM, or else of its metrics.
fn watched(clues: &Clues) -> impl Iterator<Item = (&Pairs, Option<&str>)> {
    let metrics = clues.metrics().map(|(metric, account)| (&metric.dimensions, account));
    clues.contributor.iter().map(|attributes| (attributes, None)).chain(metrics)
}
