//! `replay`: each change to ALARM of the last days becomes the signal that the function would have got, and is judged at that moment
//! against what was in flight then.

mod advice;
mod decide;
mod happened;
mod incident;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::{advice::Advice, decide::Replayed, incident::Incident};
use crate::{
    account::Filter,
    arguments::Replay as Options,
    output::{End, Progress, Shown},
    past::Past,
    session::{Failure, Session},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replay {
    /// The account that was read.
    account: Option<String>,
    /// The Region that was read.
    region: String,
    /// The beginning of what is replayed.
    from: Timestamp,
    /// Its end.
    to: Timestamp,
    /// The number of alarms that went to ALARM.
    alarms: usize,
    /// The number of services that they lead to.
    services: usize,
    /// The number of deployments of these services since `from`.
    deployments: usize,
    /// Every change to ALARM, oldest first: one entry for each service that it leads to.
    incidents: Vec<Incident>,
    /// The number of incidents by reason.
    reasons: BTreeMap<&'static str, usize>,
    /// For each service, the settings that would have changed a result.
    advice: Vec<Advice>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
    #[serde(skip)]
    timelines: BTreeMap<judgement::Service, Past>,
}

/// Replays the last days.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    session.screen.show(&replay(session, options).await?, End::Fine)
}

async fn replay(session: &Session, options: &Options) -> Result<Replay, Failure> {
    let (from, to) = (days_before(session.now, options.days), session.now);
    let progress = Progress::new(&session.screen, "alarm history", None);
    let alarms = session.cloudwatch.alarms(None).await?;
    let history = session.cloudwatch.history(None, from, to, &progress).await?;
    drop(progress);
    let filter = Filter { cluster: options.cluster.clone(), service: options.service.clone() };
    let Replayed { incidents, pasts } = decide::all(session, &alarms, &history, from, &filter).await;
    let mut reasons = BTreeMap::new();
    for incident in &incidents {
        *reasons.entry(incident.reason.as_str()).or_default() += 1;
    }
    let alarms: BTreeSet<&str> = incidents.iter().map(|incident| incident.alarm.as_str()).collect();
    let since = |past: &&Past| past.deployments.iter().filter(|one| one.listed.ended() >= Some(from)).count();
    Ok(Replay {
        account: session.home.account.clone(),
        region: session.home.region.clone(),
        from,
        to,
        alarms: alarms.len(),
        services: pasts.len(),
        deployments: pasts.values().map(|past| since(&past)).sum(),
        advice: advice::of(&incidents),
        reasons,
        unknown: session.unknown(),
        incidents,
        timelines: pasts,
    })
}

fn days_before(now: Timestamp, days: u16) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::UNIX_EPOCH)
}
