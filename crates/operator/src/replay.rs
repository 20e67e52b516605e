//! `replay`: each change to ALARM of the last days becomes the signal that the function would have got, and is judged at that moment
//! against what was in flight then.

mod advice;
mod decide;
mod happened;
mod html;
mod incident;
mod locate;
mod past_alarms;
mod text;
mod timeline;
mod totals;

use std::{collections::BTreeSet, fs};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::{
    advice::Advice, decide::Replayed, incident::Incident, past_alarms::PastAlarms, timeline::Timeline, totals::Totals,
};
use crate::{
    account::Filter,
    arguments::Replay as Options,
    aws::History,
    output::{End, Progress, Shown, span},
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
    /// The totals.
    totals: Totals,
    /// Every change to ALARM, oldest first: one entry for each service that it leads to.
    incidents: Vec<Incident>,
    /// For each service, the settings that would have changed a result.
    advice: Vec<Advice>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
    #[serde(skip)]
    timelines: Vec<Timeline>,
}

/// The time by which AWS's times may be ahead of this machine's.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// Replays the last days.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let replay = replay(session, options).await?;
    if let Some(file) = &options.html {
        let failed = |error| Failure::Usage(format!("could not write {}: {error}", file.display()));
        fs::write(file, html::page(&replay)).map_err(failed)?;
    }
    session.screen.show(&replay, End::Fine)
}

async fn replay(session: &Session, options: &Options) -> Result<Replay, Failure> {
    let (from, to) = (before(session.now, options.days), session.now);
    let progress = Progress::new(&session.screen, "alarm history", None);
    let alarms = session.cloudwatch.alarms(None).await?;
    // Beyond the present of this machine, whose clock may be slow.
    let until = to.checked_add(SignedDuration::from_hours(24)).unwrap_or(to);
    let history = session.cloudwatch.history(None, from, until, &progress).await?;
    drop(progress);
    note_wrong_clock(session, &history);
    let filter = Filter { cluster: options.cluster.clone(), service: options.service.clone() };
    let past = PastAlarms::of(&alarms, &history);
    let located = locate::locate(session, &past).await;
    let Replayed { incidents, timelines } = decide::all(session, &located, &past, from, &filter).await;
    let names: BTreeSet<&str> = incidents.iter().map(|incident| incident.alarm.as_str()).collect();
    Ok(Replay {
        account: session.home.account.clone(),
        region: session.home.region.clone(),
        from,
        to,
        alarms: names.len(),
        services: timelines.len(),
        deployments: timelines.iter().map(|timeline| timeline.bars.len()).sum(),
        totals: Totals::of(&incidents),
        advice: advice::of(&incidents, &session.policy),
        unknown: session.unknown(),
        incidents,
        timelines,
    })
}

/// Notes that the newest change is of a time that has not come on this machine.
fn note_wrong_clock(session: &Session, history: &History) {
    let ahead = history.changes.last().map(|newest| newest.at.duration_since(session.now));
    if let Some(ahead) = ahead.filter(|ahead| *ahead > SKEW) {
        session.note(format!(
            "the clock of this machine is at least {} behind AWS's, so the days that were asked for end too early",
            span(ahead)
        ));
    }
}

fn before(now: Timestamp, days: u16) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::UNIX_EPOCH)
}
