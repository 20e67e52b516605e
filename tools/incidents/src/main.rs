//! The incident bench as a program.

use std::{fs, io, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use incidents::{Tally, transcript};

/// Plays seeded deployment incidents, and reports the results.
#[derive(Parser)]
struct Arguments {
    /// Prints a transcript of the incident of this number instead.
    #[arg(long)]
    seed: Option<u64>,
    /// The number of incidents.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// The number of the first incident.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// The number of threads. The results do not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// A folder to write incidents.md to.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        print!("{}", transcript(seed, &[]));
        return ExitCode::SUCCESS;
    }
    match bench(&arguments) {
        Ok(tally) if tally.failures().is_empty() => ExitCode::SUCCESS,
        Ok(tally) => {
            for seed in tally.failures() {
                eprintln!("wrong or missed: cargo run --profile incidents -p incidents -- --seed {seed}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("the report could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command-line program")]
#[expect(clippy::disallowed_methods, reason = "the duration is only printed")]
fn bench(arguments: &Arguments) -> io::Result<Tally> {
    let seeds = arguments.from..arguments.from.saturating_add(arguments.count);
    let began = Instant::now();
    let tally = Tally::of(seeds.clone(), arguments.threads);
    let took = began.elapsed();
    println!(
        "{} incidents in {took:.1?}: this function rolled back {} rightly and {} wrongly, and missed {}",
        arguments.count,
        tally.right(),
        tally.wrong(),
        tally.missed()
    );
    let [all, others] = tally.doubtful();
    println!(
        "of its rollbacks {}.{:02} % hit good deployments that could not be told, {}.{:02} % for another reason than chance",
        all / 100,
        all % 100,
        others / 100,
        others % 100
    );
    match &arguments.write {
        Some(folder) => {
            fs::write(folder.join("incidents.md"), tally.report(&seeds))?;
            println!("written: {}", folder.join("incidents.md").display());
        }
        None => print!("\n{}", tally.report(&seeds)),
    }
    Ok(tally)
}
