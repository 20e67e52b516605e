//! The configuration that all clients of the SDK share.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_ecs::config::retry::RetryPartition;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use judgement::Arn;

/// A slower connection could not answer within the deadline anyway.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Reads credentials, Region and endpoints from the environment.
pub async fn load_config() -> SdkConfig {
    with_shared_connector(aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await)
}

/// Makes one connector serve all clients: TLS by AWS-LC, the system's root certificates, and a proxy if the environment names
/// one. By default each client has a connector of its own, and parses every root certificate twice.
fn with_shared_connector(config: SdkConfig) -> SdkConfig {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let mut connector = Connector::builder().connector_settings(settings).proxy_config(ProxyConfig::from_env());
    connector.set_sleep_impl(config.sleep_impl());
    let connector = SharedHttpConnector::new(connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build());
    config.into_builder().http_client(http_client_fn(move |_, _| connector.clone())).build()
}

/// Makes every call retry, within limits that let the steps of one invocation fit into its deadline.
pub(crate) fn in_time(config: SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(7))
        .build();
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(200)).with_max_attempts(5);
    // One for all clients, so that a role is assumed once and not by each of them.
    let identities = config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build());
    config.into_builder().timeout_config(timeouts).retry_config(retries).identity_cache(identities).build()
}

/// Retries of one client's own: those of another client do not use them up.
pub(super) fn own_retries(client: &'static str) -> RetryPartition {
    RetryPartition::custom(client).build()
}

/// Moves the configuration to the Region in a resource's ARN. A plain name leaves it where it is.
pub(super) fn in_region_of(resource: &str, config: &SdkConfig) -> SdkConfig {
    match Arn::parse(resource) {
        Some(arn) => config.to_builder().region(Region::new(arn.region.to_owned())).build(),
        None => config.clone(),
    }
}
