//! Runs a function's program as AWS Lambda does, on this machine, to be invoked by any SDK whose endpoint it is.

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use local_lambda::Function;

/// AWS Lambda for one function. Invoke it under any name at the address that it prints.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1; 0 for any free one.
    #[arg(long, default_value_t = 9001)]
    port: u16,
    /// The time-out of the function, in seconds.
    #[arg(long, default_value_t = 30)]
    timeout: u64,
    /// Ends by itself after this many seconds, so that a forgotten one does not run forever.
    #[arg(long, default_value_t = 3600)]
    max_seconds: u64,
    /// The function's program and its arguments, started at the first invocation with this environment.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("local-lambda: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    let Arguments { port, timeout, max_seconds, command } = arguments;
    let function = Function { command, time: Duration::from_secs(timeout) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let serving = async {
        let listening = |address: &str| say(&format!("listening on {address}"));
        tokio::time::timeout(Duration::from_secs(max_seconds), local_lambda::serve(function, port, listening)).await
    };
    match runtime.block_on(serving) {
        Ok(Err(error)) => Err(io::Error::other(format!("port {port}: {error}"))),
        Err(_) => {
            say(&format!("stopped after {max_seconds} s (--max-seconds)"));
            Ok(())
        }
    }
}

/// Prints a line at once: the caller may wait for it.
fn say(line: &str) {
    // A closed pipe has no reader to inform.
    drop(writeln!(io::stdout(), "{line}"));
}
