//! Elastic Load Balancing: the target groups behind a load balancer.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;

use super::{
    calls::Calls,
    config::own_retries,
    error::{CallError, ErrorKind},
};

/// The gateway to Elastic Load Balancing.
#[derive(Debug, Clone)]
pub(crate) struct LoadBalancers {
    client: Client,
}

impl LoadBalancers {
    /// A gateway with the settings of `config`, which counts its `calls`.
    pub(crate) fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_elasticloadbalancingv2::config::Builder::from(config).interceptor(calls.clone());
        let config = config.retry_partition(own_retries("elasticloadbalancing")).build();
        Self { client: Client::from_conf(config) }
    }

    /// The ARNs of the target groups behind the load balancer. One that does not exist has none.
    pub(crate) async fn target_groups(&self, load_balancer_arn: &str) -> Result<Vec<String>, CallError> {
        // A load balancer has at most 100 target groups, and a page holds 400 (service quotas; API Reference).
        match self.client.describe_target_groups().load_balancer_arn(load_balancer_arn).send().await {
            Ok(answer) => {
                Ok(answer.target_groups().iter().filter_map(|group| group.target_group_arn.clone()).collect())
            }
            Err(error) => match CallError::new(
                "elasticloadbalancing:DescribeTargetGroups",
                format!("describe the target groups of {load_balancer_arn}"),
                error,
            ) {
                CallError { kind: ErrorKind::ResourceNotFound, .. } => Ok(Vec::new()),
                error => Err(error),
            },
        }
    }
}
