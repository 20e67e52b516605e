//! Reads settings one by one from the table, and collects everything that is wrong.

use std::{fmt, str::FromStr};

use judgement::text::shown;

use super::table::{MOVED, Setting};

/// Every setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct WrongSettings(Vec<WrongSetting>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum WrongSetting {
    /// A value that the setting does not take.
    Value { setting: &'static Setting, value: String },
    /// A variable of an earlier version.
    Moved { name: &'static str, to: &'static str },
}

impl fmt::Display for WrongSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid settings: ")?;
        for (index, wrong) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{wrong}")?;
        }
        Ok(())
    }
}

impl fmt::Display for WrongSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { setting: Setting { name, parameter, expected, .. }, value } => {
                let parameter = parameter.map_or_else(String::new, |parameter| format!(", parameter {parameter}"));
                write!(f, "{name}={} (expected {expected}{parameter})", shown(value, 200))
            }
            Self::Moved { name, to } => write!(f, "{name} is no longer read: set {to} instead"),
        }
    }
}

/// Reads settings through `look_up`, which gives the value of an environment variable.
pub(super) struct Reader<L> {
    look_up: L,
    wrong: Vec<WrongSetting>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn new(look_up: L) -> Self {
        let moved = MOVED.into_iter().filter(|(name, _)| look_up(name).is_some());
        let wrong = moved.map(|(name, to)| WrongSetting::Moved { name, to }).collect();
        Self { look_up, wrong }
    }

    /// Gives the settings that were read, unless one was wrong.
    pub(super) fn end<T>(self, read: T) -> Result<T, WrongSettings> {
        if self.wrong.is_empty() { Ok(read) } else { Err(WrongSettings(self.wrong)) }
    }

    /// The value of a variable that Lambda sets, unchecked.
    pub(super) fn raw(&self, name: &str) -> Option<String> {
        (self.look_up)(name)
    }

    /// A setting or its default. An invalid one is recorded and replaced by the default, so that reading continues.
    pub(super) fn parsed<T>(&mut self, setting: &'static Setting, parse: impl Fn(&str) -> Option<T>) -> T {
        self.optional(setting, &parse).unwrap_or_else(|| match parse(setting.default) {
            Some(parsed) => parsed,
            None => unreachable!("the default of {} is valid", setting.name),
        })
    }

    /// A setting whose type knows its values.
    pub(super) fn typed<T: FromStr>(&mut self, setting: &'static Setting) -> T {
        self.parsed(setting, |text| text.parse().ok())
    }

    /// An integer within the range of the setting.
    pub(super) fn whole(&mut self, setting: &'static Setting) -> u32 {
        self.parsed(setting, |text| text.parse().ok().filter(|number| setting.range.contains(number)))
    }

    /// A setting of a few words, in upper or lower case.
    pub(super) fn word<T: Copy>(&mut self, setting: &'static Setting, words: &[(&str, T)]) -> T {
        self.parsed(setting, |text| word(text, words))
    }

    /// A text that need not be set, and that `fits` checks.
    pub(super) fn text(&mut self, setting: &'static Setting, fits: impl Fn(&str) -> bool) -> Option<String> {
        self.optional(setting, |text| fits(text).then(|| text.to_owned()))
    }

    /// A setting that need not be set.
    pub(super) fn optional<T>(&mut self, setting: &'static Setting, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = (self.look_up)(setting.name)?;
        let parsed = parse(&value);
        if parsed.is_none() {
            self.wrong.push(WrongSetting::Value { setting, value });
        }
        parsed
    }
}

/// The meaning of a word, in upper or lower case.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
}
