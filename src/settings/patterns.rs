//! The glob patterns of settings: `*` for any characters, `?` for one.

use wildmatch::WildMatch;

use crate::target::Target;

/// Patterns of `cluster/service`.
#[derive(Debug, Clone)]
pub struct ServicePatterns(Vec<(WildMatch, WildMatch)>);

impl ServicePatterns {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let patterns: Option<Vec<_>> = text.split_whitespace().map(service_pattern).collect();
        patterns.filter(|patterns| !patterns.is_empty()).map(Self)
    }

    /// Whether a pattern fits the service.
    #[must_use]
    pub fn lists(&self, target: &Target) -> bool {
        self.0.iter().any(|(cluster, name)| cluster.matches(&target.cluster) && name.matches(&target.name))
    }
}

fn service_pattern(text: &str) -> Option<(WildMatch, WildMatch)> {
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'*' | b'?'))
    };
    let (cluster, name) = text.split_once('/')?;
    (fits(cluster) && fits(name)).then(|| (WildMatch::new(cluster), WildMatch::new(name)))
}

/// Patterns of alarm names.
#[derive(Debug, Clone)]
pub struct AlarmPatterns(Vec<(String, WildMatch)>);

/// How Application Auto Scaling names the alarms that it makes for its target tracking policies.
const SCALING: &str = "TargetTracking-";

impl AlarmPatterns {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let patterns: Vec<_> =
            text.split_whitespace().map(|pattern| (pattern.to_owned(), WildMatch::new(pattern))).collect();
        (!patterns.is_empty()).then_some(Self(patterns))
    }

    /// Whether a pattern fits the alarm.
    #[must_use]
    pub fn lists(&self, alarm: &str) -> bool {
        self.0.iter().any(|(_, pattern)| pattern.matches(alarm))
    }

    /// Whether the alarm is one of Application Auto Scaling's own, and no pattern was written for just these.
    #[must_use]
    pub fn leaves_to_scaling(&self, alarm: &str) -> bool {
        let meant = |(text, pattern): &(String, WildMatch)| text.starts_with(SCALING) && pattern.matches(alarm);
        alarm.starts_with(SCALING) && !self.0.iter().any(meant)
    }
}
