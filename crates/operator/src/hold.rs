//! `hold` and `release`: the one tag by which a service's team decides on it. The only commands that change anything.

use std::io::{self, BufRead, IsTerminal};

use jiff::Timestamp;
use judgement::policy::{Mode, TAG, Tag};
use serde::Serialize;

use crate::{
    arguments::{Hold, Release},
    aws::Service,
    output::{Answer, End, Screen, Shown, Tone, plain, wrapped},
    session::{Failure, Session},
};

/// The answer: a tag that was changed, or was left as it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    /// The service.
    service: String,
    /// The value of its tag before. `None`: it had none.
    before: Option<String>,
    /// The value after. `None`: it has none.
    after: Option<String>,
    /// The end of the hold.
    until: Option<Timestamp>,
    /// `true` if the tag was written.
    written: bool,
    /// The answer for a person.
    #[serde(skip)]
    text: String,
}

/// Holds a service.
pub(crate) async fn hold(session: &Session, options: &Hold) -> Result<Shown, Failure> {
    let service = session.active_service(&options.service).await?;
    let before = service.observed.tag.clone();
    let until = match options.duration {
        Some(duration) => Some(session.now.checked_add(duration).map_err(|error| Failure::Usage(error.to_string()))?),
        None => None,
    };
    let tag = Tag {
        mode: Mode::Off,
        until,
        then: before.as_deref().and_then(|value| mode_without_hold(value, session.now)),
        reason: Some(options.reason.clone()),
    };
    let end = match until {
        Some(until) => format!("until {until:.0}, and then as before"),
        None => "without an end, until it is released".to_owned(),
    };
    let change = Change {
        service: service.service.to_string(),
        before,
        after: Some(tag.to_string()),
        until,
        written: false,
        text: format!("The function leaves {} alone {end}.", service.service),
    };
    write(session, &service, change, options.yes).await
}

/// Releases a service.
pub(crate) async fn release(session: &Session, options: &Release) -> Result<Shown, Failure> {
    let service = session.active_service(&options.service).await?;
    let before = service.observed.tag.clone();
    let tag = before.as_deref().map(|value| (value, Tag::parse(value)));
    let after = match tag {
        None => return Err(Failure::Usage(format!("{} is not held: it has no tag {TAG}", service.service))),
        Some((_, Some(Tag { mode, .. }))) if mode != Mode::Off => {
            return Err(Failure::Usage(format!("{} is not held: its tag {TAG} is {mode}", service.service)));
        }
        Some((_, tag)) => tag.and_then(|tag| tag.then),
    };
    let text = match after {
        Some(mode) => format!("The tag of {} says {mode} again.", service.service),
        None => format!("{} has no tag of its own any more: the function's settings decide.", service.service),
    };
    let change = Change {
        service: service.service.to_string(),
        before,
        after: after.map(|mode| mode.to_string()),
        until: None,
        written: false,
        text,
    };
    write(session, &service, change, options.yes).await
}

/// The mode that a tag would give without a hold: what a new hold must restore.
fn mode_without_hold(value: &str, now: Timestamp) -> Option<Mode> {
    let tag = Tag::parse(value)?;
    if tag.until.is_some() || tag.then.is_some() || tag.reason.is_some() {
        return tag.then;
    }
    tag.mode_at(now)
}

async fn write(session: &Session, service: &Service, change: Change, yes: bool) -> Result<Shown, Failure> {
    if !yes && !asked(&change, &session.screen)? {
        let text = "Nothing was changed.".to_owned();
        return session.screen.show(&Change { after: change.before.clone(), text, ..change }, End::Short);
    }
    match &change.after {
        Some(value) => session.ecs.tag(service, value).await?,
        None => session.ecs.untag(service).await?,
    }
    session.screen.show(&Change { written: true, ..change }, End::Fine)
}

/// Says what will be written, and asks whether it may be.
#[expect(clippy::print_stderr, reason = "the question, which is no part of the answer")]
fn asked(change: &Change, screen: &Screen) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let text = "this writes a tag, and there is no terminal to ask on: give --yes";
        return Err(Failure::Usage(text.to_owned()));
    }
    eprint!("{}Write this tag? [y/N] ", change.lines(screen));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(is_yes(&line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

impl Change {
    /// The tag before and after.
    fn lines(&self, screen: &Screen) -> String {
        let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "no tag".to_owned(), plain);
        let (before, after) = (shown(&self.before), shown(&self.after));
        let heading = screen.paint(&format!("{}: tag {TAG}", plain(&self.service)), Tone::Bold);
        let old = wrapped(&format!("old: {before}"), screen.width, "  ");
        format!("{heading}\n{old}{}", wrapped(&format!("new: {after}"), screen.width, "  "))
    }
}

impl Answer for Change {
    fn text(&self, screen: &Screen) -> String {
        let lines = if self.written { self.lines(screen) } else { String::new() };
        format!("{lines}{}", wrapped(&self.text, screen.width, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(is_yes("y\n") && is_yes(" Yes \n"));
        assert!(!is_yes("\n") && !is_yes("n\n") && !is_yes("yess\n"));
    }

    #[test]
    fn a_hold_on_a_held_service_keeps_the_mode_from_before_the_first() {
        let now = Timestamp::UNIX_EPOCH;
        for (value, then) in [
            ("enforce", Some(Mode::Enforce)),
            ("off", Some(Mode::Off)),
            ("off until=1970-01-02T00:00:00Z then=observe reason=test", Some(Mode::Observe)),
            ("off reason=test", None),
            ("nonsense", None),
        ] {
            assert_eq!(mode_without_hold(value, now), then, "{value}");
        }
    }
}
