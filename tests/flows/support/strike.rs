//! What goes wrong with CloudWatch, Elastic Load Balancing and STS at one call or another, as the simulator does it for ECS.

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::HttpConnectorFuture,
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::json;
use tokio::time::sleep;

use super::cloud::{Cloud, cbor, operation, xml};

/// What happens to some calls of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Strike {
    pub(crate) operation: String,
    /// How many calls it lets pass first.
    pub(crate) skip: u32,
    /// How many it strikes.
    pub(crate) times: u32,
    pub(crate) effect: Effect,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Effect {
    Exception(&'static str, u16),
    Http(u16, &'static str),
    Drop,
    Delay(Duration),
}

impl Cloud {
    /// The answer to a request that is struck.
    pub(super) fn strike(&mut self, request: &HttpRequest) -> Option<HttpConnectorFuture> {
        let (operation, is_cbor) = operation(request)?;
        let strike = self.strike.as_mut().filter(|strike| strike.operation == operation && strike.times > 0)?;
        if strike.skip > 0 {
            strike.skip -= 1;
            return None;
        }
        strike.times -= 1;
        let effect = strike.effect;
        self.struck += 1;
        let response = match effect {
            Effect::Exception(code, status) if is_cbor => cbor(status, &json!({"__type": code, "message": "no"})),
            Effect::Exception(code, status) => {
                xml(status, &format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"))
            }
            Effect::Http(status, body) => {
                let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
                response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
                response
            }
            Effect::Drop => {
                return Some(HttpConnectorFuture::ready(Err(ConnectorError::io("connection reset".into()))));
            }
            Effect::Delay(_) => self.answer(request)?,
        };
        let delay = if let Effect::Delay(delay) = effect { delay } else { Duration::ZERO };
        Some(HttpConnectorFuture::new(async move {
            sleep(delay).await;
            Ok(response)
        }))
    }
}
