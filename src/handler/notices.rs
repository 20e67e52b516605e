//! Notices sent: what each needs is read, and both channels get it. None of this can fail an invocation.

use futures_util::{StreamExt, future::join, stream};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::{Handler, SIDE_BY_SIDE, Turn, time_until};
use crate::{
    aws::{CallError, Calls, EventBus, SdkConfig, Topic},
    error::chain,
    notice::{self, Desk, Event, Facts, Message, Notice, Occasion},
    report::{Delivery, Report},
    settings::Notices,
};

/// The channels of the notices.
#[derive(Debug)]
pub(super) struct Notifier {
    topic: Option<Topic>,
    bus: Option<EventBus>,
    pub(super) settings: Notices,
}

impl Notifier {
    pub(super) fn new(settings: Notices, config: &SdkConfig, calls: &Calls) -> Self {
        Self {
            topic: settings.topic_arn.as_deref().map(|arn| Topic::new(arn, config, calls)),
            bus: settings.event_bus.as_deref().map(|name| EventBus::new(name, config, calls)),
            settings,
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.settings.are_on()
    }

    /// Sends a notice through each channel.
    async fn send(&self, notice: &Notice, end: Instant) -> Delivery {
        let publish = async {
            let topic = self.topic.as_ref()?;
            Some(in_time("sns", notice, end, topic.publish(&Message::of(notice))).await)
        };
        let put = async {
            let bus = self.bus.as_ref()?;
            Some(in_time("eventbridge", notice, end, bus.put(&Event::of(notice))).await)
        };
        let (published, put) = Box::pin(join(publish, put)).await;
        let mut delivery = Delivery::default();
        for is_taken in [published, put].into_iter().flatten() {
            *(if is_taken { &mut delivery.delivered } else { &mut delivery.failed }) += 1;
        }
        delivery
    }
}

/// Whether a channel has taken a notice in time; if not, the log says why.
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
    warn!(channel, notice = notice.occasion.as_str(), notice_id = notice.id.as_str(), error, "notice not delivered");
    false
}

impl Handler {
    /// Tells people what they should hear of.
    pub(super) async fn tell(&self, report: &mut Report, turn: Turn<'_>) {
        if !self.notifier.is_on() {
            return;
        }
        let desk = Desk {
            home: &turn.invocation.home,
            now: turn.invocation.now,
            log_group: self.notifier.settings.log_group.as_deref(),
        };
        // What is read for a notice must leave time to send it.
        let read_until = Instant::now() + time_until(turn.end) / 2;
        let notices = notice::of_report(report, &desk).into_iter().map(async |mut notice| {
            let facts = timeout_at(read_until, self.facts(&notice, &desk)).await.unwrap_or_else(|_| {
                let unknown = "what runs and which tasks stopped: ECS did not answer in time".to_owned();
                Facts { unknown: vec![unknown], ..Facts::default() }
            });
            notice.complete(facts, &desk);
            self.notifier.send(&notice, turn.end).await
        });
        let mut deliveries = stream::iter(notices).buffer_unordered(SIDE_BY_SIDE);
        while let Some(Delivery { delivered, failed }) = deliveries.next().await {
            report.delivery.delivered += delivered;
            report.delivery.failed += failed;
        }
    }

    /// Reads what a notice tells beyond the report. What cannot be read is told as well.
    async fn facts(&self, notice: &Notice, desk: &Desk<'_>) -> Facts {
        let Some(service) = &notice.service else { return Facts::default() };
        let Some(place) = self.places.at(&service.whereabouts(), desk.home).await else { return Facts::default() };
        let arns = notice.revision_arns();
        let stopped = async {
            match notice.revision() {
                Some(revision) if tells_of_tasks(notice.occasion) => place.ecs.stopped_tasks(service, revision).await,
                _ => Ok(Vec::new()),
            }
        };
        let (revisions, stopped) = join(place.ecs.revisions(&arns), stopped).await;
        let mut unknown = Vec::new();
        let mut note = |error: CallError| unknown.push(chain(&error));
        let revisions = revisions.unwrap_or_else(|error| {
            note(error);
            Vec::new()
        });
        let stopped_tasks = stopped.unwrap_or_else(|error| {
            note(error);
            Vec::new()
        });
        for unknown in &unknown {
            warn!(notice_id = notice.id.as_str(), error = unknown.as_str(), "notice incomplete");
        }
        Facts { revisions, stopped_tasks, unknown }
    }
}

/// At the beginning of a deployment, none of its tasks can have stopped for a reason.
fn tells_of_tasks(occasion: Occasion) -> bool {
    !matches!(occasion, Occasion::Redeployed | Occasion::Unprotected)
}
