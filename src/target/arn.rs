//! Amazon Resource Names, as far as they are needed here.

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
    /// Takes `text` apart. `None` if it is no ARN of a resource in an account and a Region.
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
