//! The rows of the function's decision table in an answer: those that a signal passed, and the one that decided.

use judgement::{
    Reason,
    decide::table::{ANSWERS, DECISION, Then},
};
use serde::Serialize;

use crate::{
    output::{Cell, Screen, Table, Tone},
    session::Session,
};

/// One row, and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// Its number. `None` for an answer of AWS, which has no row.
    pub(crate) number: Option<u8>,
    /// When it applies.
    pub(crate) when: &'static str,
    /// Its reason.
    pub(crate) reason: Reason,
    /// Its result.
    pub(crate) result: RowResult,
}

/// The result of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RowResult {
    /// It did not apply.
    Passed,
    /// It applied, and so decided.
    Decided,
}

/// The rows up to the one with this reason.
pub(crate) fn up_to(reason: Reason) -> Vec<Row> {
    let Some(decided) = DECISION.iter().find(|row| row.reason == reason) else {
        let answer = ANSWERS.iter().find(|answer| matches!(answer.then, Then::Give(given) if given == reason));
        let row = |when| Row { number: None, when, reason, result: RowResult::Decided };
        return answer.map(|answer| row(answer.answer)).into_iter().collect();
    };
    let before = DECISION.iter().filter(|row| row.number < decided.number);
    let shown = |row: &judgement::decide::table::Row, result| Row {
        number: Some(row.number),
        when: row.when,
        reason: row.reason,
        result,
    };
    before.map(|row| shown(row, RowResult::Passed)).chain([shown(decided, RowResult::Decided)]).collect()
}

/// The number of the row with the reason of this name.
pub(crate) fn number_of(reason: &str) -> Option<u8> {
    DECISION.iter().find(|row| row.reason.as_str() == reason).map(|row| row.number)
}

/// The rows as a table.
pub(crate) fn table(rows: &[Row], screen: &Screen) -> String {
    let mut table = Table::of(["ROW", "RESULT", "APPLIES WHEN", "REASON"]);
    for row in rows {
        let (result, tone) = match row.result {
            RowResult::Passed => ("passed", Tone::Faint),
            RowResult::Decided => ("decided", Tone::Bold),
        };
        let number = row.number.map_or_else(|| "AWS".to_owned(), |number| number.to_string());
        table.row([
            Cell::new(number).number(),
            Cell::new(result).toned(tone),
            Cell::whole(row.when).toned(tone),
            Cell::new(row.reason.as_str()).toned(tone),
        ]);
    }
    table.text(screen)
}

impl Session {
    /// The address of the page about a reason, in the documents of the deployed version.
    pub(crate) fn page_about(&self, reason: &str) -> String {
        let stated = self.deployed.as_ref().and_then(|deployed| deployed.variables.get("ROLLBACK_DOCUMENTATION_URL"));
        let documents = stated.map_or("https://ecs-auto-rollback.github.io/ecs-auto-rollback", String::as_str);
        format!("{}/reference/reasons.html#{reason}", documents.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_before_the_one_that_decided_was_passed() {
        let rows = up_to(Reason::EvidencePredatesDeployment);
        let (last, passed) = rows.split_last().expect("rows");
        assert_eq!((last.number, last.result), (Some(12), RowResult::Decided));
        assert!(passed.iter().all(|row| row.number < Some(12) && row.result == RowResult::Passed));
        assert_eq!(passed.first().and_then(|row| row.number), Some(1));
    }

    #[test]
    fn an_answer_of_aws_has_no_row() {
        let rows = up_to(Reason::AccessDenied);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [None]);
        assert_eq!(number_of("access-denied"), None);
        assert_eq!(number_of("held"), Some(7));
    }
}
