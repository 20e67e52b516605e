//! From the clues of all signals to their services, side by side and in time.

use futures_util::{StreamExt, stream};
use tokio::time::timeout_at;

use super::{Handler, SIDE_BY_SIDE, Turn, failed};
use crate::{
    decision::Leave,
    finder::Miss,
    reason::Reason,
    signal::{Clues, Signal},
    target::Found,
};

/// What was found by some clues, and the signals that give these, each with its record.
pub(super) type Findings<'a> = Vec<(Result<Found, Leave>, Vec<(usize, &'a Signal)>)>;

impl Handler {
    /// Finds the services of signals, each set of clues once.
    pub(super) async fn find_all<'a>(
        &self,
        suspicions: Vec<(&Clues, Vec<(usize, &'a Signal)>)>,
        turn: Turn<'_>,
    ) -> Findings<'a> {
        let searches = suspicions.into_iter().map(async |(clues, signals)| {
            let found = self.find_in_time(clues, turn).await;
            (found, signals)
        });
        stream::iter(searches).buffer_unordered(SIDE_BY_SIDE).collect().await
    }

    /// Finds services; a search that fails or does not end by the deadline is a failure of its kind.
    async fn find_in_time(&self, clues: &Clues, turn: Turn<'_>) -> Result<Found, Leave> {
        let search = self.finder.find(clues, &turn.invocation.home, turn.invocation.now);
        match timeout_at(turn.deadline, search).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(Miss::Left(leave))) => Err(leave),
            Ok(Err(Miss::Failed(error))) => Err(failed(&error)),
            Err(_) => {
                let detail = "could not find the services in the time that the invocation had".to_owned();
                Err(Leave::new(Reason::Unreachable, detail))
            }
        }
    }
}
