//! What to do about each reason, in Markdown, for the documentation: links are relative to `docs/reference`.

use crate::verdict::Reason;

/// What somebody who reads this reason should do.
#[must_use]
#[expect(clippy::too_many_lines, reason = "it is a table with a row for each reason")]
pub const fn what_to_do(reason: Reason) -> &'static str {
    match reason {
        Reason::NotInAlarm => "Nothing. The alarm also names the function in its OK or INSUFFICIENT_DATA actions.",
        Reason::AlarmNotListed => "Add the alarm's name to `Alarms`, or remove the function from its actions.",
        Reason::ScalingAlarm => {
            "Nothing. If the alarm should trigger a rollback, add a pattern that begins with `TargetTracking-` to `Alarms`."
        }
        Reason::InformationalEvent => "Nothing. The `detail` says why.",
        Reason::AlarmSuppressed | Reason::AlarmMuted => {
            "Nothing, if that is intended: the `detail` names what suppresses or mutes the alarm."
        }
        Reason::StaleSignal => {
            "The event arrived late. Find out [what delayed it](../guide/troubleshooting.md#a-signal-arrives-late-or-never), and \
             check the service yourself."
        }
        Reason::Unmapped => {
            "The `detail` says what would have helped, which look-up is off, and what was not found. If nothing else fits, use \
             the [tag](../guide/services.md#the-tag-decides) `auto-rollback:services`."
        }
        Reason::Ambiguous => {
            "The `detail` names the readings. The [tag](../guide/services.md#the-tag-decides) decides, if the alarm sends it. For \
             a whole load balancer, see [load balancers](../guide/services.md#load-balancers); for an alarm on many services, \
             `MaxServices`. An event that contradicts itself about its account or Region is wrong or forged: look at its sender."
        }
        Reason::NotAllowed => "Add the service to `Services`.",
        Reason::ForeignAccount => {
            "The `detail` names the parameter in which the account or Region [is missing](../guide/accounts.md). Or install the \
             function there."
        }
        Reason::ServiceNotFound => "Is the name right? Was the service deleted?",
        Reason::UnsupportedController => "Use CodeDeploy's own alarms.",
        Reason::Held => "The `detail` says which [tag](settings.md#the-tag-on-a-service) or setting holds the service.",
        Reason::NothingInFlight => {
            "The last deployment was over, and the `detail` says since when. If it is to blame, deploy the older task definition \
             yourself, and increase the [bake time](limits.md). If there was none, look elsewhere for the cause."
        }
        Reason::TooLate => {
            "If the deployment is to blame, go back yourself: `aws ecs update-service --cluster prod --service web \
             --task-definition <the one before>`. The `detail` says by how much to increase the [bake time](limits.md) at least, \
             so that the alarm comes in time."
        }
        Reason::DifferentDeployment => {
            "Nothing for this deployment. If the `detail` says that tasks or the target group of the earlier revision are in \
             trouble, look at those."
        }
        Reason::AlreadyRollingBack | Reason::AlreadyStopping | Reason::AlreadyFinished => {
            "Nothing. ECS, a person or another signal acted first."
        }
        Reason::UnknownStatus => {
            "ECS has a new status. Check the deployment yourself, and look for a newer version of this function."
        }
        Reason::SignalPredatesDeployment | Reason::EvidencePredatesDeployment => {
            "The trouble is older than the deployment. If the deployment makes it worse, [roll back by \
             hand](../guide/signals.md#by-hand)."
        }
        Reason::NotServing => {
            "Look elsewhere for the cause: the new revision has no tasks, or no traffic, yet. Do not continue a deployment that \
             waits at a hook before you know it. If it is to blame after all, [roll back by \
             hand](../guide/signals.md#by-hand)."
        }
        Reason::NoCapacity => {
            "Add capacity, or wait for it; the `detail` quotes ECS. Another revision would not start either."
        }
        Reason::FirstDeployment => "Fix forward: there is no revision to go back to that ever worked.",
        Reason::WayBack => {
            "Watch this deployment: it is probably the repair. If it makes things worse, [roll back by \
             hand](../guide/signals.md#by-hand)."
        }
        Reason::RollbackLimit => {
            "The service keeps being rolled back. Stop deploying it and find out why. A request by hand still works."
        }
        Reason::ObserveMode => {
            "Nothing was stopped. [Set the tag or the mode](../start/observe-to-enforce.md) to `enforce` when you trust it."
        }
        Reason::StopRequested | Reason::ContinueRequested => {
            "ECS is rolling back. Check that it ends as ROLLBACK_SUCCESSFUL, or wait for the [notice](../guide/notices.md). Then \
             [fix the source](../ops/after-a-rollback.md)."
        }
        Reason::DeploymentNotFound => {
            "The deployment disappeared between the observation and the stop. Does the service still exist?"
        }
        Reason::Conflict => {
            "Act now: the deployment is in flight, and ECS refused to stop it. Stop it in the console, or with `aws ecs \
             stop-service-deployment`."
        }
        Reason::AccessDenied => {
            "The message names the call. Compare the role with [IAM](iam.md); check `ClusterScope`, permissions boundaries and \
             service control policies. For [another account](../guide/accounts.md): is it in `Accounts`, and does its role from \
             `spoke.yaml` trust this function's role, with the same name and external id, for that Region?"
        }
        Reason::InvalidParameter => "Read ECS's message. Roll back by hand.",
        Reason::UnsupportedFeature => {
            "The Region does not support the call, so retrying cannot help. Roll back by deploying the older task definition."
        }
        Reason::ClientError => "Read ECS's message.",
        Reason::ServerError => "Check the AWS Health Dashboard. Lambda retries.",
        Reason::Throttled => "Lambda retries. Find out what else calls ECS.",
        Reason::Unreachable => {
            "No answer came in time, or there were too many services for one invocation. In a VPC, the function needs a route to \
             the ECS endpoint. Otherwise as for `server-error`."
        }
    }
}
