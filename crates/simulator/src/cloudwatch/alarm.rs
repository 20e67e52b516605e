//! An alarm, written as prose.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the API's, and documented there")]
pub enum AlarmState {
    #[default]
    Ok,
    Alarm,
    InsufficientData,
}

/// The kind of an alarm, and what only that kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Metric,
    Composite { rule: String },
}

impl Kind {
    /// As in `AlarmTypes`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Metric => "MetricAlarm",
            Self::Composite { .. } => "CompositeAlarm",
        }
    }
}

/// An alarm. It is in state `OK`, unless it says otherwise.
///
/// ```
/// # use simulator::Alarm;
/// Alarm::metric("web-5xx").on_service("prod/web").in_alarm();
/// Alarm::metric("mail-errors").dimension("Queue", "mail").tagged("auto-rollback:services", "prod/mail");
/// Alarm::composite("shop", "ALARM(web-5xx) OR ALARM(mail-errors)").in_alarm();
/// ```
#[derive(Clone, Debug)]
pub struct Alarm {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) state: AlarmState,
    pub(super) since: Option<Timestamp>,
    pub(super) dimensions: Vec<(String, String)>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Alarm {
    fn new(name: &str, kind: Kind) -> Self {
        let name = name.to_owned();
        Self { name, kind, state: AlarmState::Ok, since: None, dimensions: Vec::new(), tags: BTreeMap::new() }
    }

    /// An alarm on a metric.
    #[must_use]
    pub fn metric(name: &str) -> Self {
        Self::new(name, Kind::Metric)
    }

    /// An alarm on the states of others.
    #[must_use]
    pub fn composite(name: &str, rule: &str) -> Self {
        Self::new(name, Kind::Composite { rule: rule.to_owned() })
    }

    /// Is on a metric with this dimension.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        self.dimensions.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Is on a metric of this service, given as `cluster/service`.
    #[must_use]
    pub fn on_service(self, path: &str) -> Self {
        let (cluster, service) = path.split_once('/').unwrap_or(("default", path));
        self.dimension("ClusterName", cluster).dimension("ServiceName", service)
    }

    /// Is in this state.
    #[must_use]
    pub fn state(mut self, state: AlarmState) -> Self {
        self.state = state;
        self
    }

    /// Is in state `ALARM`.
    #[must_use]
    pub fn in_alarm(self) -> Self {
        self.state(AlarmState::Alarm)
    }

    /// Entered its state then; a day before the simulation began if this is left out.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// Has this tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}
