//! A simulated account, with canned answers for the services that the simulator does not have, and a record of every call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use clap::Parser;
use operator::{Arguments, Failure, Screen, Shown};
use serde_json::{Value, json};
use signals::NOW;
use simulator::{Aws, HistoryItem, Home, ServiceSeed, sdk::Network};

pub(crate) const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback";
pub(crate) const SIGNALS: &str = "arn:aws:sqs:us-east-1:123456789012:ecs-auto-rollback-signal-queue";
pub(crate) const FAILED: &str = "arn:aws:sqs:us-east-1:123456789012:on-failure";
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alarms";
pub(crate) const RULE: &str = "arn:aws:events:us-east-1:123456789012:rule/alarms";

/// The account.
#[derive(Clone)]
pub(crate) struct Cloud {
    network: Network,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The status and the body of the answer to an IAM action.
    canned: BTreeMap<String, (u16, String)>,
    /// The IAM actions that were called.
    called: BTreeSet<String>,
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud").finish_non_exhaustive()
    }
}

impl Cloud {
    /// An account without an installation.
    pub(crate) fn new() -> Self {
        let network = Network::to(Aws::new(Home::default(), NOW.parse().expect("a time")));
        Self { network, state: Arc::default() }
    }

    /// An account with a deployment of `prod/web` in flight, and a sound installation with these variables.
    pub(crate) fn installed(variables: &[(&str, &str)]) -> Self {
        let cloud = Self::new();
        cloud.aws().ecs.plant(ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42"));
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        cloud.answer(
            "lambda:GetFunctionConfiguration",
            &json!({
                "FunctionName": "ecs-auto-rollback",
                "FunctionArn": FUNCTION,
                "Environment": {"Variables": variables},
                "LoggingConfig": {"LogGroup": "/aws/lambda/ecs-auto-rollback", "ApplicationLogLevel": "INFO"},
            }),
        );
        let alarms = json!({"Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.alarms.cloudwatch.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
        }]});
        cloud.answer("lambda:GetPolicy", &json!({"Policy": alarms.to_string()}));
        cloud.mapping("Enabled");
        cloud.answer(
            "lambda:GetFunctionEventInvokeConfig",
            &json!({"DestinationConfig": {"OnFailure": {"Destination": FAILED}}}),
        );
        cloud.answer("sqs:GetQueueUrl", &json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/queue"}));
        cloud.queues_hold(0);
        cloud.answer("events:DescribeRule", &json!({"Name": "alarms", "State": "ENABLED"}));
        cloud.answer("events:ListTargetsByRule", &json!({"Targets": [{"Id": "SignalQueue", "Arn": SIGNALS}]}));
        cloud.subscription("arn:aws:sns:us-east-1:123456789012:alarms:1");
        let attributes = "<entry><key>SubscriptionsConfirmed</key><value>1</value></entry>";
        cloud.answer_xml("sns:GetTopicAttributes", &format!("<Attributes>{attributes}</Attributes>"));
        cloud.logged(&[]);
        cloud
    }

    pub(crate) fn aws(&self) -> MutexGuard<'_, Aws> {
        self.network.lock()
    }

    /// Answers an IAM action with this JSON.
    pub(crate) fn answer(&self, action: &str, body: &Value) {
        self.state().canned.insert(action.to_owned(), (200, body.to_string()));
    }

    /// Answers an IAM action with this result in XML.
    pub(crate) fn answer_xml(&self, action: &str, result: &str) {
        let name = action.split_once(':').expect("an action").1;
        let body = format!("<{name}Response><{name}Result>{result}</{name}Result></{name}Response>");
        self.state().canned.insert(action.to_owned(), (200, body));
    }

    /// Refuses an IAM action of a service that speaks JSON.
    pub(crate) fn refuse(&self, action: &str, code: &str) {
        let body = json!({"__type": code, "Type": "User", "message": "no"}).to_string();
        self.state().canned.insert(action.to_owned(), (if code.contains("Denied") { 403 } else { 404 }, body));
    }

    pub(crate) fn mapping(&self, state: &str) {
        let mapping = json!({"UUID": "0f-1", "EventSourceArn": SIGNALS, "State": state});
        self.answer("lambda:ListEventSourceMappings", &json!({"EventSourceMappings": [mapping]}));
    }

    pub(crate) fn queues_hold(&self, messages: u32) {
        let allow = |service: &str, source: &str| {
            json!({
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sqs:SendMessage",
                "Condition": {"ArnEquals": {"aws:SourceArn": source}},
            })
        };
        let statements = [allow("events.amazonaws.com", RULE), allow("sns.amazonaws.com", TOPIC)];
        let attributes = json!({
            "ApproximateNumberOfMessages": messages.to_string(),
            "Policy": json!({"Statement": statements}).to_string(),
            "RedrivePolicy": json!({"deadLetterTargetArn": FAILED, "maxReceiveCount": 5}).to_string(),
        });
        self.answer("sqs:GetQueueAttributes", &json!({"Attributes": attributes}));
    }

    pub(crate) fn subscription(&self, arn: &str) {
        let member = format!("<member><Endpoint>{SIGNALS}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn></member>");
        self.answer_xml("sns:ListSubscriptionsByTopic", &format!("<Subscriptions>{member}</Subscriptions>"));
    }

    /// Has these lines in the function's log: time, alarm, outcome, reason and detail.
    pub(crate) fn logged(&self, lines: &[[&str; 5]]) {
        let line = |[at, alarm, outcome, reason, detail]: &[&str; 5]| {
            let fields = [
                ("@timestamp", at),
                ("message", &"decision"),
                ("signal_name", alarm),
                ("outcome", outcome),
                ("reason", reason),
                ("detail", detail),
            ];
            fields.map(|(field, value)| json!({"field": field, "value": value}))
        };
        let results: Vec<_> = lines.iter().map(line).collect();
        self.answer("logs:StartQuery", &json!({"queryId": "1"}));
        self.answer("logs:GetQueryResults", &json!({"status": "Complete", "results": results}));
    }

    pub(crate) fn happened(&self, item: HistoryItem) {
        self.aws().cloudwatch.put_history(item);
    }

    /// The IAM actions that were called so far.
    pub(crate) fn called(&self) -> BTreeSet<String> {
        self.state().called.clone()
    }

    pub(crate) fn config(&self) -> SdkConfig {
        self.network.config().into_builder().http_client(self.clone()).build()
    }

    /// The answer to a command line, on a screen of 100 columns.
    pub(crate) async fn run(&self, line: &[&str]) -> Result<Shown, Failure> {
        self.run_on(100, line).await
    }

    /// The answer to a command line on a screen of this width.
    pub(crate) async fn run_on(&self, width: u16, line: &[&str]) -> Result<Shown, Failure> {
        let arguments = Arguments::parse_from(["ecs-rollback"].iter().chain(line));
        let screen = Screen { is_json: arguments.common.json, width, is_coloured: false, shows_progress: false };
        let now = self.aws().now();
        operator::answer(arguments, self.config(), screen, now).await
    }

    /// The JSON of an answer.
    pub(crate) async fn json(&self, line: &[&str]) -> Value {
        let line: Vec<&str> = line.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.run(&line).await.expect("an answer").text).expect("JSON")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let action = action(&request);
        let canned = {
            let mut state = self.state();
            state.called.insert(action.clone());
            state.canned.get(&action).cloned()
        };
        match canned {
            Some((status, body)) => {
                let response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
                HttpConnectorFuture::ready(Ok(response))
            }
            None => self.network.call(request),
        }
    }
}

impl HttpClient for Cloud {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The IAM action of a request, by the name that it is signed for and by its protocol.
fn action(request: &HttpRequest) -> String {
    let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    let (service, path) = (authorization.split('/').nth(3).unwrap_or_default(), request.uri());
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    let target = header("x-amz-target");
    let name = match service {
        "lambda" => of_lambda(path).to_owned(),
        "monitoring" => path.rsplit('/').next().unwrap_or_default().to_owned(),
        _ if target.is_empty() => {
            body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
        }
        _ => target.rsplit('.').next().unwrap_or_default().to_owned(),
    };
    format!("{}:{name}", if service == "monitoring" { "cloudwatch" } else { service })
}

fn of_lambda(path: &str) -> &'static str {
    let path = path.split('?').next().unwrap_or_default();
    [
        ("/configuration", "GetFunctionConfiguration"),
        ("/policy", "GetPolicy"),
        ("/event-source-mappings", "ListEventSourceMappings"),
        ("/event-invoke-config", "GetFunctionEventInvokeConfig"),
    ]
    .into_iter()
    .find(|(end, _)| path.trim_end_matches('/').ends_with(end))
    .expect("a call to AWS Lambda that is known")
    .1
}
