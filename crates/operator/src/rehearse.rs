//! `rehearse`: what the function would do if an alarm on a service fired now, during its deployment. Starts nothing.

use std::time::Duration;

use ecs_auto_rollback::Draft;
use jiff::{SignedDuration, Timestamp};
use judgement::observation::newest_in_flight;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    alarm::{Alarm, Change, Kind},
    arguments::{Rehearse as Options, ServicePath},
    explain::Explanation,
    output::{Answer, End, Screen, Shown, Tone, not_known, plain, wrapped},
    session::{Failure, Session},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rehearsed {
    /// The service.
    service: String,
    /// `true` if a deployment was in flight.
    in_flight: bool,
    /// The verdict.
    verdicts: Vec<Explanation>,
    /// The notices that the function would send.
    notices: Vec<Notice>,
    /// All that could not be read, and why.
    unknown: Vec<String>,
}

/// A notice as an e-mail.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    kind: &'static str,
    subject: String,
    text: String,
}

impl From<Draft> for Notice {
    fn from(Draft { kind, subject, text }: Draft) -> Self {
        Self { kind, subject, text }
    }
}

/// Rehearses a rollback.
pub(crate) async fn run(session: &Session, options: &Options) -> Result<Shown, Failure> {
    let service = session.active_service(&options.service).await?.service;
    let listed = session.ecs.deployments(&service).await?;
    let Some(newest) = newest_in_flight(&listed, 1).first().copied().cloned() else {
        let answer = Rehearsed {
            service: service.to_string(),
            in_flight: false,
            verdicts: Vec::new(),
            notices: Vec::new(),
            unknown: session.unknown(),
        };
        return session.screen.show(&answer, End::Short);
    };
    let event = synthetic(session, &options.service, &options.alarm, newest.began().unwrap_or(session.now));
    let report = session.function.handle(&event, &session.invocation()).await;
    let mut verdicts = Vec::new();
    for entry in report.entries() {
        verdicts.push(session.explained(entry).await);
    }
    let drafts = Box::pin(session.function.drafts(&report, &session.home, session.now)).await;
    let answer = Rehearsed {
        service: service.to_string(),
        in_flight: true,
        verdicts,
        notices: drafts.into_iter().map(Notice::from).collect(),
        unknown: session.unknown(),
    };
    session.screen.show(&answer, End::Fine)
}

/// The event of an alarm on the service that went to ALARM just now, on data from after the deployment began.
fn synthetic(session: &Session, service: &ServicePath, name: &str, began: Timestamp) -> Value {
    let now = session.now;
    let period = Duration::from_mins(1);
    let start = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(now).max(began).min(now);
    let dimensions = json!({"ClusterName": service.cluster, "ServiceName": service.name});
    let metric = json!({"namespace": "AWS/ECS", "name": "CPUUtilization", "dimensions": dimensions});
    let reads = json!({"metric": metric, "period": period.as_secs(), "stat": "Maximum"});
    let alarm = Alarm {
        name: name.to_owned(),
        arn: format!(
            "arn:{}:cloudwatch:{}:{}:alarm:{name}",
            session.home.partition,
            session.home.region,
            session.home.account.as_deref().unwrap_or_default()
        ),
        kind: Kind::Metric,
        state: "ALARM".to_owned(),
        since: Some(now),
        reason: "Threshold Crossed: 1 datapoint [100.0] was greater than the threshold (90.0). (rehearsal)".to_owned(),
        reason_data: Some(json!({
            "version": "1.0",
            "queryDate": now,
            "startDate": start,
            "statistic": "Maximum",
            "period": period.as_secs(),
            "recentDatapoints": [100.0],
            "threshold": 90.0,
            "evaluatedDatapoints": [{"timestamp": start, "sampleCount": 1.0, "value": 100.0}],
        })),
        configured: None,
        configuration: json!({"metrics": [{"id": "m1", "metricStat": reads, "returnData": true}]}),
        actions_enabled: true,
        actions: Vec::new(),
        evaluation: None,
    };
    let change = Change { from: "OK".to_owned(), ..alarm.last_change() };
    alarm.event(&change, &session.home)
}

impl Answer for Rehearsed {
    fn text(&self, screen: &Screen) -> String {
        let service = plain(&self.service);
        let mut text = String::new();
        if self.in_flight {
            let heading = format!("Rehearsal: an alarm on {service} goes to ALARM now. Nothing is stopped or sent.");
            text.push_str(&wrapped(&heading, screen.width, ""));
            text.push('\n');
        } else {
            let what = format!(
                "{service} has no deployment in flight, so there is nothing to rehearse. Start one, for example with \
                 `aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment`, and rehearse while it runs."
            );
            text.push_str(&wrapped(&what, screen.width, ""));
        }
        for verdict in &self.verdicts {
            text.push_str(&verdict.text(screen));
        }
        for Notice { kind, subject, text: notice } in &self.notices {
            let heading = screen.paint(&format!("Notice that would be sent ({kind})"), Tone::Bold);
            text.extend(["\n", &heading, "\n"]);
            text.push_str(&wrapped(&format!("Subject: {subject}"), screen.width, "  "));
            for line in notice.lines() {
                text.push_str(&wrapped(line, screen.width, "  "));
            }
        }
        if self.verdicts.iter().any(|verdict| verdict.acts == Some(true)) {
            let what = "The function would stop the deployment first, and send this notice as rolled-back.";
            text.push_str(&wrapped(what, screen.width, ""));
        }
        if self.in_flight && self.notices.is_empty() {
            text.push_str(&wrapped("The function would send no notice about this.", screen.width, ""));
        }
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}
