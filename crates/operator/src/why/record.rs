//! The three records of what happened: of the alarms, of the function, and of ECS.

use jiff::Timestamp;
use judgement::observation::Status;

use super::{Moment, Source};
use crate::{
    aws::{Deployment, History, Lines},
    past::Past,
    rows,
};

/// The three records.
pub(super) struct Record {
    /// The history of the alarms that lead to the service.
    pub(super) history: History,
    /// The service's deployments, if they could be read.
    pub(super) past: Option<Past>,
    /// The function's log lines, if they could be read.
    pub(super) lines: Option<Lines>,
}

/// One line of the function's log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) at: Timestamp,
    pub(super) outcome: &'a str,
    pub(super) reason: &'a str,
    pub(super) detail: &'a str,
    pub(super) signal_name: &'a str,
    pub(super) found_by: &'a str,
}

impl Record {
    /// The lines of the function's log, oldest first.
    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        let lines = self.lines.iter().flat_map(|lines| &lines.lines);
        lines
            .filter_map(|fields| {
                let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
                // Logs Insights writes its times in UTC, and does not say so.
                let at = format!("{}Z", field("@timestamp").replacen(' ', "T", 1)).parse().ok()?;
                Some(Line {
                    at,
                    outcome: field("outcome"),
                    reason: field("reason"),
                    detail: field("detail"),
                    signal_name: field("signal_name"),
                    found_by: field("found_by"),
                })
            })
            .collect()
    }

    /// Everything that happened between two times, and was logged soon after.
    pub(super) fn timeline(&self, from: Timestamp, to: Timestamp) -> Vec<Moment> {
        let mut timeline = Vec::new();
        for change in &self.history.changes {
            let what = format!("alarm {} went from {} to {}", change.alarm, change.from, change.to);
            timeline.push(Moment { at: change.at, source: Source::AlarmHistory, what });
        }
        for executed in &self.history.actions {
            let result = if executed.succeeded { "executed" } else { "FAILED to execute" };
            let what = format!("alarm {} {result} {}", executed.alarm, executed.action);
            timeline.push(Moment { at: executed.at, source: Source::AlarmHistory, what });
        }
        for deployment in self.past.iter().flat_map(|past| &past.deployments) {
            timeline.extend(course(deployment).into_iter().filter(|moment| (from..=to).contains(&moment.at)));
        }
        timeline.extend(self.lines().into_iter().map(|line| Moment {
            at: line.at,
            source: Source::Log,
            what: line.text(),
        }));
        timeline.sort_by_key(|moment| (moment.at, moment.source));
        timeline
    }

    /// Checks that a deployment was in flight at this time. `None`: not known.
    pub(super) fn was_in_flight(&self, at: Timestamp) -> Option<bool> {
        let mut deployments = self.past.as_ref()?.deployments.iter().filter_map(|deployment| deployment.listed_at(at));
        Some(deployments.any(|listed| !listed.is_over()))
    }
}

impl Line<'_> {
    fn text(&self) -> String {
        if self.reason.is_empty() {
            return format!("{}: {}", self.outcome, self.detail);
        }
        let row = rows::number_of(self.reason).map_or_else(String::new, |number| format!(" (row {number})"));
        let way = if self.found_by.is_empty() { String::new() } else { format!(", found by {}", self.found_by) };
        format!("{} · {}{row}{way}: {}", self.outcome, self.reason, self.detail)
    }
}

/// The course of a deployment.
fn course(deployment: &Deployment) -> Vec<Moment> {
    let listed = &deployment.listed;
    let id = listed.arn.rsplit('/').next().unwrap_or_default();
    let revision = listed.revision().unwrap_or("unknown");
    let reason =
        deployment.rollback.as_ref().and_then(|rollback| rollback.reason.as_deref()).map(|why| format!(": {why}"));
    let rollback = deployment.rollback.as_ref().and_then(|rollback| rollback.started);
    let end = match (&listed.status, &deployment.status_reason) {
        (Status::Successful, _) | (_, None) => format!("deployment {id} ended as {}", listed.status),
        (status, Some(why)) => format!("deployment {id} ended as {status}: {why}"),
    };
    [
        (listed.began(), format!("deployment {id} of revision {revision} began")),
        (deployment.stopped, format!("the stop of deployment {id} was requested")),
        (rollback, format!("the rollback of deployment {id} began{}", reason.unwrap_or_default())),
        (listed.finished, end),
    ]
    .into_iter()
    .filter_map(|(at, what)| Some(Moment { at: at?, source: Source::Ecs, what }))
    .collect()
}
