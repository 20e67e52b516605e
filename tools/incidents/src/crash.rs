//! Ends an invocation between two calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use simulator::sdk::Fate;
use tokio::sync::Notify;

use crate::incident::Crash;

/// Ends invocations of one execution environment early.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crasher {
    invocation: Arc<Mutex<Invocation>>,
    died: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Invocation {
    crash: Option<Crash>,
    calls: u32,
}

impl Crasher {
    /// Begins another invocation, which may be about to die.
    pub(crate) fn begin(&self, crash: Option<Crash>) {
        *self.invocation() = Invocation { crash, calls: 0 };
    }

    /// The fate of the next call.
    pub(crate) fn fate(&self) -> Fate {
        let mut invocation = self.invocation();
        invocation.calls += 1;
        match invocation.crash.filter(|crash| invocation.calls > crash.after_calls) {
            Some(Crash { after_effect, .. }) => {
                self.died.notify_one();
                Fate::Lost { after_effect }
            }
            None => Fate::Answered,
        }
    }

    /// Waits until the invocation has died.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    fn invocation(&self) -> MutexGuard<'_, Invocation> {
        self.invocation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
