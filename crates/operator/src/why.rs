//! `why`: what happened to one service, and where it ended: from the alarms' history, the function's log and ECS's record.

mod ends;
mod record;
mod text;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use judgement::Service;
use serde::Serialize;

use self::{
    ends::{EndOf, ends},
    record::Record,
};
use crate::{
    arguments::Why as Options,
    aws::{CloudWatch, History, Logs},
    output::{End, Progress, Shown},
    session::{Failure, Session},
};

/// The log group of the function that the stack makes.
const LOG_GROUP: &str = "/aws/lambda/ecs-auto-rollback";

/// The time before and after `--at` that is looked at.
const AROUND: SignedDuration = SignedDuration::from_mins(30);

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Why {
    /// The service.
    service: String,
    /// The beginning of the time that was looked at.
    from: Timestamp,
    /// Its end.
    to: Timestamp,
    /// The log group that was read.
    log_group: String,
    /// Everything that happened, oldest first.
    timeline: Vec<Moment>,
    /// Where each signal ended.
    ends: Vec<EndOf>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    /// When it was.
    at: Timestamp,
    /// The record that says so.
    source: Source,
    /// The event in a sentence.
    what: String,
}

/// A record of what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Ecs,
    AlarmHistory,
    Log,
}

/// Explains the past of one service.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let (from, to) = span(options.at.as_deref(), session.now)?;
    let service = session.home.service(&options.service.cluster, &options.service.name);
    let progress = Progress::new(&session.screen, "deployments", None);
    let past = session.pasts(&BTreeSet::from([service.clone()]), from, &progress).await.remove(&service);
    drop(progress);
    if past.as_ref().is_some_and(|past| past.service.is_none()) {
        session.note(format!("{service} does not exist any more, or never did: ECS has no record of it"));
    }
    let history = alarms_of(session, &service, from, to).await;
    let log_group = session.deployed.as_ref().map_or(LOG_GROUP, |deployed| deployed.log_group.as_str()).to_owned();
    let query = query(&service, history.changes.iter().map(|change| change.alarm.as_str()).collect());
    // A signal from a queue is decided up to a quarter of an hour later.
    let until = to.checked_add(SignedDuration::from_mins(20)).unwrap_or(to).min(session.now.max(to));
    let lines = session.unless_failed(Logs::new(&session.config).query(&log_group, &query, from, until).await);
    if lines.as_ref().is_some_and(|lines| !lines.is_complete) {
        session.note(format!("the query of {log_group} did not come to its end: some lines may be missing"));
    }
    let record = Record { history, past, lines };
    let answer = Why {
        service: service.to_string(),
        from,
        to,
        log_group,
        timeline: record.timeline(from, to),
        ends: ends(session, &record, &service),
        unknown: session.unknown(),
    };
    session.screen.show(&answer, End::Fine)
}

/// The history of the alarms that lead to a service.
async fn alarms_of(session: &Session, service: &Service, from: Timestamp, to: Timestamp) -> History {
    let cloudwatch: &CloudWatch = &session.cloudwatch;
    let progress = Progress::new(&session.screen, "alarm history", None);
    let (Some(alarms), Some(mut history)) = (
        session.unless_failed(cloudwatch.alarms(None).await),
        session.unless_failed(cloudwatch.history(None, from, to, &progress).await),
    ) else {
        return History::default();
    };
    let changed: BTreeSet<&str> = history.changes.iter().map(|change| change.alarm.as_str()).collect();
    let mut leading: BTreeSet<String> = BTreeSet::new();
    for alarm in alarms.iter().filter(|alarm| changed.contains(alarm.name.as_str())) {
        let change = history.changes.iter().find(|change| change.alarm == alarm.name && change.to == "ALARM");
        let Some(Ok(signal)) = change.map(|change| alarm.signal(change, &session.home)) else { continue };
        match session.function.locate(&signal, &session.home, session.now).await {
            Ok(found) if found.services.iter().flatten().any(|found| found.is_same(service)) => {
                leading.insert(alarm.name.clone());
            }
            _ => {}
        }
    }
    history.changes.retain(|change| leading.contains(&change.alarm));
    history.actions.retain(|executed| leading.contains(&executed.alarm));
    history
}

/// The query for the function's lines about a service, and about alarms that led to none.
fn query(service: &Service, alarms: BTreeSet<&str>) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let names: Vec<String> = alarms.into_iter().map(quoted).collect();
    let of_alarms = if names.is_empty() {
        String::new()
    } else {
        format!(" or (not ispresent(service_name) and signal_name in [{}])", names.join(", "))
    };
    format!(
        "fields @timestamp, message, outcome, reason, detail, signal_source, signal_name, found_by, service_deployment_arn \
         | filter message in [\"decision\", \"follow-up\"] and ((cluster = {} and service_name = {}){of_alarms}) \
         | sort @timestamp asc | limit 1000",
        quoted(&service.cluster),
        quoted(&service.name)
    )
}

/// The time that is looked at.
fn span(at: Option<&str>, now: Timestamp) -> Result<(Timestamp, Timestamp), Failure> {
    let around = |time: Timestamp, before: SignedDuration, after: SignedDuration| {
        let from = time.checked_sub(before).unwrap_or(Timestamp::UNIX_EPOCH);
        (from, time.checked_add(after).unwrap_or(time).min(now.max(from)))
    };
    let Some(at) = at else { return Ok(around(now, SignedDuration::from_hours(24), SignedDuration::ZERO)) };
    let today = now.strftime("%Y-%m-%d");
    let time = [at.to_owned(), format!("{today}T{at}Z"), format!("{today}T{at}:00Z")]
        .into_iter()
        .find_map(|text| text.parse::<Timestamp>().ok());
    let time = time.ok_or_else(|| {
        let text = judgement::text::shown(at, 50);
        Failure::Usage(format!("--at takes a time such as 2026-06-01T03:12:00Z or 03:12, not {text}"))
    })?;
    if time > now {
        return Err(Failure::Usage(format!("--at names a time to come: {time}")));
    }
    Ok(around(time, AROUND, AROUND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_of_today_unless_it_has_a_date() {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let of =
            |at: &str| span(Some(at), now).map(|(from, to)| format!("{from} {to}")).map_err(|error| error.to_string());
        let expected = Ok("2026-06-01T02:42:00Z 2026-06-01T03:42:00Z".to_owned());
        for at in ["03:12", "03:12:00", "2026-06-01T03:12:00Z", "2026-06-01T05:12:00+02:00"] {
            assert_eq!(of(at), expected, "{at}");
        }
        assert_eq!(of("11:45"), Ok("2026-06-01T11:15:00Z 2026-06-01T12:00:00Z".to_owned()), "not beyond now");
        assert!(of("12:01").is_err() && of("noon").is_err() && of("25:00").is_err());
    }

    #[test]
    fn no_name_of_an_alarm_ends_the_string_in_the_query() {
        let service = Service {
            partition: "aws".to_owned(),
            account: None,
            region: "us-east-1".to_owned(),
            cluster: "prod".to_owned(),
            name: "web".to_owned(),
        };
        let query = query(&service, BTreeSet::from(["web \"5xx\" | limit 1"]));
        assert!(query.contains(r#"signal_name in ["web \"5xx\" | limit 1"]"#), "{query}");
    }
}
