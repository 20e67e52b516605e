//! The way of deployment alarms: the services that list the alarm as one that rolls their deployments back.

use judgement::signal::Clues;

use super::{Locator, Miss, Search, found::Services};

impl Locator {
    pub(super) async fn by_deployment_alarms(&self, clues: &Clues, search: &mut Search<'_>) -> Result<Services, Miss> {
        let Some(alarm) = &clues.alarm else { return Ok(Vec::new()) };
        let location = search.here.clone();
        let Some(account) = self.account_of(&location, search).await else { return Ok(Vec::new()) };
        let watched = self.watched_by(&account, &location, search, &alarm.name).await?;
        if watched.is_empty() {
            search.notes.push("no allowed service names it among its deployment alarms".to_owned());
        }
        Ok(watched.into_iter().map(Ok).collect())
    }
}
