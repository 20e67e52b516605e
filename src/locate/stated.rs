//! The ways that need no look-up: names and ARNs that an event gives outright, the tags that it carries, and dimensions.

use judgement::{
    Location, Reason, Service, Verdict, Way,
    arn::is_ecs_name,
    signal::{Clues, Origin, Pairs},
    text::shown,
};

use super::{
    found::{Found, MOST_SERVICES, at_origin, unmapped},
    reading::Reading,
    tags::by_tag,
};

/// The reason for which a signal itself leads to no service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// It says nothing; a look-up may help.
    Silent(Verdict),
    /// It says something that no look-up can put right.
    Wrong(Verdict),
}

/// Finds the services that the signal itself states.
pub(super) fn stated(clues: &Clues, home: &Location) -> Result<Found, Unresolved> {
    if !clues.named.is_empty() {
        return Ok(Found::by(Way::Explicit, vec![by_name(clues, home)]));
    }
    if let Some(tag) = &clues.services_tag {
        return Ok(Found::by(Way::PayloadTags, by_tag(tag, &clues.origin, home)));
    }
    let services = by_dimensions(clues, home)?;
    Ok(Found::by(Way::EcsDimensions, services.into_iter().map(Ok).collect()))
}

/// The way of the names and ARNs that an event gives outright: all of them must fit one service.
fn by_name(clues: &Clues, home: &Location) -> Result<Service, Verdict> {
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
    let origin = &clues.origin;
    let given = Origin {
        partition: all.partition.map(str::to_owned).or_else(|| origin.partition.clone()),
        region: all.region.map(str::to_owned).or_else(|| origin.region.clone()),
        account: all.account.map(str::to_owned).or_else(|| origin.account.clone()),
    };
    Ok(at_origin(&given, home, cluster, name))
}

/// The way of the dimensions `ClusterName` and `ServiceName`, of the contributor that went to ALARM or of any metric.
fn by_dimensions(clues: &Clues, home: &Location) -> Result<Vec<Service>, Unresolved> {
    let mut services: Vec<Service> = Vec::new();
    let mut why_not = None;
    for metric in &clues.metrics {
        match service_of(&metric.dimensions) {
            Ok((cluster, name)) => {
                let service = at_origin(&clues.origin.of_metric(metric), home, cluster, name);
                if !services.contains(&service) {
                    services.push(service);
                }
                if services.len() > MOST_SERVICES {
                    break;
                }
            }
            Err(verdict) => {
                why_not.get_or_insert(verdict);
            }
        }
    }
    if let Some((cluster, name)) = clues.contributor.as_ref().and_then(|attributes| service_of(attributes).ok()) {
        let contributor = at_origin(&clues.origin, home, cluster, name);
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

/// The cluster and the service that dimensions name, or the reason for which they name none.
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

fn nothing_said(clues: &Clues) -> Verdict {
    match &clues.contributor {
        Some(attributes) => service_of(attributes).err().unwrap_or_else(nothing_named),
        None => nothing_named(),
    }
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
