//! Records log lines and calls of AWS, as a subscriber to the traces of this crate and of the SDK.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::layer::{Context, Layer};

/// Everything recorded so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    /// The level and the fields of each line, by its message.
    lines: BTreeMap<String, (Level, BTreeSet<&'static str>)>,
    /// The service and the operation of each call, as the SDK names them.
    calls: BTreeSet<(String, String)>,
}

impl Recorder {
    pub(super) fn lines(&self) -> Vec<Value> {
        let line = |(message, (level, fields)): (&String, &(Level, BTreeSet<_>))| json!({"message": message, "level": level.as_str(), "fields": fields});
        self.recorded().lines.iter().map(line).collect()
    }

    pub(super) fn calls(&self) -> Vec<Value> {
        let call = |(service, operation): &(String, String)| json!({"service": service, "operation": operation});
        self.recorded().calls.iter().map(call).collect()
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().expect("no test panics with the lock")
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if !metadata.target().starts_with(env!("CARGO_CRATE_NAME")) {
            return;
        }
        let mut values = Values::default();
        event.record(&mut values);
        let message = values.0.remove("message").expect("every line has a message");
        // Includes fields without a value in this line.
        let fields = metadata.fields().iter().map(|field| field.name()).filter(|name| *name != "message");
        let mut recorded = self.recorded();
        recorded.lines.entry(message).or_insert((*metadata.level(), BTreeSet::new())).1.extend(fields);
    }

    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut values = Values::default();
        span.record(&mut values);
        if let (Some(service), Some(operation)) = (values.0.remove("rpc.service"), values.0.remove("rpc.method")) {
            self.recorded().calls.insert((service, operation));
        }
    }
}

#[derive(Default)]
struct Values(BTreeMap<&'static str, String>);

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
