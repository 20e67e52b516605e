//! The closer look at the evidence before a rollback: the alarms behind the signal, their metrics by the minute, and stopped
//! tasks.

use std::{borrow::Cow, slice, sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::Timestamp;
use judgement::{
    Evidence, Location, Service, Signal,
    evidence::{Statistic, Trouble},
    signal::{Pairs, Query, Reads, Source},
    text::chain,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    aws::{Account, Accounts, CallError, statistic},
    locate::{names_of_children, origin, triggering},
};

/// The longest time for a closer look: two calls, with a retry.
const LONGEST: Duration = Duration::from_secs(4);

/// Takes closer looks, if `LookUps` has `evidence`.
#[derive(Debug)]
pub(crate) struct CloserLook {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) is_on: bool,
}

/// A deployment that a signal would roll back.
#[derive(Clone, Copy)]
pub(crate) struct Suspect<'a> {
    pub(crate) signal: &'a Signal,
    pub(crate) service: &'a Service,
    /// The number of its new revision.
    pub(crate) revision: Option<&'a str>,
    /// When it began.
    pub(crate) began: Option<Timestamp>,
}

impl CloserLook {
    /// Checks that a closer look may add to `evidence`.
    pub(crate) fn may_help(&self, suspect: &Suspect<'_>, evidence: &Evidence) -> bool {
        self.is_on
            && (suspect.lacks_alarms(evidence)
                || suspect.signal.is_start_impaired()
                || evidence.troubles.iter().any(|trouble| suspect.straddles(trouble)))
    }

    /// The evidence with the results of a closer look, taken before `deadline`. A look that fails is recorded as a gap.
    pub(crate) async fn look(
        &self,
        suspect: &Suspect<'_>,
        mut evidence: Evidence,
        home: &Location,
        deadline: Instant,
    ) -> Evidence {
        let left = deadline.saturating_duration_since(Instant::now());
        let deadline = Instant::now() + LONGEST.min(left / 3);
        match timeout_at(deadline, self.add(suspect, &mut evidence, home)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => evidence.gaps.push(format!("the evidence was not looked up: {}", chain(&error))),
            Err(_) => evidence.gaps.push("the evidence was not looked up in time".to_owned()),
        }
        evidence.is_looked_up = true;
        evidence.fall_back_on_sentence(suspect.signal);
        evidence
    }

    async fn add(&self, suspect: &Suspect<'_>, evidence: &mut Evidence, home: &Location) -> Result<(), CallError> {
        if suspect.signal.is_start_impaired() {
            let (Some(account), Some(revision)) =
                (self.accounts.at(&suspect.service.location(), home).await, suspect.revision)
            else {
                return Ok(());
            };
            evidence.stops = Some(account.ecs.stops(suspect.service, revision).await?);
            return Ok(());
        }
        let Ok(here) = origin(&suspect.signal.clues, home) else { return Ok(()) };
        let Some(account) = self.accounts.at(&here, home).await else { return Ok(()) };
        if suspect.lacks_alarms(evidence) {
            look_at_alarms(&account, suspect.signal, evidence, &here).await?;
            evidence.fall_back_on_sentence(suspect.signal);
        }
        let closer = join_all(evidence.troubles.iter().map(|trouble| by_minutes(&account, suspect, trouble))).await;
        for (trouble, closer) in evidence.troubles.iter_mut().zip(closer) {
            *trouble = closer?;
        }
        Ok(())
    }
}

impl Suspect<'_> {
    /// Checks that reading the alarms behind the signal may add to the event.
    fn lacks_alarms(&self, evidence: &Evidence) -> bool {
        let is_alarm = self.signal.source == Source::CloudWatch;
        is_alarm && !evidence.is_looked_up && self.signal.run.is_none()
    }

    /// Checks that the deployment began within the window in which the trouble began.
    fn straddles(&self, trouble: &Trouble) -> bool {
        self.began.zip(trouble.run).is_some_and(|(began, run)| run.needs_minutes(began).is_some())
    }
}

/// Reads the alarm or the children that triggered it, and its contributors.
async fn look_at_alarms(
    account: &Account,
    signal: &Signal,
    evidence: &mut Evidence,
    here: &Location,
) -> Result<(), CallError> {
    let Some(alarm) = &signal.clues.alarm else { return Ok(()) };
    if let Some(composite) = &alarm.composite {
        let children = account.cloudwatch.alarms(&names_of_children(composite, here), &here.as_origin()).await?;
        let children = triggering(children, composite, here);
        if !children.is_empty() {
            evidence.troubles = children.into_iter().map(|(child, since)| child.trouble(since)).collect();
        }
        return Ok(());
    }
    if let Some(attributes) = &signal.clues.contributor {
        let contributors = account.cloudwatch.contributors(&alarm.name).await?;
        let same = contributors.iter().find(|contributor| contributor.attributes == *attributes);
        began_earlier(evidence, same.and_then(|contributor| contributor.since));
        return Ok(());
    }
    let found = account.cloudwatch.alarms(slice::from_ref(&alarm.name), &here.as_origin()).await?;
    // An alarm that has left ALARM since has the data of that later change.
    if let Some(found) = found.into_iter().find(|found| found.state == "ALARM") {
        let trouble = found.trouble(signal.began);
        let by_event = evidence.troubles.first().and_then(|trouble| trouble.run);
        evidence.troubles = vec![Trouble { run: trouble.run.or(by_event), ..trouble }];
        began_earlier(evidence, found.since);
    }
    Ok(())
}

/// Moves the start back to the looked-up one, because a repeated notification gives a later time than the change to ALARM.
fn began_earlier(evidence: &mut Evidence, since: Option<Timestamp>) {
    for trouble in &mut evidence.troubles {
        trouble.began = [trouble.began, since].into_iter().flatten().min();
    }
}

/// The trouble with its start to the minute, if its first window straddles the start of the deployment.
async fn by_minutes(account: &Account, suspect: &Suspect<'_>, trouble: &Trouble) -> Result<Trouble, CallError> {
    let asked = suspect.began.zip(trouble.run).and_then(|(began, run)| Some((began, run, run.needs_minutes(began)?)));
    let series = asked.zip(series(&trouble.queries, suspect.signal.clues.contributor.as_ref()));
    let Some(((began, run, within), (queries, statistic))) = series else { return Ok(trouble.clone()) };
    let Some(minutes) = account.cloudwatch.minutes(&queries, within).await? else { return Ok(trouble.clone()) };
    let closer = run.by_minutes(&minutes, statistic, began);
    Ok(Trouble { run: closer.or(trouble.run), ..trouble.clone() })
}

/// The queries of an alarm, for the one time series that it is about. `None` if they cannot be asked for that one alone.
fn series<'a>(queries: &'a [Query], contributor: Option<&Pairs>) -> Option<(Cow<'a, [Query]>, Statistic)> {
    let Some(attributes) = contributor else { return Some((Cow::Borrowed(queries), statistic(queries))) };
    let [query @ Query { reads: Reads::Expression(text), .. }] = queries else { return None };
    let counts = ["SUM(", "COUNT("].iter().any(|function| text.trim_start_matches("SELECT ").starts_with(function));
    let reads = Reads::Expression(of_one_group(text, attributes)?);
    let statistic = if counts { Statistic::Count } else { Statistic::Level };
    Some((Cow::Owned(vec![Query { reads, ..query.clone() }]), statistic))
}

/// A query of Metrics Insights, for the group with these attributes alone. Its grammar has no other connective than `AND`.
fn of_one_group(query: &str, attributes: &Pairs) -> Option<String> {
    const GROUP: &str = " GROUP BY ";
    let (select, by) = query.split_once(GROUP)?;
    let condition = |(name, value): (&String, &String)| {
        let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        (is_plain && !value.contains('\'')).then(|| format!("{name} = '{value}'"))
    };
    let conditions: Option<Vec<String>> = attributes.iter().map(condition).collect();
    let connective = if select.contains(" WHERE ") { "AND" } else { "WHERE" };
    Some(format!("{select} {connective} {}{GROUP}{by}", conditions?.join(" AND ")))
}
