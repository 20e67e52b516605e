//! Amazon Resource Names and ECS's names.

/// The parts of an ARN: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov` and more.
    pub partition: &'a str,
    /// The AWS service: `ecs`, `cloudwatch`.
    pub service: &'a str,
    /// The Region's code.
    pub region: &'a str,
    /// The account's number.
    pub account: &'a str,
    /// All that follows, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses an ARN. `None` if it is not that of a resource in an account and a Region.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let mut part = || parts.next().filter(|part| !part.is_empty());
        Some(Self { partition: part()?, service: part()?, region: part()?, account: part()?, resource: part()? })
    }
}

/// Checks that ECS allows this as the name of a cluster or a service: up to 255 letters, digits, underscores and hyphens
/// (`CreateCluster`, `CreateService` in the API Reference).
#[must_use]
pub fn is_ecs_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Checks that a text has the form of an account's number: 12 digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
