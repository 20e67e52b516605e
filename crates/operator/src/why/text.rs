//! The record for a person.

use super::{Source, Why};
use crate::output::{Answer, Cell, Screen, Table, Tone, harmless, not_known, plain, short, wrapped};

impl Answer for Why {
    fn text(&self, screen: &Screen) -> String {
        let heading = format!("{} from {} to {} (UTC)", plain(&self.service), short(self.from), short(self.to));
        let mut text = format!("{}\n", screen.paint(&heading, Tone::Bold));
        let mut table = Table::of(["TIME", "RECORD", "WHAT"]);
        for moment in &self.timeline {
            let source = match moment.source {
                Source::Ecs => "ECS",
                Source::AlarmHistory => "alarm history",
                Source::Log => "function's log",
            };
            table.row([Cell::new(short(moment.at)), Cell::new(source).toned(Tone::Faint), Cell::whole(&moment.what)]);
        }
        text.push_str(&table.text(screen));
        for end in &self.ends {
            text.push('\n');
            text.push_str(&wrapped(&harmless(&end.what), screen.width, ""));
            text.push_str(&wrapped(&format!("Next: {}", end.next), screen.width, "  "));
        }
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}
