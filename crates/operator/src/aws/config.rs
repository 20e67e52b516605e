//! The person's own credentials and Region, by the usual ways of AWS.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig, sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_sdk_sts::config::SharedCredentialsProvider;
use ecs_auto_rollback::CallError;
use judgement::{Arn, Location};

use crate::arguments::Common;

/// Reads profile, Region and credentials, and takes on the role if one is given.
pub(crate) async fn load(options: &Common) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    match &options.role_arn {
        Some(role) => in_role(role, config).await,
        None => config,
    }
}

async fn in_role(role: &str, config: SdkConfig) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(role).session_name("ecs-rollback").configure(&config).build().await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// A configuration that waits for throttles to pass: unlike an alarm, a person can wait.
pub(super) fn patient(config: &SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    let retries = RetryConfig::standard().with_max_attempts(8);
    let identities = config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build());
    config.to_builder().timeout_config(timeouts).retry_config(retries).identity_cache(identities).build()
}

/// The person, and the account that the credentials are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The ARN of the user or role.
    pub(crate) arn: String,
    /// The account and Region that are read.
    pub(crate) home: Location,
}

/// Asks STS for the account of the credentials.
pub(crate) async fn identify(config: &SdkConfig) -> Result<Identity, CallError> {
    // Not patiently: if the first call gets no answer, somebody waits for the reason.
    let client = aws_sdk_sts::Client::new(config);
    let answer = client.get_caller_identity().send().await;
    let answer = answer
        .map_err(|error| CallError::new("sts:GetCallerIdentity", "ask for the account of the credentials", error))?;
    let arn = answer.arn.unwrap_or_default();
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let partition = Arn::parse(&arn).map_or("aws", |arn| arn.partition).to_owned();
    Ok(Identity { home: Location { partition, region, account: answer.account }, arn })
}
