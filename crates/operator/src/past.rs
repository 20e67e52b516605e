//! A service as it was at an earlier time, from what ECS still knows of its deployments.
//!
//! ECS keeps service deployments for 90 days, with their times. The tag, the tasks of each revision and the share of traffic are
//! known for now only: what was not so at that time is left out, and "not known" never counts against or for a deployment.

use std::{cmp::Reverse, collections::BTreeSet};

use jiff::Timestamp;
use judgement::{
    Observation,
    observation::{
        Candidate, ObservedService, PAGE, Revision, ServiceDeployment, Status, newest_in_flight, reaches_back,
        revisions_of_interest,
    },
};

use crate::aws::Deployment;

/// What is known about the past of one service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    /// The service as it is now; `None` if it has been deleted.
    pub(crate) service: Option<ObservedService>,
    /// Its deployments, in no particular order.
    pub(crate) deployments: Vec<Deployment>,
    /// Its revisions, as far as they were described.
    pub(crate) revisions: Vec<Revision>,
    /// A clause that says why revisions were not described, if the call failed.
    pub(crate) revisions_gap: Option<String>,
}

/// The most service deployments, or revisions, that the function asks for in one call.
const AT_ONCE: usize = 20;

impl Past {
    /// The observation that the function would have made at `time`, if it needed the history since `since`.
    pub(crate) fn at(&self, time: Timestamp, since: Timestamp) -> Observation {
        let existed = self.service.as_ref().filter(|found| found.created.is_none_or(|created| created <= time));
        let Some(service) = existed else { return Observation::of_no_service() };
        if !service.is_deployed_by_ecs() {
            return Observation { service: Some(service.clone()), ..Observation::default() };
        }
        let (history, history_is_whole) = self.listed_at(time, since);
        let candidate = newest_in_flight(&history, 1).first().map(|newest| {
            let whole = self.deployments.iter().find(|deployment| deployment.listed.arn == newest.arn);
            let sources = whole.map(|whole| whole.source_revisions.clone()).unwrap_or_default();
            let strategy = whole.and_then(|whole| whole.strategy.clone());
            Candidate { strategy, ..Candidate::new((*newest).clone(), sources) }
        });
        let wanted = wanted_revisions(&history, candidate.as_ref());
        let revisions = self.revisions.iter().filter(|revision| wanted.contains(&revision.arn)).cloned().collect();
        Observation {
            service: Some(service.clone()),
            history,
            history_is_whole,
            candidate,
            revisions,
            revisions_gap: self.revisions_gap.clone(),
        }
    }

    /// The ARNs of the revisions that the function would have described at `time`.
    pub(crate) fn revisions_at(&self, time: Timestamp, since: Timestamp) -> BTreeSet<String> {
        let Observation { history, candidate, .. } = self.at(time, since);
        wanted_revisions(&history, candidate.as_ref())
    }

    /// The ARNs of the revisions that show what became of the deployment that was the newest at `time`: its own, and that of the next.
    pub(crate) fn revisions_after(&self, time: Timestamp) -> BTreeSet<String> {
        let created = |deployment: &&Deployment| deployment.listed.created;
        let is_later = |deployment: &&Deployment| created(deployment).is_some_and(|created| created > time);
        let newest = self.deployments.iter().filter(|deployment| !is_later(deployment)).max_by_key(created);
        let Some(newest) = newest else { return BTreeSet::new() };
        let next = self.deployments.iter().filter(is_later).min_by_key(created);
        let targets = [Some(newest), next].into_iter().flatten().filter_map(|one| one.listed.target_revision.clone());
        targets.chain(newest.source_revisions.iter().cloned()).collect()
    }

    /// The short name of the task definition of a revision, if it was described: `web:42`.
    pub(crate) fn task_definition(&self, revision: &str) -> Option<String> {
        let revision = self.revisions.iter().find(|known| known.arn == revision)?;
        revision.name().map(str::to_owned)
    }

    /// The list at `time`, newest first, as far as the function would have read it: to its end, or in full pages to before `since`.
    fn listed_at(&self, time: Timestamp, since: Timestamp) -> (Vec<ServiceDeployment>, bool) {
        let mut history: Vec<_> = self.deployments.iter().filter_map(|deployment| deployment.listed_at(time)).collect();
        history.sort_by_key(|deployment| Reverse(deployment.created));
        let pages = (PAGE..history.len()).step_by(PAGE);
        let read = pages.into_iter().find(|read| reaches_back(&history[..*read], since));
        if let Some(read) = read {
            history.truncate(read);
        }
        (history, read.is_none())
    }
}

fn wanted_revisions(history: &[ServiceDeployment], candidate: Option<&Candidate>) -> BTreeSet<String> {
    let of_interest = revisions_of_interest(history, AT_ONCE, AT_ONCE).into_iter();
    of_interest.chain(candidate.into_iter().flat_map(|candidate| candidate.source_revisions.clone())).collect()
}

impl Deployment {
    /// The same deployment as ECS listed it at `time`. `None` if it did not exist yet.
    pub(crate) fn listed_at(&self, time: Timestamp) -> Option<ServiceDeployment> {
        let listed = &self.listed;
        if listed.created.is_none_or(|created| created > time) {
            return None;
        }
        let is_past = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= time);
        if is_past(listed.finished) {
            return Some(listed.clone());
        }
        let rolls_back = self.rollback.as_ref().is_some_and(|rollback| is_past(rollback.started));
        let status = if rolls_back {
            Status::RollbackInProgress
        } else if is_past(self.stopped) {
            match listed.status {
                Status::Stopped | Status::StopRequested => Status::StopRequested,
                _ => Status::RollbackRequested,
            }
        } else if is_past(listed.started) || listed.started.is_none() && listed.finished.is_some() {
            Status::InProgress
        } else {
            Status::Pending
        };
        let started = listed.started.filter(|started| *started <= time);
        Some(ServiceDeployment { status, started, finished: None, ..listed.clone() })
    }
}

#[cfg(test)]
mod tests {
    use judgement::observation::Rollback;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-06-01T{time}Z").parse().unwrap()
    }

    fn rolled_back() -> Deployment {
        Deployment {
            listed: ServiceDeployment {
                arn: "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/1".to_owned(),
                status: Status::RollbackSuccessful,
                created: Some(at("11:00:00")),
                started: Some(at("11:00:02")),
                finished: Some(at("11:20:00")),
                target_revision: None,
            },
            source_revisions: Vec::new(),
            rollback: Some(Rollback { reason: None, started: Some(at("11:10:05")) }),
            stopped: Some(at("11:10:00")),
            status_reason: None,
            strategy: None,
            bake_minutes: None,
        }
    }

    #[test]
    fn a_deployment_goes_through_its_states_again() {
        for (time, status) in [
            ("11:00:01", Status::Pending),
            ("11:00:02", Status::InProgress),
            ("11:10:00", Status::RollbackRequested),
            ("11:10:05", Status::RollbackInProgress),
            ("11:20:00", Status::RollbackSuccessful),
        ] {
            assert_eq!(rolled_back().listed_at(at(time)).map(|listed| listed.status), Some(status), "{time}");
        }
        assert_eq!(rolled_back().listed_at(at("10:59:59")), None);
    }

    #[test]
    fn a_service_is_not_known_before_it_was_created() {
        let service = ObservedService {
            arn: String::new(),
            status: "ACTIVE".to_owned(),
            controller: "ECS".to_owned(),
            tag: None,
            primary: None,
            current_service_deployment: None,
            created: Some(at("10:00:00")),
            tasks: Vec::new(),
        };
        let past = Past { service: Some(service), deployments: vec![rolled_back()], ..Past::default() };
        assert_eq!(past.at(at("09:59:59"), at("09:00:00")), Observation::of_no_service());
        let candidate = past.at(at("11:05:00"), at("10:00:00")).candidate.expect("a deployment in flight");
        assert_eq!(candidate.deployment.status, Status::InProgress);
        assert_eq!(past.at(at("11:30:00"), at("10:00:00")).candidate, None);
    }
}
