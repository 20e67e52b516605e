//! The contributors of alarms on many time series, each with a state of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::ids::fingerprint;
use crate::time::toml_time;

/// A contributor that is in ALARM: one of the time series of an alarm's query.
///
/// ```
/// # use simulator::Contributor;
/// Contributor::of(&[("ClusterName", "prod"), ("ServiceName", "web")]).reason("Threshold Crossed: …");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contributor {
    /// Its id; one that follows from its attributes if left out.
    pub id: Option<String>,
    /// Its attributes: what the query groups by, or labels.
    pub attributes: BTreeMap<String, String>,
    /// Its `StateReason`.
    pub reason: String,
    /// The time when it entered ALARM; not answered if left out.
    #[serde(deserialize_with = "toml_time")]
    pub since: Option<Timestamp>,
}

impl Contributor {
    /// A contributor with these attributes, of which there may be none.
    #[must_use]
    pub fn of(attributes: &[(&str, &str)]) -> Self {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { attributes: attributes.collect(), ..Self::default() }
    }

    /// Is in ALARM for this reason.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// Entered ALARM then.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    pub(super) fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| format!("{:016x}", fingerprint(&format!("{:?}", self.attributes))))
    }
}
