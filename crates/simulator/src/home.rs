//! Where the simulated services live, and the ARNs that follow from it.

use serde::Deserialize;

/// One account in one Region of one partition: everything that is simulated lives there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Home {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
}

impl Default for Home {
    /// The account that AWS's own examples use, in its oldest Region.
    fn default() -> Self {
        Self { partition: "aws".to_owned(), account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
    }
}

impl Home {
    /// The ARN of ECS's resource with this path, as in `service/prod/web`.
    #[must_use]
    pub fn arn(&self, path: &str) -> String {
        self.arn_of("ecs", path)
    }

    /// The ARN of an alarm.
    #[must_use]
    pub fn alarm_arn(&self, name: &str) -> String {
        self.arn_of("cloudwatch", &format!("alarm:{name}"))
    }

    /// The ARN of a function of AWS Lambda.
    #[must_use]
    pub fn function_arn(&self, name: &str) -> String {
        self.arn_of("lambda", &format!("function:{name}"))
    }

    /// The ARN of a rule on the default event bus.
    #[must_use]
    pub fn rule_arn(&self, name: &str) -> String {
        self.arn_of("events", &format!("rule/{name}"))
    }

    fn arn_of(&self, service: &str, resource: &str) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The ARN of a cluster.
    #[must_use]
    pub fn cluster_arn(&self, cluster: &str) -> String {
        self.arn(&format!("cluster/{cluster}"))
    }

    /// The ARN of a service, given as `cluster/service`.
    #[must_use]
    pub fn service_arn(&self, service: &str) -> String {
        self.arn(&format!("service/{service}"))
    }

    /// The ARN of a service deployment of a service given as `cluster/service`.
    #[must_use]
    pub fn service_deployment_arn(&self, service: &str, id: &str) -> String {
        self.arn(&format!("service-deployment/{service}/{id}"))
    }

    /// The ARN of a service revision of a service given as `cluster/service`.
    #[must_use]
    pub fn service_revision_arn(&self, service: &str, number: &str) -> String {
        self.arn(&format!("service-revision/{service}/{number}"))
    }

    /// The ARN of a task definition given as `family:revision`.
    #[must_use]
    pub fn task_definition_arn(&self, task_definition: &str) -> String {
        self.arn(&format!("task-definition/{task_definition}"))
    }

    /// The ARN of a task.
    #[must_use]
    pub fn task_arn(&self, cluster: &str, id: &str) -> String {
        self.arn(&format!("task/{cluster}/{id}"))
    }

    /// The image of a task definition given as `family:revision` when nothing else is said: in the account's own registry.
    #[must_use]
    pub fn image(&self, task_definition: &str) -> String {
        let Self { partition, account, region } = self;
        let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("{account}.dkr.ecr.{region}.{suffix}/{task_definition}")
    }

    /// The rest of an ARN of this home after `KIND/`; nothing for an ARN of another kind or another home.
    pub(crate) fn path_in<'arn>(&self, arn: &'arn str, kind: &str) -> Option<&'arn str> {
        arn.strip_prefix(&self.arn(kind))?.strip_prefix('/')
    }

    /// The parts of a service deployment's or service revision's ARN: the service as `cluster/service`, and the id.
    pub(crate) fn service_and_id<'arn>(&self, arn: &'arn str, kind: &str) -> Option<(&'arn str, &'arn str)> {
        let (service, id) = self.path_in(arn, kind)?.rsplit_once('/')?;
        service.contains('/').then_some((service, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_as_it_was_put_together() {
        let home = Home::default();
        let arn = home.service_deployment_arn("prod/web", "NCWGC2ZR-taawPAYrIaU5");
        assert_eq!(arn, "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5");
        assert_eq!(home.service_and_id(&arn, "service-deployment"), Some(("prod/web", "NCWGC2ZR-taawPAYrIaU5")));
    }

    #[test]
    fn an_arn_of_another_account_or_kind_is_not_ours() {
        let home = Home::default();
        let other = Home { account: "999999999999".to_owned(), ..Home::default() };
        assert_eq!(home.path_in(&other.service_arn("prod/web"), "service"), None);
        assert_eq!(home.path_in(&home.cluster_arn("prod"), "service"), None);
    }
}
