//! What makes an invocation fail.

use std::{error::Error as StdError, fmt};

use lambda_runtime::Diagnostic;

use crate::{event::Unrecognized, reason::Reason};

/// Why an invocation fails, so that Lambda tries it again and in the end hands it to the on-failure destination.
#[derive(thiserror::Error)]
pub enum Error {
    /// Input that is no event we know. A retry cannot help; a person must look at what sends it.
    #[error("{0}")]
    Unrecognized(#[from] Unrecognized),
    /// At least one outcome is a failure. Everything else was finished first.
    #[error("{failures}")]
    Failed {
        /// The worst of the failures.
        worst: Reason,
        /// All of them, on one line.
        failures: String,
    },
}

/// As it is displayed: the runtime logs errors in this form, for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let error_type = match &error {
            Error::Unrecognized(_) => "UnrecognizedEvent".to_owned(),
            Error::Failed { worst, .. } => worst.error_type(),
        };
        Self { error_type, error_message: error.to_string() }
    }
}

/// An error and all its causes on one line.
#[must_use]
pub fn chain(error: &dyn StdError) -> String {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !causes.contains(&text) {
            causes.push(text);
        }
        source = cause.source();
    }
    one_line(&causes.join(": "))
}

/// Text with its control characters escaped.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}
