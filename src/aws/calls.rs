//! The requests sent to AWS, retries included: how many, and by which IAM actions.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_ecs::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;

/// A count of the requests sent to AWS.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    all: Arc<AtomicU64>,
    by_action: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Calls {
    /// The number since the function started.
    pub(crate) fn so_far(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// The same by IAM action, such as `ecs:DescribeServices`.
    pub(crate) fn by_action(&self) -> BTreeMap<String, u64> {
        self.by_action.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.all.fetch_add(1, Ordering::Relaxed);
        if let Some(call) = settings.load::<Metadata>() {
            let mut by_action = self.by_action.lock().unwrap_or_else(PoisonError::into_inner);
            *by_action.entry(action(call)).or_default() += 1;
        }
        Ok(())
    }
}

/// The IAM action of a call.
fn action(call: &Metadata) -> String {
    let prefix = match call.service() {
        "Elastic Load Balancing v2" => "elasticloadbalancing".to_owned(),
        "EventBridge" => "events".to_owned(),
        service => service.to_ascii_lowercase(),
    };
    format!("{prefix}:{}", call.name())
}
