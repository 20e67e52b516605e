//! The calls that are simulated.

use std::fmt;

use serde::Deserialize;

/// Everything before the operation's name in the header `X-Amz-Target`.
const TARGET: &str = "AmazonEC2ContainerServiceV20141113.";

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// A call of the ECS API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[expect(missing_docs, reason = "the names are the API's")]
        pub enum Operation {
            $($name),*
        }

        impl Operation {
            /// As in the API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),*
                }
            }

            /// The operation that the header `X-Amz-Target` names, if it is simulated.
            #[must_use]
            pub fn from_target(target: &str) -> Option<Self> {
                match target.strip_prefix(TARGET)? {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

operations!(
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
);

impl Operation {
    /// The value of the header `X-Amz-Target`.
    #[must_use]
    pub fn target(self) -> String {
        format!("{TARGET}{}", self.name())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
