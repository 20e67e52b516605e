//! Reads the function, its queues, the rules that send to them, and the topics that alarms publish to.

use std::collections::{BTreeMap, BTreeSet};

use judgement::{Arn, text::chain};

use super::{Target, USUAL_NAME};
use crate::{
    alarm::Alarm,
    aws::{Events, Lambda, Sns},
    session::Session,
};

impl Target {
    /// Reads the function that the command line names, or the one with the stack's usual name, and what leads to it.
    pub(crate) async fn read(session: &Session, alarms: &[Alarm]) -> Self {
        let lambda = Lambda::new(&session.config);
        let deployed = match &session.deployed {
            Some(deployed) => Some(deployed.clone()),
            None => match lambda.function(USUAL_NAME).await {
                Ok(deployed) => Some(deployed),
                Err(error) => {
                    session.note(format!(
                        "whether alarms reach the function by a rule, a queue or a topic: {} ({}); an alarm counts as wired if \
                         one of its actions is a function of this name. Name another with --function",
                        chain(&error).trim_end_matches('.'),
                        error.action,
                    ));
                    None
                }
            },
        };
        let mut target = Self {
            name: deployed.as_ref().map_or(USUAL_NAME, |deployed| &deployed.name).to_owned(),
            arn: deployed.map(|deployed| deployed.arn).filter(|arn| !arn.is_empty()),
            queues: Vec::new(),
            rules: Vec::new(),
            topics: BTreeMap::new(),
            is_whole: false,
        };
        if let Some(arn) = target.arn.clone() {
            let mappings = session.unless_failed(lambda.mappings(&target.name).await);
            target.is_whole = mappings.is_some();
            target.queues = mappings.into_iter().flatten().map(|mapping| mapping.queue).collect();
            let events = Events::new(&session.config);
            for place in std::iter::once(arn).chain(target.queues.clone()) {
                let rules = session.unless_failed(events.rules_to(&place).await);
                target.is_whole &= rules.is_some();
                target.rules.extend(rules.unwrap_or_default());
            }
        }
        target.read_topics(session, alarms).await;
        target
    }

    async fn read_topics(&mut self, session: &Session, alarms: &[Alarm]) {
        let is_topic = |action: &&String| Arn::parse(action).is_some_and(|arn| arn.service == "sns");
        let topics: BTreeSet<&String> = alarms.iter().flat_map(|alarm| &alarm.actions).filter(is_topic).collect();
        let sns = Sns::new(&session.config);
        for topic in topics {
            let subscriptions = session.unless_failed(sns.subscriptions(topic).await);
            let leads = subscriptions.map(|all| all.iter().any(|one| one.is_confirmed && self.takes(&one.endpoint)));
            // Without its queues, a topic that seems to lead elsewhere may lead to one of them.
            let leads = leads.filter(|leads| *leads || self.is_whole);
            self.topics.insert(topic.clone(), leads);
        }
    }
}
