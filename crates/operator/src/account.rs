//! Reads many services and their pasts, within ECS's documented rates.

use std::collections::{BTreeMap, BTreeSet};

use ecs_auto_rollback::{CallError, ErrorKind};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use judgement::{observation::ServiceDeployment, text::chain};

use crate::{
    arguments::ServicePath,
    aws::{Deployment, Service},
    output::Progress,
    past::Past,
    session::{Failure, Session},
};

/// The number of calls that wait for an answer at the same time.
pub(crate) const SIDE_BY_SIDE: usize = 8;

/// Which services a command is about. Empty patterns: all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// The cluster's name.
    pub(crate) cluster: Option<String>,
    /// The service's name, or `cluster/service`.
    pub(crate) service: Option<String>,
}

impl Filter {
    /// Checks that every service is asked for.
    pub(crate) fn asks_for_all(&self) -> bool {
        self.cluster.is_none() && self.service.is_none()
    }

    /// Checks that a service is asked for.
    pub(crate) fn asks_for(&self, service: &judgement::Service) -> bool {
        let is_named = |wanted: &String| *wanted == service.name || *wanted == service.to_string();
        self.cluster.as_ref().is_none_or(|cluster| *cluster == service.cluster)
            && self.service.as_ref().is_none_or(is_named)
    }
}

impl Session {
    /// Every service that is asked for, as it is configured now, with progress. A cluster that may not be read is noted.
    pub(crate) async fn services(&self, filter: &Filter) -> Result<Vec<Service>, CallError> {
        let clusters = match &filter.cluster {
            Some(cluster) => vec![cluster.clone()],
            None => self.ecs.clusters().await?,
        };
        let progress = Progress::new(&self.screen, "services", None);
        let reads = clusters.iter().map(async |cluster| {
            let names = self.unless_failed(self.ecs.names(cluster).await).unwrap_or_default();
            let asked = names.into_iter().filter(|name| filter.asks_for(&self.home.service(cluster, name))).collect();
            self.described(cluster, asked, &progress).await
        });
        let read: Vec<_> = stream::iter(reads).buffered(SIDE_BY_SIDE).collect().await;
        Ok(read.into_iter().flatten().collect())
    }

    /// The service that a command names.
    pub(crate) async fn active_service(&self, path: &ServicePath) -> Result<Service, Failure> {
        let ServicePath { cluster, name } = path;
        let found = self.ecs.services(cluster, std::slice::from_ref(name)).await?.into_iter().next();
        found.filter(|service| service.observed.is_active()).ok_or_else(|| {
            let account = self.home.account.as_deref().unwrap_or("of the credentials");
            Failure::Usage(format!("{cluster}/{name} does not exist in account {account}, Region {}", self.home.region))
        })
    }

    /// The services of these names, of whatever cluster. Those that do not exist are left out.
    pub(crate) async fn named(&self, services: impl IntoIterator<Item = &judgement::Service>) -> Vec<Service> {
        let mut by_cluster: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for service in services {
            by_cluster.entry(service.cluster.clone()).or_default().push(service.name.clone());
        }
        let progress = Progress::new(&self.screen, "services", None);
        let reads =
            by_cluster.into_iter().map(async |(cluster, names)| self.described(&cluster, names, &progress).await);
        let read: Vec<_> = stream::iter(reads).buffered(SIDE_BY_SIDE).collect().await;
        read.into_iter().flatten().collect()
    }

    async fn described(&self, cluster: &str, names: Vec<String>, progress: &Progress) -> Vec<Service> {
        let mut found = Vec::new();
        for names in names.chunks(10) {
            found.extend(self.unless_failed(self.ecs.services(cluster, names).await).unwrap_or_default());
            for _ in names {
                progress.step();
            }
        }
        found
    }

    /// The pasts of services since `since`, with a step of `progress` for each. A service whose deployments cannot be read is noted
    /// and left out.
    pub(crate) async fn pasts(
        &self,
        services: &BTreeSet<judgement::Service>,
        since: Timestamp,
        progress: &Progress,
    ) -> BTreeMap<judgement::Service, Past> {
        let known: BTreeMap<judgement::Service, Service> =
            self.named(services).await.into_iter().map(|service| (service.service.clone(), service)).collect();
        let reads = services.iter().map(async |service| {
            let past = self.past(service, known.get(service), since).await;
            progress.step();
            Some((service.clone(), self.unless_failed(past)?))
        });
        let read: Vec<_> = stream::iter(reads).buffer_unordered(SIDE_BY_SIDE).collect().await;
        read.into_iter().flatten().collect()
    }

    /// The past of one service: all deployments that ECS lists, and the details of those that had not ended by `since`.
    async fn past(
        &self,
        service: &judgement::Service,
        now: Option<&Service>,
        since: Timestamp,
    ) -> Result<Past, CallError> {
        let is_deployed_by_ecs = now.is_none_or(|now| now.observed.is_deployed_by_ecs());
        let listed = match self.ecs.deployments(service).await {
            Err(error) if !is_deployed_by_ecs && error.kind != ErrorKind::AccessDenied => Vec::new(),
            listed => listed?,
        };
        let is_recent = |deployment: &&ServiceDeployment| deployment.finished.is_none_or(|finished| finished >= since);
        let arns: Vec<String> = listed.iter().filter(is_recent).map(|recent| recent.arn.clone()).collect();
        let mut described: BTreeMap<String, Deployment> = self
            .ecs
            .describe(&arns)
            .await?
            .into_iter()
            .map(|deployment| (deployment.listed.arn.clone(), deployment))
            .collect();
        let deployments: Vec<Deployment> = listed
            .into_iter()
            .map(|listed| match described.remove(&listed.arn) {
                Some(mut whole) => {
                    whole.listed.fill_in(&listed);
                    whole
                }
                None => Deployment::of_list(listed),
            })
            .collect();
        Ok(Past { service: now.map(|now| now.observed.clone()), deployments, ..Past::default() })
    }

    /// Adds the revisions that decisions at these times need, and those that show what happened after them.
    pub(crate) async fn add_revisions(&self, past: &mut Past, times: impl IntoIterator<Item = Timestamp>) {
        let mut arns = BTreeSet::new();
        for time in times {
            arns.extend(past.revisions_at(time, self.needed_since(time)));
            arns.extend(past.revisions_after(time));
        }
        match self.ecs.revisions(&arns.into_iter().collect::<Vec<_>>()).await {
            Ok(revisions) => past.revisions = revisions,
            Err(error) => {
                let gap = format!("decided without the revisions: {}", chain(&error).trim_end_matches('.'));
                self.note(format!("{gap} ({})", error.action));
                past.revisions_gap = Some(gap);
            }
        }
    }

    /// The time back to which the function needs the history for a decision at `time`.
    pub(crate) fn needed_since(&self, time: Timestamp) -> Timestamp {
        let window = self.policy.limit.as_ref().map(|limit| limit.window).unwrap_or_default();
        time.checked_sub(window).unwrap_or(time)
    }
}

impl Deployment {
    /// A deployment of which only the list is known.
    fn of_list(listed: ServiceDeployment) -> Self {
        Self {
            listed,
            source_revisions: Vec::new(),
            rollback: None,
            stopped: None,
            status_reason: None,
            strategy: None,
            bake_minutes: None,
        }
    }
}
