//! The function: logging, settings, clients, runtime.

mod logging;

use std::{
    env, io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use ecs_auto_rollback::{
    aws,
    error::Error,
    event::Unrecognized,
    figures::{Effort, Figures},
    handler::{Handler, Invocation},
    report::Report,
    settings::Settings,
    target::Whereabouts,
};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tracing::{debug, info, warn};

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
    let function = Arc::new(Function::new(settings, config, region));
    lambda_runtime::run(service_fn(|LambdaEvent { payload: Payload(event), context }| {
        let function = Arc::clone(&function);
        async move { function.invoke(event, &context).await }
    }))
    .await
}

/// What lasts from one invocation to the next.
struct Function {
    handler: Handler,
    figures: Option<Figures>,
    log_event: bool,
    region: String,
    is_cold: AtomicBool,
}

impl Function {
    fn new(settings: Settings, config: aws::SdkConfig, region: String) -> Self {
        let service = &settings.logs.service_name;
        Self {
            figures: settings.metrics_namespace.as_deref().map(|namespace| Figures::new(namespace, service)),
            log_event: settings.logs.log_event,
            handler: Handler::new(settings, config),
            region,
            is_cold: AtomicBool::new(true),
        }
    }

    async fn invoke(&self, event: Result<Value, String>, context: &Context) -> Result<Value, Error> {
        let invocation = invocation(context, &self.region);
        let calls_before = self.handler.calls();
        let report = match event {
            Ok(event) => {
                if self.log_event {
                    info!(event = event.to_string(), "event");
                } else {
                    debug!(event = event.to_string(), "event");
                }
                self.handler.handle(&event, &invocation).await
            }
            Err(problem) => Report::of_unrecognized(Unrecognized::not_json(&problem)),
        };
        if let Some(figures) = &self.figures {
            let effort = Effort {
                at: invocation.now,
                request_id: context.request_id.clone(),
                cold_start: self.is_cold.swap(false, Ordering::Relaxed),
                calls: self.handler.calls() - calls_before,
            };
            if let Err(error) = figures.write(&report, &effort, &mut io::stdout().lock()) {
                warn!(error = error.to_string(), "the figures could not be written");
            }
        }
        report.into_response()
    }
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
