//! The index of services, kept between invocations: built when it is needed, at a pace that leaves ECS's rate to rollbacks.

use jiff::Timestamp;

use super::{Finder, Miss, Search};
use crate::{
    aws::{CallError, Kind, Place},
    index::{Index, Step},
    target::{Target, Whereabouts},
};

/// The most services that are described in one call.
const AT_ONCE: usize = 10;

impl Finder {
    /// Looks something up in the index of a place. It is built if it is not there or too old, and once more if the look-up
    /// misses in one that may be outdated. What is built stays, should the time run out meanwhile.
    pub(super) async fn look_in(
        &self,
        place: &Place,
        whereabouts: &Whereabouts,
        search: &mut Search<'_>,
        look: impl Fn(&Index) -> Vec<Target>,
    ) -> Result<Vec<Target>, Miss> {
        let now = search.now;
        let mut index = place.index.lock().await;
        if !index.is_fresh(now, self.look_ups.index_max_age) {
            index.begin(&self.allowed, now);
        }
        self.build(&mut index, place, whereabouts, now).await?;
        let mut found = look(&index);
        if found.is_empty() && index.may_be_outdated(now) {
            index.begin(&self.allowed, now);
            self.build(&mut index, place, whereabouts, now).await?;
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
        place: &Place,
        whereabouts: &Whereabouts,
        now: Timestamp,
    ) -> Result<(), Miss> {
        let mut calls = place.surveys.lock().await;
        while let Some(step) = index.next_step().cloned() {
            calls.turn().await;
            match step {
                Step::Clusters { token } => {
                    let (clusters, next) = place.ecs.clusters(token).await?;
                    let more = next.map(|token| Step::Clusters { token: Some(token) });
                    let allowed = clusters.into_iter().filter(|cluster| self.allowed.lists_newly(cluster));
                    index.step_done(allowed.map(|cluster| Step::Services { cluster, token: None }).chain(more));
                }
                Step::Services { cluster, token } => {
                    let page = place.ecs.services(&cluster, token).await;
                    let Some((names, next)) = unless_denied(index, &cluster, page)? else { continue };
                    let more = next.map(|token| Step::Services { cluster: cluster.clone(), token: Some(token) });
                    let allowed: Vec<String> = names
                        .into_iter()
                        .filter(|name| self.allowed.lists(&whereabouts.service(&cluster, name)))
                        .collect();
                    let described = allowed
                        .chunks(AT_ONCE)
                        .map(|names| Step::Surroundings { cluster: cluster.clone(), names: names.to_vec() });
                    index.step_done(described.chain(more));
                }
                Step::Surroundings { cluster, names } => {
                    let services = place.ecs.surroundings(&cluster, &names).await;
                    let Some(services) = unless_denied(index, &cluster, services)? else { continue };
                    for service in services {
                        let target = whereabouts.service(&cluster, &service.name);
                        index.add(&target, &service.target_groups, &service.alarms);
                    }
                    index.step_done(None);
                }
            }
        }
        index.complete(now);
        Ok(())
    }
}

/// What was read, or nothing where the role may not: the step is left out, so that one closed cluster does not hide the others.
fn unless_denied<T>(index: &mut Index, cluster: &str, read: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind == Kind::AccessDenied => {
            index.deny(format!("{} in the cluster {cluster}", error.action));
            index.step_done(None);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
