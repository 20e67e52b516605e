//! The tag `auto-rollback` of a service, by which its team decides on it.

use std::fmt;

use jiff::Timestamp;

use super::Mode;

/// The tag's key.
pub const TAG: &str = "auto-rollback";

/// The most characters of a tag's value (ECS API Reference, Tag).
const LONGEST: usize = 256;

/// The value of the tag: a mode, with an end if it is a hold.
///
/// `off until=2026-06-01T12:00:00Z then=enforce reason=load test` switches a service off until noon, and then lets it be rolled back
/// again. A hold that is over counts as the mode after `then`, and without one as no tag at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The mode.
    pub mode: Mode,
    /// The end of it. `None`: it has none.
    pub until: Option<Timestamp>,
    /// The mode after the end.
    pub then: Option<Mode>,
    /// The reason, as its author worded it.
    pub reason: Option<String>,
}

impl Tag {
    /// Reads a tag's value. `None` if it cannot be read.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (value, reason) = match value.split_once(" reason=") {
            Some((value, reason)) => (value, Some(reason.trim().to_owned())),
            None => (value, None),
        };
        let mut words = value.split_whitespace();
        let mut tag = Self { mode: words.next()?.parse().ok()?, until: None, then: None, reason };
        for word in words {
            match word.split_once('=')? {
                ("until", time) => tag.until = Some(time.parse().ok()?),
                ("then", mode) => tag.then = Some(mode.parse().ok()?),
                _ => return None,
            }
        }
        Some(tag)
    }

    /// The mode that it gives at `now`. `None` if its end has passed and nothing follows.
    #[must_use]
    pub fn mode_at(&self, now: Timestamp) -> Option<Mode> {
        if self.until.is_some_and(|until| until <= now) { self.then } else { Some(self.mode) }
    }
}

/// The value as ECS takes it: other characters of the reason become `_`, and a reason that is too long is cut.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.until.map(|until| format!(" until={until:.0}")).unwrap_or_default();
        let then = self.then.map(|then| format!(" then={then}")).unwrap_or_default();
        let mut value = format!("{}{until}{then}", self.mode);
        if let Some(reason) = &self.reason {
            let may_stay = |letter: char| letter.is_alphanumeric() || " +-=._:/@".contains(letter);
            let allowed = reason.chars().map(|letter| if may_stay(letter) { letter } else { '_' });
            value.extend(" reason=".chars().chain(allowed));
        }
        write!(f, "{}", value.chars().take(LONGEST).collect::<String>().trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_hold_is_read_as_it_is_written() {
        let hold = Tag {
            mode: Mode::Off,
            until: Some(noon()),
            then: Some(Mode::Enforce),
            reason: Some("load test (until=noon)".to_owned()),
        };
        assert_eq!(hold.to_string(), "off until=2026-06-01T12:00:00Z then=enforce reason=load test _until=noon_");
        let reason = Some("load test _until=noon_".to_owned());
        assert_eq!(Tag::parse(&hold.to_string()), Some(Tag { reason, ..hold }));
        assert_eq!(Tag::parse(" enforce "), Some(Tag { mode: Mode::Enforce, until: None, then: None, reason: None }));
    }

    #[test]
    fn a_hold_counts_until_its_end_and_one_without_an_end_always() {
        let before = "2026-06-01T11:59:59Z".parse().unwrap();
        for (value, at_end) in [
            ("off", Some(Mode::Off)),
            ("off until=2026-06-01T12:00:00Z", None),
            ("off until=2026-06-01T12:00:00Z then=observe", Some(Mode::Observe)),
        ] {
            let tag = Tag::parse(value).unwrap();
            assert_eq!(tag.mode_at(before), Some(Mode::Off), "{value}");
            assert_eq!(tag.mode_at(noon()), at_end, "{value}");
        }
    }

    #[test]
    fn a_value_that_is_not_understood_is_not_guessed_at() {
        for value in
            ["", "on", "off until=tomorrow", "off till=2026-06-01T12:00:00Z", "off until=2026-06-01", "off then"]
        {
            assert_eq!(Tag::parse(value), None, "{value}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_to_what_ecs_takes() {
        let tag = Tag { mode: Mode::Off, until: None, then: None, reason: Some("é".repeat(300)) };
        assert_eq!(tag.to_string().chars().count(), 256);
    }
}
