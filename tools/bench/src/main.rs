//! Compares the speed of functions: the same event, the same Lambda and the same Amazon ECS, in turn.
//!
//! It reads the competitors from standard input and writes the measurements to standard output, both as JSON.
//! `tools/bench/run` starts it and makes a document of its output.

mod certificate;
mod competitor;
mod ecs;
mod round;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde::Deserialize;
use tokio::task::LocalSet;

use crate::{
    competitor::Competitor,
    ecs::Ecs,
    round::{Course, Measured},
};

/// Any error. It ends the run with one line.
type Failure = Box<dyn std::error::Error>;

/// The competitors, and the length of the run.
#[derive(Deserialize)]
struct Plan {
    competitors: Vec<Competitor>,
    processes: usize,
    warm_events: usize,
    /// The usual root certificates, in PEM.
    roots: PathBuf,
    /// The folder for temporary files.
    folder: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match LocalSet::new().run_until(run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Ignore a closed pipe; the exit code still reports the result.
            drop(writeln!(io::stderr(), "bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let plan: Plan = serde_json::from_reader(io::stdin().lock())?;
    let (tls, certificate) = certificate::throw_away()?;
    let (authority, roots) = (plan.folder.join("authority.pem"), plan.folder.join("roots.pem"));
    fs::write(&authority, &certificate)?;
    fs::write(&roots, fs::read_to_string(&plan.roots)? + "\n" + &certificate)?;
    let course = Course {
        ecs: Ecs::open(tls, round::now()?).await?,
        folder: &plan.folder,
        authority: &authority,
        roots: &roots,
        warm_events: plan.warm_events,
    };
    let mut measured: BTreeMap<&str, Vec<Measured>> = BTreeMap::new();
    // Round 0 is not counted: it brings every file into the kernel's cache.
    for round in 0..=plan.processes {
        for competitor in &plan.competitors {
            let name = competitor.name.as_str();
            let outcome = course.run(competitor).await;
            let outcome = outcome.map_err(|error| format!("{name}: {error}\n{}", course.last_words()))?;
            if round > 0 {
                measured.entry(name).or_default().push(outcome);
            }
        }
        writeln!(io::stderr(), "round {round} of {}", plan.processes)?;
    }
    serde_json::to_writer(io::stdout().lock(), &measured)?;
    Ok(())
}
