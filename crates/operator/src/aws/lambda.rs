//! AWS Lambda: the deployed function, who may invoke it, and what it is invoked by.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_lambda::{Client, types::EventSourceMappingConfiguration};
use ecs_auto_rollback::{CallError, ErrorKind};
use judgement::text::shown;
use serde_json::Value;

use super::config::patient;

/// The gateway to AWS Lambda.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    client: Client,
}

/// The function as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// Its ARN, without a version.
    pub(crate) arn: String,
    /// Its name.
    pub(crate) name: String,
    /// Its environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// The name of its log group.
    pub(crate) log_group: String,
    /// The lowest level that is logged, if it is set.
    pub(crate) log_level: Option<String>,
}

/// A queue by which the function is invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Its id.
    pub(crate) uuid: String,
    /// The ARN of the queue.
    pub(crate) queue: String,
    /// Its state, such as `Enabled`.
    pub(crate) state: String,
}

impl Lambda {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&patient(config)) }
    }

    /// The function of this name or ARN.
    pub(crate) async fn function(&self, name: &str) -> Result<Deployed, CallError> {
        let answer = self.client.get_function_configuration().function_name(name).send().await;
        let answer = answer.map_err(|error| {
            CallError::new("lambda:GetFunctionConfiguration", format!("read the function {}", shown(name, 255)), error)
        })?;
        let name = answer.function_name.clone().unwrap_or_else(|| name.to_owned());
        let variables = answer.environment().and_then(|environment| environment.variables()).into_iter().flatten();
        let stated = answer.logging_config().and_then(|logging| logging.log_group());
        let level = answer.logging_config().and_then(|logging| logging.application_log_level());
        Ok(Deployed {
            log_level: level.map(|level| level.as_str().to_owned()),
            log_group: stated.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
            variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
            arn: answer.function_arn.unwrap_or_default(),
            name,
        })
    }

    /// The policy that says who may invoke the function. `None` if there is none.
    pub(crate) async fn policy(&self, name: &str) -> Result<Option<Value>, CallError> {
        let answer = self.client.get_policy().function_name(name).send().await;
        let doing = || format!("read the policy of the function {}", shown(name, 255));
        match answer.map_err(|error| CallError::new("lambda:GetPolicy", doing(), error)) {
            Ok(answer) => Ok(answer.policy().and_then(|text| serde_json::from_str(text).ok())),
            Err(CallError { kind: ErrorKind::ResourceNotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The queues by which the function is invoked.
    pub(crate) async fn mappings(&self, name: &str) -> Result<Vec<Mapping>, CallError> {
        let answer = self.client.list_event_source_mappings().function_name(name).send().await;
        let answer = answer.map_err(|error| {
            let doing = format!("list the event source mappings of the function {}", shown(name, 255));
            CallError::new("lambda:ListEventSourceMappings", doing, error)
        })?;
        let mapping = |mapping: &EventSourceMappingConfiguration| Mapping {
            uuid: mapping.uuid().unwrap_or_default().to_owned(),
            queue: mapping.event_source_arn().unwrap_or_default().to_owned(),
            state: mapping.state().unwrap_or_default().to_owned(),
        };
        Ok(answer.event_source_mappings().iter().map(mapping).collect())
    }

    /// The ARN of the queue for direct invocations that failed. `None` if there is none.
    pub(crate) async fn on_failure(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self.client.get_function_event_invoke_config().function_name(name).send().await;
        let doing = || format!("read the on-failure destination of the function {}", shown(name, 255));
        match answer.map_err(|error| CallError::new("lambda:GetFunctionEventInvokeConfig", doing(), error)) {
            Ok(answer) => {
                let on_failure = answer.destination_config().and_then(|config| config.on_failure());
                Ok(on_failure.and_then(|on_failure| on_failure.destination()).map(str::to_owned))
            }
            Err(CallError { kind: ErrorKind::ResourceNotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
