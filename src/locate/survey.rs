//! Builds the index of services when it is needed, at a pace that leaves ECS's rate to rollbacks.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use judgement::{Location, Service};
use tokio::sync::Mutex;

use super::{
    Locator, Miss, Search,
    index::{Index, Step},
};
use crate::aws::{Account, CallError, ErrorKind};

/// The most services that are described in one call.
const AT_ONCE: usize = 10;

impl Locator {
    /// Looks something up in the index of a account. It is built if it is not there or too old, and once more if the look-up
    /// misses in one that may be outdated. What is built stays, should the time run out meanwhile.
    pub(super) async fn look_in(
        &self,
        account: &Account,
        location: &Location,
        search: &mut Search<'_>,
        look: impl Fn(&Index) -> Vec<Service>,
    ) -> Result<Vec<Service>, Miss> {
        let now = search.now;
        let index = self.index_of(location);
        let mut index = index.lock().await;
        if !index.is_fresh(now, self.look_ups.index_max_age) {
            index.begin(&self.allowed, now);
        }
        self.build(&mut index, account, location, now).await?;
        let mut found = look(&index);
        if found.is_empty() && index.may_be_outdated(now) {
            index.begin(&self.allowed, now);
            self.build(&mut index, account, location, now).await?;
            found = look(&index);
        }
        if found.is_empty() {
            search.notes.extend(index.denied().iter().map(|what| format!("the index was denied {what}")));
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
                    let allowed = clusters.into_iter().filter(|cluster| self.allowed.lists_newly(cluster));
                    index.step_done(allowed.map(|cluster| Step::Services { cluster, token: None }).chain(more));
                }
                Step::Services { cluster, token } => {
                    let page = account.ecs.services(&cluster, token).await;
                    let Some((names, next)) = unless_denied(index, &cluster, page)? else { continue };
                    let more = next.map(|token| Step::Services { cluster: cluster.clone(), token: Some(token) });
                    let allowed: Vec<String> = names
                        .into_iter()
                        .filter(|name| self.allowed.lists(&location.service(&cluster, name)))
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
                        index.add(&location.service(&cluster, &indexed.name), &indexed.target_groups, &indexed.alarms);
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
        Arc::clone(indexes.entry(location.clone()).or_default())
    }
}

/// Leaves out a step that the role may not take, so that one closed cluster does not hide the others.
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
