//! The alarm's tag that lists its services: carried by the event, or looked up.

use judgement::{
    Location, Service,
    arn::is_ecs_name,
    signal::{Clues, Named, SERVICES_TAG},
    text::shown,
};

use super::{
    Locator, Miss, Search,
    found::{MOST_READ, Services, unmapped},
    reading::Reading,
};

/// Reads the value of the tag `auto-rollback:services`: `cluster/service` or full ARNs, separated by spaces.
pub(super) fn by_tag(tag: &str, here: &Location) -> Services {
    let mut found: Services = Vec::new();
    for word in tag.split_whitespace().take(MOST_READ) {
        let read = service(word, here).ok_or_else(|| {
            unmapped(format!(
                "The alarm's tag auto-rollback:services contains {}, which is neither cluster/service nor a service's ARN.",
                shown(word, 255)
            ))
        });
        if !found.contains(&read) {
            found.push(read);
        }
    }
    if found.is_empty() {
        found.push(Err(unmapped("The alarm's tag auto-rollback:services is empty. Set it to cluster/service.")));
    }
    found
}

fn service(word: &str, here: &Location) -> Option<Service> {
    if word.starts_with("arn:") {
        return by_arn(word);
    }
    let (cluster, name) = word.split_once('/')?;
    (is_ecs_name(cluster) && is_ecs_name(name)).then(|| here.service(cluster, name))
}

/// The service with this long ARN.
pub(super) fn by_arn(arn: &str) -> Option<Service> {
    let named = Named::Service(arn.to_owned());
    let Reading { partition, region, account, cluster, name } = Reading::of(&named).ok()?;
    let location =
        Location { partition: partition?.to_owned(), region: region?.to_owned(), account: account.map(str::to_owned) };
    Some(location.service(cluster?, name?))
}

impl Locator {
    /// Looks up the alarm's tags.
    pub(super) async fn by_alarm_tags(&self, clues: &Clues, search: &Search<'_>) -> Result<Services, Miss> {
        let Some(arn) = clues.alarm.as_ref().and_then(|alarm| alarm.arn.as_deref()) else { return Ok(Vec::new()) };
        let Some(account) = self.account_of(&search.here, search).await else { return Ok(Vec::new()) };
        let tags = account.cloudwatch.tags(arn).await?;
        Ok(tags.get(SERVICES_TAG).map_or_else(Vec::new, |tag| by_tag(tag, &search.here)))
    }
}
