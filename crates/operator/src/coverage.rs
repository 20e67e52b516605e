//! `coverage`: every service, what protects it, and if nothing does, why not.

mod judge;
mod text;

use std::collections::BTreeMap;

use judgement::{Reason, Service as Name, Way};
use serde::{Serialize, Serializer};
use strum::Display;

use self::judge::Judge;
use crate::{
    account::Filter,
    arguments::Coverage as Options,
    leads::{ByService, Lead},
    output::{End, Shown},
    session::{Failure, Session},
    wiring::{State, Target, Wiring},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coverage {
    /// The account that was read.
    account: Option<String>,
    /// The Region that was read.
    region: String,
    /// The name of the function.
    function: String,
    /// Its ARN, if it could be read.
    function_arn: Option<String>,
    /// The share of services that are protected, in percent. `None` if there is no service.
    protected_percent: Option<f64>,
    /// The number of services by verdict, for each cluster.
    clusters: BTreeMap<String, Totals>,
    /// The services, those without protection first.
    services: Vec<Covered>,
    /// The alarms that would invoke the function and lead to no service that it may roll back.
    nowhere: Vec<DeadEnd>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// One service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Covered {
    /// Its name and place.
    #[serde(serialize_with = "by_name")]
    pub(crate) service: Name,
    /// The mode in which the function treats it: `enforce`, `observe` or `off`.
    pub(crate) mode: String,
    /// The deployment controller.
    pub(crate) controller: String,
    /// `true` if ECS's circuit breaker rolls it back.
    pub(crate) breaker: bool,
    /// The deployment alarms by which ECS rolls it back.
    pub(crate) deployment_alarms: Vec<String>,
    /// The alarms that lead to it.
    pub(crate) alarms: Vec<Leading>,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// The reason, if it is not protected.
    pub(crate) why: Option<String>,
    /// The change that would protect it, if there is one.
    pub(crate) fix: Option<String>,
}

/// An alarm that leads to a service.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leading {
    /// Its name.
    pub(crate) alarm: String,
    /// The way that leads from it to the service.
    pub(crate) found_by: Option<Way>,
    /// Its state now.
    pub(crate) state: String,
    /// Its ways to the function.
    pub(crate) wiring: Wiring,
    /// The reason why the function would not roll back for it.
    pub(crate) refused: Option<String>,
}

/// An alarm that invokes the function for nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadEnd {
    /// Its name.
    pub(crate) alarm: String,
    /// The function's reason.
    pub(crate) reason: Reason,
    /// The reason in one sentence.
    pub(crate) detail: String,
}

/// The verdict on a service, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Nothing protects it.
    NotProtected,
    /// Something that could not be read decides.
    Unknown,
    /// The function does not, but ECS rolls it back by its own means.
    EcsOnly,
    /// The function only reports what it would do.
    ObservedOnly,
    /// It is switched off by its tag.
    HeldByTag,
    /// The function cannot roll it back, because ECS does not deploy it.
    NotPossible,
    /// The function rolls it back.
    Protected,
}

/// The number of services by verdict.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Totals {
    services: usize,
    protected: usize,
    observed_only: usize,
    ecs_only: usize,
    held_by_tag: usize,
    not_possible: usize,
    not_protected: usize,
    unknown: usize,
}

/// Shows who is protected. Falls short if the share of protected services is below the one that was asked for, or if there is no
/// service.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let coverage = coverage(session, options).await?;
    let reaches = |wanted: f64| coverage.protected_percent.is_some_and(|percent| percent >= wanted);
    let end = if options.fail_under.is_none_or(reaches) { End::Fine } else { End::Short };
    session.screen.show(&coverage, end)
}

async fn coverage(session: &Session, options: &Options) -> Result<Coverage, Failure> {
    let filter = Filter { cluster: options.cluster.clone(), service: options.service.clone() };
    let services = session.services(&filter).await?;
    let alarms = session.unless_failed(session.cloudwatch.alarms(None).await);
    let alarms_are_known = alarms.is_some();
    let alarms = alarms.unwrap_or_default();
    let target = Target::read(session, &alarms).await;
    let leads = session.leads(&alarms, &target).await;
    let judge = Judge { session, target: &target, leads: ByService::of(&leads), alarms_are_known };
    let mut services: Vec<Covered> = services.iter().map(|service| judge.judge(service)).collect();
    services.sort_by(|one, other| one.verdict.cmp(&other.verdict).then_with(|| one.service.cmp(&other.service)));
    let mut clusters: BTreeMap<String, Totals> = BTreeMap::new();
    for covered in &services {
        clusters.entry(covered.service.cluster.clone()).or_default().add(covered.verdict);
    }
    let protected = services.iter().filter(|covered| covered.verdict == Verdict::Protected).count();
    Ok(Coverage {
        account: session.home.account.clone(),
        region: session.home.region.clone(),
        function: target.name.clone(),
        function_arn: target.arn.clone(),
        protected_percent: percent(protected, services.len()),
        clusters,
        services,
        nowhere: leads.iter().filter_map(dead_end).collect(),
        unknown: session.unknown(),
    })
}

fn dead_end(lead: &Lead<'_>) -> Option<DeadEnd> {
    let verdict = lead.dead_end.as_ref().or(lead.refused.first().map(|(_, verdict)| verdict));
    let verdict = verdict.filter(|_| lead.services.is_empty() && lead.wiring.state == State::Wired)?;
    Some(DeadEnd { alarm: lead.alarm.name.clone(), reason: verdict.reason, detail: verdict.detail.clone() })
}

/// The share in percent, rounded down to a tenth, so that no share is shown as reached that is not.
#[expect(clippy::cast_precision_loss, reason = "there are fewer services than a float has integers")]
fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| (part * 1_000 / whole) as f64 / 10.0)
}

impl Totals {
    fn add(&mut self, verdict: Verdict) {
        self.services += 1;
        *match verdict {
            Verdict::NotProtected => &mut self.not_protected,
            Verdict::Unknown => &mut self.unknown,
            Verdict::EcsOnly => &mut self.ecs_only,
            Verdict::ObservedOnly => &mut self.observed_only,
            Verdict::HeldByTag => &mut self.held_by_tag,
            Verdict::NotPossible => &mut self.not_possible,
            Verdict::Protected => &mut self.protected,
        } += 1;
    }
}

fn by_name<S: Serializer>(service: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(service)
}
