//! Amazon CloudWatch: the tags of an alarm, and the alarms that a composite alarm is made of.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    operation::describe_alarms::builders::DescribeAlarmsFluentBuilder,
    primitives::DateTime,
    types::{self, AlarmType, StateValue},
};

use jiff::Timestamp;

use super::{CallError, Calls, Kind};
use crate::{
    event::triggering,
    signal::{self, Alarm, Clues, Composite, Metric, Origin},
};

/// The gateway to Amazon CloudWatch.
#[derive(Debug, Clone)]
pub struct CloudWatch {
    client: Client,
}

/// An alarm that was looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// Whether it is in ALARM now.
    pub in_alarm: bool,
    /// Since when it has its state.
    pub since: Option<Timestamp>,
    /// What it gives to find its services.
    pub clues: Clues,
}

/// The most alarm names that one `DescribeAlarms` takes, and the most alarms on a page of its answer.
const AT_ONCE: usize = 100;

/// So many alarms in ALARM at once are read: where there are more, no single deployment is to be warned of.
const MOST_IN_ALARM: usize = 100;

impl CloudWatch {
    /// A gateway with the settings of `config`, which counts its `calls`.
    #[must_use]
    pub fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_cloudwatch::config::Builder::from(config).interceptor(calls.clone()).build();
        Self { client: Client::from_conf(config) }
    }

    /// The tags of the alarm. One that does not exist has none.
    ///
    /// # Errors
    /// When the call does not succeed.
    pub async fn tags(&self, alarm_arn: &str) -> Result<signal::Pairs, CallError> {
        match self.client.list_tags_for_resource().resource_arn(alarm_arn).send().await {
            Ok(answer) => {
                Ok(answer.tags().iter().filter_map(|tag| Some((tag.key()?.into(), tag.value()?.into()))).collect())
            }
            Err(error) => {
                match CallError::new("cloudwatch:ListTagsForResource", format!("list the tags of {alarm_arn}"), error) {
                    CallError { kind: Kind::ResourceNotFound, .. } => Ok(signal::Pairs::new()),
                    error => Err(error),
                }
            }
        }
    }

    /// The alarms of these names that exist, of any type. `origin` is where they are.
    ///
    /// # Errors
    /// When a call does not succeed.
    pub async fn alarms(&self, names: &[String], origin: &Origin) -> Result<Vec<Child>, CallError> {
        let mut found = Vec::new();
        for names in names.chunks(AT_ONCE) {
            // Without the types, only metric alarms are answered.
            let describe = self.client.describe_alarms().set_alarm_names(Some(names.to_vec()));
            let describe = describe.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
            let most = names.len() * AT_ONCE;
            found.extend(described(describe, most, "describe the alarm's children", origin).await?);
        }
        Ok(found)
    }

    /// The alarms that are in ALARM now, of any type; so many as can matter.
    ///
    /// # Errors
    /// When a call does not succeed.
    pub async fn in_alarm(&self, origin: &Origin) -> Result<Vec<Child>, CallError> {
        let describe = self.client.describe_alarms().state_value(StateValue::Alarm);
        let describe = describe.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        described(describe, MOST_IN_ALARM, "describe the alarms in ALARM", origin).await
    }
}

/// Reads the pages of an answer, until there are more than `most` alarms.
async fn described(
    describe: DescribeAlarmsFluentBuilder,
    most: usize,
    doing: &str,
    origin: &Origin,
) -> Result<Vec<Child>, CallError> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let page = describe.clone().max_records(100).set_next_token(token);
        let answer = page.send().await.map_err(|error| CallError::new("cloudwatch:DescribeAlarms", doing, error))?;
        found.extend(answer.metric_alarms().iter().map(|alarm| metric_alarm(alarm, origin)));
        found.extend(answer.composite_alarms().iter().map(|alarm| composite_alarm(alarm, origin)));
        token = answer.next_token;
        if token.is_none() || found.len() > most {
            return Ok(found);
        }
    }
}

fn since(time: Option<&DateTime>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::new(time.secs(), time.subsec_nanos().cast_signed()).ok())
}

fn metric_alarm(alarm: &types::MetricAlarm, origin: &Origin) -> Child {
    let own = dimensions(alarm.dimensions(), None);
    let queries = alarm.metrics().iter().filter_map(|query| {
        let metric = query.metric_stat()?.metric()?;
        dimensions(metric.dimensions(), query.account_id())
    });
    Child {
        in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
        since: since(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        clues: Clues {
            origin: origin.clone(),
            metrics: own.into_iter().chain(queries).collect(),
            alarm: Some(named(alarm.alarm_name(), alarm.alarm_arn(), None)),
            ..Clues::default()
        },
    }
}

fn composite_alarm(alarm: &types::CompositeAlarm, origin: &Origin) -> Child {
    let composite = Composite {
        triggering: alarm.state_reason_data().map(|data| triggering(&data.into())).unwrap_or_default(),
        rule: alarm.alarm_rule().unwrap_or_default().to_owned(),
    };
    Child {
        in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
        since: since(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        clues: Clues {
            origin: origin.clone(),
            alarm: Some(named(alarm.alarm_name(), alarm.alarm_arn(), Some(composite))),
            ..Clues::default()
        },
    }
}

fn named(name: Option<&str>, arn: Option<&str>, composite: Option<Composite>) -> Alarm {
    Alarm { name: name.unwrap_or_default().to_owned(), arn: arn.map(str::to_owned), composite }
}

fn dimensions(dimensions: &[types::Dimension], account: Option<&str>) -> Option<Metric> {
    let pairs: signal::Pairs =
        dimensions.iter().filter_map(|dimension| Some((dimension.name()?.into(), dimension.value()?.into()))).collect();
    (!pairs.is_empty()).then(|| Metric { account: account.map(str::to_owned), dimensions: pairs })
}
