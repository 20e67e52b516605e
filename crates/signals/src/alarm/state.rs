//! When and why the alarm changed its state.

use jiff::Timestamp;

use super::{
    Alarm, Child, Data,
    data::{Datapoint, Limit, Points, Side},
    subject::Subject,
};

impl Alarm {
    /// In ALARM since this time.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = time;
        self
    }

    /// Back to OK at this time.
    #[must_use]
    pub fn recovered(mut self, time: Timestamp) -> Self {
        self.recovered = Some(time);
        self
    }

    /// In another state than OK before, or since another time.
    #[must_use]
    pub fn previously(mut self, state: &str, since: Timestamp) -> Self {
        self.previously = (state.to_owned(), since);
        self
    }

    /// For this reason, in place of the sentence that its data would give.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Breaching above this threshold.
    #[must_use]
    pub fn above(mut self, threshold: f64) -> Self {
        self.limit = Limit::Threshold(Side::Above, threshold);
        self
    }

    /// Breaching below this threshold.
    #[must_use]
    pub fn below(mut self, threshold: f64) -> Self {
        self.limit = Limit::Threshold(Side::Below, threshold);
        self
    }

    /// Judging data of periods of this many seconds.
    #[must_use]
    pub fn period(mut self, seconds: i64) -> Self {
        self.period = seconds;
        self
    }

    /// Treating missing data as `notBreaching`, `breaching` or `ignore`.
    #[must_use]
    pub fn missing_data(mut self, treatment: &'static str) -> Self {
        self.missing_data = treatment;
        self
    }

    /// On these values, oldest first: those of the last whole periods before the alarm.
    #[must_use]
    pub fn values(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        self.points = Points::Newest(values.into_iter().collect());
        self
    }

    /// On these datapoints.
    #[must_use]
    pub fn datapoints(mut self, points: impl IntoIterator<Item = impl Into<Datapoint>>) -> Self {
        self.points = Points::At(points.into_iter().map(Into::into).collect());
        self
    }

    /// Showing the values of its data without their times.
    #[must_use]
    pub fn without_times(mut self) -> Self {
        self.data = Data::WithoutTimes;
        self
    }

    /// With text that is no JSON in the place of its data.
    #[must_use]
    pub fn with_elided_data(mut self) -> Self {
        self.data = Data::Elided;
        self
    }

    /// Showing nothing of its data.
    #[must_use]
    pub fn without_data(mut self) -> Self {
        self.data = Data::Nothing;
        self
    }

    /// Because this alarm, a child of it, went to ALARM then.
    #[must_use]
    pub fn triggered_by(self, child: &str, since: Timestamp) -> Self {
        self.triggered_by_state("ALARM", child, since)
    }

    /// Because this alarm, a child of it, went to that state then.
    #[must_use]
    pub fn triggered_by_state(mut self, state: &str, child: &str, since: Timestamp) -> Self {
        self.children.push(Child { name: child.to_owned(), state: state.to_owned(), since });
        self
    }

    /// With an alarm that suppresses the actions of this composite alarm.
    ///
    /// # Panics
    /// If it is no composite alarm.
    #[must_use]
    pub fn with_suppressor(mut self, alarm: &str) -> Self {
        let Subject::Composite { suppressor, .. } = &mut self.subject else {
            panic!("only composite alarms have a suppressor");
        };
        *suppressor = Some(alarm.to_owned());
        self
    }

    /// While its actions are suppressed, by `Alarm`, `WaitPeriod` or `ExtensionPeriod`.
    #[must_use]
    pub fn suppressed_by(mut self, what: &str) -> Self {
        self.suppressed_by = Some(what.to_owned());
        self
    }

    /// Released then from a wait period: it has been in ALARM all along, and goes from ALARM to ALARM.
    #[must_use]
    pub fn released(mut self, time: Timestamp) -> Self {
        self.released = Some(time);
        self
    }

    /// While a mute rule mutes its actions.
    #[must_use]
    pub fn muted_by(mut self, rule: &str) -> Self {
        self.muted_by = Some(rule.to_owned());
        self
    }
}
