//! The way of load balancers: the services behind the target groups, or the load balancer, that an alarm watches.

use judgement::{
    Location, Reason, Verdict,
    signal::{Clues, Origin},
    text::shown,
};

use super::{Locator, Miss, Search, found::Services, index::suffix};

impl Locator {
    pub(super) async fn by_target_groups(&self, clues: &Clues, search: &mut Search<'_>) -> Result<Services, Miss> {
        let mut services = Services::new();
        for metric in &clues.metrics {
            let origin = clues.origin.of_metric(metric);
            let groups = match (metric.dimensions.get("TargetGroup"), metric.dimensions.get("LoadBalancer")) {
                (Some(group), _) => vec![group.clone()],
                (None, Some(_)) if !self.look_ups.whole_load_balancers => {
                    search.verdict = Verdict::new(
                        Reason::Ambiguous,
                        "The alarm is on a whole load balancer. Add the dimension TargetGroup, or set the parameter \
                         LoadBalancerAlarms to every-service.",
                    );
                    continue;
                }
                (None, Some(balancer)) => self.groups_of(balancer, &origin, search).await?,
                (None, None) => continue,
            };
            let Some(account) = self.account_of(&origin, search).await else { continue };
            for group in groups {
                let location = search.location(&origin);
                let behind = self.look_in(&account, &location, search, |index| index.behind(&group).to_vec()).await?;
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

    /// The target groups of a load balancer, given as metrics name it: `app/name/id`.
    async fn groups_of(&self, balancer: &str, origin: &Origin, search: &mut Search<'_>) -> Result<Vec<String>, Miss> {
        let Location { partition, region, account } = search.location(origin);
        let (Some(number), Some(account)) = (account, self.account_of(origin, search).await) else {
            return Ok(Vec::new());
        };
        let arn = format!("arn:{partition}:elasticloadbalancing:{region}:{number}:loadbalancer/{balancer}");
        let groups = account.load_balancers.target_groups(&arn).await?;
        if groups.is_empty() {
            search.notes.push(format!("the load balancer {} has no target group", shown(balancer, 255)));
        }
        Ok(groups.iter().filter_map(|arn| suffix(arn)).map(str::to_owned).collect())
    }
}
