//! The composition root: settings, logging, clients, runtime.

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

use aws_config::SdkConfig;
use ecs_auto_rollback::{Effort, Error, Function, Invocation, Metrics, Report, Settings, load_config};
use jiff::Timestamp;
use judgement::{Location, event::Unrecognized};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tracing::{debug, info, warn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "settings may be wrong, those of the log included: one plain line still gets out"
)]
fn print(error: &lambda_runtime::Error) {
    eprintln!("{error}");
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::read(variable)?;
    logging::start(&settings.logs);
    let config = load_config().await;
    let region = config.region().ok_or("invalid settings: AWS_REGION is not set")?.to_string();
    let program = Arc::new(Program::new(settings, config, region));
    lambda_runtime::run(service_fn(|LambdaEvent { payload: Payload(event), context }| {
        let program = Arc::clone(&program);
        async move { program.invoke(event, &context).await }
    }))
    .await
}

/// The parts that last from one invocation to the next.
struct Program {
    function: Function,
    metrics: Option<Metrics>,
    log_event: bool,
    region: String,
    is_cold: AtomicBool,
}

impl Program {
    fn new(settings: Settings, config: SdkConfig, region: String) -> Self {
        let service = &settings.logs.service_name;
        Self {
            metrics: settings.metrics_namespace.as_deref().map(|namespace| Metrics::new(namespace, service)),
            log_event: settings.logs.log_event,
            function: Function::new(settings, config),
            region,
            is_cold: AtomicBool::new(true),
        }
    }

    async fn invoke(&self, event: Result<Value, String>, context: &Context) -> Result<Value, Error> {
        let invocation = invocation(context, &self.region);
        let calls_before = self.function.calls();
        let report = match event {
            Ok(event) => {
                if self.log_event {
                    info!(event = event.to_string(), "event");
                } else {
                    debug!(event = event.to_string(), "event");
                }
                self.function.handle(&event, &invocation).await
            }
            Err(problem) => Report::of_unrecognized(Unrecognized::not_json(&problem)),
        };
        if let Some(metrics) = &self.metrics {
            let effort = Effort {
                at: invocation.now,
                request_id: context.request_id.clone(),
                cold_start: self.is_cold.swap(false, Ordering::Relaxed),
                calls: self.function.calls() - calls_before,
            };
            if let Err(error) = metrics.write(&report, &effort, &mut io::stdout().lock()) {
                warn!(error = error.to_string(), "metrics could not be written");
            }
        }
        report.into_response()
    }
}

/// The input: JSON, or the error in it. Otherwise the runtime would refuse it under a name of its own.
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
        home: Location::of_function(&context.invoked_function_arn, region),
        now: Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH),
        // A deadline in the past comes from a stand-in for Lambda that gives none.
        time_left: context.deadline().duration_since(now).ok().filter(|left| *left > Duration::ZERO),
    }
}
