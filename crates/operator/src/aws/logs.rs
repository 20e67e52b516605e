//! Amazon CloudWatch Logs: what the function logged about one service.

use std::{collections::BTreeMap, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::{Client, types::QueryStatus};
use ecs_auto_rollback::CallError;
use jiff::Timestamp;
use judgement::text::shown;
use tokio::time::sleep;

use super::config::patient;

/// The time between two looks at a query that runs.
const PAUSE: Duration = Duration::from_millis(500);

/// The most looks: a minute's.
const MOST_LOOKS: usize = 120;

/// The gateway to Amazon CloudWatch Logs.
#[derive(Debug, Clone)]
pub(crate) struct Logs {
    client: Client,
}

/// The result of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// The fields of each line, as CloudWatch Logs names them.
    pub(crate) lines: Vec<BTreeMap<String, String>>,
    /// `true` if the query came to its end.
    pub(crate) is_complete: bool,
}

impl Logs {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&patient(config)) }
    }

    /// Runs a query of Logs Insights over a log group.
    pub(crate) async fn query(
        &self,
        group: &str,
        query: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Lines, CallError> {
        let doing = || format!("query the log group {}", shown(group, 512));
        let start = self.client.start_query().log_group_name(group).query_string(query);
        let started = start.start_time(from.as_second()).end_time(to.as_second()).send().await;
        let started = started.map_err(|error| CallError::new("logs:StartQuery", doing(), error))?;
        let mut read = Lines::default();
        for _ in 0..MOST_LOOKS {
            let answer = self.client.get_query_results().set_query_id(started.query_id.clone()).send().await;
            let answer = answer.map_err(|error| CallError::new("logs:GetQueryResults", doing(), error))?;
            let pair = |field: &aws_sdk_cloudwatchlogs::types::ResultField| {
                Some((field.field()?.to_owned(), field.value()?.to_owned()))
            };
            read.lines = answer.results().iter().map(|line| line.iter().filter_map(pair).collect()).collect();
            match answer.status() {
                Some(QueryStatus::Complete) => return Ok(Lines { is_complete: true, ..read }),
                Some(QueryStatus::Running | QueryStatus::Scheduled) => sleep(PAUSE).await,
                _ => break,
            }
        }
        Ok(read)
    }
}
