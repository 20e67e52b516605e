//! `pending`: services that were rolled back, and whose bad task definition would be deployed again.

use std::collections::{BTreeMap, BTreeSet};

use ecs_auto_rollback::CallError;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use judgement::observation::{Revision, ServiceDeployment, Status};
use serde::Serialize;

use crate::{
    account::{Filter, SIDE_BY_SIDE},
    arguments::Pending as Options,
    aws::Service,
    output::{Answer, Cell, End, Progress, Screen, Shown, Table, Tone, not_known, short, wrapped},
    session::{Failure, Session},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// The number of services that were looked at.
    services: usize,
    /// Those that wait for a fix.
    pending: Vec<Waiting>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// A service that waits for a fix.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    /// The service.
    service: String,
    /// The task definition that was rolled back.
    bad: String,
    /// The one that the service runs since.
    runs: Option<String>,
    /// When the rollback ended.
    rolled_back: Option<Timestamp>,
    /// The cause of the rollback, in the words of ECS.
    reason: Option<String>,
    /// The ARN of the deployment that was rolled back.
    service_deployment_arn: String,
    /// `true` if `update-service --force-new-deployment` deploys the bad one, because the service still names it.
    by_force: bool,
    /// `true` if a pipeline deploys it that takes the newest task definition of the family.
    by_newest: bool,
}

/// Lists the services that wait for a fix.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let filter = Filter { cluster: options.cluster.clone(), service: options.service.clone() };
    let services = session.services(&filter).await?;
    let progress = Progress::new(&session.screen, "deployments", Some(services.len()));
    let reads = services.iter().filter(|service| service.observed.is_deployed_by_ecs()).map(async |service| {
        let rolled_back = session.unless_failed(session.rolled_back_last(service).await).flatten();
        progress.step();
        Some((service, rolled_back?))
    });
    let rolled_back: Vec<_> = stream::iter(reads).buffered(SIDE_BY_SIDE).filter_map(async |one| one).collect().await;
    drop(progress);
    let bad = session.task_definitions(&rolled_back).await;
    let families: BTreeSet<&str> = bad.values().map(|name| family(name)).collect();
    let mut newest = BTreeMap::new();
    for family in families {
        let read = session.unless_failed(session.ecs.newest_task_definition(family).await).flatten();
        newest.extend(read.map(|read| (family.to_owned(), read)));
    }
    let mut pending = Vec::new();
    for (service, last) in &rolled_back {
        let Some(bad) = last.target_revision.as_ref().and_then(|arn| bad.get(arn)) else { continue };
        let runs = short_name(&service.task_definition);
        let by_force = runs == *bad;
        let by_newest = newest.get(family(bad)).is_some_and(|newest| newest == bad);
        if !by_force && !by_newest {
            continue;
        }
        let waiting = session.waiting(service, last, bad, (by_force, by_newest)).await;
        // A deployment of what runs anyway was not rolled back because of its task definition.
        if waiting.runs.as_ref() != Some(bad) {
            pending.push(waiting);
        }
    }
    let end = if options.fail && !pending.is_empty() { End::Short } else { End::Fine };
    let answer = Found { services: services.len(), pending, unknown: session.unknown() };
    session.screen.show(&answer, end)
}

impl Session {
    /// The last deployment of a service, if it was rolled back.
    async fn rolled_back_last(&self, service: &Service) -> Result<Option<ServiceDeployment>, CallError> {
        let listed = self.ecs.deployments(&service.service).await?;
        let last = listed.into_iter().max_by_key(|deployment| deployment.created);
        Ok(last.filter(|last| last.status == Status::RollbackSuccessful))
    }

    /// The task definitions that deployments brought, by the ARN of the revision.
    async fn task_definitions(&self, deployments: &[(&Service, ServiceDeployment)]) -> BTreeMap<String, String> {
        let arns: Vec<String> = deployments.iter().filter_map(|(_, last)| last.target_revision.clone()).collect();
        if arns.is_empty() {
            return BTreeMap::new();
        }
        let revisions = self.unless_failed(self.ecs.revisions(&arns).await).unwrap_or_default();
        let name = |revision: &Revision| Some((revision.arn.clone(), revision.name()?.to_owned()));
        revisions.iter().filter_map(name).collect()
    }

    async fn waiting(
        &self,
        service: &Service,
        last: &ServiceDeployment,
        bad: &str,
        (by_force, by_newest): (bool, bool),
    ) -> Waiting {
        let described = self.unless_failed(self.ecs.describe(std::slice::from_ref(&last.arn)).await);
        let described = described.and_then(|all| all.into_iter().next());
        let sources = described.as_ref().map(|deployment| deployment.source_revisions.clone()).unwrap_or_default();
        let sources = if sources.is_empty() { None } else { self.unless_failed(self.ecs.revisions(&sources).await) };
        let before = sources.and_then(|all| all.first().and_then(Revision::name).map(str::to_owned));
        Waiting {
            service: service.service.to_string(),
            bad: bad.to_owned(),
            runs: before,
            rolled_back: last.finished,
            reason: described.and_then(|one| one.rollback.and_then(|rollback| rollback.reason).or(one.status_reason)),
            service_deployment_arn: last.arn.clone(),
            by_force,
            by_newest,
        }
    }
}

/// `family:revision` of an ARN.
fn short_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn family(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(family, _)| family)
}

impl Answer for Found {
    fn text(&self, screen: &Screen) -> String {
        let count = self.pending.len();
        let heading = format!(
            "{count} of {} services were rolled back and would get the bad task definition again",
            self.services
        );
        let mut text = wrapped(&screen.paint(&heading, Tone::Bold), screen.width, "");
        let mut table = Table::of(["SERVICE", "BAD", "RUNS", "ROLLED BACK", "DEPLOYED AGAIN BY", "WHY"]);
        for one in &self.pending {
            let by = match (one.by_force, one.by_newest) {
                (true, true) => "force or pipeline",
                (true, false) => "update-service --force-new-deployment",
                _ => "a pipeline that takes the newest",
            };
            table.row([
                Cell::new(&one.service),
                Cell::new(&one.bad).toned(Tone::Bad),
                Cell::new(one.runs.as_deref().unwrap_or("–")),
                Cell::new(one.rolled_back.map_or_else(|| "–".to_owned(), short)),
                Cell::new(by),
                Cell::new(one.reason.as_deref().unwrap_or("–")),
            ]);
        }
        text.push_str(&table.text(screen));
        if count > 0 {
            let todo = "Register a good task definition, or deploy the one that runs by its number.";
            text.push_str(&wrapped(todo, screen.width, ""));
        }
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}
