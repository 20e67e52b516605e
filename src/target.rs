//! Signal to targets: which ECS services a signal points at, from what the signal itself says.

mod arn;
mod reading;
pub mod rule;
mod whereabouts;

use std::fmt;

pub use arn::Arn;
use reading::Reading;
use serde::Serialize;
pub use whereabouts::Whereabouts;

use crate::{
    decision::Leave,
    event::shown,
    reason::Reason,
    signal::{Clues, Origin, Pairs},
};

/// One ECS service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Target {
    /// The partition, such as `aws`.
    #[serde(skip)]
    pub partition: String,
    /// The account's number. `None` as long as nothing has told it: a request gives names alone.
    pub account: Option<String>,
    /// The Region's code.
    pub region: String,
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub name: String,
}

impl Target {
    /// Whether this is the same service, as far as the accounts are known.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.name == other.name && self.whereabouts().is_at(&other.whereabouts())
    }

    /// Where it is.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let Self { partition, region, account, .. } = self.clone();
        Whereabouts { partition, region, account }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cluster, self.name)
    }
}

/// The most services that one signal may point at. No real alarm names more; more would be an attempt to stop everything.
pub const MOST_TARGETS: usize = 50;

/// The ways that lead from a signal to its services, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Names and ARNs that the event gives outright.
    Explicit,
    /// The alarm's tags that the event carries.
    PayloadTags,
    /// The dimensions of the alarm's metrics, or the attributes of the contributor in ALARM.
    EcsDimensions,
    /// The alarm's tags, looked up.
    AlarmTags,
    /// The children of a composite alarm.
    CompositeChildren,
    /// The target groups, or the load balancer, that the alarm watches.
    TargetGroups,
    /// The services that name the alarm in their own deployment alarms.
    DeploymentAlarms,
}

impl Way {
    /// The name in settings, sentences and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::PayloadTags => "payload-tags",
            Self::EcsDimensions => "ecs-dimensions",
            Self::AlarmTags => "alarm-tags",
            Self::CompositeChildren => "composite-children",
            Self::TargetGroups => "target-groups",
            Self::DeploymentAlarms => "deployment-alarms",
        }
    }
}

/// What one way led to: targets, and reasons why what should name one does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The way.
    pub way: Way,
    /// What it led to, each thing once.
    pub targets: Vec<Result<Target, Leave>>,
}

impl Found {
    /// What `way` led to, unless that is more than can be believed.
    #[must_use]
    pub fn by(way: Way, mut targets: Vec<Result<Target, Leave>>) -> Self {
        if targets.len() > MOST_TARGETS {
            let detail = format!("It points at more than {MOST_TARGETS} services, which no alarm has a reason to.");
            targets = vec![Err(Leave::new(Reason::Ambiguous, detail))];
        }
        Self { way, targets }
    }
}

/// Why the signal itself leads to no service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// It says nothing; a look-up may.
    Silent(Leave),
    /// It says something that no look-up can put right.
    Wrong(Leave),
}

/// Finds the services from what the signal itself says.
///
/// # Errors
/// When it does not lead to a service.
pub fn resolve(clues: &Clues, home: &Whereabouts) -> Result<Found, Unresolved> {
    if !clues.named.is_empty() {
        return Ok(Found::by(Way::Explicit, vec![by_name(clues, home)]));
    }
    if let Some(tag) = &clues.services_tag {
        return Ok(Found::by(Way::PayloadTags, by_tag(tag, &clues.origin, home)));
    }
    let targets = by_dimensions(clues, home)?;
    Ok(Found::by(Way::EcsDimensions, targets.into_iter().map(Ok).collect()))
}

/// The way of the names and ARNs that an event gives outright: all of them must fit one service.
fn by_name(clues: &Clues, home: &Whereabouts) -> Result<Target, Leave> {
    let mut all = Reading::default();
    for named in &clues.named {
        let reading = Reading::of(named).map_err(|text| {
            unmapped(format!("{} is neither a name nor an ARN that ECS could have given.", shown(text, 200)))
        })?;
        all.merge(reading)?;
    }
    let (cluster, name) = match (all.cluster, all.name) {
        (Some(cluster), Some(name)) => (cluster, name),
        (None, Some(name)) => {
            return Err(unmapped(format!(
                "It names the service {} but no cluster; a long service ARN or the cluster's name would help.",
                shown(name, 255)
            )));
        }
        _ => {
            return Err(unmapped(
                "It names no service; \"service\" or \"serviceDeploymentArn\" would help.".to_owned(),
            ));
        }
    };
    let origin = &clues.origin;
    let given = Origin {
        partition: all.partition.map(str::to_owned).or_else(|| origin.partition.clone()),
        region: all.region.map(str::to_owned).or_else(|| origin.region.clone()),
        account: all.account.map(str::to_owned).or_else(|| origin.account.clone()),
    };
    Ok(target(&given, home, cluster, name))
}

/// The way of the alarm's tag `auto-rollback:services`: `cluster/service`, separated by spaces.
pub(crate) fn by_tag(tag: &str, origin: &Origin, home: &Whereabouts) -> Vec<Result<Target, Leave>> {
    let mut found: Vec<Result<Target, Leave>> = Vec::new();
    for word in tag.split_whitespace() {
        let read = match word.split_once('/') {
            Some((cluster, name)) if is_name(cluster) && is_name(name) => Ok(target(origin, home, cluster, name)),
            _ => Err(unmapped(format!(
                "The alarm's tag auto-rollback:services says {}, which is not of the form cluster/service.",
                shown(word, 255)
            ))),
        };
        if !found.contains(&read) {
            found.push(read);
        }
        if found.len() > MOST_TARGETS {
            break;
        }
    }
    if found.is_empty() {
        found.push(Err(unmapped(
            "The alarm's tag auto-rollback:services is empty; cluster/service would help.".to_owned(),
        )));
    }
    found
}

/// The way of the dimensions `ClusterName` and `ServiceName`, of the contributor that went to ALARM or of any metric.
fn by_dimensions(clues: &Clues, home: &Whereabouts) -> Result<Vec<Target>, Unresolved> {
    let mut targets: Vec<Target> = Vec::new();
    let mut why_not = None;
    for metric in &clues.metrics {
        match service_of(&metric.dimensions) {
            Ok((cluster, name)) => {
                let target = target(&clues.origin.of_metric(metric), home, cluster, name);
                if !targets.contains(&target) {
                    targets.push(target);
                }
                if targets.len() > MOST_TARGETS {
                    break;
                }
            }
            Err(leave) => {
                why_not.get_or_insert(leave);
            }
        }
    }
    if let Some((cluster, name)) = clues.contributor.as_ref().and_then(|attributes| service_of(attributes).ok()) {
        let contributor = target(&clues.origin, home, cluster, name);
        let agrees = targets.is_empty()
            || targets.iter().any(|target| target.cluster == contributor.cluster && target.name == contributor.name);
        if !agrees {
            let read = targets.iter().map(Target::to_string).collect::<Vec<_>>().join(", ");
            let detail = format!("The contributor in ALARM names {contributor}, but the alarm's metrics name {read}.");
            return Err(Unresolved::Wrong(Leave::new(Reason::Ambiguous, detail)));
        }
        return Ok(vec![contributor]);
    }
    if targets.is_empty() {
        return Err(Unresolved::Silent(why_not.unwrap_or_else(|| nothing_said(clues))));
    }
    Ok(targets)
}

/// The cluster and the service that dimensions name, or why they name none.
fn service_of(dimensions: &Pairs) -> Result<(&str, &str), Leave> {
    let value = |name: &str| dimensions.get(name).map(String::as_str);
    if value("DiscoveryName").is_some() || value("TargetDiscoveryName").is_some() {
        return Err(Leave::new(
            Reason::Ambiguous,
            "Its metric is one of Service Connect, whose ServiceName is the side that measures, not always the one to blame; \
             the alarm tag auto-rollback:services would help."
                .to_owned(),
        ));
    }
    match (value("ClusterName"), value("ServiceName")) {
        (Some(cluster), Some(name)) if is_name(cluster) && is_name(name) => Ok((cluster, name)),
        (Some(_), Some(name)) if name.starts_with("daemon:") => Err(unmapped(format!(
            "Its metric is of the managed daemon {}, which has no service deployment.",
            shown(name, 255)
        ))),
        (Some(cluster), Some(name)) => Err(unmapped(format!(
            "The dimensions ClusterName {} and ServiceName {} are no names that ECS could have given.",
            shown(cluster, 255),
            shown(name, 255)
        ))),
        (Some(cluster), None) => Err(unmapped(format!(
            "Its metric is of the whole cluster {}; a dimension ServiceName or the alarm tag auto-rollback:services would help.",
            shown(cluster, 255)
        ))),
        (None, Some(name)) => Err(unmapped(format!(
            "Its metric names the service {} but no cluster; a dimension ClusterName or the alarm tag auto-rollback:services \
             would help.",
            shown(name, 255)
        ))),
        (None, None) => Err(nothing_named()),
    }
}

fn nothing_said(clues: &Clues) -> Leave {
    match &clues.contributor {
        Some(attributes) => service_of(attributes).err().unwrap_or_else(nothing_named),
        None => nothing_named(),
    }
}

fn nothing_named() -> Leave {
    unmapped(
        "Nothing in it names an ECS service; the dimensions ClusterName and ServiceName on one of its metrics, or the alarm \
         tag auto-rollback:services with cluster/service, would help."
            .to_owned(),
    )
}

/// A target at the place of origin.
fn target(origin: &Origin, home: &Whereabouts, cluster: &str, name: &str) -> Target {
    Whereabouts::of_origin(origin, home).service(cluster, name)
}

fn unmapped(detail: String) -> Leave {
    Leave::new(Reason::Unmapped, detail)
}

/// Whether ECS allows this as the name of a cluster or a service: up to 255 letters, digits, underscores and hyphens
/// (`CreateCluster`, `CreateService` in the API Reference).
fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests;
