//! The glob patterns of settings: `*` for any characters, `?` for one.

use wildmatch::WildMatch;

use crate::{arn::is_account, service::Service};

/// Patterns of `cluster/service`, each limited to one account if it begins with its number: `111122223333:prod/*`.
#[derive(Debug, Clone)]
pub struct ServicePatterns(Vec<ServicePattern>);

#[derive(Debug, Clone)]
struct ServicePattern {
    /// The only account in which it matches, if it names one.
    account: Option<String>,
    cluster: WildMatch,
    name: WildMatch,
    /// The cluster's name, if the pattern has no wildcard in it.
    one_cluster: Option<String>,
}

impl ServicePatterns {
    /// Reads patterns of the form `cluster/service` or `account:cluster/service`, separated by spaces. `None` if one of them is
    /// malformed, or there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let patterns: Option<Vec<_>> = text.split_whitespace().map(service_pattern).collect();
        patterns.filter(|patterns| !patterns.is_empty()).map(Self)
    }

    /// Checks that a pattern matches the service.
    #[must_use]
    pub fn lists(&self, service: &Service) -> bool {
        self.0.iter().any(|pattern| {
            let fits_account = pattern.account.is_none() || pattern.account == service.account;
            fits_account && pattern.cluster.matches(&service.cluster) && pattern.name.matches(&service.name)
        })
    }

    /// The clusters that patterns name without wildcards, each once, and `true` if other patterns may match more.
    #[must_use]
    pub fn clusters(&self) -> (Vec<String>, bool) {
        let mut named: Vec<String> = self.0.iter().filter_map(|pattern| pattern.one_cluster.clone()).collect();
        named.sort();
        named.dedup();
        (named, self.0.iter().any(|pattern| pattern.one_cluster.is_none()))
    }

    /// Checks that a pattern matches the cluster, but only with a wildcard.
    #[must_use]
    pub fn lists_newly(&self, cluster: &str) -> bool {
        let outright = self.0.iter().any(|pattern| pattern.one_cluster.as_deref() == Some(cluster));
        !outright && self.0.iter().any(|pattern| pattern.cluster.matches(cluster))
    }
}

fn service_pattern(text: &str) -> Option<ServicePattern> {
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'*' | b'?'))
    };
    let (account, text) = match text.split_once(':') {
        Some((account, rest)) => (is_account(account).then_some(Some(account))?, rest),
        None => (None, text),
    };
    let (cluster, name) = text.split_once('/')?;
    (fits(cluster) && fits(name)).then(|| ServicePattern {
        account: account.map(str::to_owned),
        cluster: WildMatch::new(cluster),
        name: WildMatch::new(name),
        one_cluster: (!cluster.contains(['*', '?'])).then(|| cluster.to_owned()),
    })
}

/// Patterns of alarm names.
#[derive(Debug, Clone)]
pub struct AlarmPatterns(Vec<(String, WildMatch)>);

/// The prefix that Application Auto Scaling gives the alarms of its target tracking policies.
const SCALING: &str = "TargetTracking-";

impl AlarmPatterns {
    /// Reads patterns separated by spaces. `None` if there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let patterns: Vec<_> =
            text.split_whitespace().map(|pattern| (pattern.to_owned(), WildMatch::new(pattern))).collect();
        (!patterns.is_empty()).then_some(Self(patterns))
    }

    /// Checks that a pattern matches the alarm.
    #[must_use]
    pub fn lists(&self, alarm: &str) -> bool {
        self.0.iter().any(|(_, pattern)| pattern.matches(alarm))
    }

    /// Checks that the alarm belongs to Application Auto Scaling, and that no pattern is meant for such alarms.
    #[must_use]
    pub fn leaves_to_scaling(&self, alarm: &str) -> bool {
        let meant = |(text, pattern): &(String, WildMatch)| text.starts_with(SCALING) && pattern.matches(alarm);
        alarm.starts_with(SCALING) && !self.0.iter().any(meant)
    }
}
