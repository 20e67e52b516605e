//! Amazon SQS: queues.

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::QueueAttributeName};
use ecs_auto_rollback::CallError;
use judgement::Arn;
use serde_json::Value;

use super::config::patient;

/// The gateway to Amazon SQS.
#[derive(Debug, Clone)]
pub(crate) struct Sqs {
    client: Client,
}

/// A queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Queue {
    /// About how many messages it holds.
    pub(crate) messages: u64,
    /// The policy that says who may send.
    pub(crate) policy: Option<Value>,
    /// The ARN of the queue to which failed messages go.
    pub(crate) dead_letter: Option<String>,
}

impl Sqs {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&patient(config)) }
    }

    /// The queue with this ARN.
    pub(crate) async fn queue(&self, arn: &str) -> Result<Queue, CallError> {
        let parsed = Arn::parse(arn);
        let name = parsed.map_or(arn, |arn| arn.resource);
        let owner = parsed.map(|arn| arn.account.to_owned());
        let found = self.client.get_queue_url().queue_name(name).set_queue_owner_aws_account_id(owner).send().await;
        let found =
            found.map_err(|error| CallError::new("sqs:GetQueueUrl", format!("find the queue {name}"), error))?;
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::Policy,
            QueueAttributeName::RedrivePolicy,
        ];
        let read = self.client.get_queue_attributes().set_queue_url(found.queue_url);
        let read = read.set_attribute_names(Some(names.to_vec())).send().await;
        let read =
            read.map_err(|error| CallError::new("sqs:GetQueueAttributes", format!("read the queue {name}"), error))?;
        let attribute = |name| read.attributes().and_then(|attributes| attributes.get(&name));
        let json = |name| attribute(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let count = |name| attribute(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        let redrive = json(QueueAttributeName::RedrivePolicy);
        Ok(Queue {
            messages: count(QueueAttributeName::ApproximateNumberOfMessages)
                + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            policy: json(QueueAttributeName::Policy),
            dead_letter: redrive.and_then(|redrive| redrive["deadLetterTargetArn"].as_str().map(str::to_owned)),
        })
    }
}
