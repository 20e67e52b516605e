//! `timing`: whether an alarm can fire before a deployment ends, by the durations of past deployments and the delay that the alarm's
//! history shows.

mod judge;
mod needs;
mod rule;
mod text;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use judgement::{Service as Name, Way, observation::Status};
use serde::{Serialize, Serializer};
use strum::Display;

use self::{
    needs::{Needs, all_needs},
    warnings::Warning,
};
use crate::{
    account::{Filter, SIDE_BY_SIDE},
    alarm::Alarm,
    arguments::Timing as Options,
    aws::{History, Service},
    leads::{ByService, Lead},
    output::{End, Progress, Shown},
    session::{Failure, Session},
    wiring::Target,
};

/// The days for which CloudWatch keeps the history of alarms.
const HISTORY_DAYS: i64 = 30;

/// Up to this number of alarms, the history of each is read by its name.
const FEW_ALARMS: usize = 10;

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timing {
    /// The account that was read.
    account: Option<String>,
    /// The Region that was read.
    region: String,
    /// The services to which alarms lead.
    services: Vec<Timed>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// One service with the alarms that lead to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timed {
    /// Its name and place.
    #[serde(serialize_with = "by_name")]
    pub(crate) service: Name,
    /// Its deployment strategy.
    pub(crate) strategy: String,
    /// Its bake time in minutes, if it has one.
    pub(crate) bake_minutes: Option<u32>,
    /// `true` if a deployment may count as successful before all tasks are healthy.
    pub(crate) succeeds_early: bool,
    /// The durations of its successful deployments that ECS still lists.
    pub(crate) durations: Durations,
    /// The alarms.
    pub(crate) alarms: Vec<TimedAlarm>,
}

/// The durations of deployments.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Durations {
    /// Their number.
    pub(crate) count: usize,
    /// The duration that a tenth of them do not exceed, in seconds.
    pub(crate) p10_seconds: Option<i64>,
    /// The median, in seconds.
    pub(crate) p50_seconds: Option<i64>,
    /// The duration that nine tenths of them do not exceed, in seconds.
    pub(crate) p90_seconds: Option<i64>,
    #[serde(skip)]
    sorted: Vec<i64>,
}

/// One alarm for one service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimedAlarm {
    /// Its name.
    pub(crate) alarm: String,
    /// The way that leads from it to the service.
    pub(crate) found_by: Option<Way>,
    /// The time that it needs.
    #[serde(flatten)]
    pub(crate) needs: Needs,
    /// The number of deployments that lasted at least as long.
    pub(crate) deployments_long_enough: Option<usize>,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// The bake time in minutes that would do, if it is too slow.
    pub(crate) bake_minutes_that_would_do: Option<i64>,
    /// The number of breaching datapoints that would do, if it is too slow and fewer would.
    pub(crate) datapoints_that_would_do: Option<u32>,
    /// All that may keep it from protecting the next deployment.
    pub(crate) warnings: Vec<Warning>,
}

/// The verdict on one alarm for one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It cannot fire during any deployment like those of the past.
    Blind,
    /// It can fire during some of them only.
    Tight,
    /// It can fire in time.
    Ok,
    /// There is nothing to compare it with, or its time is not known.
    Unknown,
}

/// Shows whether alarms can fire in time. Falls short if one of them cannot and that was asked for.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let timing = timing(session, options).await?;
    let is_blind = |alarm: &TimedAlarm| alarm.verdict == Verdict::Blind;
    let any_blind = timing.services.iter().flat_map(|service| &service.alarms).any(is_blind);
    let end = if options.fail_on_blind && any_blind { End::Short } else { End::Fine };
    session.screen.show(&timing, end)
}

async fn timing(session: &Session, options: &Options) -> Result<Timing, Failure> {
    let cluster = options.service.as_deref().and_then(|service| service.split_once('/')).map(|(cluster, _)| cluster);
    let filter = Filter { cluster: cluster.map(str::to_owned), service: options.service.clone() };
    let services = session.services(&filter).await?;
    if let Some(name) = options.service.as_ref().filter(|_| services.is_empty()) {
        return Err(Failure::Usage(format!("there is no service {name} in this account and Region")));
    }
    let alarms = session.cloudwatch.alarms(None).await?;
    let target = Target::read(session, &alarms).await;
    let leads = session.leads(&alarms, &target).await;
    let by_service = ByService::of(&leads);
    let led: Vec<(&Service, Vec<&Lead<'_>>)> = services
        .iter()
        .filter(|service| service.observed.is_deployed_by_ecs())
        .map(|service| {
            let may_act = |lead: &&Lead<'_>| lead.refusal(&service.service).is_none();
            (service, by_service.to(&service.service).into_iter().filter(may_act).collect())
        })
        .filter(|(_, leads): &(_, Vec<_>)| !leads.is_empty())
        .collect();
    let led_by = led.iter().flat_map(|(_, leads)| leads).map(|lead| lead.alarm.name.as_str());
    let history = history(session, &alarms, led_by).await;
    let needs = all_needs(&alarms, &history, &session.home);

    let progress = Progress::new(&session.screen, "deployments", Some(led.len()));
    let reads = led.iter().map(async |(service, leads)| {
        let durations = session.unless_failed(durations(session, &service.service).await).unwrap_or_default();
        progress.step();
        judge::service(session, service, leads, &durations, &needs)
    });
    let services = stream::iter(reads).buffered(SIDE_BY_SIDE).collect().await;
    Ok(Timing {
        account: session.home.account.clone(),
        region: session.home.region.clone(),
        services,
        unknown: session.unknown(),
    })
}

/// The history of these alarms and of those in their rules. Without it, delays are assumed.
async fn history<'a>(session: &Session, alarms: &[Alarm], names: impl Iterator<Item = &'a str>) -> History {
    let progress = Progress::new(&session.screen, "alarm history", None);
    let since = session.now.checked_sub(SignedDuration::from_hours(24 * HISTORY_DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
    let by_name: BTreeMap<&str, &Alarm> = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
    let mut wanted: BTreeSet<String> = names.map(str::to_owned).collect();
    let mut waiting: Vec<String> = wanted.iter().cloned().collect();
    while let Some(alarm) = waiting.pop().and_then(|name| by_name.get(name.as_str())) {
        let children = ecs_auto_rollback::children_in_rule(alarm.rule(), &session.home);
        waiting.extend(children.into_iter().map(|child| child.arn).filter(|child| wanted.insert(child.clone())));
    }
    if wanted.len() > FEW_ALARMS {
        let all = session.cloudwatch.history(None, since, session.now, &progress).await;
        return session.unless_failed(all).unwrap_or_default();
    }
    let mut history = History::default();
    for name in &wanted {
        let read = session.cloudwatch.history(Some(name), since, session.now, &progress).await;
        let Some(read) = session.unless_failed(read) else { break };
        history.changes.extend(read.changes);
    }
    history
}

async fn durations(session: &Session, service: &Name) -> Result<Durations, ecs_auto_rollback::CallError> {
    let listed = session.ecs.deployments(service).await?;
    let successful = listed.iter().filter(|deployment| deployment.status == Status::Successful);
    let seconds = successful.filter_map(|one| Some(one.finished?.duration_since(one.started?).as_secs()));
    Ok(Durations::of(seconds.filter(|seconds| *seconds >= 0).collect()))
}

impl Durations {
    fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (seconds.len() * percent).div_ceil(100).max(1);
            seconds.get(rank - 1).copied()
        };
        Self {
            count: seconds.len(),
            p10_seconds: percentile(10),
            p50_seconds: percentile(50),
            p90_seconds: percentile(90),
            sorted: seconds,
        }
    }

    /// The number of deployments that lasted at least as long.
    fn at_least(&self, seconds: i64) -> usize {
        self.sorted.len() - self.sorted.partition_point(|duration| *duration < seconds)
    }
}

fn by_name<S: Serializer>(service: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_occurred() {
        let durations = Durations::of((1..=10).rev().map(|minute| minute * 60).collect());
        let percentiles = (durations.p10_seconds, durations.p50_seconds, durations.p90_seconds);
        assert_eq!(percentiles, (Some(60), Some(300), Some(540)));
        assert_eq!((durations.at_least(540), durations.at_least(541), durations.at_least(601)), (2, 1, 0));
        assert_eq!(Durations::of(Vec::new()).p50_seconds, None);
    }
}
