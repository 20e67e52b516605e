//! Tables that fit the screen.

use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement, presets};

use super::{Screen, harmless, plain};

/// The tone of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Doubtful,
    /// As it should not be.
    Bad,
    /// Of less interest.
    Faint,
    /// A heading.
    Bold,
    /// Neither.
    Neutral,
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
    is_number: bool,
}

impl Cell {
    /// A cell with any text, of which control characters are replaced.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self { text: plain(text.as_ref()), tone: Tone::Neutral, is_number: false }
    }

    /// A cell with a text, however long, of which control characters are replaced.
    pub(crate) fn whole(text: impl AsRef<str>) -> Self {
        Self { text: harmless(text.as_ref()), tone: Tone::Neutral, is_number: false }
    }

    /// The same in this tone.
    pub(crate) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same, set to the right.
    pub(crate) fn number(self) -> Self {
        Self { is_number: true, ..self }
    }
}

/// A table under construction.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn of(headings: impl IntoIterator<Item = &'static str>) -> Self {
        Self { headings: headings.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, ended by a newline. Without rows it is empty.
    pub(crate) fn text(&self, screen: &Screen) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(screen.width);
        if screen.is_coloured {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let heading = |text: &&str| comfy_table::Cell::new(text).add_attribute(Attribute::Bold);
        table.set_header(self.headings.iter().map(heading));
        for row in &self.rows {
            table.add_row(row.iter().map(Cell::shown));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect::<Vec<_>>().concat()
    }
}

impl Cell {
    fn shown(&self) -> comfy_table::Cell {
        let mut cell = comfy_table::Cell::new(&self.text);
        if let Some(colour) = self.tone.colour() {
            cell = cell.fg(colour);
        }
        if self.tone == Tone::Bold {
            cell = cell.add_attribute(Attribute::Bold);
        }
        if self.is_number { cell.set_alignment(CellAlignment::Right) } else { cell }
    }
}

impl Tone {
    fn colour(self) -> Option<Color> {
        match self {
            Self::Good => Some(Color::DarkGreen),
            Self::Doubtful => Some(Color::DarkYellow),
            Self::Bad => Some(Color::DarkRed),
            Self::Faint => Some(Color::DarkGrey),
            Self::Bold | Self::Neutral => None,
        }
    }

    /// Text with the terminal's codes for this tone.
    pub(super) fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Good => "32",
            Self::Doubtful => "33",
            Self::Bad => "31",
            Self::Faint => "90",
            Self::Bold => "1",
            Self::Neutral => return text.to_owned(),
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(width: u16, is_coloured: bool) -> Screen {
        Screen { is_json: false, width, is_coloured, shows_progress: false }
    }

    fn table() -> Table {
        let mut table = Table::of(["SERVICE", "VERDICT"]);
        table.row([
            Cell::new("prod/web"),
            Cell::new("NOT: no alarm names it, and nothing else leads to it").toned(Tone::Bad),
        ]);
        table
    }

    #[test]
    fn a_table_fits_a_narrow_terminal() {
        let text = table().text(&screen(40, false));
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.lines().count() > 2, "{text}");
    }

    #[test]
    fn colour_is_written_only_where_it_is_shown() {
        assert!(!table().text(&screen(100, false)).contains('\u{1b}'));
        assert!(table().text(&screen(100, true)).contains('\u{1b}'));
    }
}
