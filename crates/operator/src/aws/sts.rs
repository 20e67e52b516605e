//! AWS STS: roles in other accounts.

use aws_config::SdkConfig;
use aws_sdk_sts::Client;
use ecs_auto_rollback::{CallError, RoleElsewhere};

use super::config::patient;

/// Assumes a role in another account, and forgets the credentials.
pub(crate) async fn assume(config: &SdkConfig, role: &RoleElsewhere) -> Result<(), CallError> {
    let RoleElsewhere { arn, external_id, .. } = role;
    let assume = Client::new(&patient(config)).assume_role().role_arn(arn).role_session_name("ecs-rollback");
    let answer = assume.set_external_id(external_id.clone()).send().await;
    answer.map(drop).map_err(|error| CallError::new("sts:AssumeRole", format!("assume the role {arn}"), error))
}
