//! The ways that need no look-up: names and ARNs in an event, the tags that it carries, and dimensions.

use judgement::{
    Location, Reason, Service, Verdict, Way,
    arn::is_ecs_name,
    signal::{Clues, Pairs, Reads},
    text::shown,
};

use super::{
    found::{Found, MOST_READ, unmapped},
    reading::Reading,
    tags::{by_arn, by_tag},
};

/// The attribute in which a contributor names its account (Metrics Insights across accounts).
const ACCOUNT: &str = "AWS.AccountId";

/// The attributes in which a `PromQL` series names its resource by ARN.
const RESOURCE: [&str; 2] = ["@resource.cloud.resource_id", "cloud.resource_id"];

/// The reason why a signal itself leads to no service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// It names none; a look-up may help.
    Silent(Verdict),
    /// Its statements are wrong, which no look-up can correct.
    Wrong(Verdict),
}

/// The location of a signal's origin.
///
/// # Errors
/// The verdict on a signal that does not state it, or that contradicts itself.
pub(crate) fn origin(clues: &Clues, home: &Location) -> Result<Location, Verdict> {
    if let Some(contradiction) = &clues.contradiction {
        return Err(contradiction.clone());
    }
    if clues.from_home {
        return Ok(home.clone());
    }
    Location::of_origin(&clues.origin)
        .ok_or_else(|| unmapped("The event does not say in which account and Region it was raised."))
}

/// Finds the services that the signal itself states, unless they are more than `most`.
pub(super) fn stated(clues: &Clues, home: &Location, most: usize) -> Result<Found, Unresolved> {
    let here = origin(clues, home).map_err(Unresolved::Wrong)?;
    if !clues.named.is_empty() {
        return Ok(Found::by(Way::Explicit, vec![by_name(clues, &here)], most));
    }
    if let Some(tag) = &clues.services_tag {
        return Ok(Found::by(Way::PayloadTags, by_tag(tag, &here), most));
    }
    let services = by_dimensions(clues, &here)?;
    Ok(Found::by(Way::EcsDimensions, services.into_iter().map(Ok).collect(), most))
}

/// The way of the names and ARNs that an event states directly. All of them must fit one service.
fn by_name(clues: &Clues, here: &Location) -> Result<Service, Verdict> {
    let mut all = Reading::default();
    for named in &clues.named {
        let reading = Reading::of(named)
            .map_err(|text| unmapped(format!("{} is not a valid ECS name or ARN.", shown(text, 200))))?;
        all.merge(reading)?;
    }
    let (cluster, name) = match (all.cluster, all.name) {
        (Some(cluster), Some(name)) => (cluster, name),
        (None, Some(name)) => {
            return Err(unmapped(format!(
                "The event names the service {} but no cluster. Add the cluster's name, or give the service's long ARN.",
                shown(name, 255)
            )));
        }
        _ => {
            return Err(unmapped("The event names no service. Add \"service\" or \"serviceDeploymentArn\"."));
        }
    };
    let location = Location {
        partition: all.partition.unwrap_or(&here.partition).to_owned(),
        region: all.region.unwrap_or(&here.region).to_owned(),
        account: all.account.map(str::to_owned).or_else(|| here.account.clone()),
    };
    Ok(location.service(cluster, name))
}

/// The way of the dimensions `ClusterName` and `ServiceName`, of the contributor that went to ALARM or of any metric.
fn by_dimensions(clues: &Clues, here: &Location) -> Result<Vec<Service>, Unresolved> {
    let mut services: Vec<Service> = Vec::new();
    let mut why_not = None;
    for (metric, account) in clues.metrics() {
        match service_of(&metric.dimensions) {
            Ok((cluster, name)) => {
                let service = here.in_account(account).service(cluster, name);
                if !services.contains(&service) {
                    services.push(service);
                }
                if services.len() >= MOST_READ {
                    break;
                }
            }
            Err(verdict) => {
                why_not.get_or_insert(verdict);
            }
        }
    }
    if let Some(contributor) = clues.contributor.as_ref().and_then(|attributes| by_attributes(attributes, here)) {
        let agrees = services.is_empty()
            || services
                .iter()
                .any(|service| service.cluster == contributor.cluster && service.name == contributor.name);
        if !agrees {
            let read = services.iter().map(Service::to_string).collect::<Vec<_>>().join(", ");
            let detail = format!("The contributor in ALARM names {contributor}, but the alarm's metrics name {read}.");
            return Err(Unresolved::Wrong(Verdict::new(Reason::Ambiguous, detail)));
        }
        return Ok(vec![contributor]);
    }
    if services.is_empty() {
        return Err(Unresolved::Silent(why_not.unwrap_or_else(|| nothing_said(clues))));
    }
    Ok(services)
}

/// The service that the attributes of a contributor name, by its names or its ARN.
pub(super) fn by_attributes(attributes: &Pairs, here: &Location) -> Option<Service> {
    if let Ok((cluster, name)) = service_of(attributes) {
        return Some(here.in_account(attributes.get(ACCOUNT).map(String::as_str)).service(cluster, name));
    }
    RESOURCE.iter().find_map(|key| by_arn(attributes.get(*key)?))
}

/// The cluster and the service that dimensions name, or the reason why they name none.
fn service_of(dimensions: &Pairs) -> Result<(&str, &str), Verdict> {
    let value = |name: &str| dimensions.get(name).map(String::as_str);
    if value("DiscoveryName").is_some() || value("TargetDiscoveryName").is_some() {
        return Err(Verdict::new(
            Reason::Ambiguous,
            "The alarm is on a Service Connect metric, whose ServiceName is the side that measures and not always the one to \
             blame; tag the alarm auto-rollback:services.",
        ));
    }
    match (value("ClusterName"), value("ServiceName")) {
        (Some(cluster), Some(name)) if is_ecs_name(cluster) && is_ecs_name(name) => Ok((cluster, name)),
        (Some(_), Some(name)) if name.starts_with("daemon:") => Err(unmapped(format!(
            "The alarm is on the managed daemon {}, which has no service deployment.",
            shown(name, 255)
        ))),
        (Some(cluster), Some(name)) => Err(unmapped(format!(
            "The dimensions ClusterName {} and ServiceName {} are not valid ECS names.",
            shown(cluster, 255),
            shown(name, 255)
        ))),
        (Some(cluster), None) => Err(unmapped(format!(
            "The alarm is on the whole cluster {}. Add the dimension ServiceName, or tag it auto-rollback:services.",
            shown(cluster, 255)
        ))),
        (None, Some(name)) => Err(unmapped(format!(
            "The alarm names the service {} but no cluster. Add the dimension ClusterName, or tag it auto-rollback:services.",
            shown(name, 255)
        ))),
        (None, None) => Err(nothing_named()),
    }
}

/// The verdict on an alarm that names no service, with advice that fits its kind.
fn nothing_said(clues: &Clues) -> Verdict {
    if let Some(attributes) = &clues.contributor {
        let named = service_of(attributes).err().filter(|_| attributes.contains_key("ServiceName"));
        return named.unwrap_or_else(|| {
            let given: Vec<&str> = attributes.keys().map(String::as_str).collect();
            let given = if given.is_empty() { "none".to_owned() } else { shown(&given.join(", "), 255) };
            unmapped(format!(
                "The contributor in ALARM does not identify an ECS service (its attributes: {given}). Let the alarm's query \
                 GROUP BY ClusterName, ServiceName, or tag the alarm auto-rollback:services=cluster/service."
            ))
        });
    }
    let is_composite = clues.alarm.as_ref().is_some_and(|alarm| alarm.composite.is_some());
    if is_composite {
        return unmapped(
            "The composite alarm does not identify an ECS service. Tag it auto-rollback:services=cluster/service, or let its \
             children lead to services.",
        );
    }
    if clues.queries.iter().any(|query| matches!(&query.reads, Reads::Expression(text) if is_query(text))) {
        return unmapped(
            "The alarm's query does not identify an ECS service. Let it GROUP BY ClusterName, ServiceName, or tag the alarm \
             auto-rollback:services=cluster/service.",
        );
    }
    nothing_named()
}

/// Checks that an expression is a query of Metrics Insights.
pub(super) fn is_query(expression: &str) -> bool {
    expression.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

fn nothing_named() -> Verdict {
    unmapped(
        "The alarm does not identify an ECS service. Add the dimensions ClusterName and ServiceName, or tag it \
         auto-rollback:services=cluster/service.",
    )
}

#[cfg(test)]
#[path = "stated_tests.rs"]
mod tests;
