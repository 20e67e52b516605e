//! Text that fits the screen, and that no name can disturb.

use jiff::{SignedDuration, Timestamp};
use judgement::text;

use super::Screen;

/// The longest name that is shown.
const LONGEST_NAME: usize = 255;

/// A name without control characters, cut to the length of the longest that AWS takes.
pub(crate) fn plain(name: &str) -> String {
    text::cut(&harmless(name), LONGEST_NAME)
}

/// Text without control characters, which could move the cursor or change colours.
pub(crate) fn harmless(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() || is_invisible(letter) { '\u{fffd}' } else { letter };
    text.chars().map(visible).collect()
}

/// A line for the services that are not shown, if `shown` are fewer than `all`.
pub(crate) fn left_out(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        left => format!("… {left} more services: --json has all\n"),
    }
}

/// A paragraph for all that is not known.
pub(crate) fn not_known(unknown: &[String], screen: &Screen) -> String {
    unknown.iter().map(|what| wrapped(&format!("Not known: {}", harmless(what)), screen.width, "")).collect()
}

/// Marks that turn the direction of text round, or are not seen.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A time to the second, in UTC: `06-03 14:02:10`.
pub(crate) fn short(time: Timestamp) -> String {
    time.strftime("%m-%d %H:%M:%S").to_string()
}

/// A span of time in two units: `3m 10s`.
pub(crate) fn span(duration: SignedDuration) -> String {
    text::span(duration)
}

/// Text in lines of at most `width` columns, broken between words where possible. Each line begins with `indent`.
pub(crate) fn wrapped(text: &str, width: u16, indent: &str) -> String {
    let width = usize::from(width).saturating_sub(indent.chars().count()).max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = line.chars().count() + usize::from(!line.is_empty()) + word.chars().count();
        if needed > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.iter().map(|line| format!("{indent}{line}\n")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(plain("web\u{1b}[2J\u{202e}5xx\n"), "web\u{fffd}[2J\u{fffd}5xx\u{fffd}");
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 9, "  "), "  one two\n  three\n");
        assert_eq!(wrapped("a-long-word b", 5, ""), "a-long-word\nb\n");
    }
}
