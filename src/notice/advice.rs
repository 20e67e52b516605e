//! What to do about a notice.

use super::{Notice, Occasion};
use crate::{observation::Revision, reason::Reason};

pub(super) fn of(notice: &Notice) -> Vec<String> {
    let arn = notice.service_deployment_arn.as_deref();
    let by_hand = || {
        arn.map(|arn| format!("To roll it back by hand: aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {arn}{}", region(notice)))
    };
    let look = || {
        arn.map(|arn| {
            format!(
                "To see how it goes: aws ecs describe-service-deployments --service-deployment-arns {arn}{}",
                region(notice)
            )
        })
    };
    let steps: Vec<Option<String>> = match notice.occasion {
        Occasion::RolledBack => vec![Some(declared(notice)), look()],
        Occasion::RollbackSuccessful => vec![Some(declared(notice))],
        Occasion::WouldRollBack => vec![
            by_hand(),
            Some("To let the function do it the next time: tag the service auto-rollback=enforce, or set ROLLBACK_MODE to enforce.".to_owned()),
        ],
        Occasion::RollbackLimit => vec![
            Some("A person should look at it: what is rolled back again and again is deployed again and again.".to_owned()),
            by_hand(),
        ],
        Occasion::Conflict => vec![look(), by_hand()],
        Occasion::Failed => vec![
            Some(match notice.reason {
                Some(Reason::AccessDenied) => "Mend the function's role: the sentence above names the call that was refused.",
                Some(Reason::UnsupportedFeature | Reason::InvalidParameter | Reason::ClientError) => {
                    "A retry is not likely to help: ECS refuses this call."
                }
                _ => "Lambda or the queue delivers the event again; if that is in vain as well, it ends in the on-failure queue.",
            }.to_owned()),
            by_hand(),
        ],
        Occasion::RollbackFailed => vec![
            Some("Look at the service now: it may run tasks of both revisions, or too few of either.".to_owned()),
            Some("Deploy a revision that is known to be good; a deployment that has ended cannot be rolled back again.".to_owned()),
            look(),
        ],
        Occasion::Redeployed => vec![
            Some("If somebody means it, there is nothing to do. Else something still declares what was rolled back: docs/after-a-rollback.md.".to_owned()),
            by_hand(),
        ],
        Occasion::Unprotected => vec![
            Some("Watch this deployment yourself, until the alarm has gone to OK and could go to ALARM anew.".to_owned()),
            by_hand(),
        ],
    };
    steps.into_iter().flatten().collect()
}

/// The loudest surprise after a rollback: whoever declares the service declares the bad revision still.
fn declared(notice: &Notice) -> String {
    let from = notice.deployment.as_ref().and_then(|deployment| deployment.from.as_ref()).and_then(Revision::name);
    format!(
        "Your Terraform, CloudFormation or CDK still declares {}; the next apply deploys it again. Put the source right first: \
         docs/after-a-rollback.md.",
        from.unwrap_or("the bad revision")
    )
}

fn region(notice: &Notice) -> String {
    notice.service.as_ref().map_or_else(String::new, |service| format!(" --region {}", service.region))
}
