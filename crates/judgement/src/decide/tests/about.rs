//! Rows 8 and 9: signals about a deployment that is over, or about an earlier revision.

use super::*;
use crate::observation::RevisionTasks;

/// A service whose last deployment started at 11:30 and ended with this status.
fn ended(status: &str, finished: &str) -> Observation {
    let mut last = deployment("0042", status, "11:30:00");
    last.finished = Some(at(finished));
    Observation { candidate: None, history: vec![last], ..observed() }
}

#[test]
fn row_8_calls_a_signal_too_late_if_the_deployment_succeeded_since_or_shortly_before() {
    let signal = |began: &str, run: &str| Signal { began: Some(at(began)), run: minute_to(run), ..alarm() };
    let recent = signal("11:55:00", "11:54:00");
    for (case, signal, observed, expected) in [
        ("after the trouble began", &recent, ended("SUCCESSFUL", "11:54:30"), "too-late"),
        ("at most 15 minutes before", &recent, ended("SUCCESSFUL", "11:38:00"), "too-late"),
        ("longer before", &recent, ended("SUCCESSFUL", "11:37:59"), "nothing-in-flight"),
        ("by the alarm where there is no data", &signal("11:55:00", ""), ended("SUCCESSFUL", "11:40:00"), "too-late"),
        ("it did not succeed", &recent, ended("ROLLBACK_SUCCESSFUL", "11:54:30"), "nothing-in-flight"),
        ("the alarm is older than it", &signal("11:29:00", ""), ended("SUCCESSFUL", "11:40:00"), "nothing-in-flight"),
        ("the trouble is older", &signal("11:31:00", "11:29:00"), ended("SUCCESSFUL", "11:40:00"), "nothing-in-flight"),
        ("another revision", &about_revision("7"), ended("SUCCESSFUL", "11:54:30"), "nothing-in-flight"),
        ("a person", &request(), ended("SUCCESSFUL", "11:54:30"), "nothing-in-flight"),
    ] {
        assert_eq!(decided(signal, &observed, DEFAULTS), expected, "{case}");
    }
    assert_eq!(decided(&recent, &ended("SUCCESSFUL", "11:38:00"), ("TooLateSeconds", "60")), "nothing-in-flight");
    assert_eq!(
        left_alone(&recent, &ended("SUCCESSFUL", "11:54:30")),
        "The last deployment of prod/web had succeeded 5m 30s before the signal came, too late to roll it back; its bake time \
         would have had to be at least 6m longer."
    );
}

#[test]
fn row_9_leaves_alone_a_deployment_if_only_tasks_of_an_earlier_revision_fail() {
    let impaired =
        Signal { source: Source::Ecs, kind: Kind::Trouble, name: "SERVICE_TASK_START_IMPAIRED".to_owned(), ..alarm() };
    let failing = |new: (&str, Option<u32>), old: Option<u32>| {
        let tasks =
            |revision: &str, is_primary, failed| RevisionTasks { revision: revision.to_owned(), is_primary, failed };
        service(|service| service.tasks = vec![tasks(new.0, true, new.1), tasks("0041", false, old)])
    };
    for (new, old, expected) in [
        (Some(0), Some(57), "different-deployment"),
        (Some(1), Some(57), "stop"),
        (Some(0), Some(0), "stop"),
        (None, Some(57), "stop"),
        (Some(0), None, "stop"),
    ] {
        assert_eq!(decided(&impaired, &failing(("0042", new), old), DEFAULTS), expected, "{new:?} {old:?}");
        let under_another_name = failing(("7", new), old);
        assert_eq!(decided(&impaired, &under_another_name, DEFAULTS), expected, "the primary: {new:?} {old:?}");
        assert_eq!(decided(&alarm(), &failing(("0042", new), old), DEFAULTS), "stop", "an alarm: {new:?} {old:?}");
    }
    assert_eq!(
        left_alone(&impaired, &failing(("0042", Some(0)), Some(57))),
        "ECS reported \"SERVICE_TASK_START_IMPAIRED\", and the 57 tasks that failed are of revision \"0041\", but revision \
         0042 of prod/web is being deployed."
    );
}

#[test]
fn row_9_assumes_nothing_about_unknown_revisions() {
    let unknown = candidate(|candidate| candidate.deployment.target_revision = None);
    assert_eq!(decided(&about_revision("0042"), &unknown, DEFAULTS), "different-deployment");
}
