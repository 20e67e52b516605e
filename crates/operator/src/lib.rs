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
//! - `replay`: the changes of the last days, judged
//! - `aws`: the gateways; the only modules that name the AWS SDK
//! - `output`: tables, colour, JSON, progress

mod arguments;
mod session;

mod account;
mod alarm;
mod past;

mod replay;

mod aws;
mod output;

use std::{env, process::ExitCode, time::SystemTime};

use aws::SdkConfig;
use jiff::Timestamp;
use judgement::text::chain;

pub use self::arguments::{Arguments, Command, Common};
use self::{
    output::Screen,
    session::{Failure, Session},
};

/// The end of a command that has an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing was asked for that is not so.
    Fine,
    /// The answer is not what the command line asks for, such as a share of services that are protected.
    Short,
}

/// Runs the program, and returns its exit code: 0 if all is as asked for, 2 if the answer falls short of what was asked for, 1 if there
/// is no answer.
pub async fn run(arguments: Arguments) -> ExitCode {
    let config = aws::load(&arguments.common).await;
    run_with(arguments, config).await
}

/// The same, with this configuration of the SDK.
pub async fn run_with(arguments: Arguments, config: SdkConfig) -> ExitCode {
    let screen = Screen::of_terminal(arguments.common.json, variable);
    match command(arguments, config, screen).await {
        Ok(End::Fine) => ExitCode::SUCCESS,
        Ok(End::Short) => ExitCode::from(2),
        Err(failure) => {
            print(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn command(arguments: Arguments, config: SdkConfig, screen: Screen) -> Result<End, Failure> {
    let session = Session::begin(&arguments.common, config, screen, now()).await?;
    match arguments.command {
        Command::Replay(options) => replay::run(&session, &options).await,
    }
}

#[expect(clippy::print_stderr, reason = "the one line that says why there is no answer")]
fn print(failure: &Failure) {
    eprintln!("ecs-rollback: {}", chain(failure));
}

#[expect(clippy::disallowed_methods, reason = "the environment enters the program here, and nowhere else")]
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[expect(clippy::disallowed_methods, reason = "the time enters the program here, and nowhere else")]
fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
