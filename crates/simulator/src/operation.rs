//! The calls that are simulated, of all services.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoEnumIterator, IntoStaticStr};

/// A service of AWS, as far as it is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, IntoStaticStr)]
#[expect(missing_docs, reason = "the names are the services'")]
pub enum Api {
    #[serde(rename = "ecs")]
    #[strum(serialize = "ecs")]
    Ecs,
    #[serde(rename = "cloudwatch")]
    #[strum(serialize = "cloudwatch")]
    CloudWatch,
    #[serde(rename = "elasticloadbalancing")]
    #[strum(serialize = "elasticloadbalancing")]
    LoadBalancing,
    #[serde(rename = "sts")]
    #[strum(serialize = "sts")]
    Sts,
    #[serde(rename = "sns")]
    #[strum(serialize = "sns")]
    Sns,
    #[serde(rename = "events")]
    #[strum(serialize = "events")]
    EventBridge,
    #[serde(rename = "lambda")]
    #[strum(serialize = "lambda")]
    Lambda,
}

impl Api {
    pub(crate) const ALL: [Self; 7] =
        [Self::Ecs, Self::CloudWatch, Self::LoadBalancing, Self::Sts, Self::Sns, Self::EventBridge, Self::Lambda];

    /// As in an ARN and before the colon of an IAM action.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        self.into()
    }
}

/// A call.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, EnumIter, IntoStaticStr)]
#[expect(missing_docs, reason = "the names are the APIs'")]
pub enum Operation {
    CreateCluster,
    DescribeClusters,
    ListClusters,
    RegisterTaskDefinition,
    DescribeTaskDefinition,
    CreateService,
    UpdateService,
    DeleteService,
    DescribeServices,
    ListServices,
    ListServiceDeployments,
    DescribeServiceDeployments,
    DescribeServiceRevisions,
    StopServiceDeployment,
    ContinueServiceDeployment,
    ListTasks,
    DescribeTasks,
    TagResource,
    UntagResource,
    ListTagsForResource,
    DescribeAlarms,
    /// CloudWatch's `ListTagsForResource`; the plain name is ECS's.
    #[strum(serialize = "ListTagsForResource")]
    ListTagsForAlarm,
    DescribeAlarmContributors,
    DescribeAlarmHistory,
    GetMetricData,
    DescribeTargetGroups,
    AssumeRole,
    GetCallerIdentity,
    Publish,
    ListSubscriptionsByTopic,
    PutEvents,
    ListRules,
    DescribeRule,
    ListTargetsByRule,
    ListRuleNamesByTarget,
    GetFunctionConfiguration,
    ListEventSourceMappings,
}

impl Operation {
    /// As in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The service that is called.
    #[must_use]
    pub fn api(self) -> Api {
        match self {
            Self::DescribeAlarms
            | Self::ListTagsForAlarm
            | Self::DescribeAlarmContributors
            | Self::DescribeAlarmHistory
            | Self::GetMetricData => Api::CloudWatch,
            Self::DescribeTargetGroups => Api::LoadBalancing,
            Self::AssumeRole | Self::GetCallerIdentity => Api::Sts,
            Self::Publish | Self::ListSubscriptionsByTopic => Api::Sns,
            Self::PutEvents
            | Self::ListRules
            | Self::DescribeRule
            | Self::ListTargetsByRule
            | Self::ListRuleNamesByTarget => Api::EventBridge,
            Self::GetFunctionConfiguration | Self::ListEventSourceMappings => Api::Lambda,
            _ => Api::Ecs,
        }
    }

    /// As IAM names the action: `ecs:DescribeServices`.
    #[must_use]
    pub fn action(self) -> String {
        format!("{}:{}", self.api().prefix(), self.name())
    }

    pub(crate) fn find(api: Api, name: &str) -> Option<Self> {
        Self::iter().find(|operation| operation.api() == api && operation.name() == name)
    }
}
