//! What is told of an incident: signals that follow from alarms and from ECS, and how and when they are delivered.

use jiff::Timestamp;

use super::{Delay, Draft};
use crate::{
    metric::transitions,
    story::{Cause, Crash, Delivery, Flaw, HOUR, Kind, MINUTE, Ms, Path, SECOND, Shape, Signal, What, since_base},
};

impl Draft {
    pub(super) fn tell(&mut self) {
        for alarm in 0..self.story.alarms.len() {
            self.signals_of_alarm(alarm);
        }
        self.signals_of_ecs();
        for signal in 0..self.story.signals.len() {
            self.deliver(signal);
        }
        self.batch();
    }

    fn signals_of_alarm(&mut self, number: usize) {
        let alarm = self.story.alarms[number].clone();
        let is_abroad = alarm.services.iter().any(|service| self.story.services[*service].abroad);
        let from = is_abroad.then(|| self.place_abroad());
        let changes = transitions(&alarm, &self.story.troubles);
        let is_muted = self.story.kind == Kind::Muted && alarm.wait.is_none() && number == 0;
        for (index, change) in changes.iter().enumerate() {
            // A composite alarm follows its child.
            let later = if alarm.shape == Shape::Composite { self.rng.between(10, 500) } else { 0 };
            let sent = change.at + later;
            let signal = Signal {
                what: if change.in_alarm { What::InAlarm } else { What::Ok },
                alarm: Some(number),
                services: alarm.services.clone(),
                sent,
                entered: sent,
                data: change.data.clone(),
                causes: change.causes.clone(),
                suppressed: alarm.wait.is_some() && change.in_alarm,
                muted: is_muted,
                released: false,
                from,
            };
            let over = changes.get(index + 1).map_or(Ms::MAX, |next| next.at);
            let release = alarm.wait.filter(|wait| change.in_alarm && sent + wait < over && *wait < HOUR);
            self.story.signals.push(signal.clone());
            if let Some(wait) = release {
                self.story.signals.push(Signal { sent: sent + wait, suppressed: false, released: true, ..signal });
            }
        }
    }

    /// Of tasks that do not start ECS tells by itself; and it tells of everything that goes well, too.
    fn signals_of_ecs(&mut self) {
        for event in std::mem::take(&mut self.events) {
            let text = |pointer: &str| event.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
            let service = text("/resources/0").rsplit('/').next().unwrap_or_default();
            let Some(service) = self.story.services.iter().position(|known| known.name == service && !known.abroad)
            else {
                continue;
            };
            let created = text("/detail/createdAt").parse::<Timestamp>().map(since_base).unwrap_or_default();
            match text("/detail/eventName") {
                "SERVICE_TASK_START_IMPAIRED" => {
                    let cause = self.story.deployments.iter().rposition(|deployment| {
                        deployment.service == service
                            && deployment.flaw == Some(Flaw::TaskStart)
                            && deployment.started <= created
                    });
                    self.signal(What::Impaired, service, created, cause.map(Cause::Deployment).into_iter().collect());
                }
                name @ ("SERVICE_DEPLOYMENT_IN_PROGRESS" | "SERVICE_DEPLOYMENT_COMPLETED")
                    if created > 0 && self.rng.percent(20) =>
                {
                    let name = if name == "SERVICE_DEPLOYMENT_COMPLETED" { "COMPLETED" } else { "IN_PROGRESS" };
                    self.signal(What::News(name), service, created, Vec::new());
                }
                _ => {}
            }
        }
    }

    fn deliver(&mut self, number: usize) {
        let signal = self.story.signals[number].clone();
        // What happened before the incident began was dealt with before, unless it is told again.
        let mut delays = match self.delay {
            Delay::Late if signal.what == What::InAlarm => vec![self.late()],
            Delay::Both if signal.what == What::InAlarm => vec![self.usual(), self.late(), self.late()],
            Delay::After(moment) if signal.what == What::InAlarm => {
                let least = (moment - signal.sent).max(0);
                vec![least + self.rng.between(100, 5 * MINUTE)]
            }
            _ => vec![self.usual()],
        };
        if self.rng.percent(18) {
            // Told twice or three times.
            for _ in 0..self.rng.between(1, 2) {
                let after = delays[0] + self.rng.between(0, 90 * SECOND);
                delays.push(after);
            }
        }
        for delay in delays {
            let at = signal.sent + delay;
            if at < 0 {
                continue;
            }
            let path = self.path_of(&signal);
            let crashes = if self.rng.percent(12) {
                let count = self.rng.weighted(&[(1, 75), (2, 25)]);
                (0..count)
                    .map(|_| Crash {
                        after_calls: u32::try_from(self.rng.between(0, 4)).unwrap_or_default(),
                        after_effect: self.rng.percent(50),
                    })
                    .collect()
            } else {
                Vec::new()
            };
            self.story.deliveries.push(Delivery { at, path, signals: vec![number], crashes });
        }
    }

    fn path_of(&mut self, signal: &Signal) -> Path {
        let by_rule = [(Path::QueueEventBridge, 75), (Path::EventBridge, 25)];
        let is_contributor = signal.alarm.is_some_and(|alarm| self.story.alarms[alarm].shape == Shape::Contributor);
        match signal.what {
            What::Impaired | What::Failed(_) | What::News(_) => self.rng.weighted(&by_rule),
            // Their actions are not taken, so only EventBridge tells of it.
            _ if signal.suppressed || signal.muted => self.rng.weighted(&by_rule),
            _ if is_contributor => {
                self.rng.weighted(&[(Path::Action, 50), (Path::QueueEventBridge, 40), (Path::EventBridge, 10)])
            }
            _ => self.rng.weighted(&[
                (Path::Action, 35),
                (Path::QueueEventBridge, 25),
                (Path::EventBridge, 10),
                (Path::Sns, 10),
                (Path::QueueSns, 12),
                (Path::QueueRaw, 8),
            ]),
        }
    }

    fn usual(&mut self) -> Ms {
        match self.rng.between(0, 99) {
            0..=84 => self.rng.between(100, 5 * SECOND),
            85..=96 => self.rng.between(5 * SECOND, MINUTE),
            _ => self.rng.between(MINUTE, 5 * MINUTE),
        }
    }

    fn late(&mut self) -> Ms {
        if self.rng.percent(60) {
            self.rng.between(2 * MINUTE, 25 * MINUTE)
        } else {
            self.rng.between(20 * MINUTE, 6 * HOUR)
        }
    }

    /// What waits in the queue at the same time may come in one batch. One whose invocation dies comes alone, so that it is
    /// certain which signals were lost with it.
    fn batch(&mut self) {
        self.story.deliveries.sort_by_key(|delivery| delivery.at);
        let mut batched: Vec<Delivery> = Vec::new();
        for delivery in std::mem::take(&mut self.story.deliveries) {
            let joins = delivery.path.is_queued() && delivery.crashes.is_empty() && self.rng.percent(50);
            let open = batched.iter_mut().rev().find(|open| {
                open.path == delivery.path
                    && open.crashes.is_empty()
                    && delivery.at - open.at < 20 * SECOND
                    && open.signals.len() < 10
            });
            match open {
                Some(open) if joins => {
                    open.at = delivery.at;
                    open.signals.extend(delivery.signals);
                }
                _ => batched.push(delivery),
            }
        }
        batched.sort_by_key(|delivery| delivery.at);
        self.story.deliveries = batched;
    }
}
