//! Amazon EventBridge, which takes every event unless its bus refuses.

use serde_json::{Value, json};

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
    ids: Ids,
}

impl EventBridge {
    /// Answers each event with this error code instead of taking it. The call itself succeeds.
    pub fn refuse(&mut self, error_code: &str) {
        self.refusal = Some(error_code.to_owned());
    }

    pub(crate) fn perform(&mut self, _: Operation, body: &Value) -> Result<Vec<u8>, ApiError> {
        let entries = body["Entries"].as_array().filter(|entries| (1..=MOST_ENTRIES).contains(&entries.len()));
        let entries = entries.ok_or_else(|| ApiError::new("ValidationException", "1 to 10 entries are allowed."))?;
        let answer = if let Some(code) = &self.refusal {
            let refused = json!({ "ErrorCode": code, "ErrorMessage": "The bus does not take it." });
            json!({ "FailedEntryCount": entries.len(), "Entries": vec![refused; entries.len()] })
        } else {
            self.put.extend(entries.iter().cloned());
            let taken: Vec<Value> = entries.iter().map(|_| json!({ "EventId": self.ids.uuid() })).collect();
            json!({ "FailedEntryCount": 0, "Entries": taken })
        };
        Ok(answer.to_string().into_bytes())
    }
}
