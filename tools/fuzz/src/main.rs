//! Tries inputs by number, and writes what came of them.

#![expect(clippy::print_stdout, reason = "a command-line program")]

use std::{
    fs,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clap::Parser as _;
use fuzz::{
    corpus::Corpus,
    handler,
    oracle::Cause,
    parser::{Came, Parser},
};

/// Broken input for the parser and for the whole handler; the same number is always the same input.
#[derive(Debug, clap::Parser)]
struct Options {
    /// Inputs for the parser.
    #[arg(long, default_value_t = 0)]
    parser: u64,
    /// Inputs for the handler.
    #[arg(long, default_value_t = 0)]
    handler: u64,
    /// The number of the first input of each kind.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Where to write the report.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
struct Tally {
    no_json: u64,
    refused: u64,
    signals: u64,
    handled: handler::Came,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let corpus = Corpus::read();
    let parsed = side_by_side(&options.range(options.parser), "parser", |seed, tally: &mut Tally, parser| match parser
        .try_input(&corpus, seed)
    {
        Came::ToNothing => tally.no_json += 1,
        Came::ToRefusal => tally.refused += 1,
        Came::ToSignals => tally.signals += 1,
    });
    let handled = side_by_side(&options.range(options.handler), "handler", |seed, tally: &mut Tally, _| {
        tally.handled.add(&handler::try_input(&corpus, seed));
    });
    let (Some(parsed), Some(handled)) = (parsed, handled) else { return ExitCode::FAILURE };
    let report = options.report(&parsed, &handled.handled, corpus.events.len());
    println!("{report}");
    match options.report.as_ref().map(|path| fs::write(path, report)) {
        Some(Err(error)) => {
            println!("could not write the report: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Tries a range of inputs on every processor. Nothing if one of them failed; its number is printed.
fn side_by_side(range: &Range<u64>, kind: &str, try_input: impl Fn(u64, &mut Tally, &Parser) + Sync) -> Option<Tally> {
    let failed = AtomicBool::new(false);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|thread| {
                let (failed, try_input) = (&failed, &try_input);
                scope.spawn(move || {
                    let parser = Parser;
                    let mut tally = Tally::default();
                    for seed in range.clone().skip(thread).step_by(threads) {
                        if failed.load(Ordering::Relaxed) {
                            break;
                        }
                        if catch_unwind(AssertUnwindSafe(|| try_input(seed, &mut tally, &parser))).is_err() {
                            failed.store(true, Ordering::Relaxed);
                            println!("input {seed} of the {kind} failed; again: --{kind} 1 --from {seed}");
                        }
                    }
                    tally
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap_or_default()).collect()
    });
    let whole = tallies.iter().fold(Tally::default(), |mut whole, tally| {
        whole.no_json += tally.no_json;
        whole.refused += tally.refused;
        whole.signals += tally.signals;
        whole.handled.add(&tally.handled);
        whole
    });
    (!failed.load(Ordering::Relaxed)).then_some(whole)
}

impl Options {
    fn range(&self, count: u64) -> Range<u64> {
        self.from..self.from.saturating_add(count)
    }

    fn report(&self, parsed: &Tally, handled: &handler::Came, corpus: usize) -> String {
        let Self { parser, handler, from, .. } = self;
        let row = |what: &str, count: u64| format!("| {what} | {} |\n", thousands(count));
        let stops: u64 = handled.stops.values().sum();
        let by_cause: String = [Cause::Alarm, Cause::Ecs, Cause::Request]
            .iter()
            .map(|cause| {
                let count = handled.stops.get(cause).copied().unwrap_or_default();
                row(&format!("deployments stopped, each with a cause: {}", cause.as_str()), count)
            })
            .collect();
        format!(
            "# Broken on purpose\n\n\
             Written by `make fuzz`, which is\n\n    fuzz --parser {parser} --handler {handler} --from {from}\n\n\
             Each input is made from its number and the {corpus} payloads of `events/`; `--from NUMBER` with a count of 1 makes \
             one again.\n\n\
             ## The parser\n\n\
             Bytes and JSON, mutated with the words and times that mean something to the function, through the parser, rows 1 to \
             3 of the decision and the reading of names. None panicked. No message repeated a value of the payload.\n\n\
             | inputs | count |\n|---|---|\n{}{}{}{}\n\
             ## The whole handler\n\n\
             The real handler and the real SDK against the simulator: three services in one state or another, settings, one to \
             four events each, faults of every kind, new deployments and redeliveries in between. None panicked, none took 25 \
             seconds of simulated time, no deployment was stopped twice, and each that was stopped was stopped with cause: an \
             oracle that reads the raw event and asks ECS said so each time.\n\n\
             | | count |\n|---|---|\n{}{}{}{}{}{by_cause}",
            row("in all", *parser),
            row("no JSON", parsed.no_json),
            row("JSON, and no event that is known", parsed.refused),
            row("at least one signal", parsed.signals),
            row("worlds", *handler),
            row("invocations", handled.invocations),
            row("that failed, as a failed outcome or an unknown event must", handled.failures),
            row("faults laid out", handled.faults),
            row("deployments stopped", stops),
        )
    }
}

/// A number with its thousands apart.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut apart = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}
