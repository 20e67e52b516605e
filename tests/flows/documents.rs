//! What the documents promise, held against the code: generated parts, and the reasons.

use std::{fmt::Display, fs, path::Path};

use expect_test::expect_file;
use judgement::{
    Reason,
    decide::{
        advice::what_to_do,
        table::{ANSWERS, Answer, DECISION, Then},
    },
};
use strum::VariantArray;

use crate::{answers, decision_table, innocent, support::take_reached};

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

/// Holds the part of this name in a page of the book, between two comments, to what it should be.
pub(crate) fn expect_in_page(page: &str, part: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let document = fs::read_to_string(&path).expect("the page");
    let (begin, end) = (format!("<!-- {part}:begin -->\n"), format!("<!-- {part}:end -->"));
    let (before, rest) = document.split_once(&begin).expect("the beginning of the part");
    let (_, after) = rest.split_once(&end).expect("the end of the part");
    expect_file![path].assert_eq(&format!("{before}{begin}{text}{end}{after}"));
}

fn verdict(reason: Reason) -> String {
    format!("`{}` · `{reason}`", reason.outcome())
}

/// A line of the table of reasons. Each reason has an anchor, to which notices and other pages link.
fn line(row: impl Display, when: &str, reason: Reason) -> String {
    format!("| <a id=\"{reason}\"></a>{row} | {when} | {} | {} |\n", verdict(reason), what_to_do(reason))
}

#[test]
fn the_table_of_reasons_is_that_of_the_code() {
    let mut text = "| row | when | outcome · reason | what to do |\n|---|---|---|---|\n".to_owned();
    for row in DECISION {
        text += &line(row.number, row.when, row.reason);
    }
    for Answer { answer, then } in ANSWERS {
        let row = match *then {
            Then::Give(reason) => line("A", answer, reason),
            Then::AsInRow(number) => format!("| A | {answer} | as in row {number} | as there |\n"),
            Then::Call(call) => format!("| A | {answer} | {call} | – |\n"),
        };
        text.push_str(&row);
    }
    expect_in_page("reference/reasons.md", "reasons", &text);
}

#[test]
fn every_reason_stands_in_one_row_of_the_two_tables_in_their_order() {
    let answers = ANSWERS.iter().filter_map(|row| match row.then {
        Then::Give(reason) => Some(reason),
        Then::AsInRow(_) | Then::Call(_) => None,
    });
    let stand: Vec<Reason> = DECISION.iter().map(|row| row.reason).chain(answers).collect();
    assert_eq!(stand, Reason::VARIANTS);
}

#[test]
fn the_rows_are_numbered_without_a_gap_and_the_answers_refer_to_some() {
    let mut numbers: Vec<u8> = DECISION.iter().map(|row| row.number).collect();
    assert!(numbers.is_sorted());
    numbers.dedup();
    assert!((1..).zip(&numbers).all(|(number, row)| number == *row), "{numbers:?}");
    let referred = ANSWERS.iter().filter_map(|row| match row.then {
        Then::AsInRow(number) => Some(number),
        Then::Give(_) | Then::Call(_) => None,
    });
    assert_eq!(referred.filter(|number| !numbers.contains(number)).collect::<Vec<_>>(), Vec::<u8>::new());
}

/// The test in which a reason is reached through the whole function.
fn test_of(reason: Reason) -> fn() {
    match reason {
        Reason::NotInAlarm => decision_table::not_in_alarm,
        Reason::AlarmNotListed => decision_table::alarm_not_listed,
        Reason::ScalingAlarm => decision_table::scaling_alarm,
        Reason::InformationalEvent => decision_table::informational_event,
        Reason::AlarmSuppressed => decision_table::alarm_suppressed,
        Reason::AlarmMuted => decision_table::alarm_muted,
        Reason::StaleSignal => decision_table::stale_signal,
        Reason::Unmapped => decision_table::unmapped,
        Reason::Ambiguous => decision_table::ambiguous,
        Reason::NotAllowed => decision_table::not_allowed,
        Reason::ForeignAccount => decision_table::foreign_account,
        Reason::ServiceNotFound => decision_table::service_not_found,
        Reason::UnsupportedController => decision_table::unsupported_controller,
        Reason::Held => decision_table::held,
        Reason::NothingInFlight => decision_table::nothing_in_flight,
        Reason::TooLate => innocent::too_late_if_the_deployment_succeeded_meanwhile_or_at_most_15_minutes_before,
        Reason::DifferentDeployment => decision_table::different_deployment,
        Reason::AlreadyRollingBack => decision_table::already_rolling_back,
        Reason::AlreadyStopping => decision_table::already_stopping,
        Reason::UnknownStatus => decision_table::unknown_status,
        Reason::SignalPredatesDeployment => decision_table::signal_predates_deployment,
        Reason::EvidencePredatesDeployment => decision_table::evidence_predates_deployment,
        Reason::NotServing => innocent::not_serving_while_a_blue_green_deployment_waits_before_its_tasks_start,
        Reason::NoCapacity => innocent::no_capacity_if_every_stopped_task_of_the_new_revision_stopped_for_that,
        Reason::FirstDeployment => decision_table::first_deployment,
        Reason::WayBack => innocent::way_back_if_app_41_is_deployed_again_after_app_42_succeeded,
        Reason::RollbackLimit => decision_table::rollback_limit,
        Reason::ObserveMode => decision_table::observe_mode,
        Reason::StopRequested => decision_table::stop_requested,
        Reason::ContinueRequested => decision_table::continue_requested,
        Reason::DeploymentNotFound => answers::service_deployment_not_found,
        Reason::AlreadyFinished => answers::conflict_of_ecs_itself_for_a_deployment_that_has_ended,
        Reason::Conflict => answers::conflict_that_stays_is_no_error,
        Reason::AccessDenied => answers::access_denied,
        Reason::InvalidParameter => answers::invalid_parameter_for_a_deployment_that_can_be_stopped_is_a_failure,
        Reason::UnsupportedFeature => answers::unsupported_feature,
        Reason::ClientError => answers::client_exception,
        Reason::ServerError | Reason::Throttled => {
            answers::server_exception_throttling_and_lost_connections_fail_after_the_sdks_retries
        }
        Reason::Unreachable => answers::whatever_hangs_the_invocation_has_answered_within_25_seconds,
    }
}

#[test]
fn every_reason_is_reached_by_its_test() {
    for reason in Reason::VARIANTS {
        take_reached();
        test_of(*reason)();
        assert!(take_reached().contains(reason), "the test of {reason}");
    }
}
