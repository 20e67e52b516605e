//! Elastic Load Balancing: which target groups are behind which load balancer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::operation::Operation;
use crate::protocol::{element, result, text};
use crate::wire::ApiError;

/// The load balancers.
#[derive(Clone, Debug, Default)]
pub struct LoadBalancing {
    /// The ARNs of their target groups, by their ARN.
    balancers: BTreeMap<String, Vec<String>>,
}

impl LoadBalancing {
    /// A load balancer with these target groups behind it.
    pub fn put_load_balancer(&mut self, arn: &str, target_group_arns: &[&str]) {
        self.balancers.insert(arn.to_owned(), target_group_arns.iter().map(|arn| (*arn).to_owned()).collect());
    }

    pub(crate) fn perform(&mut self, operation: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        let groups: Vec<(&str, &String)> = match body.get("LoadBalancerArn").and_then(Value::as_str) {
            Some(arn) => {
                let missing = || ApiError::new("LoadBalancerNotFound", format!("Load balancer '{arn}' not found"));
                let (arn, groups) = self.balancers.get_key_value(arn).ok_or_else(missing)?;
                groups.iter().map(|group| (arn.as_str(), group)).collect()
            }
            None => self
                .balancers
                .iter()
                .flat_map(|(arn, groups)| groups.iter().map(|group| (arn.as_str(), group)))
                .collect(),
        };
        let shown = groups.into_iter().map(|(balancer, group)| {
            let balancers = element("LoadBalancerArns", &text("member", balancer));
            element("member", &(text("TargetGroupArn", group) + &balancers))
        });
        Ok(result(operation.name(), &element("TargetGroups", &shown.collect::<String>())))
    }
}
