//! Evidence: when the trouble began, as far as the data that an alarm judged show it.

use std::cmp::{Ordering, Reverse};

use jiff::{SignedDuration, Timestamp};

/// When the trouble of an alarm began, by the data that the alarm judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The window of the first datapoint of the unbroken run of breaching ones that ends with the newest breaching one.
    /// Where the data do not show which datapoints breach, the window of the newest.
    pub first: Window,
    /// The end of the newest datapoint's window.
    pub ended: Timestamp,
}

/// The time that a datapoint covers, from its start up to, but not including, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub start: Timestamp,
    /// Its end: one period later, but no later than the alarm judged it.
    pub end: Timestamp,
}

/// A datapoint that an alarm judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Datapoint {
    pub(crate) start: Timestamp,
    /// `None` if it is missing.
    pub(crate) value: Option<f64>,
    /// The band that an anomaly detection alarm expected.
    pub(crate) band: Option<Band>,
}

/// The values that an anomaly detection alarm expected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

/// The side of its threshold on which a value breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// The comparison by which an alarm judges a value, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Comparison {
    side: Option<Side>,
    /// `true` if a value that equals the threshold does not breach.
    is_strict: bool,
}

/// How an alarm judged its datapoints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// The time that each covers.
    pub(crate) period: SignedDuration,
    /// The alarm's own time: a window that lasts longer held no later data.
    pub(crate) at: Option<Timestamp>,
    /// Its threshold, if it has a fixed one.
    pub(crate) threshold: Option<f64>,
    pub(crate) comparison: Comparison,
    /// `true` if the alarm is known to treat missing data as breaching.
    pub(crate) missing_breaches: bool,
}

impl Evidence {
    /// The evidence of datapoints in any order. `None` if there are none, or none in a time that can be.
    pub(crate) fn of(mut datapoints: Vec<Datapoint>, judged: &Judged) -> Option<Self> {
        datapoints.sort_by_key(|datapoint| Reverse(datapoint.start));
        let newest = datapoints.first()?;
        let comparison = judged.comparison.or_by_values(&datapoints, judged.threshold);
        // An alarm that saw no value at all is in ALARM because it treats missing data as breaching.
        let missing_breaches = judged.missing_breaches || datapoints.iter().all(|datapoint| datapoint.value.is_none());
        let breaches = |datapoint: &Datapoint| {
            datapoint.value.map_or(missing_breaches, |value| {
                comparison.is_breached(value, datapoint.band, judged.threshold).unwrap_or(false)
            })
        };
        let mut first = None;
        for datapoint in &datapoints {
            // A datapoint that was left out is missing, too.
            let follows = first.is_none_or(|later: &Datapoint| {
                missing_breaches || datapoint.start.duration_until(later.start) <= judged.period
            });
            if breaches(datapoint) && follows {
                first = Some(datapoint);
            } else if first.is_some() {
                break;
            }
        }
        let first = judged.window(first.unwrap_or(newest))?;
        Some(Self { first, ended: judged.window(newest)?.end })
    }

    /// Checks that the trouble is older than a deployment that began at `deployed`: the first window ended before, or less than
    /// a tenth of it lies after. With less, a deployment can hardly have moved the whole window over the threshold.
    #[must_use]
    pub fn predates(&self, deployed: Timestamp, clock_skew: SignedDuration) -> bool {
        let after = deployed.duration_until(self.first.end).saturating_add(clock_skew);
        // A window does not include its end: one that ends just when the deployment begins holds nothing of it.
        !after.is_positive() || after.as_nanos() * 10 < self.first.length().as_nanos()
    }
}

impl Window {
    fn length(&self) -> SignedDuration {
        self.start.duration_until(self.end)
    }
}

impl Judged {
    fn window(&self, datapoint: &Datapoint) -> Option<Window> {
        let start = datapoint.start;
        let end = start.checked_add(self.period).ok()?;
        let end = self.at.map_or(end, |at| end.min(at)).max(start);
        Some(Window { start, end })
    }
}

impl Comparison {
    /// Reads the comparison from an alarm's comparison operator, such as `GreaterThanThreshold`.
    pub(crate) fn of_operator(operator: &str) -> Self {
        Self::of_words(operator, ["GreaterThan", "LessThan", "OrEqualTo"])
    }

    /// Reads the comparison from the sentence in which CloudWatch gives the reason.
    pub(crate) fn of_sentence(sentence: &str) -> Self {
        Self::of_words(sentence, ["greater than", "less than", "or equal to"])
    }

    fn of_words(text: &str, [greater, less, or_equal]: [&str; 3]) -> Self {
        let side = match (text.contains(greater), text.contains(less)) {
            (true, false) => Some(Side::Above),
            (false, true) => Some(Side::Below),
            // Both: outside of a band.
            _ => None,
        };
        Self { side, is_strict: side.is_some() && !text.contains(or_equal) }
    }

    /// The same, or `other` if this one says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.side.is_some() { self } else { other }
    }

    /// The same; where nothing says on which side a value breaches, it is the side of the newest, which is that of all values if
    /// they lie on one.
    fn or_by_values(self, newest_first: &[Datapoint], threshold: Option<f64>) -> Self {
        let Some(threshold) = threshold else { return self };
        let side = newest_first.iter().find_map(|datapoint| match datapoint.value?.partial_cmp(&threshold)? {
            Ordering::Greater => Some(Side::Above),
            Ordering::Less => Some(Side::Below),
            Ordering::Equal => None,
        });
        self.or(Self { side, is_strict: false })
    }

    /// Checks that a value breaches. `None` if nothing says so.
    fn is_breached(self, value: f64, band: Option<Band>, threshold: Option<f64>) -> Option<bool> {
        let Band { lower, upper } = match (band, threshold) {
            (Some(band), _) => band,
            (None, Some(threshold)) => Band { lower: threshold, upper: threshold },
            (None, None) => return None,
        };
        let is_above = if self.is_strict { value > upper } else { value >= upper };
        let is_below = if self.is_strict { value < lower } else { value <= lower };
        Some(match self.side {
            Some(Side::Above) => is_above,
            Some(Side::Below) => is_below,
            None => is_above || is_below,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-06-01T{time}Z").parse().expect("a time of the day")
    }

    #[test]
    fn trouble_is_older_if_less_than_a_tenth_of_its_first_window_lies_after_the_beginning() {
        let deployed = at("11:50:00");
        for (start, end, skew, is_older) in [
            ("11:40:00", "11:49:59", 0, true),
            ("11:40:00", "11:50:00", 0, true),
            ("11:49:00", "11:50:00", 1, true),
            ("11:49:07", "11:50:05", 0, true),
            ("11:49:06", "11:50:06", 0, false),
            ("11:49:00", "11:50:00", 6, false),
            ("11:50:00", "11:51:00", 0, false),
            ("11:50:01", "11:50:01", 0, false),
            ("10:51:30", "11:50:30", 0, true),
            ("10:50:00", "11:56:00", 0, true),
            ("10:50:00", "11:57:00", 0, false),
        ] {
            let first = Window { start: at(start), end: at(end) };
            let evidence = Evidence { first, ended: at("11:59:00") };
            let predates = evidence.predates(deployed, SignedDuration::from_secs(skew));
            assert_eq!(predates, is_older, "{start} to {end} with a skew of {skew}");
        }
    }

    #[test]
    fn no_time_overflows() {
        let ends = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        for (start, at) in ends.iter().flat_map(|start| ends.map(|at| (*start, at))) {
            for period in [SignedDuration::from_nanos(1), SignedDuration::MAX] {
                let comparison = Comparison::default();
                let judged = Judged { period, at: Some(at), threshold: None, comparison, missing_breaches: true };
                let evidence = Evidence::of(vec![Datapoint { start, value: None, band: None }], &judged);
                for (evidence, deployed) in evidence.iter().flat_map(|evidence| ends.map(|at| (evidence, at))) {
                    assert!(evidence.first.start <= evidence.first.end);
                    let _ = evidence.predates(deployed, SignedDuration::MAX);
                }
            }
        }
    }
}
