//! The claims of a report, compared with the record of the simulator in both directions.

use std::collections::BTreeSet;

use ecs_auto_rollback::{Entry, Report};
use judgement::{Outcome, Reason};
use simulator::Aws;

use crate::oracle::Observed;

/// The rollbacks that one invocation asked for, as ARNs of service deployments.
#[derive(Debug, Default)]
pub struct Rollbacks {
    /// Those that took effect.
    pub stopped: BTreeSet<String>,
    /// Those whose request was answered with success.
    pub agreed: BTreeSet<String>,
}

impl Rollbacks {
    /// The rollbacks among the calls from this one on.
    ///
    /// # Panics
    /// If a deployment was stopped twice.
    #[must_use]
    pub fn since(aws: &Aws, first_call: usize) -> Self {
        let mut rollbacks = Self::default();
        for call in &aws.calls()[first_call..] {
            let Some(arn) = call.body["serviceDeploymentArn"].as_str() else { continue };
            let asks = call.operation == "StopServiceDeployment" || call.operation == "ContinueServiceDeployment";
            if asks && call.status == Some(200) {
                rollbacks.agreed.insert(arn.to_owned());
            }
            assert!(!call.accepted || rollbacks.stopped.insert(arn.to_owned()), "{arn} was stopped twice");
        }
        rollbacks
    }
}

/// Compares the outcomes of a report with the calls. `before` are the deployments before an undisturbed invocation, for which
/// the two must agree exactly.
///
/// # Panics
/// If they disagree.
pub fn check(report: &Report, rollbacks: &Rollbacks, before: Option<&[Observed]>) {
    for entry in report.entries() {
        let arn = entry.deployment().unwrap_or_default();
        let is_stopped = rollbacks.stopped.contains(arn);
        match entry.outcome() {
            Outcome::RolledBack => {
                assert!(is_stopped || rollbacks.agreed.contains(arn), "reported, but not stopped: {entry:?}");
            }
            Outcome::WouldRollBack => assert!(!is_stopped, "stopped in observe mode: {entry:?}"),
            _ => {}
        }
    }
    for arn in &rollbacks.stopped {
        let reports = |entry: &Entry| match entry.outcome() {
            Outcome::RolledBack => entry.deployment() == Some(arn),
            // ECS's answer was lost, or an earlier one was and ECS then reported the rollback.
            Outcome::Failed | Outcome::NoOp => {
                before.is_none() && entry.service().is_some_and(|service| is_of(arn, &service.to_string()))
            }
            _ => false,
        };
        assert!(report.entries().any(reports), "the rollback of {arn} is not reported: {report:?}");
    }
    if let Some(before) = before {
        report.entries().for_each(|entry| fits(entry, rollbacks, before));
    }
}

/// Requires the deployments before the invocation to fit the entry's reason.
fn fits(entry: &Entry, rollbacks: &Rollbacks, before: &[Observed]) {
    let Some(service) = entry.service().map(ToString::to_string) else { return };
    let of_service = || before.iter().filter(|deployment| is_of(deployment.arn(), &service));
    let is_in_flight =
        |status: &str| !matches!(status, "SUCCESSFUL" | "STOPPED" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED");
    let possible: &[&str] = match entry.reason() {
        Reason::NothingInFlight => {
            let in_flight = of_service().find(|deployment| is_in_flight(deployment.status()));
            assert!(in_flight.is_none(), "{in_flight:?} was in flight: {entry:?}");
            return;
        }
        Reason::StopRequested | Reason::ContinueRequested | Reason::ObserveMode => &["PENDING", "IN_PROGRESS"],
        // An earlier signal of the batch may have stopped it.
        Reason::AlreadyRollingBack if entry.deployment().is_some_and(|arn| rollbacks.stopped.contains(arn)) => return,
        Reason::AlreadyRollingBack => &["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"],
        Reason::AlreadyStopping => &["STOP_REQUESTED"],
        _ => return,
    };
    let judged = of_service().find(|deployment| Some(deployment.arn()) == entry.deployment());
    assert!(judged.is_some_and(|judged| possible.contains(&judged.status())), "{judged:?} does not fit {entry:?}");
}

/// True if the ARN of a service deployment is one of this service.
fn is_of(arn: &str, service: &str) -> bool {
    arn.split_once("service-deployment/")
        .is_some_and(|(_, path)| path.rsplit_once('/').is_some_and(|(of, _)| of == service))
}
