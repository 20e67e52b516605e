//! Checks of the topics to which the function and the alarms on it write.

use std::collections::BTreeSet;

use super::{
    Check,
    policy::{allowing, is_about, is_for},
};
use crate::{
    aws::{Deployed, Sns},
    session::Session,
};

/// Checks the topic of notices and that of the alarms on the function.
pub(super) async fn all(session: &Session, deployed: &Deployed, signals: &BTreeSet<String>) -> Vec<Check> {
    let sns = Sns::new(&session.config);
    let mut checks = Vec::new();
    let notices = deployed.variables.get("ROLLBACK_NOTICE_TOPIC_ARN").filter(|arn| !arn.is_empty());
    match notices {
        Some(arn) => {
            checks.push(notice_topic(&sns, arn).await);
            if signals.contains(arn) {
                let finding = format!("{arn} is the topic of signals and of notices: each notice would be a signal");
                checks.push(Check::problem("topic of notices", finding, "set another NoticeTopicArn"));
            }
        }
        None => checks.push(Check::ok("topic of notices", "none is set")),
    }
    let names = ["errors", "throttles", "on-failure-queue", "oldest-signal"];
    let names: Vec<String> = names.iter().map(|name| format!("{}-{name}", deployed.name)).collect();
    let part = "alarms on the function";
    let alarms = match session.cloudwatch.alarms(Some(&names)).await {
        Ok(alarms) => alarms,
        Err(error) => {
            checks.push(Check::unknown(part, &error));
            return checks;
        }
    };
    if alarms.is_empty() {
        checks.push(Check::ok(part, "none exist, so nobody hears of failures: SelfAlarmTopicArn makes them"));
    }
    for alarm in alarms.iter().filter(|alarm| alarm.state == "ALARM") {
        let fix = "read the runbook about this alarm";
        checks.push(Check::problem(part, format!("{} is in ALARM", alarm.name), fix));
    }
    let topics: BTreeSet<&String> = alarms.iter().flat_map(|alarm| &alarm.actions).collect();
    for arn in topics.into_iter().filter(|arn| arn.contains(":sns:")) {
        checks.push(alarm_topic(&sns, arn).await);
        if notices == Some(arn) || signals.contains(arn) {
            let finding = format!("{arn} also carries notices or signals: an alarm on the function is neither");
            checks.push(Check::problem(part, finding, "set another SelfAlarmTopicArn"));
        }
    }
    checks
}

async fn notice_topic(sns: &Sns, arn: &str) -> Check {
    let part = "topic of notices";
    match sns.topic(arn).await {
        Err(error) => Check::unknown(part, &error),
        Ok(None) => Check::problem(part, format!("{arn} does not exist"), "create it, or set another NoticeTopicArn"),
        Ok(Some(topic)) if topic.confirmed == 0 => Check::problem(
            part,
            format!("{arn} has no confirmed subscription and {} that wait, so nobody reads notices", topic.pending),
            format!("aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint ADDRESS"),
        ),
        Ok(Some(topic)) => Check::ok(
            part,
            format!("{arn} has {} confirmed subscriptions and {} that wait", topic.confirmed, topic.pending),
        ),
    }
}

async fn alarm_topic(sns: &Sns, arn: &str) -> Check {
    let part = "alarms on the function";
    match sns.topic(arn).await {
        Err(error) => Check::unknown(part, &error),
        Ok(None) => {
            Check::problem(part, format!("{arn} does not exist"), "create it, or set another SelfAlarmTopicArn")
        }
        Ok(Some(topic)) => {
            let policy = topic.policy.unwrap_or_default();
            let may_publish = |one| is_for(one, "cloudwatch.amazonaws.com") && is_about(one, "sns:Publish");
            if allowing(&policy).any(may_publish) {
                return Check::ok(part, format!("may publish to {arn}"));
            }
            let finding = format!("the policy of {arn} does not let CloudWatch publish");
            Check::problem(part, finding, "allow cloudwatch.amazonaws.com the action sns:Publish in the topic's policy")
        }
    }
}
