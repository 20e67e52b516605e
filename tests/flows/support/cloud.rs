//! Stand-ins for CloudWatch, Elastic Load Balancing, STS, SNS and EventBridge, as far as look-ups and notices need them. The real thing, as far as it can be
//! had, is behind `tests/look_ups`; what is here can be denied, throttled and deleted at will.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::strike::Strike;

/// The alarms, load balancers and roles of a test.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    alarms: BTreeMap<String, Value>,
    tags: BTreeMap<String, Value>,
    load_balancers: BTreeMap<String, Vec<String>>,
    faults: BTreeMap<&'static str, (u16, &'static str)>,
    /// Who may be assumed: the role's ARN, with its external id.
    roles: BTreeSet<(String, Option<String>)>,
    /// What goes wrong at one call or another, and how often it did.
    pub(crate) strike: Option<Strike>,
    pub(crate) struck: usize,
    /// The calls so far, by the name of their operation.
    pub(crate) calls: Vec<String>,
    /// What was published: the form of each `Publish`.
    pub(crate) published: Vec<BTreeMap<String, String>>,
    /// The events that were put on a bus.
    pub(crate) put: Vec<Value>,
    /// What the bus answers to each event instead of taking it.
    pub(crate) bus_refuses: Option<&'static str>,
}

const PUT_EVENTS: &str = "AWSEvents.PutEvents";

/// When all alarms entered their state: noon on 31 May 2026, a day before the tests.
const LONG_AGO: i64 = 1_780_228_800;

impl Cloud {
    /// A metric alarm in this state on these dimensions.
    pub(crate) fn metric_alarm(&mut self, name: &str, state: &str, dimensions: &[(&str, &str)]) {
        let dimensions: Vec<Value> =
            dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        self.alarms.insert(
            name.to_owned(),
            json!({"AlarmName": name, "AlarmArn": arn(name), "StateValue": state, "Dimensions": dimensions,
                "StateTransitionedTimestamp": LONG_AGO}),
        );
    }

    /// A composite alarm in ALARM with this rule.
    pub(crate) fn composite_alarm(&mut self, name: &str, rule: &str) {
        self.alarms.insert(
            name.to_owned(),
            json!({"AlarmName": name, "AlarmArn": arn(name), "StateValue": "ALARM", "AlarmRule": rule}),
        );
    }

    /// Tags an alarm with its services.
    pub(crate) fn tag(&mut self, alarm: &str, services: &str) {
        self.tags.insert(arn(alarm), json!([{"Key": "auto-rollback:services", "Value": services}]));
    }

    pub(crate) fn load_balancer(&mut self, arn: &str, target_groups: &[&str]) {
        self.load_balancers.insert(arn.to_owned(), target_groups.iter().map(|arn| (*arn).to_owned()).collect());
    }

    /// Answers every call of an operation with this error.
    pub(crate) fn fail(&mut self, operation: &'static str, status: u16, code: &'static str) {
        self.faults.insert(operation, (status, code));
    }

    pub(crate) fn trust(&mut self, role_arn: &str, external_id: Option<&str>) {
        self.roles.insert((role_arn.to_owned(), external_id.map(str::to_owned)));
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| *call == operation).count()
    }

    /// Answers a request, unless it is for another service than these.
    pub(super) fn answer(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
        let body = request.body().bytes().unwrap_or_default();
        if let Some((_, operation)) = request.uri().split_once("/GraniteServiceVersion20100801/operation/") {
            let input: Value = ciborium::from_reader(body).expect("CBOR");
            self.calls.push(operation.to_owned());
            return Some(match self.faults.get(operation) {
                Some((status, code)) => cbor(*status, &json!({"__type": code, "message": "as the test has it"})),
                None => cbor(200, &self.cloudwatch(operation, &input)),
            });
        }
        if request.headers().get("x-amz-target") == Some(PUT_EVENTS) {
            return Some(self.put_events(&serde_json::from_slice(body).expect("JSON")));
        }
        let form: BTreeMap<String, String> = form(body);
        let operation = form.get("Action").filter(|_| request.headers().get("x-amz-target").is_none())?;
        self.calls.push(operation.clone());
        Some(match self.faults.get(operation.as_str()) {
            Some((status, code)) => {
                xml(*status, &format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"))
            }
            None => self.query(operation, &form),
        })
    }

    fn put_events(&mut self, input: &Value) -> HttpResponse {
        self.calls.push("PutEvents".to_owned());
        if let Some((status, code)) = self.faults.get("PutEvents") {
            return HttpResponse::new(
                (*status).try_into().expect("a status"),
                SdkBody::from(json!({"__type": code}).to_string()),
            );
        }
        let entries = input["Entries"].as_array().expect("entries");
        let answer = if let Some(code) = self.bus_refuses {
            json!({"FailedEntryCount": entries.len(), "Entries": [{"ErrorCode": code, "ErrorMessage": "as the test has it"}]})
        } else {
            self.put.extend(entries.iter().cloned());
            json!({"FailedEntryCount": 0, "Entries": [{"EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860"}]})
        };
        HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(answer.to_string()))
    }

    fn cloudwatch(&self, operation: &str, input: &Value) -> Value {
        match operation {
            "ListTagsForResource" => {
                json!({"Tags": self.tags.get(input["ResourceARN"].as_str().expect("an ARN")).unwrap_or(&json!([]))})
            }
            "DescribeAlarms" => {
                assert_eq!(input["AlarmTypes"], json!(["MetricAlarm", "CompositeAlarm", "LogAlarm"]));
                let found: Vec<&Value> = match input["AlarmNames"].as_array() {
                    Some(names) => {
                        assert!(names.len() <= 100, "AWS takes 100 names");
                        names.iter().filter_map(|name| self.alarms.get(name.as_str()?)).collect()
                    }
                    None => self.alarms.values().filter(|alarm| alarm["StateValue"] == input["StateValue"]).collect(),
                };
                let (composite, metric): (Vec<&Value>, Vec<&Value>) =
                    found.into_iter().partition(|alarm| alarm.get("AlarmRule").is_some());
                json!({"MetricAlarms": metric, "CompositeAlarms": composite})
            }
            other => panic!("{other} is not among the calls that the function makes"),
        }
    }

    fn query(&mut self, operation: &str, form: &BTreeMap<String, String>) -> HttpResponse {
        match operation {
            "DescribeTargetGroups" => match self.load_balancers.get(&form["LoadBalancerArn"]) {
                Some(groups) => {
                    let members: Vec<String> = groups
                        .iter()
                        .map(|arn| format!("<member><TargetGroupArn>{arn}</TargetGroupArn></member>"))
                        .collect();
                    let members = members.concat();
                    let result = format!(
                        "<DescribeTargetGroupsResult><TargetGroups>{members}</TargetGroups></DescribeTargetGroupsResult>"
                    );
                    xml(200, &format!("<DescribeTargetGroupsResponse>{result}</DescribeTargetGroupsResponse>"))
                }
                None => xml(400, "<ErrorResponse><Error><Code>LoadBalancerNotFound</Code></Error></ErrorResponse>"),
            },
            "Publish" => {
                self.published.push(form.clone());
                let id = "<PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>";
                xml(200, &format!("<PublishResponse>{id}</PublishResponse>"))
            }
            "AssumeRole" => {
                let (role, session) = (&form["RoleArn"], &form["RoleSessionName"]);
                if !self.roles.contains(&(role.clone(), form.get("ExternalId").cloned())) {
                    return xml(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
                }
                let account = role.split(':').nth(4).expect("an account");
                xml(
                    200,
                    &format!(
                        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>\
                         <SecretAccessKey>s</SecretAccessKey><SessionToken>{session}</SessionToken>\
                         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
                    ),
                )
            }
            other => panic!("{other} is not among the calls that the function makes"),
        }
    }
}

fn arn(alarm: &str) -> String {
    format!("arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarm}")
}

/// The operation that a request is for, unless it is one of ECS, and whether it is spoken in CBOR.
pub(super) fn operation(request: &HttpRequest) -> Option<(String, bool)> {
    if let Some((_, operation)) = request.uri().split_once("/GraniteServiceVersion20100801/operation/") {
        return Some((operation.to_owned(), true));
    }
    match request.headers().get("x-amz-target") {
        Some(PUT_EVENTS) => Some(("PutEvents".to_owned(), false)),
        Some(_) => None,
        None => form(request.body().bytes().unwrap_or_default()).remove("Action").map(|action| (action, false)),
    }
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// Text of a form, with its percent signs resolved.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("two digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                tail
            }
            (b'+', tail) => {
                bytes.push(b' ');
                tail
            }
            (byte, tail) => {
                bytes.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// JSON as CBOR, in which times are tagged.
fn tagged(name: &str, value: &Value) -> Cbor {
    match value {
        Value::Object(map) => {
            Cbor::Map(map.iter().map(|(name, value)| (Cbor::Text(name.clone()), tagged(name, value))).collect())
        }
        Value::Array(items) => Cbor::Array(items.iter().map(|item| tagged("", item)).collect()),
        Value::Number(seconds) if name.ends_with("Timestamp") => {
            Cbor::Tag(1, Box::new(Cbor::Float(seconds.as_f64().expect("seconds"))))
        }
        other => Cbor::serialized(other).expect("CBOR"),
    }
}

pub(super) fn cbor(status: u16, body: &Value) -> HttpResponse {
    let mut bytes = Vec::new();
    ciborium::into_writer(&tagged("", body), &mut bytes).expect("CBOR");
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(bytes));
    response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
    response
}

pub(super) fn xml(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body))
}
