//! Text that strangers write, made safe for people: names of alarms, their reasons, a person's reason, the words of ECS.

/// The medium in which people read a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    /// An e-mail of plain text.
    Email,
    /// A chat message in the client's own Markdown: that of Slack or of Microsoft Teams.
    Chat,
}

impl Medium {
    /// Fits text into one line, in which it cannot pass for a link, a mention or markup.
    pub(super) fn fit(self, text: &str) -> String {
        let line = one_line(text);
        match self {
            Self::Email => line,
            Self::Chat => for_chat(&line),
        }
    }

    /// The same, in quotation marks that the text cannot close.
    pub(super) fn quote(self, text: &str) -> String {
        format!("\"{}\"", self.fit(text).replace('"', "'"))
    }

    /// A command to be copied: in chat as code, so that the client changes nothing in it.
    pub(super) fn command(self, command: &str) -> String {
        match self {
            Self::Chat if !command.contains(['`', '@']) => format!("`{}`", with_entities(&one_line(command))),
            _ => self.fit(command),
        }
    }
}

/// Replaces control characters by spaces.
pub(super) fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One line without control, bidirectional and invisible characters, in which no URL is whole.
fn one_line(text: &str) -> String {
    let visible: String = without_controls(text).chars().filter(|c| !is_hidden(*c)).collect();
    // Spaces of any kind are one, those that separate lines and paragraphs included.
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut parted = String::with_capacity(line.len());
    for c in line.chars() {
        parted.push(c);
        if parted.ends_with("://") || (c == '.' && ends_with_www(&parted)) {
            parted.push(' ');
        }
    }
    parted
}

fn ends_with_www(text: &str) -> bool {
    text.len()
        .checked_sub("www.".len())
        .and_then(|from| text.get(from..))
        .is_some_and(|end| end.eq_ignore_ascii_case("www."))
}

/// Checks that a character changes how others are shown without being seen: it could turn a line around, or hide words from
/// people that programs read.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Replaces everything that Slack or Teams reads as a mention, a link or markup.
///
/// The clients have no common way to escape: Slack knows no backslash, and entities for three characters only (its guide
/// "Formatting text for app surfaces"). So the others give way to characters that look alike and mean nothing.
fn for_chat(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    let mut before = None;
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let is_within = |fits: fn(char) -> bool| before.is_some_and(fits) && next.is_some_and(fits);
        match c {
            '@' => text.push('＠'),
            '#' => text.push('＃'),
            '*' => text.push('∗'),
            '~' => text.push('∼'),
            '|' => text.push('¦'),
            '`' => text.push('\''),
            // Within a word it means nothing.
            '_' if !is_within(|c: char| c.is_ascii_alphanumeric() || c == '_') => text.push('＿'),
            // A link is `[text](address)`.
            ']' if matches!(next, Some('(' | '[' | ':')) => text.push_str("] "),
            // Clients link what looks like a domain.
            '.' if is_within(char::is_alphanumeric) && next.is_some_and(char::is_alphabetic) => {
                text.push_str(".\u{200b}");
            }
            _ => text.push(c),
        }
        before = Some(c);
    }
    with_entities(&text)
}

fn with_entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A word of a command for a shell: what could be more than a word is quoted.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", without_controls(text).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_its_order_is_what_is_seen() {
        for (text, expected) in [
            ("a\nb\r\nc\u{2028}d\u{85}e\u{b}f", "a b c d e f"),
            ("\u{202e}evil\u{2066}\u{200f}", "evil"),
            ("pay\u{200b}load\u{e0041}", "payload"),
            ("see https://x and HTTP://y", "see https:// x and HTTP:// y"),
            ("WwW.x", "WwW. x"),
            ("été 😀", "été 😀"),
        ] {
            assert_eq!(Medium::Email.fit(text), expected);
        }
    }

    #[test]
    fn chat_reads_no_mention_link_or_markup_in_a_text() {
        for (text, expected) in [
            ("<!channel> & <@U123>", "&lt;!channel&gt; &amp; &lt;＠U123&gt;"),
            ("@here #general", "＠here ＃general"),
            ("[ok](http://x.example)", "[ok] (http:// x.\u{200b}example)"),
            ("*b* _i_ ~s~ `c` |", "∗b∗ ＿i＿ ∼s∼ 'c' ¦"),
            ("web_5xx 9.5 web.prod", "web_5xx 9.5 web.\u{200b}prod"),
        ] {
            assert_eq!(Medium::Chat.fit(text), expected);
        }
        assert_eq!(Medium::Chat.quote("a\" b"), "\"a' b\"");
    }

    #[test]
    fn a_command_can_be_copied_and_holds_one_command() {
        assert_eq!(word("web:41"), "web:41");
        assert_eq!(word("web; rm -rf '/'"), r"'web; rm -rf '\''/'\'''");
        assert_eq!(Medium::Chat.command("aws ecs stop > x"), "`aws ecs stop &gt; x`");
        assert_eq!(Medium::Chat.command("a `b` @here"), "a 'b' ＠here");
    }
}
