//! A CloudWatch alarm: one value, three dialects.

mod data;
mod dialects;
mod metric;
mod query;
mod state;
mod subject;

use jiff::Timestamp;

pub use self::{data::Datapoint, metric::Metric};
use self::{
    data::{Limit, Points, Side},
    subject::Subject,
};
use crate::{
    place::{Place, parts},
    time::at,
};

/// The tag that names the services of an alarm.
const SERVICES_TAG: &str = "auto-rollback:services";

/// An alarm that went to ALARM.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    name: String,
    description: Option<String>,
    place: Place,
    subject: Subject,
    period: i64,
    limit: Limit,
    points: Points,
    data: Data,
    missing_data: &'static str,
    since: Timestamp,
    recovered: Option<Timestamp>,
    previously: (String, Timestamp),
    reason: Option<String>,
    children: Vec<Child>,
    suppressed_by: Option<String>,
    released: Option<Timestamp>,
    muted_by: Option<String>,
    contributor: Option<Vec<(String, String)>>,
    tags: Vec<(String, String)>,
    tags_are_listed: bool,
}

/// How much of its data an alarm shows programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Whole,
    WithoutTimes,
    Elided,
    Nothing,
}

/// An alarm that made a composite alarm change its state.
#[derive(Debug, Clone, PartialEq)]
struct Child {
    name: String,
    state: String,
    since: Timestamp,
}

impl Alarm {
    fn new(name: &str, subject: Subject, data: Data) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            place: Place::default(),
            subject,
            period: 60,
            limit: Limit::Threshold(Side::Above, 5.0),
            points: Points::Newest(vec![9.0, 9.0]),
            data,
            missing_data: "missing",
            since: at("11:55:00"),
            recovered: None,
            previously: ("OK".to_owned(), at("09:12:40.351")),
            reason: None,
            children: Vec::new(),
            suppressed_by: None,
            released: None,
            muted_by: None,
            contributor: None,
            tags: Vec::new(),
            tags_are_listed: false,
        }
    }

    /// An alarm on the errors of a service, `cluster/name`, called `name-5xx`. Like every alarm it has been in ALARM since
    /// 11:55, and its last two datapoints breached.
    ///
    /// # Panics
    /// If `service` has no cluster.
    #[must_use]
    pub fn on(service: &str) -> Self {
        let (_, name) = parts(service);
        Self::of(Metric::new("Shop", "Errors").service(service)).named(&format!("{name}-5xx"))
    }

    /// An alarm on this metric.
    #[must_use]
    pub fn of(metric: Metric) -> Self {
        Self::new("errors", Subject::Metric(metric), Data::Whole)
    }

    /// An alarm on an expression over metrics.
    #[must_use]
    pub fn of_math(expression: &str, over: impl IntoIterator<Item = Metric>) -> Self {
        let subject = Subject::Math { expression: expression.to_owned(), over: over.into_iter().collect() };
        Self::new("errors", subject, Data::Whole)
    }

    /// An alarm on the errors of several services together.
    ///
    /// # Panics
    /// If a service has no cluster.
    #[must_use]
    pub fn on_all<'a>(services: impl IntoIterator<Item = &'a str>) -> Self {
        let metric = |(index, service)| Metric::new("Shop", "Errors").service(service).id(&format!("m{index}"));
        Self::of_math("SUM(METRICS())", services.into_iter().enumerate().map(metric))
    }

    /// An alarm on a metric that leaves its usual band: the lower and upper thresholds of its datapoints, oldest first.
    #[must_use]
    pub fn of_anomaly(metric: Metric, band: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let alarm = Self::new("anomaly", Subject::Anomaly(metric), Data::Whole);
        Self { limit: Limit::Band(band.into_iter().collect()), ..alarm }
    }

    /// An alarm on a query of Metrics Insights. It shows no data.
    #[must_use]
    pub fn of_insights(query: &str) -> Self {
        Self::new("errors", Subject::Insights(query.to_owned()), Data::Nothing)
    }

    /// An alarm over other alarms.
    #[must_use]
    pub fn composite(rule: &str) -> Self {
        let subject = Subject::Composite { rule: rule.to_owned(), suppressor: None };
        Self::new("shop-is-down", subject, Data::Whole)
    }

    /// An alarm on a query over the lines of a log group. Its data is elided.
    #[must_use]
    pub fn of_log(query: &str, group: &str) -> Self {
        let subject = Subject::Log { query: query.to_owned(), group: group.to_owned() };
        Self::new("error-lines", subject, Data::Elided)
    }

    /// An alarm on a query of `PromQL`. It shows no data.
    #[must_use]
    pub fn of_promql(query: &str) -> Self {
        Self::new("errors", Subject::PromQl(query.to_owned()), Data::Nothing)
    }

    /// Called so.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// With this description.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }

    /// Of another account.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.place.account);
        self
    }

    /// Of another Region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.place.region);
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With the tag that names its services, such as `prod/web prod/cart`.
    #[must_use]
    pub fn tagged_with_services(self, services: &str) -> Self {
        self.tagged(SERVICES_TAG, services)
    }

    /// With its tags in a list, where AWS documents no form.
    #[must_use]
    pub fn tags_listed(mut self) -> Self {
        self.tags_are_listed = true;
        self
    }

    /// About one time series of its query, with these attributes.
    #[must_use]
    pub fn contributor<'a>(mut self, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        self.contributor = Some(attributes.into_iter().map(owned).collect());
        self
    }

    /// About the time series of a service, `cluster/name`.
    ///
    /// # Panics
    /// If `service` has no cluster.
    #[must_use]
    pub fn contributor_on(self, service: &str) -> Self {
        let (cluster, name) = parts(service);
        self.contributor([("ClusterName", cluster), ("ServiceName", name)])
    }
}
