//! Sends notices: has the facts for each read, and hands it to both channels. None of this can fail an invocation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, future::join, stream};
use jiff::Timestamp;
use judgement::{Location, text::chain};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::{Context, Kind, Notice, event, facts, message, of_report};
use crate::{
    aws::{Accounts, CallError, Calls, EventBus, SIDE_BY_SIDE, SdkConfig, Topic},
    follow_up::Follow,
    recent::Recent,
    report::{Delivery, Report},
};

/// The settings of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoticeSettings {
    /// `NoticeTopicArn`: the SNS topic.
    pub(crate) topic_arn: Option<String>,
    /// `NoticeEventBusName`: the event bus, by its name or ARN.
    pub(crate) event_bus: Option<String>,
    /// `Notices`: the kinds that are sent.
    pub(crate) kinds: Vec<Kind>,
    /// The address under which the documents are.
    pub(crate) documentation: String,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`: the function's own log group, for a link.
    pub(crate) log_group: Option<String>,
}

impl NoticeSettings {
    /// Checks whether notices have a channel.
    pub(crate) fn are_on(&self) -> bool {
        self.topic_arn.is_some() || self.event_bus.is_some()
    }

    /// Checks whether deployments that start while one of their alarms is in ALARM are of interest.
    pub(crate) fn finds_unprotected(&self, follow: Follow) -> bool {
        follow == Follow::OutcomesAndUnprotected && self.kinds.contains(&Kind::Unprotected)
    }
}

/// Sends notices through its channels.
#[derive(Debug)]
pub(crate) struct Notifier {
    topic: Option<Topic>,
    bus: Option<EventBus>,
    accounts: Arc<Accounts>,
    log_group: Option<String>,
    documentation: String,
    kinds: Vec<Kind>,
    /// The ids of notices that are sent once in this execution environment.
    sent_once: Mutex<Recent<String, ()>>,
}

/// The most notices that are remembered to be sent once.
const MOST_SENT_ONCE: usize = 1_000;

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
            documentation: settings.documentation,
            kinds: settings.kinds,
            sent_once: Mutex::new(Recent::new(MOST_SENT_ONCE)),
        })
    }

    /// Sends the notices of a report, until `end`.
    pub(crate) async fn notify(&self, report: &Report, home: &Location, now: Timestamp, end: Instant) -> Delivery {
        let context = Context { home, now, log_group: self.log_group.as_deref(), documentation: &self.documentation };
        // Reading the facts must leave time to send the notice.
        let start = Instant::now();
        let read_until = start + end.saturating_duration_since(start) / 2;
        let reader = facts::Reader { accounts: &self.accounts, home, until: read_until };
        let wanted = of_report(report, &context).into_iter().filter(|notice| self.kinds.contains(&notice.kind));
        let notices = wanted.filter(|notice| self.is_new(notice)).map(async |mut notice| {
            let facts = reader.facts(&notice).await;
            for unknown in &facts.unknown {
                warn!(notice_id = notice.id.as_str(), error = unknown.as_str(), "notice incomplete");
            }
            notice.complete(facts, &context);
            let delivery = self.send(&notice, end).await;
            if delivery.delivered == 0 {
                self.sent_once().remove(&notice.id);
            }
            delivery
        });
        let mut deliveries = stream::iter(notices).buffer_unordered(SIDE_BY_SIDE);
        let mut sum = Delivery::default();
        while let Some(Delivery { delivered, failed }) = deliveries.next().await {
            sum.delivered += delivered;
            sum.failed += failed;
        }
        sum
    }

    /// Checks that a notice was not sent yet, if its kind is sent once, and remembers it.
    fn is_new(&self, notice: &Notice) -> bool {
        let mut sent_once = self.sent_once();
        let is_new = sent_once.get(&notice.id).is_none();
        if notice.kind.is_sent_once() {
            sent_once.insert(notice.id.clone(), ());
        }
        is_new
    }

    fn sent_once(&self) -> MutexGuard<'_, Recent<String, ()>> {
        self.sent_once.lock().unwrap_or_else(PoisonError::into_inner)
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
