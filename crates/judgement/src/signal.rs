//! A signal: one reason to suspect a deployment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use strum::{Display, IntoStaticStr};

use crate::evidence::Evidence;

/// One reason to suspect a deployment: where it comes from, when it began, what evidence it gives and what it points at.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The sender.
    pub source: Source,
    /// The alarm's name, the ECS event's name, or the person's reason.
    pub name: String,
    /// The kind of signal, with what rows 1 and 2 depend on.
    pub kind: Kind,
    /// When the event itself was sent, which a redelivery does not change. `None` for a request.
    pub sent: Option<Timestamp>,
    /// When the signal began: for an alarm, when it entered ALARM. `None` for a request.
    pub began: Option<Timestamp>,
    /// When the trouble began by the data that the alarm judged, where they can be read.
    pub evidence: Option<Evidence>,
    /// The explanation that its source gives. Nothing is decided by it.
    pub explanation: Option<String>,
    /// The alarm's threshold, in the unit of its metric. Nothing is decided by it.
    pub threshold: Option<f64>,
    /// The one deployment that it is about, if it names one.
    pub about: Option<About>,
    /// All that helps to find its services.
    pub clues: Clues,
}

/// The sender of a signal. The first two have the names under which EventBridge knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, IntoStaticStr)]
pub enum Source {
    /// A CloudWatch alarm.
    #[strum(serialize = "aws.cloudwatch")]
    CloudWatch,
    /// An event of ECS.
    #[strum(serialize = "aws.ecs")]
    Ecs,
    /// A person, or a tool in a person's name.
    #[strum(serialize = "manual")]
    Manual,
}

impl Source {
    /// The name in responses and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A kind of signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An alarm went to a state.
    Alarm {
        /// The state's name: `ALARM`, `OK`, `INSUFFICIENT_DATA`.
        state: String,
        /// The suppressor of the alarm's actions: `WaitPeriod`, `ExtensionPeriod` or `Alarm`.
        suppressed_by: Option<String>,
        /// The mute rule that mutes the alarm's actions.
        muted_by: Option<String>,
    },
    /// ECS reports trouble.
    Trouble,
    /// An event that asks for nothing, and the sentence that says why.
    News(String),
    /// A person asks for a rollback.
    Request,
}

/// The one deployment that a signal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The number of a service revision: the `N` of `ecs-svc/N`. A string, as it may begin with zeros.
    Revision(String),
    /// The ARN of a service deployment.
    ServiceDeployment(String),
}

/// All that a signal gives to find its services.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Clues {
    /// Where the signal comes from; it fills in what names leave out.
    pub origin: Origin,
    /// ARNs and names that the event gives outright. All of them must fit one service.
    pub named: Vec<Named>,
    /// The value of the alarm's tag `auto-rollback:services`, where the payload carries it.
    pub services_tag: Option<String>,
    /// The attributes of the time series that went to ALARM, for alarms that watch several.
    pub contributor: Option<Pairs>,
    /// The metrics that the alarm reads.
    pub metrics: Vec<Metric>,
    /// The alarm itself, by which more can be looked up.
    pub alarm: Option<Alarm>,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// Its children, for a composite alarm.
    pub composite: Option<Composite>,
}

/// The children of a composite alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Composite {
    /// The ARNs of the children in ALARM that made it change its state, where the event names them.
    pub triggering: Vec<String>,
    /// Its rule.
    pub rule: String,
}

/// The account and Region where a signal was raised, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Origin {
    /// The partition, such as `aws`.
    pub partition: Option<String>,
    /// The Region's code, such as `eu-west-1`.
    pub region: Option<String>,
    /// The account's number.
    pub account: Option<String>,
}

impl Origin {
    /// The origin of a metric of an alarm from here: the metric's own account, if it is read from another.
    #[must_use]
    pub fn of_metric(&self, metric: &Metric) -> Self {
        let account = metric.account.clone().or_else(|| self.account.clone());
        Self { account, ..self.clone() }
    }
}

/// One way in which an event names its service outright.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A cluster's name or ARN.
    Cluster(String),
    /// A service's name or ARN.
    Service(String),
    /// A service deployment's ARN.
    ServiceDeployment(String),
}

/// One metric that an alarm reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// The account that the metric is read from, if not the alarm's own.
    pub account: Option<String>,
    /// Its dimensions.
    pub dimensions: Pairs,
}

/// The alarm's tag that lists its services.
pub const SERVICES_TAG: &str = "auto-rollback:services";

/// Names with a value each: dimensions, attributes, tags.
pub type Pairs = BTreeMap<String, String>;
