//! Amazon CloudWatch: the tags of an alarm, alarms by name or by state, their contributors and history, and the data of their
//! metrics.

mod alarms;
mod history;
mod metrics;

pub(crate) use self::metrics::statistic;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    operation::describe_alarms::builders::DescribeAlarmsFluentBuilder,
    types::{AlarmType, StateValue},
};
use jiff::{SignedDuration, Timestamp};
use judgement::{
    evidence::{Run, Trouble},
    signal::{Clues, Composite, Origin, Pairs},
    text::shown,
};

use super::{
    calls::Calls,
    config::own_retries,
    error::{CallError, ErrorKind},
    time::timestamp,
};

/// The gateway to Amazon CloudWatch.
#[derive(Debug, Clone)]
pub(crate) struct CloudWatch {
    client: Client,
}

/// An alarm that was looked up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LookedUpAlarm {
    /// Its state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    pub(crate) state: String,
    /// When it entered its state.
    pub(crate) since: Option<Timestamp>,
    /// The `reasonData` of that change.
    pub(crate) run: Option<Run>,
    /// The clues to its services.
    pub(crate) clues: Clues,
}

/// A time series in ALARM of an alarm that watches several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contributor {
    /// Its attributes, such as the dimensions by which a query groups.
    pub(crate) attributes: Pairs,
    /// When it went to ALARM.
    pub(crate) since: Option<Timestamp>,
}

/// The most alarm names that one `DescribeAlarms` takes, and the most alarms on a page of its answer.
const AT_ONCE: usize = 100;

/// The most alarms in ALARM that are read. Beyond that, no single deployment stands out.
const MOST_IN_ALARM: usize = 100;

impl CloudWatch {
    /// A gateway with the settings of `config`, which counts its `calls`.
    pub(crate) fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_cloudwatch::config::Builder::from(config).interceptor(calls.clone());
        let config = config.retry_partition(own_retries("cloudwatch")).build();
        Self { client: Client::from_conf(config) }
    }

    /// The tags of the alarm. One that does not exist has none.
    pub(crate) async fn tags(&self, alarm_arn: &str) -> Result<Pairs, CallError> {
        match self.client.list_tags_for_resource().resource_arn(alarm_arn).send().await {
            Ok(answer) => {
                Ok(answer.tags().iter().filter_map(|tag| Some((tag.key()?.into(), tag.value()?.into()))).collect())
            }
            Err(error) => {
                match CallError::new("cloudwatch:ListTagsForResource", format!("list the tags of {alarm_arn}"), error) {
                    CallError { kind: ErrorKind::ResourceNotFound, .. } => Ok(Pairs::new()),
                    error => Err(error),
                }
            }
        }
    }

    /// The alarms of these names that exist, of any type. `origin` is where they are.
    pub(crate) async fn alarms(&self, names: &[String], origin: &Origin) -> Result<Vec<LookedUpAlarm>, CallError> {
        let mut found = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let describe = self.client.describe_alarms().set_alarm_names(Some(names.to_vec()));
            let most = names.len() * AT_ONCE;
            found.extend(described(describe, most, "describe the alarm's children", origin).await?);
        }
        Ok(found)
    }

    /// The alarms that are in ALARM now, of any type.
    pub(crate) async fn in_alarm(&self, origin: &Origin) -> Result<Vec<LookedUpAlarm>, CallError> {
        let describe = self.client.describe_alarms().state_value(StateValue::Alarm);
        described(describe, MOST_IN_ALARM, "describe the alarms in ALARM", origin).await
    }

    /// The contributors of an alarm that are in ALARM now. An alarm on a single time series has none.
    pub(crate) async fn contributors(&self, alarm: &str) -> Result<Vec<Contributor>, CallError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self.client.describe_alarm_contributors().alarm_name(alarm).set_next_token(token).send().await;
            let answer = match page {
                Ok(answer) => answer,
                Err(error) => {
                    let doing = format!("describe the contributors of alarm {}", shown(alarm, 255));
                    return match CallError::new("cloudwatch:DescribeAlarmContributors", doing, error) {
                        CallError { kind: ErrorKind::ResourceNotFound | ErrorKind::InvalidParameter, .. } => Ok(found),
                        error => Err(error),
                    };
                }
            };
            found.extend(answer.alarm_contributors().iter().map(|contributor| {
                Contributor {
                    attributes: contributor
                        .contributor_attributes()
                        .into_iter()
                        .flatten()
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect(),
                    since: timestamp(contributor.state_transitioned_timestamp()),
                }
            }));
            token = answer.next_token;
            if token.is_none() || found.len() > MOST_IN_ALARM {
                return Ok(found);
            }
        }
    }
}

impl LookedUpAlarm {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.clues.alarm.as_ref().map_or("", |alarm| &alarm.name)
    }

    /// Its children, if it is a composite alarm.
    pub(crate) fn composite(&self) -> Option<&Composite> {
        self.clues.alarm.as_ref()?.composite.as_ref()
    }

    /// Its trouble, which began at `since` if that is known. If its state has changed again after that, its data are of another
    /// time.
    pub(crate) fn trouble(&self, since: Option<Timestamp>) -> Trouble {
        let is_later = since.zip(self.since).is_some_and(|(known, now)| known.duration_until(now) > SAME_CHANGE);
        Trouble {
            name: self.name().to_owned(),
            began: since.or(self.since),
            run: self.run.filter(|_| !is_later),
            queries: self.clues.queries.clone(),
        }
    }
}

/// The largest difference between the times of two reports of the same change of state.
const SAME_CHANGE: SignedDuration = SignedDuration::from_secs(5);

impl Contributor {
    /// The trouble of its alarm.
    pub(crate) fn trouble(&self, alarm: &str) -> Trouble {
        Trouble { name: alarm.to_owned(), began: self.since, run: None, queries: Vec::new() }
    }

    /// A clause which says that it leads to no service.
    pub(crate) fn not_a_service(&self) -> String {
        let given: Vec<&str> = self.attributes.keys().map(String::as_str).collect();
        format!("a contributor in ALARM has the attributes {} and no service", shown(&given.join(", "), 255))
    }
}

/// Reads the pages of an answer, until there are more than `most` alarms.
async fn described(
    describe: DescribeAlarmsFluentBuilder,
    most: usize,
    doing: &str,
    origin: &Origin,
) -> Result<Vec<LookedUpAlarm>, CallError> {
    // Without the types, only metric alarms are returned.
    let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
    let describe = describe.set_alarm_types(Some(types)).max_records(100);
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let page = describe.clone().set_next_token(token);
        let answer = page.send().await.map_err(|error| CallError::new("cloudwatch:DescribeAlarms", doing, error))?;
        found.extend(alarms::every_type(&answer, origin));
        token = answer.next_token;
        if token.is_none() || found.len() > most {
            return Ok(found);
        }
    }
}
