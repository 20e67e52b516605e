//! `StopServiceDeployment`, `ContinueServiceDeployment`.

use serde::{Deserialize, Serialize};

use crate::ecs::Ecs;
use crate::ecs::configuration::HookAction;
use crate::ecs::deployment::Unstoppable;
use crate::ecs::settings::Refusal;
use crate::wire::{ApiError, required};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StopInput {
    service_deployment_arn: Option<String>,
    stop_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContinueInput {
    service_deployment_arn: Option<String>,
    hook_id: Option<String>,
    action: Option<HookAction>,
}

/// The output of both.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceDeploymentArn {
    service_deployment_arn: String,
}

impl Ecs {
    pub(crate) fn stop_service_deployment(&mut self, input: StopInput) -> Result<ServiceDeploymentArn, ApiError> {
        let arn = required(input.service_deployment_arn, "serviceDeploymentArn")?;
        // The documentation of both calls says that ROLLBACK is the only valid one, although the model also has ABORT.
        if input.stop_type.is_some_and(|stop_type| stop_type != "ROLLBACK") {
            return Err(ApiError::invalid_parameter("The valid value for stopType is ROLLBACK."));
        }
        self.roll_back(&arn)?;
        Ok(ServiceDeploymentArn { service_deployment_arn: arn })
    }

    pub(crate) fn continue_service_deployment(
        &mut self,
        input: ContinueInput,
    ) -> Result<ServiceDeploymentArn, ApiError> {
        let arn = required(input.service_deployment_arn, "serviceDeploymentArn")?;
        let hook_id = required(input.hook_id, "hookId")?;
        let (path, id) = self.listed_deployment(&arn)?;
        let service = self.world.service(&path, self.now);
        let deployment = service.and_then(|service| service.deployment(&id));
        if !deployment.is_some_and(|deployment| deployment.awaits(&hook_id)) {
            return Err(ApiError::invalid_parameter("The service deployment is not paused by this hook."));
        }
        match input.action.unwrap_or_default() {
            HookAction::Rollback => self.roll_back(&arn)?,
            HookAction::Continue => {
                self.change(&path, |service, moment| {
                    service.deployment_mut(&id).map(|deployment| deployment.continue_from(&hook_id, moment))
                });
            }
        }
        Ok(ServiceDeploymentArn { service_deployment_arn: arn })
    }

    fn roll_back(&mut self, arn: &str) -> Result<(), ApiError> {
        let (path, id) = self.listed_deployment(arn)?;
        let stopped =
            self.change(&path, |service, moment| service.deployment_mut(&id).map(|deployment| deployment.stop(moment)));
        match stopped.flatten() {
            None => Err(deployment_not_found()),
            Some(Ok(_)) => Ok(()),
            Some(Err(Unstoppable::Over)) => {
                let text = "The service deployment can't be stopped because it has already completed.";
                Err(refusal(self.behaviour.stop_finished, text))
            }
            Some(Err(Unstoppable::NothingToGoBackTo)) => {
                let text =
                    "The service deployment can't be rolled back because there is no completed service deployment.";
                Err(refusal(self.behaviour.stop_first, text))
            }
        }
    }

    /// The service's path and the deployment's id, if both are there and the deployment is listed by now.
    fn listed_deployment(&self, arn: &str) -> Result<(String, String), ApiError> {
        let Some((path, id)) = self.home.service_and_id(arn, "service-deployment") else {
            return Err(if arn.starts_with("arn:") {
                deployment_not_found()
            } else {
                ApiError::invalid_parameter("Invalid identifier: not the ARN of a service deployment.")
            });
        };
        let service = self.world.service(path, self.now).filter(|service| service.exists());
        service
            .and_then(|service| service.deployment(id))
            .filter(|deployment| deployment.listed_at <= self.now)
            .map(|_| (path.to_owned(), id.to_owned()))
            .ok_or_else(deployment_not_found)
    }
}

fn deployment_not_found() -> ApiError {
    ApiError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
}

fn refusal(refusal: Refusal, text: &str) -> ApiError {
    match refusal {
        Refusal::Conflict => ApiError::new("ConflictException", text),
        Refusal::InvalidParameter => ApiError::invalid_parameter(text),
        Refusal::Client => ApiError::client(text),
    }
}
