//! A metric, as an alarm names it.

use serde_json::{Map, Value, json};

use crate::place::parts;

/// A metric with its dimensions and its statistic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub(super) id: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) stat: String,
    pub(super) account: Option<String>,
    dimensions: Vec<(String, String)>,
}

impl Metric {
    /// A metric without dimensions, summed up.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            id: "m1".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            stat: "Sum".to_owned(),
            account: None,
            dimensions: Vec::new(),
        }
    }

    /// The answers of a target group with a status of 5xx.
    #[must_use]
    pub fn of_target_group(load_balancer: &str, target_group: &str) -> Self {
        let metric = Self::new("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count");
        metric.dimension("LoadBalancer", load_balancer).dimension("TargetGroup", target_group)
    }

    /// The answers of a whole load balancer with a status of 5xx.
    #[must_use]
    pub fn of_load_balancer(load_balancer: &str) -> Self {
        Self::new("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count").dimension("LoadBalancer", load_balancer)
    }

    /// With the dimensions of a service, `cluster/name`.
    ///
    /// # Panics
    /// If `service` has no cluster.
    #[must_use]
    pub fn service(self, service: &str) -> Self {
        let (cluster, name) = parts(service);
        self.dimension("ClusterName", cluster).dimension("ServiceName", name)
    }

    /// With one more dimension.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        self.dimensions.push((name.to_owned(), value.to_owned()));
        self
    }

    /// By another statistic than the sum.
    #[must_use]
    pub fn stat(mut self, stat: &str) -> Self {
        stat.clone_into(&mut self.stat);
        self
    }

    /// Under this id among the metrics of its alarm.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// From another account than that of its alarm.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// As the Lambda action and EventBridge have them.
    pub(super) fn dimensions(&self) -> Map<String, Value> {
        self.dimensions.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
    }

    /// As SNS has them.
    pub(super) fn dimension_list(&self) -> Vec<Value> {
        self.dimensions.iter().map(|(name, value)| json!({"value": value, "name": name})).collect()
    }
}
