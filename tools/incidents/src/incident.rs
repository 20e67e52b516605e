//! The parts of an incident. Nothing in here knows any competitor.

mod kind;

use jiff::{SignedDuration, Timestamp};
pub(crate) use signals::{ACCOUNT, REGION};
use simulator::{Fault, Operation, Order, Refusal};

pub(crate) use self::kind::Kind;

/// Milliseconds of virtual time since the incident began.
pub(crate) type Ms = i64;

pub(crate) const SECOND: Ms = 1_000;
pub(crate) const MINUTE: Ms = 60 * SECOND;
pub(crate) const HOUR: Ms = 60 * MINUTE;

pub(crate) const CLUSTER: &str = "prod";

/// The virtual clock at the beginning of every incident.
pub(crate) fn base() -> Timestamp {
    Timestamp::from_second(1_780_315_200).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn at(ms: Ms) -> Timestamp {
    base().checked_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
}

pub(crate) fn since_base(time: Timestamp) -> Ms {
    time.as_millisecond() - base().as_millisecond()
}

/// The deployment strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rollout {
    Rolling,
    BlueGreen,
    Canary,
}

/// A PAUSE hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) minutes: u32,
    /// It comes before any task of the new revision is started, else before traffic is shifted to them.
    pub(crate) is_before_tasks: bool,
}

/// One ECS service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// The revisions of its task definition that were deployed successfully before. None: the service is new.
    pub(crate) history: Vec<u32>,
    /// The number of rollbacks in the last hour.
    pub(crate) rolled_back_lately: u32,
    /// The value of its tag `auto-rollback`.
    pub(crate) tag: Option<&'static str>,
    pub(crate) rollout: Rollout,
    pub(crate) bake_minutes: u32,
    /// A PAUSE hook at which its deployments wait for a person.
    pub(crate) pause: Option<Pause>,
    /// It stands between two target groups, which its deployments swap.
    pub(crate) is_balanced: bool,
    /// The number of tasks of its last revision that failed to start.
    pub(crate) failed_tasks: u32,
    /// It is in another account or Region, as its signals state.
    pub(crate) foreign: bool,
}

impl Service {
    pub(crate) fn path(&self) -> String {
        format!("{CLUSTER}/{}", self.name)
    }
}

/// The flaw of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It serves errors, from `onset` after the deployment started.
    Errors { onset: Ms },
    /// Its tasks do not start.
    TaskStart,
    /// There is no capacity for its tasks, which is no fault of its own.
    Capacity,
}

/// One service deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) service: usize,
    /// The time of its creation.
    pub(crate) at: Ms,
    /// The revision of the task definition.
    pub(crate) revision: u32,
    pub(crate) flaw: Option<Flaw>,
    /// Its start, if nobody interferes. At or after `ended` if it never starts.
    pub(crate) started: Ms,
    /// Its end, if nobody interferes.
    pub(crate) ended: Ms,
}

impl Deployment {
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self.flaw, Some(Flaw::Errors { .. } | Flaw::TaskStart))
    }

    /// The beginning of its trouble.
    pub(crate) fn cause(&self) -> Ms {
        match self.flaw {
            Some(Flaw::Errors { onset }) => self.started + onset,
            _ => self.started,
        }
    }
}

/// The cause of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The deployment of this number brought it.
    Deployment(usize),
    /// Something that no deployment here has brought.
    Elsewhere,
}

/// A time in which a service serves errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trouble {
    pub(crate) service: usize,
    pub(crate) cause: Cause,
    pub(crate) from: Ms,
    pub(crate) until: Ms,
}

/// The type of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Metric,
    Math,
    /// A Metrics Insights alarm, which reports each time series.
    Contributor,
    /// A composite alarm that names its services by its tag.
    Composite,
    /// A log alarm that names its services by its tag.
    Log,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Metric => "single metric",
            Self::Math => "metric maths",
            Self::Contributor => "contributor of Metrics Insights",
            Self::Composite => "composite",
            Self::Log => "log",
        }
    }
}

/// The place at which an alarm counts errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The service itself.
    Service,
    /// The load balancer before it.
    LoadBalancer,
    /// The target group of the revision that a deployment replaces.
    OldGroup,
    /// The target group of the revision that a deployment brings.
    NewGroup,
}

/// One alarm.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    pub(crate) services: Vec<usize>,
    pub(crate) shape: Shape,
    pub(crate) period: Ms,
    /// The number of data points that it evaluates, and of those that must breach.
    pub(crate) judged: i64,
    pub(crate) needed: usize,
    /// From the end of a data point until it is evaluated.
    pub(crate) lag: Ms,
    /// The wait period of a composite alarm with a suppressor.
    pub(crate) wait: Option<Ms>,
    pub(crate) place: Place,
    /// The service of the second child of a composite alarm that needs both: in ALARM for days.
    pub(crate) old_child: Option<usize>,
}

impl Alarm {
    /// The services that it is about, with that of its old child.
    pub(crate) fn about(&self) -> Vec<usize> {
        self.services.iter().copied().chain(self.old_child).collect()
    }

    /// The name of its child, if it is a composite alarm.
    pub(crate) fn child(&self) -> String {
        format!("{}-child", self.name)
    }

    pub(crate) fn name_of_old_child(&self) -> String {
        format!("{}-old", self.name)
    }
}

/// The kind of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignalKind {
    /// An alarm went to ALARM.
    InAlarm,
    /// An alarm went to OK.
    Ok,
    /// An alarm of Application Auto Scaling went to ALARM.
    Scaling,
    /// ECS reports `SERVICE_TASK_START_IMPAIRED`.
    Impaired,
    /// ECS reports `SERVICE_DEPLOYMENT_FAILED` of the revision that this deployment brought.
    Failed(usize),
    /// ECS reports `SERVICE_DEPLOYMENT_IN_PROGRESS` or `…_COMPLETED`.
    News(&'static str),
}

/// The account and Region of a signal that is not from home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    pub(crate) account: &'static str,
    pub(crate) region: &'static str,
}

/// One data point of an alarm's metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) start: Ms,
    /// The errors in its period: one each millisecond in which a service is in trouble.
    pub(crate) errors: Ms,
    pub(crate) breaches: bool,
}

/// A signal.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    pub(crate) kind: SignalKind,
    /// The alarm of this number, for alarms.
    pub(crate) alarm: Option<usize>,
    pub(crate) services: Vec<usize>,
    /// The time at which it is sent.
    pub(crate) sent: Ms,
    /// The time at which the alarm entered this state, or the trouble was seen.
    pub(crate) entered: Ms,
    /// The time at which the data were judged: a composite alarm follows its child.
    pub(crate) judged: Ms,
    /// The data points judged, oldest first.
    pub(crate) data: Vec<Point>,
    /// The causes of the trouble.
    pub(crate) causes: Vec<Cause>,
    /// Its actions wait or are muted, so only EventBridge reports it.
    pub(crate) suppressed: bool,
    pub(crate) muted: bool,
    /// It follows from an alarm that was in ALARM already since `entered`.
    pub(crate) released: bool,
    pub(crate) from: Option<Elsewhere>,
}

/// The path of a signal to the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// The alarm's own action: Lambda's queue for asynchronous invocations.
    Action,
    /// A rule of EventBridge that invokes the function itself.
    EventBridge,
    /// An SNS topic that invokes the function itself.
    Sns,
    /// EventBridge by way of the signal queue.
    QueueEventBridge,
    /// SNS by way of the signal queue, in its envelope.
    QueueSns,
    /// SNS by way of the signal queue, by raw delivery.
    QueueRaw,
}

impl Path {
    pub(crate) fn is_queued(self) -> bool {
        matches!(self, Self::QueueEventBridge | Self::QueueSns | Self::QueueRaw)
    }

    pub(crate) fn is_eventbridge(self) -> bool {
        matches!(self, Self::EventBridge | Self::QueueEventBridge)
    }

    /// True for SNS's own form of an alarm, which has no data that a program could read.
    pub(crate) fn is_sns(self) -> bool {
        matches!(self, Self::Sns | Self::QueueSns | Self::QueueRaw)
    }
}

/// The point of an invocation at which its environment dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crash {
    /// The number of calls to AWS before it.
    pub(crate) after_calls: u32,
    /// The next call has reached AWS, and only its answer does not come back.
    pub(crate) after_effect: bool,
}

/// One delivery: a single signal, or a batch from the queue.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) at: Ms,
    pub(crate) path: Path,
    pub(crate) signals: Vec<usize>,
    /// The crashes of its first attempts.
    pub(crate) crashes: Vec<Crash>,
}

/// A fault between a caller and ECS.
#[derive(Debug, Clone)]
pub(crate) struct Disturbance {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    pub(crate) on: Option<Operation>,
    /// Its beginning and end; `None`: a few calls only, or as long as the incident lasts.
    pub(crate) window: Option<(Ms, Ms)>,
}

/// The behaviour of ECS where AWS does not document it, and durations.
#[derive(Debug, Clone)]
pub(crate) struct Nature {
    pub(crate) pending: Ms,
    pub(crate) launch: Ms,
    pub(crate) listing_lag: Ms,
    pub(crate) stale: Ms,
    pub(crate) order: Order,
    pub(crate) page_size: Option<usize>,
    pub(crate) stop_finished: Refusal,
    pub(crate) current_only_in_flight: bool,
}

/// One incident: everything that happens in it if nobody interferes, and all its signals.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    pub(crate) nature: Nature,
    pub(crate) services: Vec<Service>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) signals: Vec<Signal>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) disturbance: Option<Disturbance>,
    /// The time in which `DescribeAlarms` is throttled for ECS itself.
    pub(crate) blind: Option<(Ms, Ms)>,
    /// The end of the incident.
    pub(crate) horizon: Ms,
}

impl Incident {
    /// The deployments in the order in which they begin.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.deployments.len()).collect();
        order.sort_by_key(|index| self.deployments[*index].at);
        order
    }
}
