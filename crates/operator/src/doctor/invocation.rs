//! Checks of what invokes the function: permissions, queues, rules and topics of signals.

use std::collections::BTreeSet;

use super::{
    Check,
    policy::{allowing, condition, is_about, is_for},
};
use crate::{
    aws::{Deployed, Events, Lambda, Queue, Sns, Sqs, Subscription},
    session::Session,
};

/// The service that invokes the function for the actions of alarms.
const ALARMS: &str = "lambda.alarms.cloudwatch.amazonaws.com";

/// The checks, and the topics of signals.
pub(super) struct Invocation {
    pub(super) checks: Vec<Check>,
    pub(super) topics: BTreeSet<String>,
}

/// Checks everything by which the function is invoked.
pub(super) async fn all(session: &Session, deployed: &Deployed) -> Invocation {
    let lambda = Lambda::new(&session.config);
    let mut checks = vec![permission(session, &lambda, deployed).await];
    let (mut dead, mut topics) = (BTreeSet::new(), BTreeSet::new());
    let sqs = Sqs::new(&session.config);
    match lambda.mappings(&deployed.name).await {
        Err(error) => checks.push(Check::unknown("queue mapping", &error)),
        Ok(mappings) if mappings.is_empty() => checks.push(Check::problem(
            "queue mapping",
            "no queue invokes the function, so no rule and no topic can",
            "deploy the stack again",
        )),
        Ok(mappings) => {
            for mapping in mappings {
                let part = "queue mapping";
                checks.push(if mapping.state == "Enabled" {
                    Check::ok(part, format!("{} is enabled", mapping.queue))
                } else {
                    let finding = format!("{} is {}", mapping.queue, mapping.state);
                    let fix = format!("aws lambda update-event-source-mapping --uuid {} --enabled", mapping.uuid);
                    Check::problem(part, finding, fix)
                });
                match sqs.queue(&mapping.queue).await {
                    Err(error) => checks.push(Check::unknown("queue", &error)),
                    Ok(queue) => {
                        dead.extend(queue.dead_letter.clone());
                        checks.extend(senders(session, &mapping.queue, &queue, &mut topics).await);
                    }
                }
            }
        }
    }
    match lambda.on_failure(&deployed.name).await {
        Err(error) => checks.push(Check::unknown("on-failure queue", &error)),
        Ok(Some(arn)) => dead.extend([arn]),
        Ok(None) => checks.push(Check::problem(
            "on-failure queue",
            "a direct invocation that fails is lost: the function has no on-failure destination",
            "deploy the stack again",
        )),
    }
    for arn in dead {
        checks.push(on_failure(&sqs, &arn).await);
    }
    Invocation { checks, topics }
}

async fn permission(session: &Session, lambda: &Lambda, deployed: &Deployed) -> Check {
    let part = "permission for alarms";
    let policy = match lambda.policy(&deployed.name).await {
        Ok(policy) => policy.unwrap_or_default(),
        Err(error) => return Check::unknown(part, &error),
    };
    let home = session.home.account.as_deref().unwrap_or_default();
    let statements = allowing(&policy).filter(|one| is_for(one, ALARMS) && is_about(one, "lambda:InvokeFunction"));
    let accounts: BTreeSet<&str> = statements.flat_map(|statement| condition(statement, "aws:SourceAccount")).collect();
    if accounts.contains(home) {
        let accounts: Vec<&str> = accounts.into_iter().collect();
        return Check::ok(part, format!("alarms of {} may invoke the function", accounts.join(", ")));
    }
    let fix = format!(
        "aws lambda add-permission --function-name {} --statement-id alarms --action lambda:InvokeFunction \
         --principal {ALARMS} --source-account {home}",
        deployed.name
    );
    Check::problem(part, format!("alarms of {home} may not invoke the function, so their actions fail"), fix)
}

/// Checks the rules and topics that a queue's policy lets send to it.
async fn senders(session: &Session, arn: &str, queue: &Queue, topics: &mut BTreeSet<String>) -> Vec<Check> {
    let mut checks = Vec::new();
    let policy = queue.policy.clone().unwrap_or_default();
    let sending = |service: &str| -> BTreeSet<String> {
        let statements = allowing(&policy).filter(|one| is_for(one, service) && is_about(one, "sqs:SendMessage"));
        statements.flat_map(|statement| condition(statement, "aws:SourceArn")).map(str::to_owned).collect()
    };
    let events = Events::new(&session.config);
    for rule in sending("events.amazonaws.com").iter().filter(|source| source.contains(":rule/")) {
        checks.extend(match events.rule(rule).await {
            Err(error) => Some(Check::unknown("rule", &error)),
            Ok(None) => Some(Check::problem("rule", format!("{rule} does not exist"), "deploy the stack again")),
            Ok(Some(rule)) if !rule.is_enabled => {
                let fix = format!("aws events enable-rule --name {}", rule.name);
                Some(Check::problem("rule", format!("{} is disabled", rule.name), fix))
            }
            // The policy of one queue names the rules of the other too.
            Ok(Some(rule)) if !rule.targets.iter().any(|target| target == arn) => None,
            Ok(Some(rule)) => Some(Check::ok("rule", format!("{} is enabled, and sends to {arn}", rule.name))),
        });
    }
    for topic in sending("sns.amazonaws.com").iter().filter(|source| source.contains(":sns:")) {
        if topics.insert(topic.clone()) {
            checks.push(match Sns::new(&session.config).subscriptions(topic).await {
                Err(error) => Check::unknown("topic of signals", &error),
                Ok(subscriptions) => subscription(topic, arn, &subscriptions),
            });
        }
    }
    checks
}

fn subscription(topic: &str, queue: &str, subscriptions: &[Subscription]) -> Check {
    let part = "topic of signals";
    match subscriptions.iter().find(|one| one.endpoint == queue) {
        Some(one) if one.is_confirmed => Check::ok(part, format!("{topic} sends to {queue}")),
        Some(_) => Check::problem(
            part,
            format!("the subscription of {queue} to {topic} is not confirmed"),
            format!("aws sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {queue}"),
        ),
        None => Check::problem(
            part,
            format!("{queue} is not subscribed to {topic}"),
            format!("aws sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {queue}"),
        ),
    }
}

async fn on_failure(sqs: &Sqs, arn: &str) -> Check {
    let part = "on-failure queue";
    match sqs.queue(arn).await {
        Err(error) => Check::unknown(part, &error),
        Ok(Queue { messages: 0, .. }) => Check::ok(part, format!("{arn} is empty")),
        Ok(Queue { messages, .. }) => Check::problem(
            part,
            format!("about {messages} signals wait in {arn}: they could not be delivered or processed"),
            format!("read them, fix the cause, then: aws sqs start-message-move-task --source-arn {arn}"),
        ),
    }
}
