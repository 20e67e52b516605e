//! What a person or a program reads: tables, colour, JSON, progress.

mod progress;
mod table;
mod text;

use std::io::{self, IsTerminal};

use serde::Serialize;

use crate::session::Failure;

pub(crate) use self::{
    progress::Progress,
    table::{Cell, Table, Tone},
    text::{harmless, left_out, not_known, plain, short, span, wrapped},
};

/// The width of output that goes to no terminal.
const WIDTH_OF_NO_TERMINAL: u16 = 120;

/// The narrowest width to which tables are fitted.
const NARROWEST: u16 = 40;

/// The screen on which an answer is shown.
#[derive(Debug, Clone)]
pub struct Screen {
    /// `true` to write JSON.
    pub is_json: bool,
    /// The width in columns.
    pub width: u16,
    /// `true` to write in colour.
    pub is_coloured: bool,
    /// `true` to show progress.
    pub shows_progress: bool,
}

impl Screen {
    /// The screen that standard output is, by the conventions of `NO_COLOR`, `TERM` and `COLUMNS`.
    pub(crate) fn of_terminal(is_json: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let measured = comfy_table::Table::new().width().filter(|_| is_terminal);
        Self {
            is_json,
            width: columns.or(measured).unwrap_or(WIDTH_OF_NO_TERMINAL).max(NARROWEST),
            is_coloured: is_terminal
                && variable("NO_COLOR").is_none_or(|value| value.is_empty())
                && variable("TERM").is_none_or(|term| term != "dumb"),
            shows_progress: io::stderr().is_terminal() && !is_json,
        }
    }

    /// An answer as this screen shows it: as JSON, or as text for people.
    pub(crate) fn show(&self, answer: &impl Answer, end: End) -> Result<Shown, Failure> {
        let mut text = if self.is_json { serde_json::to_string_pretty(answer)? } else { answer.text(self) };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(Shown { text, end })
    }

    /// Text in this tone, if the screen has colours.
    pub(crate) fn paint(&self, text: &str, tone: Tone) -> String {
        if self.is_coloured { tone.paint(text) } else { text.to_owned() }
    }
}

/// An answer as it is shown, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text or JSON, which ends in a newline.
    pub text: String,
    /// How it ended.
    pub end: End,
}

/// The end of a command that has an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All is as it was asked for.
    Fine,
    /// The answer falls short of what was asked for, such as a share of services that are protected.
    Short,
}

/// An answer to a command: its JSON is for programs, its text for people.
pub(crate) trait Answer: Serialize {
    /// The text, which ends in a newline.
    fn text(&self, screen: &Screen) -> String;
}
