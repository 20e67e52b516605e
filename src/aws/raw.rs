//! The JSON of an answer, for fields that the SDK sets to zero if ECS leaves them out.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ecs::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::AfterDeserializationInterceptorContextRef},
    error::BoxError,
};
use serde_json::Value;

/// The JSON of the last answer to one operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Raw(Arc<Mutex<Value>>);

impl Raw {
    /// The JSON, or null before there is an answer.
    pub(super) fn take(&self) -> Value {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for Raw {
    fn name(&self) -> &'static str {
        "Raw"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = serde_json::from_slice(body).unwrap_or_default();
        Ok(())
    }
}

/// A whole number in the answer.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u32> {
    value.pointer(pointer)?.as_u64()?.try_into().ok()
}
