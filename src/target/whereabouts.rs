//! Accounts and Regions.

use super::{Arn, Target};
use crate::signal::Origin;

/// An account and Region: where the function runs, or where a signal points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whereabouts {
    /// The partition.
    pub partition: String,
    /// The Region's code.
    pub region: String,
    /// The account's number, if that is known.
    pub account: Option<String>,
}

impl Whereabouts {
    /// Where the function of this ARN runs, working in `region`. A stand-in for Lambda may give no real ARN: then the
    /// account is unknown, and the Region tells the partition.
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

    /// Where a signal comes from; what it leaves out is taken from where the function runs.
    #[must_use]
    pub fn of_origin(origin: &Origin, home: &Self) -> Self {
        Self {
            partition: origin.partition.clone().unwrap_or_else(|| home.partition.clone()),
            region: origin.region.clone().unwrap_or_else(|| home.region.clone()),
            account: origin.account.clone().or_else(|| home.account.clone()),
        }
    }

    /// Whether this is the same place, as far as both are known.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        let same_account = match (&self.account, &other.account) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.partition == other.partition && self.region == other.region && same_account
    }

    /// The service of these names here.
    #[must_use]
    pub fn service(&self, cluster: &str, name: &str) -> Target {
        let Self { partition, region, account } = self.clone();
        Target { partition, account, region, cluster: cluster.to_owned(), name: name.to_owned() }
    }
}

/// The partition of a Region, by the prefixes that the SDKs' partition table gives.
fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}
