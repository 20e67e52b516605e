//! Where something happens.

use crate::{ACCOUNT, REGION};

/// An account and a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Default for Place {
    fn default() -> Self {
        Self { account: ACCOUNT.to_owned(), region: REGION.to_owned() }
    }
}

impl Place {
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { account, region } = self;
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The Region as alarms by SNS write it.
    pub(crate) fn display_name(&self) -> &str {
        match self.region.as_str() {
            "us-east-1" => "US East (N. Virginia)",
            "us-west-2" => "US West (Oregon)",
            "eu-west-1" => "EU (Ireland)",
            "eu-central-1" => "EU (Frankfurt)",
            code => code,
        }
    }
}

/// The cluster and the name of a service, from `cluster/name`.
pub(crate) fn parts(service: &str) -> (&str, &str) {
    service.split_once('/').expect("a service as cluster/name")
}
