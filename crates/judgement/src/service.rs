//! ECS services, and their accounts and Regions.

use std::fmt;

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{arn::Arn, region::partition_of, signal::Origin};

/// One ECS service.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Service {
    /// The partition, such as `aws`.
    #[serde(skip)]
    pub partition: String,
    /// The account's number, if it is known. A request states only names.
    pub account: Option<String>,
    /// The Region's code.
    pub region: String,
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub name: String,
}

impl Service {
    /// Compares two services. An unknown account matches any.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.name == other.name && self.location().is_at(&other.location())
    }

    /// The account and Region in which it is.
    #[must_use]
    pub fn location(&self) -> Location {
        let Self { partition, region, account, .. } = self.clone();
        Location { partition, region, account }
    }

    /// Its ARN, if its account is known.
    #[must_use]
    pub fn arn(&self) -> Option<String> {
        let Self { partition, account, region, cluster, name } = self;
        let account = account.as_ref()?;
        Some(format!("arn:{partition}:ecs:{region}:{account}:service/{cluster}/{name}"))
    }

    /// The same service, with the account of this ARN if none was known.
    #[must_use]
    pub fn with_account_of(&self, arn: &str) -> Self {
        let account = self.account.clone().or_else(|| Arn::parse(arn).map(|arn| arn.account.to_owned()));
        Self { account, ..self.clone() }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cluster, self.name)
    }
}

/// The ways that lead from a signal to its services, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Names and ARNs that the event states directly.
    Explicit,
    /// The alarm's tags that the event carries.
    PayloadTags,
    /// The dimensions of the alarm's metrics, or the attributes of the contributor in ALARM.
    EcsDimensions,
    /// The alarm's tags, looked up.
    AlarmTags,
    /// The contributors in ALARM of an alarm that watches several series, looked up.
    Contributors,
    /// The children of a composite alarm.
    CompositeChildren,
    /// The target groups, or the load balancer, that the alarm watches.
    TargetGroups,
    /// The services that name the alarm in their own deployment alarms.
    DeploymentAlarms,
}

impl Way {
    /// The ways that call AWS, in the order in which they are tried. Each is switched on by its name, except the contributors,
    /// which belong to the look-up `evidence`.
    pub const LOOK_UPS: [Self; 5] =
        [Self::AlarmTags, Self::Contributors, Self::CompositeChildren, Self::TargetGroups, Self::DeploymentAlarms];

    /// The name in responses and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name of its look-up in settings.
    #[must_use]
    pub fn look_up(self) -> &'static str {
        match self {
            Self::Contributors => "evidence",
            way => way.as_str(),
        }
    }
}

/// An account and Region: where the function runs, or where a signal points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The partition.
    pub partition: String,
    /// The Region's code.
    pub region: String,
    /// The account's number, if it is known.
    pub account: Option<String>,
}

impl Location {
    /// The location of the function with this ARN, which works in `region`. A stand-in for Lambda may give no real ARN; then
    /// the account is unknown, and the partition is derived from the Region.
    #[must_use]
    pub fn of_function(arn: &str, region: &str) -> Self {
        let arn = Arn::parse(arn);
        let partition = arn.map_or_else(|| partition_of(region), |arn| arn.partition);
        Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: arn.map(|arn| arn.account.to_owned()),
        }
    }

    /// The location of a signal's origin. `None` if the origin has no Region.
    #[must_use]
    pub fn of_origin(origin: &Origin) -> Option<Self> {
        let region = origin.region.clone()?;
        let partition = origin.partition.clone().unwrap_or_else(|| partition_of(&region).to_owned());
        Some(Self { partition, region, account: Some(origin.account.clone()?) })
    }

    /// The same Region in another account, if one is given.
    #[must_use]
    pub fn in_account(&self, account: Option<&str>) -> Self {
        let account = account.map(str::to_owned).or_else(|| self.account.clone());
        Self { account, ..self.clone() }
    }

    /// This location as the origin of a signal.
    #[must_use]
    pub fn as_origin(&self) -> Origin {
        let Self { partition, region, account } = self.clone();
        Origin { partition: Some(partition), region: Some(region), account }
    }

    /// Compares two locations. An unknown account matches any.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        let same_account = match (&self.account, &other.account) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.partition == other.partition && self.region == other.region && same_account
    }

    /// The service with these names here.
    #[must_use]
    pub fn service(&self, cluster: &str, name: &str) -> Service {
        let Self { partition, region, account } = self.clone();
        Service { partition, account, region, cluster: cluster.to_owned(), name: name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_follows_from_the_functions_arn_or_else_from_its_region() {
        let lambda = Location::of_function("arn:aws-cn:lambda:cn-north-1:111122223333:function:f", "cn-north-1");
        assert_eq!((lambda.partition.as_str(), lambda.account.as_deref()), ("aws-cn", Some("111122223333")));
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            assert_eq!(Location::of_function("function-arn", region).partition, partition);
        }
    }

    #[test]
    fn an_unknown_account_matches_any() {
        let home = Location::of_function("arn:aws:lambda:eu-west-1:111122223333:function:f", "eu-west-1");
        let web = home.service("prod", "web");
        let unknown = Service { account: None, ..web.clone() };
        let foreign = Service { account: Some("444455556666".to_owned()), ..web.clone() };
        assert!(web.is_same(&unknown) && !web.is_same(&foreign) && !web.is_same(&home.service("prod", "cart")));
    }
}
