//! The gateways to AWS. Only the files in here name its SDK; they return types of our own.

mod alarms;
mod cloudwatch;
mod config;
mod ecs;
mod events;
mod lambda;
mod logs;
mod sns;
mod sqs;
mod sts;
mod time;

pub(crate) use aws_config::SdkConfig;

pub(crate) use self::{
    cloudwatch::{CloudWatch, History},
    config::{identify, load},
    ecs::{Deployment, Ecs, Service},
    events::{Events, Rule},
    lambda::{Deployed, Lambda},
    logs::{Lines, Logs},
    sns::{Sns, Subscription},
    sqs::{Queue, Sqs},
    sts::assume,
};
