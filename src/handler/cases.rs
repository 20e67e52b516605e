//! Cases: each service that signals point at, with all of these, settled side by side and in time.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::time::timeout_at;

use super::{Handler, Invocation, SIDE_BY_SIDE, Turn, search::Findings, time_until};
use crate::{
    decision::{self, Leave},
    reason::Reason,
    report::Entry,
    signal::Signal,
    target::{Found, Target, Way},
};

/// The least time in which it makes sense to begin with a service: what cannot be done in time is handed back, not half done.
const LEAST_TO_BEGIN: Duration = Duration::from_millis(200);

/// One signal that points at a service, and where its entry belongs in the report.
#[derive(Clone, Copy)]
pub(super) struct Accuser<'a> {
    record: usize,
    entry: usize,
    pub(super) signal: &'a Signal,
    found_by: Way,
}

/// The services that are to be looked at, each with all signals that point at it.
type Cases<'a> = BTreeMap<Target, Vec<Accuser<'a>>>;

impl Handler {
    /// Settles all signals whose services were found, or not: the entries of each, by its record.
    pub(super) async fn settle_all(&self, found: Findings<'_>, turn: Turn<'_>) -> BTreeMap<usize, Vec<Entry>> {
        let mut entries = BTreeMap::new();
        let mut cases = Cases::new();
        for (found, signals) in found {
            for (record, signal) in signals {
                entries.insert(record, self.open(signal, record, &found, &mut cases, turn.invocation));
            }
        }
        let work = cases.into_iter().map(|case| self.settle_in_time(case, turn));
        let mut settled = stream::iter(work).buffer_unordered(SIDE_BY_SIDE);
        while let Some(settled) = settled.next().await {
            for (Accuser { record, entry: place, .. }, entry) in settled {
                if let Some(place) = entries.get_mut(&record).and_then(|entries| entries.get_mut(place)) {
                    *place = Entry { settled_after: Some(turn.began.elapsed()), ..entry };
                }
            }
        }
        entries
    }

    /// The entries of one signal. Those that need a look at ECS are opened as cases, with a place held for what comes of them.
    fn open<'a>(
        &self,
        signal: &'a Signal,
        record: usize,
        found: &Result<Found, Leave>,
        cases: &mut Cases<'a>,
        invocation: &Invocation,
    ) -> Vec<Entry> {
        let Found { way, targets } = match found {
            Ok(found) => found,
            Err(leave) => return vec![Entry::of_no_service(signal, leave.clone())],
        };
        let mut entries = Vec::new();
        for target in targets {
            entries.push(match target {
                Ok(target) => {
                    match decision::admit(target, &self.policy, &invocation.home, self.places.reach_beyond_home()) {
                        Ok(()) => {
                            let accuser = Accuser { record, entry: entries.len(), signal, found_by: *way };
                            cases.entry(target.clone()).or_default().push(accuser);
                            Entry::of_service(signal, target, *way, unanswered(target))
                        }
                        Err(leave) => Entry::of_service(signal, target, *way, leave),
                    }
                }
                Err(leave) => Entry::of_no_service(signal, leave.clone()),
            });
        }
        entries
    }

    /// Settles a case; what is not settled by the deadline is reported as unanswered.
    async fn settle_in_time<'a>(
        &self,
        (target, accusers): (Target, Vec<Accuser<'a>>),
        turn: Turn<'_>,
    ) -> Vec<(Accuser<'a>, Entry)> {
        let mut entries = Vec::with_capacity(accusers.len());
        if time_until(turn.deadline) >= LEAST_TO_BEGIN {
            // What it has settled stays in the entries should the time run out.
            let _elapsed = timeout_at(turn.deadline, self.settle(&target, &accusers, turn, &mut entries)).await;
        }
        let rest = accusers.iter().skip(entries.len());
        entries.extend(rest.map(|accuser| (*accuser, accuser.entry(&target, unanswered(&target)))));
        entries
    }
}

impl Accuser<'_> {
    pub(super) fn entry(&self, target: &Target, leave: Leave) -> Entry {
        Entry::of_service(self.signal, target, self.found_by, leave)
    }
}

fn unanswered(target: &Target) -> Leave {
    let detail = format!("could not finish with {target}: ECS did not answer in the time that the invocation had");
    Leave::new(Reason::Unreachable, detail)
}
