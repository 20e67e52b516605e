//! The way of contributors: the time series in ALARM of an alarm that watches several, each with its own attributes.

use judgement::signal::{Clues, Reads};

use super::{
    Locator, Miss, Search,
    found::{Services, Troubles},
    stated::{by_attributes, is_query},
};

impl Locator {
    pub(super) async fn by_contributors(
        &self,
        clues: &Clues,
        search: &mut Search<'_>,
        troubles: &mut Troubles,
    ) -> Result<Services, Miss> {
        let Some(alarm) = clues.alarm.as_ref().filter(|_| may_have_some(clues)) else { return Ok(Vec::new()) };
        let Some(account) = self.account_of(&search.here, search).await else { return Ok(Vec::new()) };
        let mut services = Services::new();
        for contributor in account.cloudwatch.contributors(&alarm.name).await? {
            match by_attributes(&contributor.attributes, &search.here) {
                Some(service) => {
                    troubles.entry(service.clone()).or_default().push(contributor.trouble(&alarm.name));
                    if !services.contains(&Ok(service.clone())) {
                        services.push(Ok(service));
                    }
                }
                None => search.notes.push(contributor.not_a_service()),
            }
        }
        search.notes.truncate(MOST_NOTES);
        Ok(services)
    }
}

/// The most notes in a sentence.
const MOST_NOTES: usize = 5;

/// Checks that the alarm may watch several time series, and that the event does not name the one in ALARM.
pub(super) fn may_have_some(clues: &Clues) -> bool {
    let is_composite = clues.alarm.as_ref().is_none_or(|alarm| alarm.composite.is_some());
    let may_be_query = |reads: &Reads| matches!(reads, Reads::Expression(text) if is_query(text));
    // Alarms on PromQL have no metrics.
    let watches_several = clues.queries.is_empty() || clues.queries.iter().any(|query| may_be_query(&query.reads));
    !is_composite && clues.contributor.is_none() && watches_several
}
