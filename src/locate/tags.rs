//! The alarm's tag that lists its services: carried by the event, or looked up.

use judgement::{
    Location,
    arn::is_ecs_name,
    signal::{Clues, Origin, SERVICES_TAG},
    text::shown,
};

use super::{
    Locator, Miss, Search,
    found::{MOST_SERVICES, Services, at_origin, unmapped},
};

/// Reads the value of the tag `auto-rollback:services`: `cluster/service`, separated by spaces.
pub(super) fn by_tag(tag: &str, origin: &Origin, home: &Location) -> Services {
    let mut found: Services = Vec::new();
    for word in tag.split_whitespace() {
        let read = match word.split_once('/') {
            Some((cluster, name)) if is_ecs_name(cluster) && is_ecs_name(name) => {
                Ok(at_origin(origin, home, cluster, name))
            }
            _ => Err(unmapped(format!(
                "The alarm's tag auto-rollback:services contains {}, which is not of the form cluster/service.",
                shown(word, 255)
            ))),
        };
        if !found.contains(&read) {
            found.push(read);
        }
        if found.len() > MOST_SERVICES {
            break;
        }
    }
    if found.is_empty() {
        found.push(Err(unmapped("The alarm's tag auto-rollback:services is empty. Set it to cluster/service.")));
    }
    found
}

impl Locator {
    /// Looks up the alarm's tags.
    pub(super) async fn by_alarm_tags(&self, clues: &Clues, search: &Search<'_>) -> Result<Services, Miss> {
        let Some(arn) = clues.alarm.as_ref().and_then(|alarm| alarm.arn.as_deref()) else { return Ok(Vec::new()) };
        let Some(account) = self.account_of(&clues.origin, search).await else { return Ok(Vec::new()) };
        let tags = account.cloudwatch.tags(arn).await?;
        let tag = tags.get(SERVICES_TAG);
        Ok(tag.map_or_else(Vec::new, |tag| by_tag(tag, &clues.origin, search.home)))
    }
}
