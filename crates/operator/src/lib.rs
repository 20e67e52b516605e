//! The operator's program `ecs-rollback`: who is protected, what would have happened, and whether an alarm can fire in time.
//!
//! It reads an account with a person's own credentials, and shows what the function would decide there. The function's own parser,
//! locator and decision do that; nothing here judges. Only `hold` and `release` change anything: one tag of one service.
//!
//! - `arguments`: the command line
//! - `session`: what every command works with: the account, the settings, the time, the terminal
//! - `alarm`: an alarm, its changes of state, and the event that the function gets of each
//! - `account`: many services and their pasts
//! - `past`: a service as it was at an earlier time
//! - `rows`: the rows of the decision table that a signal passed
//! - `replay`: the changes of the last days, judged
//! - `explain`: one event, judged now, row by row
//! - `why`: the record of one service: what happened, and where it ended
//! - `doctor`: checks of the installation
//! - `pending`: services whose bad task definition would be deployed again
//! - `hold`: the tag that keeps a service from being rolled back
//! - `rehearse`: an alarm during a deployment, played
//! - `aws`: the gateways; the only modules that name the AWS SDK
//! - `output`: tables, colour, JSON, progress

mod arguments;
mod session;

mod account;
mod alarm;
mod past;

mod rows;

mod doctor;
mod explain;
mod hold;
mod pending;
mod rehearse;
mod replay;
mod why;

mod aws;
mod output;

use std::{
    env,
    io::{self, Write},
    pin::Pin,
    process::ExitCode,
    time::SystemTime,
};

use aws::SdkConfig;
use jiff::Timestamp;

pub use self::{
    arguments::{Arguments, Command, Common},
    output::{End, Screen, Shown},
    session::Failure,
};
use self::{output::harmless, session::Session};

/// Runs the program, and returns its exit code: 0 if all is as asked for, 2 if the answer falls short of that, 1 if there is none.
pub async fn run(arguments: Arguments) -> ExitCode {
    let config = aws::load(&arguments.common).await;
    let screen = Screen::of_terminal(arguments.common.json, variable);
    let written = match answer(arguments, config, screen, now()).await {
        Ok(Shown { text, end }) => write(&text).map(|()| end).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match written {
        Ok(End::Fine) => ExitCode::SUCCESS,
        Ok(End::Short) => ExitCode::from(2),
        Err(failure) => {
            print(&failure);
            ExitCode::FAILURE
        }
    }
}

/// The answer to a command line, by this configuration of the SDK, on this screen and at this time.
///
/// # Errors
/// The reason why there is no answer.
pub async fn answer(arguments: Arguments, config: SdkConfig, screen: Screen, now: Timestamp) -> Result<Shown, Failure> {
    let Arguments { mut common, command } = arguments;
    // The doctor reports settings that are wrong instead of failing because of them.
    let examined = common.function.take_if(|_| matches!(command, Command::Doctor));
    let session = Session::begin(&common, config, screen, now).await?;
    // Boxed, because each is large and one of them runs.
    let answer: Pin<Box<dyn Future<Output = _>>> = match &command {
        Command::Replay(options) => Box::pin(replay::run(&session, options)),
        Command::Explain(options) => Box::pin(explain::run(&session, options)),
        Command::Why(options) => Box::pin(why::run(&session, options)),
        Command::Doctor => Box::pin(doctor::run(&session, examined.as_deref())),
        Command::Pending(options) => Box::pin(pending::run(&session, options)),
        Command::Hold(options) => Box::pin(hold::hold(&session, options)),
        Command::Release(options) => Box::pin(hold::release(&session, options)),
        Command::Rehearse(options) => Box::pin(rehearse::run(&session, options)),
    };
    answer.await
}

/// Writes to standard output. A reader that has gone away, as `head` does, is no failure.
fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[expect(clippy::print_stderr, reason = "the one sentence that says why there is no answer")]
fn print(failure: &Failure) {
    eprintln!("ecs-rollback: {}", harmless(&failure.sentence()));
}

#[expect(clippy::disallowed_methods, reason = "the environment enters the program here, and nowhere else")]
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[expect(clippy::disallowed_methods, reason = "the time enters the program here, and nowhere else")]
fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
