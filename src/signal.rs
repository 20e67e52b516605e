//! A signal: one reason to suspect a deployment.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;

/// One reason to suspect a deployment: where it comes from, when it began, what evidence it gives and what it points at.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Who raised it.
    pub source: Source,
    /// The alarm's name, the ECS event's name, or the person's reason.
    pub name: String,
    /// What it says.
    pub word: Word,
    /// When the event itself was sent, which a redelivery does not change. `None` for a manual request.
    pub sent: Option<Timestamp>,
    /// When the trouble began: for an alarm, when it entered ALARM. `None` for a manual request.
    pub began: Option<Timestamp>,
    /// The end of the newest datapoint that the alarm judged, where it can be read.
    pub evidence_ended: Option<Timestamp>,
    /// What its source says about it, for people.
    pub statement: Statement,
    /// The one deployment that it is about, if it names one.
    pub about: Option<About>,
    /// All that helps to find its services.
    pub clues: Clues,
}

/// What the source of a signal says about it. Nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statement {
    /// Why it was raised, in the words of its source.
    pub reason: Option<String>,
    /// The threshold that was crossed, in the unit of the alarm's metric.
    pub threshold: Option<f64>,
}

/// Who raised a signal. The first two are the names under which EventBridge knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A CloudWatch alarm.
    CloudWatch,
    /// An event of ECS.
    Ecs,
    /// A person, or a tool in a person's name.
    Manual,
}

impl Source {
    /// The name in responses and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudWatch => "aws.cloudwatch",
            Self::Ecs => "aws.ecs",
            Self::Manual => "manual",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a signal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// An alarm went to a state.
    Alarm {
        /// The state's name: `ALARM`, `OK`, `INSUFFICIENT_DATA`.
        state: String,
        /// What suppresses the alarm's actions: `WaitPeriod`, `ExtensionPeriod` or `Alarm`.
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
    /// For a composite alarm, what it is made of.
    pub composite: Option<Composite>,
}

/// What a composite alarm is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Composite {
    /// The ARNs of the children that are in ALARM and made it change its state, where that is told.
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
    /// Where a metric of an alarm from here is: in its own account, if it is read from another.
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
