//! AWS Lambda: the configuration of functions, and the queues that they read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::home::Home;
use crate::operation::Operation;
use crate::wire::ApiError;

/// A function, as in `[[lambda]]` of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LambdaFunction {
    /// Its name.
    pub name: String,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The ARNs of the queues that it reads.
    pub queues: Vec<String>,
}

/// The functions.
#[derive(Clone, Debug, Default)]
pub struct Lambda {
    functions: BTreeMap<String, LambdaFunction>,
}

impl LambdaFunction {
    /// A function without variables that reads no queue.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Has this environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Reads the queue with this ARN.
    #[must_use]
    pub fn reads(mut self, queue_arn: &str) -> Self {
        self.queues.push(queue_arn.to_owned());
        self
    }
}

impl Lambda {
    /// Adds a function, or replaces the one of this name.
    pub fn put_function(&mut self, function: LambdaFunction) {
        self.functions.insert(function.name.clone(), function);
    }

    pub(crate) fn perform(&mut self, operation: Operation, body: &Value, home: &Home) -> Result<Vec<u8>, ApiError> {
        let asked = body["FunctionName"].as_str().unwrap_or_default();
        let arn = home.function_arn(asked);
        let function = self.functions.get(asked.strip_prefix(&home.function_arn("")).unwrap_or(asked));
        let missing = || ApiError {
            status: 404,
            ..ApiError::new("ResourceNotFoundException", format!("Function not found: {arn}"))
        };
        let function = function.ok_or_else(missing)?;
        let arn = home.function_arn(&function.name);
        let answer = match operation {
            Operation::ListEventSourceMappings => {
                let mapping = |(number, queue): (usize, &String)| {
                    json!({
                        "UUID": format!("00000000-0000-4000-8000-{number:012}"),
                        "EventSourceArn": queue,
                        "FunctionArn": arn,
                        "State": "Enabled",
                    })
                };
                json!({ "EventSourceMappings": function.queues.iter().enumerate().map(mapping).collect::<Vec<_>>() })
            }
            _ => json!({
                "FunctionName": function.name,
                "FunctionArn": arn,
                "Version": "$LATEST",
                "Environment": { "Variables": function.environment },
                "LoggingConfig": { "LogFormat": "JSON", "LogGroup": format!("/aws/lambda/{}", function.name) },
            }),
        };
        Ok(answer.to_string().into_bytes())
    }
}
