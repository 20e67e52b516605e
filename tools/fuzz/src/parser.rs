//! The parser, and whatever else needs neither a clock nor AWS.

use fastrand::Rng;
use judgement::{
    event::{self, Record},
    signal::Kind,
};
use serde_json::Value;

use crate::{
    corpus::Corpus,
    mutation::{self, SECRET},
};

/// What an input of the parser came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// No JSON: the function refuses it before the parser.
    ToNothing,
    /// JSON, but no event that is known.
    ToRefusal,
    /// At least one signal.
    ToSignals,
}

/// The parser.
#[derive(Debug, Default)]
pub struct Parser;

impl Parser {
    /// Makes the input with this number, and tries it.
    ///
    /// # Panics
    /// When something is not as it must be.
    #[must_use]
    pub fn try_input(&self, corpus: &Corpus, seed: u64) -> Came {
        let mut rng = Rng::with_seed(seed);
        if rng.u8(..4) == 0 {
            let mut text = corpus.texts[rng.usize(..corpus.texts.len())].clone();
            mutation::break_bytes(&mut text, &mut rng);
            return self.parse_bytes(&text);
        }
        self.parse(&mutation::event(corpus, &mut rng))
    }

    /// Tries bytes as Lambda would hand them over.
    ///
    /// # Panics
    /// When something is not as it must be.
    #[must_use]
    pub fn parse_bytes(&self, text: &[u8]) -> Came {
        serde_json::from_slice(text).map_or(Came::ToNothing, |event| self.parse(&event))
    }

    /// Tries an event.
    ///
    /// # Panics
    /// When something is not as it must be.
    #[must_use]
    pub fn parse(&self, event: &Value) -> Came {
        let batch = match event::parse(event) {
            Ok(batch) => batch,
            Err(unrecognized) => {
                keeps_the_secret(&unrecognized);
                return Came::ToRefusal;
            }
        };
        assert!(!batch.records.is_empty(), "a batch has something in it");
        let mut came = Came::ToRefusal;
        for Record { signal, .. } in &batch.records {
            match signal {
                Err(unrecognized) => keeps_the_secret(unrecognized),
                Ok(signal) => {
                    let dated = signal.began.is_some() || matches!(signal.kind, Kind::Request | Kind::News(_));
                    assert!(dated, "a signal that can roll back says when it began");
                    came = Came::ToSignals;
                }
            }
        }
        came
    }
}

/// A message names keys and places, and repeats no value.
fn keeps_the_secret(unrecognized: &event::Unrecognized) {
    let message = unrecognized.to_string();
    assert!(!message.contains(SECRET), "{message}");
}
