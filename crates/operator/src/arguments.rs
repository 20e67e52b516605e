//! The command line.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

mod one_service;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

pub(crate) use self::one_service::{Explain, Hold, Pending, Rehearse, Release, ServicePath, Why};

/// Shows what ecs-auto-rollback would do in an AWS account, and why. Reads only; hold and release change one tag, and ask first.
#[derive(Debug, Parser)]
#[command(name = "ecs-rollback", version = ecs_auto_rollback::VERSION, max_term_width = 100)]
pub struct Arguments {
    /// Where to read, and how to show it.
    #[command(flatten)]
    pub common: Common,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Common {
    /// Profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS Region
    #[arg(long, global = true, value_name = "CODE")]
    pub region: Option<String>,
    /// Role to assume before reading
    #[arg(long, global = true, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Deployed function whose settings decide, by name or ARN
    #[arg(long, global = true, value_name = "NAME")]
    pub function: Option<String>,
    /// File with settings: a line NAME=value for each variable, such as ROLLBACK_SERVICES
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// One setting, such as ROLLBACK_SERVICES='prod/*'; takes precedence over file and function
    #[arg(long = "set", global = true, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Write JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Time to take for now, for accounts that are simulated
    #[arg(long, global = true, hide = true, value_name = "TIME")]
    pub now: Option<Timestamp>,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Show what the function would have done in the last days, and what really happened
    Replay(Replay),
    /// Show what the function would do with an event now, row by row. Changes nothing
    Explain(Explain),
    /// Show why a service was rolled back or not, from the alarms' history, the function's log and ECS's record
    Why(Why),
    /// Check the installation of the function that --function names, ecs-auto-rollback by default
    Doctor,
    /// Show the services that were rolled back and whose bad task definition would be deployed again
    Pending(Pending),
    /// Keep a service from being rolled back for some time. Writes its tag auto-rollback, and asks first
    Hold(Hold),
    /// End a hold. Writes or removes the service's tag auto-rollback, and asks first
    Release(Release),
    /// Show what the function would do if an alarm on this service fired now, and the notice that it would send
    Rehearse(Rehearse),
}

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// How many days to go back; CloudWatch keeps the history of alarms for 30
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=30), value_name = "N")]
    pub days: u16,
    /// Only services of this cluster
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Only this service, by its name or as cluster/service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Also write a page with a timeline of each service to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}
