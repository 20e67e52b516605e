//! Text for messages: short, on one line, and safe to show with any payload.

use std::error::Error;

use jiff::SignedDuration;

/// Quotes and escapes text from a payload for a message of one line, and cuts it after `longest` characters.
#[must_use]
pub fn shown(text: &str, longest: usize) -> String {
    let cut: String = text.chars().take(longest).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{dots}")
}

/// Truncates text to `longest` characters, ending in "…".
#[must_use]
pub fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// Writes a duration for people: up to two units, seconds at the finest.
#[must_use]
pub fn span(duration: SignedDuration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = duration.as_secs().unsigned_abs();
    let mut parts = Vec::new();
    for (seconds, unit) in UNITS {
        if parts.len() < 2 && rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

/// Joins an error and all its causes on one line, each cause once.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !causes.contains(&text) {
            causes.push(text);
        }
        source = cause.source();
    }
    one_line(&causes.join(": "))
}

/// Makes one English sentence of a message: it begins with a capital letter and ends with a full stop.
#[must_use]
pub fn sentence(message: &str) -> String {
    let mut chars = message.trim_end_matches(['.', ' ']).chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).chain(['.']).collect())
}

/// Escapes the control characters in a text.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_up_to_two_units() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (3_601, "1h 1s"), (90_061, "1d 1h"), (-5, "5s")] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), text);
        }
        assert_eq!(span(SignedDuration::MIN), "106751991167300d 15h");
    }

    #[test]
    fn long_text_is_cut_and_short_text_is_not() {
        assert_eq!((cut("four", 4).as_str(), cut("fiveé", 4).as_str()), ("four", "fiv…"));
        assert_eq!(shown("a\nb", 9), "\"a\\nb\"");
    }

    #[test]
    fn a_sentence_has_a_capital_letter_and_one_full_stop() {
        assert_eq!(sentence("could not list: no."), "Could not list: no.");
        assert_eq!(sentence("état"), "État.");
        assert_eq!(sentence(""), "");
    }
}
