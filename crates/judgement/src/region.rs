//! Regions: the form of their codes, their partitions and their display names.

/// The display names that SNS alarms use for their Region, from the SDKs' table of endpoints.
const NAMES: [(&str, &str); 46] = [
    ("Africa (Cape Town)", "af-south-1"),
    ("Asia Pacific (Hong Kong)", "ap-east-1"),
    ("Asia Pacific (Taipei)", "ap-east-2"),
    ("Asia Pacific (Tokyo)", "ap-northeast-1"),
    ("Asia Pacific (Seoul)", "ap-northeast-2"),
    ("Asia Pacific (Osaka)", "ap-northeast-3"),
    ("Asia Pacific (Mumbai)", "ap-south-1"),
    ("Asia Pacific (Hyderabad)", "ap-south-2"),
    ("Asia Pacific (Singapore)", "ap-southeast-1"),
    ("Asia Pacific (Sydney)", "ap-southeast-2"),
    ("Asia Pacific (Jakarta)", "ap-southeast-3"),
    ("Asia Pacific (Melbourne)", "ap-southeast-4"),
    ("Asia Pacific (Malaysia)", "ap-southeast-5"),
    ("Asia Pacific (New Zealand)", "ap-southeast-6"),
    ("Asia Pacific (Thailand)", "ap-southeast-7"),
    ("Canada (Central)", "ca-central-1"),
    ("Canada West (Calgary)", "ca-west-1"),
    ("Europe (Frankfurt)", "eu-central-1"),
    ("Europe (Zurich)", "eu-central-2"),
    ("Europe (Stockholm)", "eu-north-1"),
    ("Europe (Milan)", "eu-south-1"),
    ("Europe (Spain)", "eu-south-2"),
    ("Europe (Ireland)", "eu-west-1"),
    ("Europe (London)", "eu-west-2"),
    ("Europe (Paris)", "eu-west-3"),
    ("Israel (Tel Aviv)", "il-central-1"),
    ("Middle East (UAE)", "me-central-1"),
    ("Middle East (Bahrain)", "me-south-1"),
    ("Mexico (Central)", "mx-central-1"),
    ("South America (Sao Paulo)", "sa-east-1"),
    ("US East (N. Virginia)", "us-east-1"),
    ("US East (Ohio)", "us-east-2"),
    ("US West (N. California)", "us-west-1"),
    ("US West (Oregon)", "us-west-2"),
    ("China (Beijing)", "cn-north-1"),
    ("China (Ningxia)", "cn-northwest-1"),
    ("AWS GovCloud (US-East)", "us-gov-east-1"),
    ("AWS GovCloud (US-West)", "us-gov-west-1"),
    ("US ISO East", "us-iso-east-1"),
    ("US ISO WEST", "us-iso-west-1"),
    ("US ISOB East (Ohio)", "us-isob-east-1"),
    ("US ISOB West", "us-isob-west-1"),
    ("EU ISOE West", "eu-isoe-west-1"),
    ("US ISOF EAST", "us-isof-east-1"),
    ("US ISOF SOUTH", "us-isof-south-1"),
    ("AWS European Sovereign Cloud (Germany)", "eusc-de-east-1"),
];

/// Checks that a text has the form of a Region's code: `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let is_number = parts.pop().is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    is_number && parts.len() >= 2 && parts.iter().all(is_word)
}

/// The code of the Region with this display name. Older alarms write `EU` for `Europe`. `None` if the name is unknown.
pub(crate) fn region_named(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("EU (").map_or_else(|| name.to_owned(), |rest| format!("Europe ({rest}"));
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// The partition of a Region, by the prefixes in the SDKs' partition table.
pub(crate) fn partition_of(region: &str) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_code_has_at_least_two_words_and_a_number() {
        assert!(NAMES.iter().all(|(_, code)| is_region(code)));
        for wrong in ["", "eu", "eu-west", "west-1", "EU-WEST-1", "eu-west-1a", "eu--1", "REGION", "eu west-1", "*"] {
            assert!(!is_region(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_region_is_found_by_its_newer_and_its_older_name() {
        assert_eq!(region_named("Europe (Ireland)"), Some("eu-west-1"));
        assert_eq!(region_named("EU (Ireland)"), Some("eu-west-1"));
        assert_eq!(region_named("US East (N. Virginia)"), Some("us-east-1"));
        assert_eq!(region_named("EXAMPLE"), None);
    }
}
