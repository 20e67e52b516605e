//! Amazon CloudWatch: the tags of an alarm, and alarms by name or by state.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    operation::describe_alarms::{DescribeAlarmsOutput, builders::DescribeAlarmsFluentBuilder},
    primitives::DateTime,
    types::{AlarmType, CompositeAlarm, Dimension, LogAlarm, MetricAlarm, StateValue},
};
use jiff::Timestamp;
use judgement::{
    event::triggering,
    signal::{Alarm, Clues, Composite, Metric, Origin, Pairs},
};

use super::{
    calls::Calls,
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
    /// `true` if it is in ALARM now.
    pub(crate) in_alarm: bool,
    /// When it entered its state.
    pub(crate) since: Option<Timestamp>,
    /// All that helps to find its services.
    pub(crate) clues: Clues,
}

/// The most alarm names that one `DescribeAlarms` takes, and the most alarms on a page of its answer.
const AT_ONCE: usize = 100;

/// The most alarms in ALARM that are read: beyond that, no single deployment stands out.
const MOST_IN_ALARM: usize = 100;

impl CloudWatch {
    /// A gateway with the settings of `config`, which counts its `calls`.
    pub(crate) fn new(config: &SdkConfig, calls: &Calls) -> Self {
        let config = aws_sdk_cloudwatch::config::Builder::from(config).interceptor(calls.clone()).build();
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
}

/// Reads the pages of an answer, until there are more than `most` alarms.
async fn described(
    describe: DescribeAlarmsFluentBuilder,
    most: usize,
    doing: &str,
    origin: &Origin,
) -> Result<Vec<LookedUpAlarm>, CallError> {
    // Without the types, only metric alarms are answered.
    let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
    let describe = describe.set_alarm_types(Some(types)).max_records(100);
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let page = describe.clone().set_next_token(token);
        let answer = page.send().await.map_err(|error| CallError::new("cloudwatch:DescribeAlarms", doing, error))?;
        found.extend(every_type(&answer, origin));
        token = answer.next_token;
        if token.is_none() || found.len() > most {
            return Ok(found);
        }
    }
}

fn every_type(answer: &DescribeAlarmsOutput, origin: &Origin) -> impl Iterator<Item = LookedUpAlarm> {
    let metric = answer.metric_alarms().iter().map(|alarm| metric_alarm(alarm, origin));
    let composite = answer.composite_alarms().iter().map(|alarm| composite_alarm(alarm, origin));
    metric.chain(composite).chain(answer.log_alarms().iter().map(|alarm| log_alarm(alarm, origin)))
}

fn metric_alarm(alarm: &MetricAlarm, origin: &Origin) -> LookedUpAlarm {
    let own = metric(alarm.dimensions(), None);
    let queries = alarm.metrics().iter().filter_map(|query| {
        let queried = query.metric_stat()?.metric()?;
        metric(queried.dimensions(), query.account_id())
    });
    LookedUpAlarm {
        in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
        since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
        clues: Clues {
            metrics: own.into_iter().chain(queries).collect(),
            ..clues(origin, alarm.alarm_name(), alarm.alarm_arn(), None)
        },
    }
}

fn composite_alarm(alarm: &CompositeAlarm, origin: &Origin) -> LookedUpAlarm {
    let composite = Composite {
        triggering: alarm.state_reason_data().map(|data| triggering(&data.into())).unwrap_or_default(),
        rule: alarm.alarm_rule().unwrap_or_default().to_owned(),
    };
    LookedUpAlarm {
        in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
        since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
        clues: clues(origin, alarm.alarm_name(), alarm.alarm_arn(), Some(composite)),
    }
}

fn log_alarm(alarm: &LogAlarm, origin: &Origin) -> LookedUpAlarm {
    LookedUpAlarm {
        in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
        since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
        clues: clues(origin, alarm.alarm_name(), alarm.alarm_arn(), None),
    }
}

fn since(transitioned: Option<&DateTime>, updated: Option<&DateTime>) -> Option<Timestamp> {
    timestamp(transitioned.or(updated))
}

fn clues(origin: &Origin, name: Option<&str>, arn: Option<&str>, composite: Option<Composite>) -> Clues {
    let alarm = Alarm { name: name.unwrap_or_default().to_owned(), arn: arn.map(str::to_owned), composite };
    Clues { origin: origin.clone(), alarm: Some(alarm), ..Clues::default() }
}

fn metric(dimensions: &[Dimension], account: Option<&str>) -> Option<Metric> {
    let pairs: Pairs =
        dimensions.iter().filter_map(|dimension| Some((dimension.name()?.into(), dimension.value()?.into()))).collect();
    (!pairs.is_empty()).then(|| Metric { account: account.map(str::to_owned), dimensions: pairs })
}
