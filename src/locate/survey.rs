//! Builds the index of services on demand, rate-limited to leave ECS's rate to rollbacks.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use judgement::{Location, Reason, Service, Verdict};
use tokio::sync::Mutex;

use super::{
    Locator, Miss, Search,
    index::{Index, Step},
};
use crate::aws::{Account, CallError, ErrorKind, MOST_REVISIONS};

/// The most services that are described in one call.
const AT_ONCE: usize = 10;

impl Locator {
    /// Looks up the services behind a target group in the index of an account. Revisions are read last, because few services
    /// show their groups only there.
    pub(super) async fn behind(
        &self,
        account: &Account,
        location: &Location,
        search: &mut Search<'_>,
        target_group: &str,
    ) -> Result<Vec<Service>, Miss> {
        self.look_in(account, location, search, true, |index| index.behind(target_group).to_vec()).await
    }

    /// Looks up the services that list an alarm as a deployment alarm.
    pub(super) async fn watched_by(
        &self,
        account: &Account,
        location: &Location,
        search: &mut Search<'_>,
        alarm: &str,
    ) -> Result<Vec<Service>, Miss> {
        self.look_in(account, location, search, false, |index| index.watched_by(alarm).to_vec()).await
    }

    /// Looks something up in an index. Builds the index if it is missing or too old, and again if the look-up misses in one that
    /// may be outdated. If the time runs out, the steps done so far are kept.
    async fn look_in(
        &self,
        account: &Account,
        location: &Location,
        search: &mut Search<'_>,
        with_revisions: bool,
        look: impl Fn(&Index) -> Vec<Service>,
    ) -> Result<Vec<Service>, Miss> {
        let now = search.now;
        let index = self.index_of(location);
        let mut index = index.lock().await;
        if !index.is_fresh(now, self.look_ups.index_max_age) {
            index.begin(&self.policy.services, now);
        }
        let mut found = Vec::new();
        for _ in 0..2 {
            self.build(&mut index, account, location, now).await?;
            found = look(&index);
            if found.is_empty() && with_revisions && index.go_on_with_revisions(MOST_REVISIONS) {
                self.build(&mut index, account, location, now).await?;
                found = look(&index);
            }
            if !found.is_empty() || !index.may_be_outdated(now) {
                break;
            }
            index.begin(&self.policy.services, now);
        }
        if let Some(denied) = index.denied().first().filter(|_| found.is_empty()) {
            let detail = format!("The index of the services was denied {denied}.");
            search.refused.get_or_insert(Verdict::new(Reason::AccessDenied, detail));
        }
        Ok(found)
    }

    async fn build(
        &self,
        index: &mut Index,
        account: &Account,
        location: &Location,
        now: Timestamp,
    ) -> Result<(), Miss> {
        let mut calls = account.surveys.lock().await;
        while let Some(step) = index.next_step().cloned() {
            calls.turn().await;
            match step {
                Step::Clusters { token } => {
                    let (clusters, next) = account.ecs.clusters(token).await?;
                    let more = next.map(|token| Step::Clusters { token: Some(token) });
                    let allowed = clusters.into_iter().filter(|cluster| self.policy.services.lists_newly(cluster));
                    index.step_done(allowed.map(|cluster| Step::Services { cluster, token: None }).chain(more));
                }
                Step::Services { cluster, token } => {
                    let page = account.ecs.services(&cluster, token).await;
                    let Some((names, next)) = unless_denied(index, &cluster, page)? else { continue };
                    let more = next.map(|token| Step::Services { cluster: cluster.clone(), token: Some(token) });
                    let allowed: Vec<String> = names
                        .into_iter()
                        .filter(|name| self.policy.services.lists(&location.service(&cluster, name)))
                        .collect();
                    let described = allowed
                        .chunks(AT_ONCE)
                        .map(|names| Step::Surroundings { cluster: cluster.clone(), names: names.to_vec() });
                    index.step_done(described.chain(more));
                }
                Step::Surroundings { cluster, names } => {
                    let services = account.ecs.surroundings(&cluster, &names).await;
                    let Some(services) = unless_denied(index, &cluster, services)? else { continue };
                    for indexed in services {
                        let service = location.service(&cluster, &indexed.name);
                        index.add(&service, &indexed.alarms);
                        index.add_groups(&service, &indexed.target_groups);
                        index.add_revisions(&service, indexed.revisions);
                    }
                    index.step_done(None);
                }
                Step::Revisions { revisions } => {
                    let arns: Vec<String> = revisions.iter().map(|(arn, _)| arn.clone()).collect();
                    let groups = account.ecs.target_groups(&arns).await;
                    let cluster = revisions.first().map_or("", |(_, service)| service.cluster.as_str());
                    let Some(groups) = unless_denied(index, cluster, groups)? else { continue };
                    for (arn, service) in &revisions {
                        index.add_groups(service, groups.get(arn).map_or(&[], Vec::as_slice));
                    }
                    index.step_done(None);
                }
            }
        }
        index.complete(now);
        Ok(())
    }

    fn index_of(&self, location: &Location) -> Arc<Mutex<Index>> {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indexes.get(location) {
            return Arc::clone(index);
        }
        let index = Arc::<Mutex<Index>>::default();
        indexes.insert(location.clone(), Arc::clone(&index));
        index
    }
}

/// Skips a step that is denied, so that one inaccessible cluster does not hide the others.
fn unless_denied<T>(index: &mut Index, cluster: &str, read: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            index.deny(format!("{} in the cluster {cluster}", error.action));
            index.step_done(None);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
