//! AWS Lambda: the deployed function.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use ecs_auto_rollback::CallError;
use judgement::text::shown;

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
        Ok(Deployed {
            log_group: stated.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
            variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
            arn: answer.function_arn.unwrap_or_default(),
            name,
        })
    }
}
