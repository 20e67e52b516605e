//! Sends notices: reads the facts for each, and hands it to both channels. None of this can fail an invocation.

use std::sync::Arc;

use futures_util::{StreamExt, future::join, stream};
use jiff::Timestamp;
use judgement::{Location, text::chain};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::{Context, Facts, Kind, Notice, event, message, of_report};
use crate::{
    aws::{Accounts, CallError, Calls, EventBus, SIDE_BY_SIDE, SdkConfig, Topic},
    report::{Delivery, Report},
};

/// The settings of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoticeSettings {
    /// `NoticeTopicArn`: the SNS topic.
    pub(crate) topic_arn: Option<String>,
    /// `NoticeEventBusName`: the event bus, by its name or ARN.
    pub(crate) event_bus: Option<String>,
    /// `UnprotectedNotices`: `true` to notify when a deployment starts while one of its alarms is in ALARM.
    pub(crate) unprotected: bool,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`: the function's own log group, for a link.
    pub(crate) log_group: Option<String>,
}

impl NoticeSettings {
    /// Checks whether notices have a channel.
    pub(crate) fn are_on(&self) -> bool {
        self.topic_arn.is_some() || self.event_bus.is_some()
    }
}

/// Sends notices through its channels.
#[derive(Debug)]
pub(crate) struct Notifier {
    topic: Option<Topic>,
    bus: Option<EventBus>,
    accounts: Arc<Accounts>,
    log_group: Option<String>,
}

impl Notifier {
    /// A notifier, if notices have a channel.
    pub(crate) fn new(
        settings: NoticeSettings,
        config: &SdkConfig,
        calls: &Calls,
        accounts: Arc<Accounts>,
    ) -> Option<Self> {
        settings.are_on().then(|| Self {
            topic: settings.topic_arn.map(|arn| Topic::new(&arn, config, calls)),
            bus: settings.event_bus.map(|name| EventBus::new(&name, config, calls)),
            accounts,
            log_group: settings.log_group,
        })
    }

    /// Sends the notices of a report, until `end`.
    pub(crate) async fn notify(&self, report: &Report, home: &Location, now: Timestamp, end: Instant) -> Delivery {
        let context = Context { home, now, log_group: self.log_group.as_deref() };
        // Reading the facts must leave time to send the notice.
        let start = Instant::now();
        let read_until = start + end.saturating_duration_since(start) / 2;
        let notices = of_report(report, &context).into_iter().map(async |mut notice| {
            let facts = timeout_at(read_until, self.facts(&notice, home)).await.unwrap_or_else(|_| {
                let unknown = "the revisions and the stopped tasks, because ECS did not answer in time".to_owned();
                Facts { unknown: vec![unknown], ..Facts::default() }
            });
            notice.complete(facts, &context);
            self.send(&notice, end).await
        });
        let mut deliveries = stream::iter(notices).buffer_unordered(SIDE_BY_SIDE);
        let mut sum = Delivery::default();
        while let Some(Delivery { delivered, failed }) = deliveries.next().await {
            sum.delivered += delivered;
            sum.failed += failed;
        }
        sum
    }

    /// Sends a notice through each channel.
    async fn send(&self, notice: &Notice, end: Instant) -> Delivery {
        let publish = async {
            let topic = self.topic.as_ref()?;
            Some(in_time("sns", notice, end, topic.publish(&message::of(notice))).await)
        };
        let put = async {
            let bus = self.bus.as_ref()?;
            Some(in_time("eventbridge", notice, end, bus.put(&event::of(notice))).await)
        };
        let (published, put) = Box::pin(join(publish, put)).await;
        let mut delivery = Delivery::default();
        for is_taken in [published, put].into_iter().flatten() {
            *(if is_taken { &mut delivery.delivered } else { &mut delivery.failed }) += 1;
        }
        delivery
    }

    /// Reads the facts that a notice adds to the report, and records those that cannot be read.
    async fn facts(&self, notice: &Notice, home: &Location) -> Facts {
        let Some(service) = &notice.service else { return Facts::default() };
        let Some(account) = self.accounts.at(&service.location(), home).await else { return Facts::default() };
        let arns = notice.revision_arns();
        let stopped = async {
            match notice.revision() {
                Some(revision) if has_stopped_tasks(notice.kind) => account.ecs.stopped_tasks(service, revision).await,
                _ => Ok(Vec::new()),
            }
        };
        let (revisions, stopped) = join(account.ecs.revisions(&arns), stopped).await;
        let mut unknown = Vec::new();
        let revisions = known(revisions, &mut unknown);
        let stopped_tasks = known(stopped, &mut unknown);
        for unknown in &unknown {
            warn!(notice_id = notice.id.as_str(), error = unknown.as_str(), "notice incomplete");
        }
        Facts { revisions, stopped_tasks, unknown }
    }
}

/// Waits until a channel has taken a notice. If it does not in time, the log says why.
async fn in_time(
    channel: &str,
    notice: &Notice,
    end: Instant,
    send: impl Future<Output = Result<(), CallError>>,
) -> bool {
    let error = match timeout_at(end, send).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => chain(&error),
        Err(_) => "the time of the invocation ran out".to_owned(),
    };
    warn!(channel, notice = notice.kind.as_str(), notice_id = notice.id.as_str(), error, "notice not delivered");
    false
}

/// The value that was read; if it could not be, the notice says why.
fn known<T: Default>(read: Result<T, CallError>, unknown: &mut Vec<String>) -> T {
    read.unwrap_or_else(|error| {
        unknown.push(chain(&error));
        T::default()
    })
}

/// When a deployment starts, none of its tasks can have stopped for a reason.
fn has_stopped_tasks(kind: Kind) -> bool {
    !matches!(kind, Kind::Redeployed | Kind::Unprotected)
}
