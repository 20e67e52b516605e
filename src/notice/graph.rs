//! A link to the graph of an alarm's metric in the CloudWatch console, with the deployment's start marked.

use jiff::{SignedDuration, Timestamp};
use judgement::signal::{Metric, Query, Reads};
use serde_json::{Value, json};

/// The time before the deployment's start, and after the notice, that the graph shows.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// The graph of the metrics that an alarm reads, as the console takes it behind `graph=`.
pub(super) struct Graph<'a> {
    pub(super) queries: &'a [Query],
    pub(super) region: &'a str,
    pub(super) threshold: Option<f64>,
    /// When the deployment started.
    pub(super) started: Timestamp,
    /// When the notice was written.
    pub(super) at: Timestamp,
}

impl Graph<'_> {
    /// The graph in the console's notation. `None` if there is nothing to draw.
    pub(super) fn notation(&self) -> Option<String> {
        let metrics: Option<Vec<Value>> =
            self.queries.iter().enumerate().map(|(n, query)| self.metric(n, query)).collect();
        let metrics = metrics.filter(|metrics| !metrics.is_empty())?;
        let mut annotations = json!({"vertical": [{"label": "deployment started", "value": time(self.started)}]});
        if let Some(threshold) = self.threshold {
            annotations["horizontal"] = json!([{"label": "threshold", "value": threshold}]);
        }
        Some(notation(&json!({
            "metrics": metrics,
            "view": "timeSeries",
            "stacked": false,
            "region": self.region,
            "start": time(self.started.checked_sub(MARGIN).ok()?),
            "end": time(self.at.checked_add(MARGIN).ok()?),
            "annotations": annotations,
        })))
    }

    fn metric(&self, number: usize, query: &Query) -> Option<Value> {
        let mut options = json!({"id": query.id.clone().unwrap_or_else(|| format!("q{number}"))});
        if let Some(account) = &query.account {
            options["accountId"] = json!(account);
        }
        if let Some(period) = query.period {
            options["period"] = json!(period);
        }
        // Those that only serve expressions.
        if query.returns_data == Some(false) {
            options["visible"] = json!(false);
        }
        Some(match &query.reads {
            Reads::Expression(expression) => {
                options["expression"] = json!(expression);
                options["region"] = json!(self.region);
                json!([options])
            }
            Reads::Metric(Metric { namespace, name, dimensions, statistic, .. }) => {
                options["stat"] = json!(statistic.as_deref()?);
                let dimensions = dimensions.iter().flat_map(|(name, value)| [json!(name), json!(value)]);
                let names = [json!(namespace.as_deref()?), json!(name.as_deref()?)];
                names.into_iter().chain(dimensions).chain([options]).collect()
            }
        })
    }
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// Writes JSON in the notation of the console's links, which is that of the library `jsurl`.
fn notation(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| escaped(name) + &notation(value));
            format!("~({})", members.collect::<Vec<_>>().join("~"))
        }
        Value::Array(items) => format!("~({})", items.iter().map(notation).collect::<String>()),
        Value::String(text) => format!("~'{}", escaped(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("~{value}"),
    }
}

fn escaped(text: &str) -> String {
    let escape = |unit: u16| match u8::try_from(unit).map(char::from) {
        Ok(c) if c.is_ascii_alphanumeric() || "_-.".contains(c) => c.to_string(),
        Ok('$') => "!".to_owned(),
        Ok(_) => format!("*{unit:02x}"),
        Err(_) => format!("**{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_written_as_the_console_writes_it() {
        let value = json!({"metrics": [["AWS/ECS", "CPU €$", {"visible": false}]], "period": 60, "value": -0.5});
        assert_eq!(notation(&value), "~(metrics~(~(~'AWS*2fECS~'CPU*20**20ac!~(visible~false)))~period~60~value~-0.5)");
    }
}
