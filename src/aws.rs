//! The gateways to AWS. Only the files in here name its SDK; they return the types of the judgement.

mod accounts;
mod calls;
mod cloudwatch;
mod config;
mod ecs;
mod elb;
mod error;
mod eventbridge;
mod pace;
mod raw;
mod sns;
mod time;

pub(crate) use aws_config::SdkConfig;

pub(crate) use self::{
    accounts::{Account, Accounts, ExternalIds, Role},
    calls::Calls,
    cloudwatch::{LookedUpAlarm, statistic},
    config::in_time,
    ecs::{AT_ONCE, Ecs, MOST_REVISIONS},
    eventbridge::{BusEvent, EventBus},
    sns::{Message, Topic},
};
pub use self::{
    config::load_config,
    ecs::shapes,
    error::{CallError, ErrorKind},
    pace::Pace,
    time::timestamp,
};

/// The number of tasks that run concurrently, each with one or two calls at a time.
pub(crate) const SIDE_BY_SIDE: usize = 8;
