//! `ecs-rollback`: shows what ecs-auto-rollback would do in an AWS account, and why.

use std::process::ExitCode;

use clap::Parser;
use operator::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    operator::run(Arguments::parse()).await
}
