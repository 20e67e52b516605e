//! What the documents and the structure promise, held against the code.

use std::{collections::BTreeSet, fs, path::Path};

use judgement::Reason;
use strum::VariantArray;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The rows of a Markdown table whose header holds all of `columns`, each as its cells.
pub(crate) fn table(markdown: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let cells =
        |line: &str| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines =
        markdown.lines().skip_while(|line| !(line.starts_with('|') && columns.iter().all(|name| line.contains(name))));
    assert!(lines.next().is_some(), "a table with the columns {columns:?}");
    lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// What stands in backticks.
pub(crate) fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn reasons_in(table: &[Vec<String>], column: usize) -> BTreeSet<String> {
    table
        .iter()
        .flat_map(|row| quoted(&row[column]))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_readmes_two_tables_name_every_reason_under_its_outcome_and_no_other() {
    let readme = read("README.md");
    let decisions = table(&readme, &["#", "when", "outcome · reason"]);
    let answers = table(&readme, &["answer", "outcome · reason"]);
    let named: BTreeSet<String> = &reasons_in(&decisions, 2) | &reasons_in(&answers, 1);
    let known: BTreeSet<String> = Reason::VARIANTS
        .iter()
        .flat_map(|reason| [reason.as_str(), reason.outcome().as_str()])
        .map(str::to_owned)
        .collect();
    assert_eq!(named, known);
    for reason in Reason::VARIANTS {
        let cells = decisions.iter().map(|row| &row[2]).chain(answers.iter().map(|row| &row[1]));
        let outcome = |cell: &String| quoted(cell).iter().any(|word| *word == reason.outcome().as_str());
        let mut naming = cells.filter(|cell| quoted(cell).contains(&reason.as_str()));
        assert!(naming.any(outcome), "{reason} stands beside {}", reason.outcome());
    }
}

#[test]
fn every_reason_is_reached_by_a_test() {
    let tests = ["decision_table", "answers"].map(|name| read(&format!("tests/flows/{name}.rs"))).concat();
    for reason in Reason::VARIANTS {
        let said = tests.contains(&format!("· {reason}\"")) || tests.contains(&format!("\"{reason}\""));
        assert!(said || tests.contains(&format!("\"{}\"", reason.error_type())), "{reason}");
    }
}
