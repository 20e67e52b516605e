//! The plot: `docs/incidents.svg`, legible on light and on dark pages.

use std::fmt::{self, Write};

use crate::{
    competitors::Competitor,
    report::grouped,
    tally::{Cell, Tally},
};

const WIDTH: usize = 960;
const ROW: usize = 38;
const TOP: usize = 66;
/// Where the bars begin, and how long the longest is.
const LEFT: usize = 190;
const LONGEST: usize = 170;
/// From one panel to the next.
const PANEL: usize = 258;

/// Its own ground, so that it is legible wherever it is shown.
const STYLE: &str = "\
text{font:14px system-ui,sans-serif;fill:#1f2328}.head{font-weight:600}.ground{fill:#fff;stroke:#d1d9e0}\
.missed{fill:#9a6700}.wrong{fill:#cf222e}.untold{fill:#8250df}.rest{fill:#eaeef2}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.ground{fill:#0d1117;stroke:#3d444d}\
.missed{fill:#d29922}.wrong{fill:#f85149}.untold{fill:#ab7df8}.rest{fill:#212830}}";

impl Tally {
    /// A plot of what was missed, what was wrong, and what could not be told, as SVG.
    #[must_use]
    pub fn plot(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.draw(&mut text);
        text
    }

    fn draw(&self, text: &mut String) -> fmt::Result {
        let totals: Vec<(Competitor, Cell)> = Competitor::ALL.into_iter().map(|who| (who, self.total(who))).collect();
        let height = TOP + ROW * totals.len() + 14;
        let most = |count: fn(&Cell) -> usize| totals.iter().map(|(_, cell)| count(cell)).max().unwrap_or_default();
        let (most_wrong, most_untold) = (most(|cell| cell.wrong), most(|cell| cell.by_chance));
        writeln!(
            text,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">"#
        )?;
        writeln!(text, "<title>Missed rollbacks, wrong ones, and those that could not be told, by competitor</title>")?;
        writeln!(text, "<style>{STYLE}</style>")?;
        writeln!(
            text,
            r#"<rect class="ground" x="0.5" y="0.5" width="{}" height="{}" rx="6"/>"#,
            WIDTH - 1,
            height - 1
        )?;
        let wanted = self.wanted();
        let incidents = grouped(self.incidents.values().sum());
        head(text, 0, "missed", &format!("of {} to be rolled back", grouped(wanted)))?;
        head(text, 1, "wrong", &format!("in {incidents} incidents"))?;
        head(text, 2, "could not be told", "good, but looked to blame")?;
        for (row, (who, cell)) in totals.iter().enumerate() {
            let y = TOP + ROW * row;
            writeln!(text, r#"<text x="14" y="{}">{}</text>"#, y + 17, who.name())?;
            bar(text, "missed", 0, y, (cell.missed, wanted))?;
            bar(text, "wrong", 1, y, (cell.wrong, most_wrong))?;
            bar(text, "untold", 2, y, (cell.by_chance, most_untold))?;
        }
        writeln!(text, "</svg>")
    }
}

fn head(text: &mut String, panel: usize, what: &str, of: &str) -> fmt::Result {
    let x = LEFT + PANEL * panel;
    writeln!(text, r#"<text class="head" x="{x}" y="26">{what}</text><text x="{x}" y="46">{of}</text>"#)
}

/// A bar as long as the count is of the most, with the number beside it.
fn bar(text: &mut String, class: &str, panel: usize, y: usize, (count, most): (usize, usize)) -> fmt::Result {
    let x = LEFT + PANEL * panel;
    let long = count * LONGEST / most.max(1);
    // What is there must be seen.
    let long = if count > 0 { long.max(2) } else { 0 };
    writeln!(text, r#"<rect class="rest" x="{x}" y="{y}" width="{LONGEST}" height="24" rx="3"/>"#)?;
    writeln!(text, r#"<rect class="{class}" x="{x}" y="{y}" width="{long}" height="24" rx="3"/>"#)?;
    writeln!(text, r#"<text x="{}" y="{}">{}</text>"#, x + LONGEST + 8, y + 17, grouped(count))
}
