//! Amazon EventBridge, which takes every event unless its bus refuses, and shows the rules on it.

mod rule;

use serde_json::{Value, json};

pub use self::rule::Rule;
use crate::home::Home;
use crate::ids::Ids;
use crate::operation::Operation;
use crate::wire::ApiError;

/// The most events of one call.
const MOST_ENTRIES: usize = 10;

/// The events on all buses.
#[derive(Clone, Debug, Default)]
pub struct EventBridge {
    /// The entries, oldest first: `Source`, `DetailType`, `Detail`, …
    pub put: Vec<Value>,
    refusal: Option<String>,
    rules: Vec<Rule>,
    ids: Ids,
}

impl EventBridge {
    /// Answers each event with this error code instead of taking it. The call itself succeeds.
    pub fn refuse(&mut self, error_code: &str) {
        self.refusal = Some(error_code.to_owned());
    }

    /// Adds a rule to the bus.
    pub fn put_rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(crate) fn perform(&mut self, operation: Operation, body: &Value, home: &Home) -> Result<Vec<u8>, ApiError> {
        let answer = match operation {
            Operation::PutEvents => self.take(body)?,
            _ => rule::read(&self.rules, operation, body, home)?,
        };
        Ok(answer.to_string().into_bytes())
    }

    fn take(&mut self, body: &Value) -> Result<Value, ApiError> {
        let entries = body["Entries"].as_array().filter(|entries| (1..=MOST_ENTRIES).contains(&entries.len()));
        let entries = entries.ok_or_else(|| ApiError::new("ValidationException", "1 to 10 entries are allowed."))?;
        if let Some(code) = &self.refusal {
            let refused = json!({ "ErrorCode": code, "ErrorMessage": "The bus does not take it." });
            return Ok(json!({ "FailedEntryCount": entries.len(), "Entries": vec![refused; entries.len()] }));
        }
        self.put.extend(entries.iter().cloned());
        let taken: Vec<Value> = entries.iter().map(|_| json!({ "EventId": self.ids.uuid() })).collect();
        Ok(json!({ "FailedEntryCount": 0, "Entries": taken }))
    }
}
