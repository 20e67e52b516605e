//! The signals of an incident, from alarms and from ECS, and their deliveries.

use jiff::Timestamp;

use super::{Delay, Draft};
use crate::{
    chance::Chance as _,
    incident::{
        Cause, Crash, Delivery, Flaw, HOUR, Kind, MINUTE, Ms, Path, SECOND, Shape, Signal, SignalKind, since_base,
    },
    metric::transitions,
};

impl Draft {
    pub(super) fn deliver_signals(&mut self) {
        for alarm in 0..self.incident.alarms.len() {
            self.signals_of_alarm(alarm);
        }
        self.signals_of_ecs();
        for signal in 0..self.incident.signals.len() {
            self.deliver(signal);
        }
        self.batch();
    }

    fn signals_of_alarm(&mut self, number: usize) {
        let alarm = self.incident.alarms[number].clone();
        let is_foreign = alarm.services.iter().any(|service| self.incident.services[*service].foreign);
        let from = is_foreign.then(|| self.foreign_place());
        let changes = transitions(&alarm, &self.incident.troubles);
        let is_muted = self.incident.kind == Kind::Muted && alarm.wait.is_none() && number == 0;
        for (index, change) in changes.iter().enumerate() {
            // A composite alarm follows its child.
            let later = if alarm.shape == Shape::Composite { self.rng.i64(10..=500) } else { 0 };
            let sent = change.at + later;
            let signal = Signal {
                kind: if change.in_alarm { SignalKind::InAlarm } else { SignalKind::Ok },
                alarm: Some(number),
                services: alarm.about(),
                sent,
                entered: sent,
                judged: change.at,
                data: change.data.clone(),
                causes: change.causes.clone(),
                suppressed: alarm.wait.is_some() && change.in_alarm,
                muted: is_muted,
                released: false,
                from,
            };
            let over = changes.get(index + 1).map_or(Ms::MAX, |next| next.at);
            let release = alarm.wait.filter(|wait| change.in_alarm && sent + wait < over && *wait < HOUR);
            self.incident.signals.push(signal.clone());
            if let Some(wait) = release {
                self.incident.signals.push(Signal { sent: sent + wait, suppressed: false, released: true, ..signal });
            }
        }
    }

    /// ECS reports tasks that do not start, and also everything that goes well.
    fn signals_of_ecs(&mut self) {
        for event in std::mem::take(&mut self.events) {
            let text = |pointer: &str| event.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
            let service = text("/resources/0").rsplit('/').next().unwrap_or_default();
            let Some(service) = self.incident.services.iter().position(|known| known.name == service && !known.foreign)
            else {
                continue;
            };
            let created = text("/detail/createdAt").parse::<Timestamp>().map(since_base).unwrap_or_default();
            match text("/detail/eventName") {
                "SERVICE_TASK_START_IMPAIRED" => {
                    let cause = self.incident.deployments.iter().rposition(|deployment| {
                        deployment.service == service
                            && matches!(deployment.flaw, Some(Flaw::TaskStart | Flaw::Capacity))
                            && deployment.started <= created
                    });
                    self.signal(
                        SignalKind::Impaired,
                        service,
                        created,
                        cause.map(Cause::Deployment).into_iter().collect(),
                    );
                }
                name @ ("SERVICE_DEPLOYMENT_IN_PROGRESS" | "SERVICE_DEPLOYMENT_COMPLETED")
                    if created > 0 && self.rng.percent(20) =>
                {
                    let name = if name == "SERVICE_DEPLOYMENT_COMPLETED" { "COMPLETED" } else { "IN_PROGRESS" };
                    self.signal(SignalKind::News(name), service, created, Vec::new());
                }
                _ => {}
            }
        }
    }

    fn deliver(&mut self, number: usize) {
        let signal = self.incident.signals[number].clone();
        // Deliveries from before the incident are dropped, unless they arrive again later.
        let mut delays = match self.delay {
            Delay::Late if signal.kind == SignalKind::InAlarm => vec![self.late()],
            Delay::Both if signal.kind == SignalKind::InAlarm => vec![self.usual(), self.late(), self.late()],
            Delay::After(moment) if signal.kind == SignalKind::InAlarm => {
                let least = (moment - signal.sent).max(0);
                vec![least + self.rng.i64(100..=5 * MINUTE)]
            }
            _ => vec![self.usual()],
        };
        if self.rng.percent(18) {
            // Delivered two or three times.
            for _ in 0..self.rng.i64(1..=2) {
                let after = delays[0] + self.rng.i64(0..=90 * SECOND);
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
                    .map(|_| Crash { after_calls: self.rng.u32(0..=4), after_effect: self.rng.percent(50) })
                    .collect()
            } else {
                Vec::new()
            };
            self.incident.deliveries.push(Delivery { at, path, signals: vec![number], crashes });
        }
    }

    fn path_of(&mut self, signal: &Signal) -> Path {
        let by_rule = [(Path::QueueEventBridge, 75), (Path::EventBridge, 25)];
        let is_contributor = signal.alarm.is_some_and(|alarm| self.incident.alarms[alarm].shape == Shape::Contributor);
        match signal.kind {
            SignalKind::Impaired | SignalKind::Failed(_) | SignalKind::News(_) => self.rng.weighted(&by_rule),
            // Their actions are not taken, so only EventBridge reports them.
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
        match self.rng.i64(0..=99) {
            0..=84 => self.rng.i64(100..=5 * SECOND),
            85..=96 => self.rng.i64(5 * SECOND..=MINUTE),
            _ => self.rng.i64(MINUTE..=5 * MINUTE),
        }
    }

    fn late(&mut self) -> Ms {
        if self.rng.percent(60) { self.rng.i64(2 * MINUTE..=25 * MINUTE) } else { self.rng.i64(20 * MINUTE..=6 * HOUR) }
    }

    /// Joins deliveries that wait in the queue at the same time. One whose invocation dies stays alone, so that the signals that
    /// were lost with it are known.
    fn batch(&mut self) {
        self.incident.deliveries.sort_by_key(|delivery| delivery.at);
        let mut batched: Vec<Delivery> = Vec::new();
        for delivery in std::mem::take(&mut self.incident.deliveries) {
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
        self.incident.deliveries = batched;
    }
}
