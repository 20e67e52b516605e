//! The parser, which needs neither a clock nor AWS.

use bolero::pick;
use judgement::{
    event::{self, Record},
    signal::Kind,
};
use serde_json::Value;

use crate::{
    choice::one_in,
    corpus::Corpus,
    mutation::{self, SECRET},
};

/// The result of parsing an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parsed {
    /// Not JSON, which the function rejects before parsing.
    NotJson,
    /// JSON, but not a known event.
    Refused,
    /// At least one signal.
    Signals,
}

/// Generates one input, damaged bytes or a mutated event, and parses it.
///
/// # Panics
/// If the parser breaks a rule.
#[must_use]
pub fn try_input(corpus: &Corpus) -> Parsed {
    if one_in(4) {
        let mut text = pick(&corpus.texts).clone();
        mutation::break_bytes(&mut text);
        return serde_json::from_slice(&text).map_or(Parsed::NotJson, |event| parse(&event));
    }
    parse(&mutation::event(corpus))
}

fn parse(event: &Value) -> Parsed {
    let batch = match event::parse(event) {
        Ok(batch) => batch,
        Err(unrecognized) => {
            keeps_the_secret(&unrecognized);
            return Parsed::Refused;
        }
    };
    assert!(!batch.records.is_empty(), "a batch is not empty");
    let mut parsed = Parsed::Refused;
    for Record { signal, .. } in &batch.records {
        match signal {
            Err(unrecognized) => keeps_the_secret(unrecognized),
            Ok(signal) => {
                let dated = signal.began.is_some() || matches!(signal.kind, Kind::Request | Kind::News(_));
                assert!(dated, "a signal that can roll back has a start time");
                parsed = Parsed::Signals;
            }
        }
    }
    parsed
}

/// Requires a message to name only keys and places, never values.
fn keeps_the_secret(unrecognized: &event::Unrecognized) {
    let message = unrecognized.to_string();
    assert!(!message.contains(SECRET), "{message}");
}
