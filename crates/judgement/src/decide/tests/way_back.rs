//! Rows 15 to 17: deployments that cannot or may not be rolled back.

use super::*;
use crate::observation::Revision;

#[test]
fn row_15_leaves_alone_a_deployment_if_none_ever_succeeded() {
    let young = Some(at("11:00:00") - SignedDuration::from_hours(89 * 24));
    let old = Some(at("11:00:00") - SignedDuration::from_hours(90 * 24));
    let of = |created, is_whole, status: &str| {
        let mut observed = service(|service| service.created = created);
        observed.history_is_whole = is_whole;
        observed.history.push(deployment("0041", status, "11:10:00"));
        observed
    };
    for (case, observed, expected) in [
        ("nothing succeeded", of(young, true, "STOPPED"), "first-deployment"),
        ("one did", of(young, true, "SUCCESSFUL"), "stop"),
        ("there is more history", of(young, false, "STOPPED"), "stop"),
        ("an old service has something to go back to", of(old, true, "STOPPED"), "stop"),
        ("nobody knows its age", of(None, true, "STOPPED"), "stop"),
    ] {
        assert_eq!(decided(&alarm(), &observed, DEFAULTS), expected, "{case}");
    }
    assert_eq!(decided(&request(), &of(young, true, "STOPPED"), DEFAULTS), "first-deployment");
}

/// A service with deployments of these task definitions and statuses, oldest first. The last is in flight, and the one before
/// it is the source.
fn had(deployments: &[(&str, &str)]) -> Observation {
    let mut observed = observed();
    observed.history = deployments
        .iter()
        .enumerate()
        .map(|(number, (_, status))| deployment(&number.to_string(), status, &format!("11:{:02}:00", 30 + 2 * number)))
        .collect();
    observed.revisions = observed
        .history
        .iter()
        .zip(deployments)
        .map(|(deployment, (name, _))| Revision {
            arn: deployment.target_revision.clone().expect("a revision"),
            task_definition: Some(format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/{name}")),
            images: Vec::new(),
            target_groups: Vec::new(),
        })
        .collect();
    let succeeded = |deployment: &&ServiceDeployment| deployment.status == Status::Successful;
    let source = observed.history.iter().rev().find(succeeded).and_then(|source| source.target_revision.clone());
    let candidate = observed.candidate.as_mut().expect("a candidate");
    candidate.deployment = observed.history.last().expect("one in flight").clone();
    candidate.source_revisions = source.into_iter().collect();
    observed
}

#[test]
fn row_16_leaves_alone_a_deployment_that_is_itself_a_way_back() {
    let (good, bad) = ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL");
    let last = |name: &'static str| (name, "IN_PROGRESS");
    for (case, deployments, expected) in [
        ("back to the one before", vec![("app:41", good), ("app:42", good), last("app:41")], "way-back"),
        ("back by two", vec![("app:40", good), ("app:41", good), ("app:42", good), last("app:40")], "way-back"),
        ("on to a new one", vec![("app:41", good), ("app:42", good), last("app:43")], "stop"),
        ("the same again", vec![("app:41", good), ("app:42", good), last("app:42")], "stop"),
        ("one that was rolled back, again", vec![("app:41", good), ("app:42", bad), last("app:42")], "stop"),
        ("the first", vec![("app:41", good), last("app:42")], "stop"),
    ] {
        assert_eq!(decided(&alarm(), &had(&deployments), DEFAULTS), expected, "{case}");
    }
    let back = had(&[("app:41", good), ("app:42", good), last("app:41")]);
    let impaired =
        Signal { source: Source::Ecs, kind: Kind::Trouble, name: "SERVICE_TASK_START_IMPAIRED".to_owned(), ..alarm() };
    assert_eq!(decided(&request(), &back, DEFAULTS), "stop");
    assert_eq!(decided(&impaired, &back, DEFAULTS), "stop");
    assert_eq!(
        left_alone(&alarm(), &back),
        "The deployment of prod/web goes back to \"app:41\", which succeeded on 2026-06-01T11:30:00Z before; rolling it back \
         would bring back what it undoes."
    );
    let mut unknown = back;
    unknown.revisions.clear();
    unknown.revisions_gap = Some("the revisions could not be described".to_owned());
    let Decision::RollBack(rollback) = decision(&alarm(), &unknown) else { panic!("a rollback") };
    assert!(rollback.detail.ends_with("; the revisions could not be described."), "{}", rollback.detail);
}

#[test]
fn row_17_limits_rollbacks_in_the_window_but_not_a_person() {
    let thrice = rolled_back_at(&["11:00:00", "11:20:00", "11:40:00"]);
    let before_the_window = rolled_back_at(&["10:59:59", "11:20:00", "11:40:00"]);
    assert_eq!(decided(&alarm(), &thrice, DEFAULTS), "rollback-limit");
    assert_eq!(decided(&alarm(), &before_the_window, DEFAULTS), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("RollbackLimit", "4")), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("RollbackLimit", "0")), "stop");
    assert_eq!(decided(&request(), &thrice, DEFAULTS), "stop");
    assert_eq!(decided(&alarm(), &thrice, ("Mode", "observe")), "rollback-limit");
}
