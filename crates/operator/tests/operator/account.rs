//! An account with 150 services, 140 alarms and a month of history, which all follow from a seed. The month is played: deployments are
//! made by calls, alarms change their states, and the function is invoked by the event of each change to ALARM.

mod drive;
mod estate;
mod month;

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use judgement::Reason;
use simulator::{Aws, Home, Series, sdk::Network};

use self::{
    drive::Player,
    estate::{On, Service, Watch},
    month::{Episode, MONTH, Step},
};

/// The beginning of the month.
const BEGAN: &str = "2026-05-01T00:00:00Z";

/// The account after its month.
pub(crate) struct Account {
    pub(crate) network: Network,
    /// The end of the month.
    pub(crate) now: Timestamp,
    /// Each change to ALARM that the function was invoked for.
    pub(crate) handled: Vec<Handled>,
}

/// One change to ALARM, as the function answered it.
#[derive(Debug, Clone)]
pub(crate) struct Handled {
    pub(crate) at: Timestamp,
    pub(crate) alarm: String,
    /// `true` for the event of one time series.
    pub(crate) is_contributor: bool,
    /// The service, reason and service deployment of each entry.
    pub(crate) entries: Vec<(Option<String>, Reason, Option<String>)>,
}

impl Account {
    /// Plays the month of this seed.
    pub(crate) async fn of_seed(seed: u64) -> Self {
        let services = estate::services();
        let watches = estate::watches(&services);
        let mut rng = Rng::with_seed(seed);
        let steps = month::plan(&mut rng, &services, &watches);
        let began: Timestamp = BEGAN.parse().expect("a time");
        let aws = seeded(began, &services, &watches, &steps);
        let network = Network::to(aws);
        let handled = Player::new(&network, began, &services, &watches).play(steps).await;
        Self { network, now: began + SignedDuration::from_secs(MONTH), handled }
    }
}

/// The account at the beginning of the month. Its time series are those of the whole month.
fn seeded(began: Timestamp, services: &[Service], watches: &[Watch], steps: &[(i64, Step)]) -> Aws {
    let mut aws = Aws::new(Home::default(), began);
    for service in &services[..estate::SERVICES - 1] {
        aws.ecs.plant(service.seed());
    }
    let groups: Vec<String> = watches.iter().filter_map(group).map(estate::arn).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    aws.load_balancing.put_load_balancer(&estate::arn(&format!("loadbalancer/{}", estate::BALANCER)), &groups);
    let mut episodes: BTreeMap<usize, Vec<(i64, &Episode)>> = BTreeMap::new();
    for (at, step) in steps {
        if let Step::Alarm(episode) = step {
            episodes.entry(episode.watch).or_default().push((*at, episode));
        }
    }
    for (index, watch) in watches.iter().enumerate() {
        aws.cloudwatch.put_alarm(watch.described());
        let On::Metric { namespace, name, dimensions } = &watch.on else { continue };
        let series = dimensions
            .iter()
            .fold(Series::metric(namespace, name), |series, (key, value)| series.dimension(key, value));
        let runs = episodes.remove(&index).unwrap_or_default();
        aws.cloudwatch.put_series(runs.into_iter().fold(series, |series, (at, episode)| {
            let from = (at - 1_200).div_euclid(60) * 60;
            let values = (0..21).map(|minute| Some(errors_at(from + minute * 60, episode.trouble)));
            series.minutes(began + SignedDuration::from_secs(from), &values.collect::<Vec<_>>())
        }));
    }
    aws
}

/// The errors in the minute that begins then, if the trouble began at that second of the month.
fn errors_at(minute: i64, trouble: i64) -> f64 {
    if minute + 60 > trouble { 9.0 } else { 0.0 }
}

/// The target group that an alarm watches.
fn group(watch: &Watch) -> Option<&str> {
    let On::Metric { dimensions, .. } = &watch.on else { return None };
    dimensions.iter().find_map(|(key, value)| (*key == "TargetGroup").then_some(value.as_str()))
}
