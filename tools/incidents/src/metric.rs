//! From trouble to alarms: data points of a fixed period, and an alarm that judges the newest of them, as CloudWatch does.

use crate::incident::{Alarm, Cause, Ms, Point, Trouble};

/// An alarm's change of state.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    pub(crate) at: Ms,
    pub(crate) in_alarm: bool,
    /// The data points judged, oldest first.
    pub(crate) data: Vec<Point>,
    /// The causes of the breaches.
    pub(crate) causes: Vec<Cause>,
}

/// The part of a data point's period that must be in trouble for it to breach.
pub(crate) const SHARE: Ms = 10;

/// The errors in a span of time: those of the worst trouble, as the same request does not fail twice.
pub(crate) fn errors<'a>(troubles: impl IntoIterator<Item = &'a Trouble>, start: Ms, length: Ms) -> Ms {
    troubles.into_iter().map(|trouble| overlap(trouble, start, length)).max().unwrap_or_default()
}

fn overlap(trouble: &Trouble, start: Ms, length: Ms) -> Ms {
    (trouble.until.min(start + length) - trouble.from.max(start)).max(0)
}

/// The troubles in a world where these deployments were undone: that of a deployment ends with it.
pub(crate) fn troubles_left(troubles: &[Trouble], undone: &[Option<Ms>]) -> Vec<Trouble> {
    let gone = |cause: Cause| match cause {
        Cause::Deployment(index) => undone[index],
        Cause::Elsewhere => None,
    };
    let left = |trouble: &Trouble| Trouble {
        until: gone(trouble.cause).map_or(trouble.until, |gone| trouble.until.min(gone)),
        ..*trouble
    };
    troubles.iter().map(left).collect()
}

/// Every change of the alarm's state that follows from these troubles, in order.
pub(crate) fn transitions(alarm: &Alarm, troubles: &[Trouble]) -> Vec<Transition> {
    let period = alarm.period;
    let seen: Vec<&Trouble> = troubles
        .iter()
        .filter(|trouble| alarm.services.contains(&trouble.service) && trouble.from < trouble.until)
        .collect();
    let (Some(first), Some(last)) =
        (seen.iter().map(|trouble| trouble.from).min(), seen.iter().map(|trouble| trouble.until).max())
    else {
        return Vec::new();
    };
    let causes_of = |start: Ms| {
        let breaches = move |trouble: &&&Trouble| overlap(trouble, start, period) * SHARE >= period;
        seen.iter().filter(breaches).map(|trouble| trouble.cause)
    };
    let mut changes = Vec::new();
    let mut in_alarm = false;
    let mut newest = first.div_euclid(period) * period;
    while newest <= last + alarm.judged * period {
        let point = |start: Ms| {
            let errors = errors(seen.iter().copied(), start, period);
            Point { start, errors, breaches: errors * SHARE >= period }
        };
        let data: Vec<Point> = (0..alarm.judged).rev().map(|back| point(newest - back * period)).collect();
        let breaching = data.iter().filter(|point| point.breaches).count();
        if (breaching >= alarm.needed) != in_alarm {
            in_alarm = !in_alarm;
            let mut causes: Vec<Cause> = data.iter().flat_map(|point| causes_of(point.start)).collect();
            causes.sort();
            causes.dedup();
            changes.push(Transition { at: newest + period + alarm.lag, in_alarm, data, causes });
        }
        newest += period;
    }
    changes
}

/// True if the alarm is in ALARM then.
pub(crate) fn is_in_alarm(changes: &[Transition], then: Ms) -> bool {
    changes.iter().rev().find(|change| change.at <= then).is_some_and(|change| change.in_alarm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{MINUTE, Place, SECOND, Shape};

    fn alarm(judged: i64, needed: usize) -> Alarm {
        let name = "web-errors".to_owned();
        Alarm {
            name,
            services: vec![0],
            shape: Shape::Metric,
            period: MINUTE,
            judged,
            needed,
            lag: 5 * SECOND,
            wait: None,
            place: Place::Service,
            old_child: None,
        }
    }

    fn trouble(from: Ms, until: Ms) -> Trouble {
        Trouble { service: 0, cause: Cause::Elsewhere, from, until }
    }

    #[test]
    fn an_alarm_changes_once_its_newest_data_points_breach_and_once_they_do_not() {
        let changes = transitions(&alarm(2, 2), &[trouble(10 * SECOND, 3 * MINUTE)]);
        let seen: Vec<_> = changes.iter().map(|change| (change.at, change.in_alarm)).collect();
        assert_eq!(seen, [(2 * MINUTE + 5 * SECOND, true), (4 * MINUTE + 5 * SECOND, false)]);
        let data: Vec<_> = changes[0].data.iter().map(|point| (point.start, point.errors, point.breaches)).collect();
        assert_eq!(data, [(0, 50 * SECOND, true), (MINUTE, MINUTE, true)]);
        assert!(!is_in_alarm(&changes, 2 * MINUTE));
        assert!(is_in_alarm(&changes, 3 * MINUTE));
    }

    #[test]
    fn trouble_of_another_service_or_too_short_is_not_seen() {
        let other = Trouble { service: 1, ..trouble(0, MINUTE) };
        assert!(transitions(&alarm(1, 1), &[other, trouble(0, 5 * SECOND)]).is_empty());
    }
}
