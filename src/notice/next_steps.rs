//! The next steps for the reader of a notice.

use judgement::{Reason, observation::Revision};

use super::{Kind, Notice};

/// The page on what to do after a rollback.
const AFTER_A_ROLLBACK: &str = "docs/after-a-rollback.md";

pub(super) fn of(notice: &Notice) -> Vec<String> {
    let steps = match notice.kind {
        Kind::RolledBack => vec![Some(declared(notice)), watch(notice)],
        Kind::RollbackSuccessful => vec![Some(declared(notice))],
        Kind::WouldRollBack => vec![
            by_hand(notice),
            Some("To let the function roll back next time, tag the service auto-rollback=enforce, or set the parameter Mode to \
                 enforce.".to_owned()),
        ],
        Kind::RollbackLimit => {
            vec![Some("Something keeps redeploying a bad revision. Find out what.".to_owned()), by_hand(notice)]
        }
        Kind::Conflict => vec![watch(notice), by_hand(notice)],
        Kind::Failed => vec![Some(after_failure(notice.reason).to_owned()), by_hand(notice)],
        Kind::RollbackFailed => vec![
            Some("Check the service now: it may run tasks of both revisions, or too few of either.".to_owned()),
            Some("Deploy a known good revision; a deployment that has ended cannot be rolled back again.".to_owned()),
            watch(notice),
        ],
        Kind::Redeployed => vec![
            Some(format!(
                "If this is intentional, do nothing. Otherwise some pipeline still deploys the revision that was rolled back: \
                 {AFTER_A_ROLLBACK}."
            )),
            by_hand(notice),
        ],
        Kind::Unprotected => vec![
            Some("Watch this deployment manually until the alarm returns to OK; only then can it fire again.".to_owned()),
            by_hand(notice),
        ],
    };
    steps.into_iter().flatten().collect()
}

fn after_failure(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::AccessDenied) => "Fix the function's IAM role; the denied call is named above.",
        Some(Reason::UnsupportedFeature | Reason::InvalidParameter | Reason::ClientError) => {
            "A retry is unlikely to help, because ECS refuses this call."
        }
        _ => "Lambda or the queue will retry; if that fails too, the event goes to the on-failure queue.",
    }
}

fn by_hand(notice: &Notice) -> Option<String> {
    let arn = notice.service_deployment_arn.as_deref()?;
    Some(format!(
        "To roll it back manually: aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {arn}{}",
        region(notice)
    ))
}

fn watch(notice: &Notice) -> Option<String> {
    let arn = notice.service_deployment_arn.as_deref()?;
    Some(format!("To watch it: aws ecs describe-service-deployments --service-deployment-arns {arn}{}", region(notice)))
}

/// The surprise that most often follows a rollback: the source that declares the service still declares the bad revision.
fn declared(notice: &Notice) -> String {
    let from = notice.deployment.as_ref().and_then(|deployment| deployment.from.as_ref()).and_then(Revision::name);
    format!(
        "Your Terraform, CloudFormation or CDK still declares {}, so the next apply deploys it again. Fix the source first: \
         {AFTER_A_ROLLBACK}.",
        from.unwrap_or("the bad revision")
    )
}

fn region(notice: &Notice) -> String {
    notice.service.as_ref().map_or_else(String::new, |service| format!(" --region {}", service.region))
}
