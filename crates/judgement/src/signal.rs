//! A signal: one reason to suspect a deployment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use strum::{Display, IntoStaticStr};

use crate::{
    arn::Arn,
    run::{Comparison, Run},
    verdict::Verdict,
};

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
    /// The data that the alarm judged, where the event has them.
    pub run: Option<Run>,
    /// The explanation by its source. Decisions depend on it only where its sentence is the only form of the alarm's data.
    pub explanation: Option<String>,
    /// The alarm's threshold, in the unit of its metric. No decision depends on it.
    pub threshold: Option<f64>,
    /// The one deployment that it is about, if it names one.
    pub about: Option<About>,
    /// The clues to its services.
    pub clues: Clues,
}

impl Signal {
    /// Checks that it is an event of ECS about tasks, which may be of any revision.
    pub(crate) fn is_about_tasks(&self) -> bool {
        self.source == Source::Ecs && self.about.is_none() && self.kind == Kind::Trouble
    }

    /// The operator by which the alarm compares its metric with the threshold, such as `>`, as its explanation words it.
    #[must_use]
    pub fn operator(&self) -> Option<&'static str> {
        Comparison::of_sentence(self.explanation.as_deref()?).symbol()
    }

    /// Checks that ECS reports tasks that fail to start, one after the other.
    #[must_use]
    pub fn is_start_impaired(&self) -> bool {
        self.is_about_tasks() && self.name == "SERVICE_TASK_START_IMPAIRED"
    }
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
    /// An event that needs no action, and the sentence that says why.
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

/// The clues in a signal to its services.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Clues {
    /// The signal's origin, which completes names.
    pub origin: Origin,
    /// `true` if the function's own location completes the origin: for a person's request.
    pub from_home: bool,
    /// The verdict if the event contradicts itself about its origin.
    pub contradiction: Option<Verdict>,
    /// ARNs and names that the event states directly. All of them must fit one service.
    pub named: Vec<Named>,
    /// The value of the alarm's tag `auto-rollback:services`, where the payload carries it.
    pub services_tag: Option<String>,
    /// The attributes of the time series that went to ALARM, for alarms that watch several.
    pub contributor: Option<Pairs>,
    /// The metrics and expressions that the alarm reads.
    pub queries: Vec<Query>,
    /// The alarm itself, for look-ups.
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
    /// The children that made it change its state, where the event names them.
    pub triggering: Vec<Child>,
    /// Its rule.
    pub rule: String,
}

/// A child that made a composite alarm change its state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Child {
    /// Its ARN.
    pub arn: String,
    /// The state in which it did so, not always `ALARM`: a rule may also name `OK` and `INSUFFICIENT_DATA`.
    pub state: String,
    /// When it entered that state, if the event says so.
    pub since: Option<Timestamp>,
}

impl Child {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        Arn::parse(&self.arn).and_then(|arn| arn.resource.strip_prefix("alarm:")).unwrap_or(&self.arn)
    }
}

/// The account and Region where a signal was raised, as far as stated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Origin {
    /// The partition, such as `aws`.
    pub partition: Option<String>,
    /// The Region's code, such as `eu-west-1`.
    pub region: Option<String>,
    /// The account's number.
    pub account: Option<String>,
}

/// One way in which an event names its service directly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A cluster's name or ARN.
    Cluster(String),
    /// A service's name or ARN.
    Service(String),
    /// A service deployment's ARN.
    ServiceDeployment(String),
}

/// One entry of what an alarm reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Its id, by which expressions refer to it.
    pub id: Option<String>,
    /// The account that holds the metric, if not the alarm's own.
    pub account: Option<String>,
    /// Its period in seconds.
    pub period: Option<u32>,
    /// `false` if only expressions use it. `None` if there is only one entry.
    pub returns_data: Option<bool>,
    /// The data that it reads.
    pub reads: Reads,
}

/// The data that a query reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// A metric.
    Metric(Metric),
    /// An expression: metric math, Metrics Insights or `PromQL`.
    Expression(String),
}

/// A metric, with the statistic that an alarm reads of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Metric {
    /// Its namespace, such as `AWS/ApplicationELB`.
    pub namespace: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its dimensions.
    pub dimensions: Pairs,
    /// The statistic, such as `Sum` or `p99`.
    pub statistic: Option<String>,
    /// The unit, if the alarm asks for one.
    pub unit: Option<String>,
}

impl Metric {
    /// Checks that it is a metric of a load balancer or VPC Lattice, which depends on the traffic that a revision gets.
    #[must_use]
    pub fn is_of_traffic(&self) -> bool {
        const NAMESPACES: [&str; 4] = ["AWS/ApplicationELB", "AWS/NetworkELB", "AWS/ELB", "AWS/VpcLattice"];
        self.namespace.as_deref().is_some_and(|namespace| NAMESPACES.contains(&namespace))
            || self.dimensions.contains_key("TargetGroup")
            || self.dimensions.contains_key("LoadBalancer")
    }
}

impl Clues {
    /// The metrics that the alarm reads, each with the account that holds it, if not the alarm's own.
    pub fn metrics(&self) -> impl Iterator<Item = (&Metric, Option<&str>)> {
        self.queries.iter().filter_map(|query| match &query.reads {
            Reads::Metric(metric) => Some((metric, query.account.as_deref())),
            Reads::Expression(_) => None,
        })
    }
}

/// The alarm's tag that lists its services.
pub const SERVICES_TAG: &str = "auto-rollback:services";

/// Names with a value each: dimensions, attributes, tags.
pub type Pairs = BTreeMap<String, String>;
