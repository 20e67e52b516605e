//! One way to the network for all clients of the SDK. By default each has its own, and parses every root certificate to be made and
//! again to be used.

use aws_config::SdkConfig;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};

use super::CONNECT_TIMEOUT;

/// The same configuration, whose clients share what the SDK would choose for each: TLS by AWS-LC, the root certificates of the
/// system, and a proxy if the environment names one.
pub(super) fn shared(config: SdkConfig) -> SdkConfig {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let mut connector = Connector::builder().connector_settings(settings).proxy_config(ProxyConfig::from_env());
    connector.set_sleep_impl(config.sleep_impl());
    let connector = SharedHttpConnector::new(connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build());
    config.into_builder().http_client(http_client_fn(move |_, _| connector.clone())).build()
}
