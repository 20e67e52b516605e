//! The function: logging, settings, clients, runtime.

mod logging;

use std::{
    env,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use ecs_auto_rollback::{
    aws,
    event::Unrecognized,
    handler::{Handler, Invocation},
    settings::Settings,
    target::Whereabouts,
};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tracing::{debug, info};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "settings may be wrong, those of the log included: one plain line still gets out"
)]
fn complain(error: &lambda_runtime::Error) {
    eprintln!("{error}");
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::read(variable)?;
    logging::start(&settings.logs);
    let config = aws::load().await;
    let region = config.region().ok_or("ecs-auto-rollback does not start: AWS_REGION is not set")?.to_string();
    let log_event = settings.logs.log_event;
    let handler = Arc::new(Handler::new(settings, config));

    lambda_runtime::run(service_fn(|LambdaEvent { payload: Payload(event), context }| {
        let (handler, invocation) = (Arc::clone(&handler), invocation(&context, &region));
        async move {
            let event = event.map_err(|problem| Unrecognized::not_json(&problem))?;
            if log_event {
                info!(event = event.to_string(), "event");
            } else {
                debug!(event = event.to_string(), "event");
            }
            handler.handle(&event, &invocation).await
        }
    }))
    .await
}

/// The input: JSON, or what is wrong with it. The runtime would otherwise refuse it under a name of its own.
struct Payload(Result<Value, String>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Value::deserialize(deserializer).map_err(|error| error.to_string())))
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment enters the program here, and nowhere else")]
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[expect(clippy::disallowed_methods, reason = "the time enters the program here, and nowhere else")]
fn invocation(context: &Context, region: &str) -> Invocation {
    let now = SystemTime::now();
    Invocation {
        home: Whereabouts::of_function(&context.invoked_function_arn, region),
        now: Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH),
        // A deadline that has passed comes from no Lambda, but from a stand-in that gives none.
        time_left: context.deadline().duration_since(now).ok().filter(|left| *left > Duration::ZERO),
    }
}
