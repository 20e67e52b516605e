//! The envelopes in which payloads arrive: batches of SNS and SQS, and the record of a failed invocation.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    place::Place,
    time::{at, milliseconds},
};

/// A notification of a topic.
#[derive(Debug, Clone)]
pub struct Notification {
    text: String,
    subject: Option<String>,
    published: Timestamp,
    place: Place,
}

impl Notification {
    /// Of a message: text, or an event as JSON.
    #[must_use]
    pub fn of(message: impl Into<Message>) -> Self {
        Self { text: message.into().body, subject: None, published: at("11:55:01"), place: Place::default() }
    }

    /// With this subject.
    #[must_use]
    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// Published at this time.
    #[must_use]
    pub fn published(mut self, time: Timestamp) -> Self {
        self.published = time;
        self
    }

    /// From a topic of another account or Region.
    pub(crate) fn topic_in(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// As a subscription without raw delivery gets it.
    #[must_use]
    pub fn as_json(&self) -> Value {
        let host = format!("https://sns.{}.amazonaws.com", self.place.region);
        json!({
            "Type": "Notification",
            "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "TopicArn": self.place.arn("sns", "alarms"),
            "Subject": self.subject,
            "Message": self.text,
            "Timestamp": milliseconds(self.published),
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": format!("{host}/SimpleNotificationService-EXAMPLE.pem"),
            "UnsubscribeUrl": format!("{host}/?Action=Unsubscribe&SubscriptionArn=EXAMPLE"),
            "MessageAttributes": {},
        })
    }
}

impl<T: Into<Message>> From<T> for Notification {
    fn from(message: T) -> Self {
        Self::of(message)
    }
}

/// A message of a queue.
#[derive(Debug, Clone)]
pub struct Message {
    body: String,
    id: Option<String>,
    sent: Timestamp,
}

impl Message {
    /// A notification as a queue gets it that is subscribed without raw delivery.
    #[must_use]
    pub fn enveloped(notification: impl Into<Notification>) -> Self {
        notification.into().as_json().into()
    }

    /// With this id; otherwise they are called `m0`, `m1` and so on.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sent to the queue at this time.
    #[must_use]
    pub fn sent(mut self, time: Timestamp) -> Self {
        self.sent = time;
        self
    }
}

impl From<String> for Message {
    fn from(body: String) -> Self {
        Self { body, id: None, sent: at("11:56:00") }
    }
}

impl From<&str> for Message {
    fn from(body: &str) -> Self {
        body.to_owned().into()
    }
}

impl From<&String> for Message {
    fn from(body: &String) -> Self {
        body.clone().into()
    }
}

impl From<&Value> for Message {
    fn from(body: &Value) -> Self {
        body.to_string().into()
    }
}

impl From<Value> for Message {
    fn from(body: Value) -> Self {
        (&body).into()
    }
}

/// An invocation by SNS.
pub fn sns(notifications: impl IntoIterator<Item = impl Into<Notification>>) -> Value {
    let record = |notification: Notification| {
        json!({
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": notification.place.arn("sns", "alarms:5e1d0c9a-44b7-4f2e-8a6d-9b03c7f81e25"),
            "Sns": notification.as_json(),
        })
    };
    let records: Vec<Value> = notifications.into_iter().map(Into::into).map(record).collect();
    json!({"Records": records})
}

/// A batch of SQS.
pub fn sqs(messages: impl IntoIterator<Item = impl Into<Message>>) -> Value {
    let place = Place::default();
    let record = |(index, message): (usize, Message)| {
        json!({
            "messageId": message.id.unwrap_or_else(|| format!("m{index}")),
            "receiptHandle": "EXAMPLE",
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": message.sent.as_millisecond().to_string(),
                "SenderId": "EXAMPLE",
                "ApproximateFirstReceiveTimestamp": (message.sent.as_millisecond() + 12).to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": "EXAMPLE",
            "eventSource": "aws:sqs",
            "eventSourceARN": place.arn("sqs", "alarms"),
            "awsRegion": place.region,
        })
    };
    let records: Vec<Value> = messages.into_iter().map(Into::into).enumerate().map(record).collect();
    json!({"Records": records})
}

/// The record that Lambda sends to the on-failure destination at this time, after three attempts at an event.
#[must_use]
pub fn on_failure(payload: &Value, time: Timestamp) -> Value {
    json!({
        "version": "1.0",
        "timestamp": milliseconds(time),
        "requestContext": {
            "requestId": "4c1d7e02-5b1f-4f5e-9d0a-7a3f2b8c6e11",
            "functionArn": Place::default().arn("lambda", "function:ecs-auto-rollback:$LATEST"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "Throttled", "errorMessage": "Rate exceeded"},
    })
}
