//! Commands of the AWS CLI for the reader of a notice.

use judgement::{Service, observation::Revision};

use super::{Notice, text::word};

/// Rolls the deployment back while it is in progress.
pub(super) fn roll_back(notice: &Notice) -> Option<String> {
    let arn = word(notice.service_deployment_arn.as_deref()?);
    Some(at(notice, &format!("stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {arn}")))
}

/// Deploys the previous task definition again, which is the way back once the deployment is over.
pub(super) fn go_back(notice: &Notice) -> Option<String> {
    let Service { cluster, name, .. } = notice.service.as_ref()?;
    let before = word(notice.previous().and_then(Revision::name)?);
    let (cluster, service) = (word(cluster), word(name));
    Some(at(notice, &format!("update-service --cluster {cluster} --service {service} --task-definition {before}")))
}

/// Describes the deployment.
pub(super) fn watch(notice: &Notice) -> Option<String> {
    let arn = word(notice.service_deployment_arn.as_deref()?);
    Some(at(notice, &format!("describe-service-deployments --service-deployment-arns {arn}")))
}

/// Keeps the function from the service.
pub(super) fn hold(notice: &Notice) -> Option<String> {
    let arn = word(&notice.service.as_ref()?.arn()?);
    Some(at(notice, &format!("tag-resource --resource-arn {arn} --tags key=auto-rollback,value=off")))
}

fn at(notice: &Notice, call: &str) -> String {
    let region =
        notice.service.as_ref().map_or_else(String::new, |service| format!(" --region {}", word(&service.region)));
    format!("aws ecs {call}{region}")
}
