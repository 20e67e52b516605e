//! Serves the simulator over HTTP on the loopback interface, for the quick start, for demos and for clients in other
//! languages.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use simulator::{Scenario, http};

/// Amazon ECS service deployments, simulated. Point `AWS_ENDPOINT_URL_ECS` at it.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1; 0 for any free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// How it begins: a scenario file.
    #[arg(long)]
    scenario: PathBuf,
    /// How many times faster than real time the simulated clock runs; 0 to move it by POST /_simulator/advance only.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Posts every event that ECS would send to this `EventBridge`, as `PutEvents` calls. It must be on this machine.
    #[arg(long, value_name = "URL")]
    events_to: Option<http::Endpoint>,
    /// Stops by itself after this many seconds, so that a forgotten one does not run forever.
    #[arg(long, default_value_t = 3600)]
    max_seconds: u64,
}

fn speed(text: &str) -> Result<f64, String> {
    let in_range = |speed: &f64| (0.0..=100_000.0).contains(speed);
    text.parse().ok().filter(in_range).ok_or_else(|| "not a number between 0 and 100000".to_owned())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            http::log::line(&format!("simulator: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let path = arguments.scenario.display();
    let text =
        std::fs::read_to_string(&arguments.scenario).map_err(|error| format!("could not read {path}: {error}"))?;
    let scenario: Scenario = text.parse().map_err(|error| format!("{path}: {error}"))?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let serving = tokio::task::LocalSet::new();
        let _entered = serving.enter();
        let events_to = arguments.events_to.clone();
        let server = http::Server::new(scenario, arguments.speed, events_to);
        let server = server.map_err(|error| format!("{path}: {error}"))?;
        let listener = http::bind(arguments.port).await.map_err(|error| format!("port {}: {error}", arguments.port))?;
        let for_ever = serving.run_until(http::serve(server, listener));
        tokio::time::timeout(Duration::from_secs(arguments.max_seconds), for_ever).await.ok();
        http::log::line(&format!("stopped after {} s (--max-seconds)", arguments.max_seconds));
        Ok(())
    })
}
