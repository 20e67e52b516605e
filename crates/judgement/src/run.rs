//! The unbroken run of breaching datapoints that shows when the trouble of an alarm began.

use std::cmp::{Ordering, Reverse};

use jiff::{SignedDuration, Timestamp};

/// The unbroken run of breaching datapoints that ends with the newest breaching one. It shows when the trouble began, by the
/// data that the alarm evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The window of its first datapoint, or of the newest one if the data do not show which datapoints breach.
    pub first: Window,
    /// The end of the newest datapoint's window, breaching or not.
    pub ended: Timestamp,
    /// The newest value that breaches. Nothing is decided by it.
    pub breaching: Option<f64>,
    judged: Judged,
}

/// The way in which a statistic of a minute compares with that of a longer period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// A count, which grows with the period: `Sum`, `SampleCount`.
    Count,
    /// A level, which does not: `Average`, `Maximum`, percentiles, and expressions.
    Level,
}

/// The time that a datapoint covers, from its start up to, but not including, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub start: Timestamp,
    /// Its end: one period later, but no later than the alarm's evaluation.
    pub end: Timestamp,
}

/// A datapoint that an alarm evaluated.
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

/// The comparison with which an alarm evaluates a value, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Comparison {
    side: Option<Side>,
    /// `true` if a value that equals the threshold does not breach.
    is_strict: bool,
}

/// The way in which an alarm evaluated its datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Judged {
    /// The time that each datapoint covers.
    pub(crate) period: SignedDuration,
    /// The alarm's own time; a window that lasts longer held no later data.
    pub(crate) at: Option<Timestamp>,
    /// Its threshold, if it has a fixed one.
    pub(crate) threshold: Option<f64>,
    pub(crate) comparison: Comparison,
    /// `true` if the alarm is known to treat missing data as breaching.
    pub(crate) missing_breaches: bool,
}

impl Run {
    /// The run in datapoints of any order. `None` if there are none, or none with a possible time.
    pub(crate) fn of(mut datapoints: Vec<Datapoint>, judged: &Judged) -> Option<Self> {
        datapoints.sort_by_key(|datapoint| Reverse(datapoint.start));
        let newest = datapoints.first()?;
        // An alarm without any value is in ALARM because it treats missing data as breaching.
        let missing_breaches = judged.missing_breaches || datapoints.iter().all(|datapoint| datapoint.value.is_none());
        let comparison = judged.comparison.or_by_values(&datapoints, judged.threshold);
        let judged = Judged { comparison, missing_breaches, ..*judged };
        let first = judged.first_of_run(&datapoints);
        let first = judged.window(first.unwrap_or(newest))?;
        let breaching = datapoints.iter().find(|datapoint| judged.is_breached_by(datapoint) == Some(true));
        let breaching = breaching.and_then(|datapoint| datapoint.value);
        Some(Self { first, ended: judged.window(newest)?.end, breaching, judged })
    }

    /// A run of which no more is known than that its first datapoint ended in this window, or before.
    pub(crate) fn in_window(first: Window, ended: Timestamp) -> Self {
        let judged = Judged { period: first.length(), ..Judged::default() };
        Self { first, ended, breaching: None, judged }
    }

    /// Checks that the trouble is older than a deployment that began at `deployed`: the first window ended before, or less than
    /// a tenth of it lies after, too little for a deployment to move the whole window over the threshold.
    #[must_use]
    pub fn predates(&self, deployed: Timestamp, clock_skew: SignedDuration) -> bool {
        let after = deployed.duration_until(self.first.end).saturating_add(clock_skew);
        // A window does not include its end, so one that ends just when the deployment begins holds nothing of it.
        !after.is_positive() || after.as_nanos() * 10 < self.first.length().as_nanos()
    }

    /// The time span whose values by the minute would show if the trouble is older than a deployment that began at `deployed`:
    /// from one period before the first window to the end of the newest. `None` if the first window lies on one side of
    /// `deployed`, is not longer than a minute, or has no fixed threshold.
    #[must_use]
    pub fn needs_minutes(&self, deployed: Timestamp) -> Option<Window> {
        let Window { start, .. } = self.first;
        let is_open =
            start < deployed && !self.predates(deployed, SignedDuration::ZERO) && self.first.length() > MINUTE;
        self.judged.threshold.filter(|_| is_open)?;
        Some(Window { start: start.checked_sub(self.judged.period).ok()?, end: self.ended })
    }

    /// The same run with its start to the minute, by the values of the minutes around a deployment that began at `deployed`.
    /// `None` if these do not show it.
    ///
    /// Single minutes vary more than the alarm's period. So the trouble is also older if the minutes of one period before the
    /// deployment breach when combined.
    #[must_use]
    pub fn by_minutes(&self, minutes: &[(Timestamp, f64)], statistic: Statistic, deployed: Timestamp) -> Option<Self> {
        let period = self.judged.period;
        let before = Window { start: deployed.checked_sub(period).ok()?, end: deployed };
        if self.judged.breaches(together(minutes, before, statistic)?) {
            return Some(Self { first: before, ..*self });
        }
        let scale = match statistic {
            Statistic::Count => period.as_secs_f64() / MINUTE.as_secs_f64(),
            Statistic::Level => 1.0,
        };
        let scaled = |(start, value): &(_, f64)| Datapoint { start: *start, value: Some(value * scale), band: None };
        let mut datapoints: Vec<Datapoint> = minutes.iter().map(scaled).collect();
        datapoints.sort_by_key(|datapoint| Reverse(datapoint.start));
        let judged = Judged { period: MINUTE, ..self.judged };
        let first = judged.window(judged.first_of_run(&datapoints)?)?;
        Some(Self { first, ..*self })
    }
}

#[cfg(test)]
impl Run {
    /// A run of datapoints of this length that began with this window, of values above a threshold.
    pub(crate) fn starting_with(first: Window, ended: Timestamp) -> Self {
        let comparison = Comparison::of_operator("GreaterThanThreshold");
        let period = first.length();
        Self {
            first,
            ended,
            breaching: None,
            judged: Judged { period, at: None, threshold: Some(5.0), comparison, missing_breaches: false },
        }
    }
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The combined values of a window. Zero if there are none: nothing was counted, or there is no level.
fn together(minutes: &[(Timestamp, f64)], window: Window, statistic: Statistic) -> Option<f64> {
    let within = minutes.iter().filter(|(start, _)| {
        let end = start.checked_add(MINUTE).unwrap_or(*start);
        window.start <= *start && end <= window.end
    });
    let values: Vec<f64> = within.map(|(_, value)| *value).collect();
    let sum: f64 = values.iter().sum();
    match statistic {
        Statistic::Count => Some(sum),
        Statistic::Level if values.is_empty() => None,
        #[expect(clippy::cast_precision_loss, reason = "minutes are few")]
        Statistic::Level => Some(sum / values.len() as f64),
    }
}

impl Window {
    fn length(&self) -> SignedDuration {
        self.start.duration_until(self.end)
    }
}

impl Judged {
    /// The first datapoint of the unbroken run that ends with the newest breaching one. `None` if nothing shows one that breaches.
    fn first_of_run<'a>(&self, newest_first: &'a [Datapoint]) -> Option<&'a Datapoint> {
        let breaches = |datapoint: &Datapoint| match datapoint.value {
            Some(_) => self.is_breached_by(datapoint).unwrap_or(false),
            None => self.missing_breaches,
        };
        let mut first = None;
        for datapoint in newest_first {
            // A datapoint that was left out counts as missing.
            let follows = first.is_none_or(|later: &Datapoint| {
                self.missing_breaches || datapoint.start.duration_until(later.start) <= self.period
            });
            if breaches(datapoint) && follows {
                first = Some(datapoint);
            } else if first.is_some() {
                break;
            }
        }
        first
    }

    fn is_breached_by(&self, datapoint: &Datapoint) -> Option<bool> {
        self.comparison.is_breached(datapoint.value?, datapoint.band, self.threshold)
    }

    fn breaches(&self, value: f64) -> bool {
        self.comparison.is_breached(value, None, self.threshold).unwrap_or(false)
    }

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
            // Both: outside a band.
            _ => None,
        };
        Self { side, is_strict: side.is_some() && !text.contains(or_equal) }
    }

    /// The operator by which a value is compared with the threshold, such as `>`.
    pub(crate) fn symbol(self) -> Option<&'static str> {
        Some(match (self.side?, self.is_strict) {
            (Side::Above, true) => ">",
            (Side::Above, false) => ">=",
            (Side::Below, true) => "<",
            (Side::Below, false) => "<=",
        })
    }

    /// The same, or `other` if this one says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.side.is_some() { self } else { other }
    }

    /// This comparison; if no side is known, that on which the newest value lies, which is that of all values if they agree.
    fn or_by_values(self, newest_first: &[Datapoint], threshold: Option<f64>) -> Self {
        let Some(threshold) = threshold else { return self };
        let side = newest_first.iter().find_map(|datapoint| match datapoint.value?.partial_cmp(&threshold)? {
            Ordering::Greater => Some(Side::Above),
            Ordering::Less => Some(Side::Below),
            Ordering::Equal => None,
        });
        self.or(Self { side, is_strict: false })
    }

    /// Checks that a value breaches. `None` if that is unknown.
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
mod tests;
