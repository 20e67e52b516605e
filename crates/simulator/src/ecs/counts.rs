//! The tasks and the traffic of one side of a service deployment.

use serde::{Deserialize, Serialize};

/// The members of a service revision in `DescribeServiceDeployments`, besides its ARN. ECS does not answer a member that is
/// left out.
///
/// ```
/// # use simulator::{DeploymentSeed, RevisionCounts};
/// let unseen = RevisionCounts::tasks(3, 3, 0).production(0.0).test(100.0);
/// DeploymentSeed::of("web:42").target(unseen).source(RevisionCounts::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the members are the API's, and documented there")]
pub struct RevisionCounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_task_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_task_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_task_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_test_traffic_weight: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_production_traffic_weight: Option<f64>,
}

impl RevisionCounts {
    /// This many tasks are requested, run and are pending; nothing is said about traffic.
    #[must_use]
    pub fn tasks(requested: u32, running: u32, pending: u32) -> Self {
        Self {
            requested_task_count: Some(requested),
            running_task_count: Some(running),
            pending_task_count: Some(pending),
            ..Self::default()
        }
    }

    /// Has this many percent of the production traffic.
    #[must_use]
    pub fn production(mut self, percent: f64) -> Self {
        self.requested_production_traffic_weight = Some(percent);
        self
    }

    /// Has this many percent of the test traffic.
    #[must_use]
    pub fn test(mut self, percent: f64) -> Self {
        self.requested_test_traffic_weight = Some(percent);
        self
    }
}
