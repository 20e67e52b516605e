//! The account and Region of an event: everything that it states about them must agree.

use crate::{
    arn::{Arn, is_account},
    region::{is_region, region_named},
    signal::{Clues, Origin},
    text::shown,
    verdict::{Reason, Verdict},
};

/// All that an event states about its partition, Region and account.
#[derive(Default)]
pub(super) struct Statements<'a> {
    partitions: Vec<(&'static str, &'a str)>,
    regions: Vec<(&'static str, &'a str)>,
    accounts: Vec<(&'static str, &'a str)>,
}

/// The origin of an event, and the verdict on it if its statements contradict each other.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) origin: Origin,
    pub(super) contradiction: Option<Verdict>,
}

impl<'a> Statements<'a> {
    pub(super) fn of_arn(what: &'static str, arn: Option<&'a str>) -> Self {
        Self::default().and_arn(what, arn)
    }

    pub(super) fn and_arn(mut self, what: &'static str, arn: Option<&'a str>) -> Self {
        let Some(arn) = arn.and_then(Arn::parse) else { return self };
        self.partitions.push((what, arn.partition));
        self.and_region(what, Some(arn.region)).and_account(what, Some(arn.account))
    }

    pub(super) fn and_account(mut self, what: &'static str, account: Option<&'a str>) -> Self {
        self.accounts.extend(account.map(|account| (what, account)));
        self
    }

    pub(super) fn and_region(mut self, what: &'static str, region: Option<&'a str>) -> Self {
        self.regions.extend(region.map(|region| (what, region)));
        self
    }

    /// Adds a Region by its display name, such as `Europe (Ireland)`. Unknown names are ignored.
    pub(super) fn and_region_named(self, what: &'static str, name: Option<&'a str>) -> Self {
        self.and_region(what, name.and_then(region_named))
    }

    pub(super) fn agreed(self) -> Stated {
        let partition = agreed("partition", &self.partitions, |partition| !partition.is_empty());
        let region = agreed("Region", &self.regions, is_region);
        let account = agreed("account", &self.accounts, is_account);
        match (partition, region, account) {
            (Ok(partition), Ok(region), Ok(account)) => {
                Stated { origin: Origin { partition, region, account }, contradiction: None }
            }
            (Err(verdict), ..) | (_, Err(verdict), _) | (.., Err(verdict)) => {
                Stated { origin: Origin::default(), contradiction: Some(verdict) }
            }
        }
    }
}

impl Stated {
    /// Clues that consist of the origin alone.
    pub(super) fn clues(self) -> Clues {
        Clues { origin: self.origin, contradiction: self.contradiction, ..Clues::default() }
    }
}

/// The one value of statements that agree. `None` if there are none.
fn agreed(
    of: &str,
    statements: &[(&'static str, &str)],
    is_valid: impl Fn(&str) -> bool,
) -> Result<Option<String>, Verdict> {
    let Some((first, value)) = statements.first() else { return Ok(None) };
    if let Some((what, wrong)) = statements.iter().find(|(_, value)| !is_valid(value)) {
        let detail = format!("The event gives {} as its {of} ({what}), which is not a valid one.", shown(wrong, 64));
        return Err(Verdict::new(Reason::Unmapped, detail));
    }
    if let Some((other, contradicts)) = statements.iter().find(|(_, other)| other != value) {
        let detail = format!(
            "The event contradicts itself: its {of} is {} by its {first} and {} by its {other}.",
            shown(value, 64),
            shown(contradicts, 64)
        );
        return Err(Verdict::new(Reason::Ambiguous, detail));
    }
    Ok(Some((*value).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web-5xx";

    fn stated(arn: Option<&str>, account: Option<&str>, region: Option<&str>) -> String {
        let stated =
            Statements::of_arn("alarm's ARN", arn).and_account("account", account).and_region("Region", region);
        let Stated { origin: Origin { partition, region, account }, contradiction } = stated.agreed();
        match contradiction {
            Some(verdict) => format!("{}: {}", verdict.reason, verdict.detail),
            None => [partition, region, account].map(Option::unwrap_or_default).join(" "),
        }
    }

    #[test]
    fn all_statements_of_an_event_about_its_account_and_region_must_agree() {
        assert_eq!(stated(Some(ARN), Some("111122223333"), Some("eu-west-1")), "aws eu-west-1 111122223333");
        assert_eq!(stated(None, Some("111122223333"), None), "  111122223333");
        assert_eq!(stated(Some("web-5xx"), None, Some("eu-west-1")), " eu-west-1 ");
        assert_eq!(
            stated(Some(ARN), Some("444455556666"), None),
            "ambiguous: The event contradicts itself: its account is \"111122223333\" by its alarm's ARN and \"444455556666\" \
             by its account."
        );
        assert!(stated(Some(ARN), None, Some("us-east-1")).starts_with("ambiguous: "));
        for (account, region) in
            [("11112222333", "eu-west-1"), ("11112222333a", "eu-west-1"), ("111122223333", "Ireland")]
        {
            assert!(stated(None, Some(account), Some(region)).starts_with("unmapped: "), "{account} {region}");
        }
    }
}
