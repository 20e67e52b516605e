//! Stand-ins for CloudWatch, Elastic Load Balancing and STS, as far as look-ups need them. The real thing, as far as it can be
//! had, is behind `tests/look_ups`; what is here can be denied, throttled and deleted at will.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The alarms, load balancers and roles of a test.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    alarms: BTreeMap<String, Value>,
    tags: BTreeMap<String, Value>,
    load_balancers: BTreeMap<String, Vec<String>>,
    faults: BTreeMap<&'static str, (u16, &'static str)>,
    /// Who may be assumed: the role's ARN, with its external id.
    roles: BTreeSet<(String, Option<String>)>,
    /// The calls so far, by the name of their operation.
    pub(crate) calls: Vec<String>,
}

impl Cloud {
    /// A metric alarm in this state on these dimensions.
    pub(crate) fn metric_alarm(&mut self, name: &str, state: &str, dimensions: &[(&str, &str)]) {
        let dimensions: Vec<Value> =
            dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        self.alarms.insert(
            name.to_owned(),
            json!({"AlarmName": name, "AlarmArn": arn(name), "StateValue": state, "Dimensions": dimensions}),
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

    fn cloudwatch(&self, operation: &str, input: &Value) -> Value {
        match operation {
            "ListTagsForResource" => {
                json!({"Tags": self.tags.get(input["ResourceARN"].as_str().expect("an ARN")).unwrap_or(&json!([]))})
            }
            "DescribeAlarms" => {
                let names = input["AlarmNames"].as_array().expect("names");
                assert!(names.len() <= 100, "AWS takes 100 names");
                assert_eq!(input["AlarmTypes"], json!(["MetricAlarm", "CompositeAlarm"]));
                let found = names.iter().filter_map(|name| self.alarms.get(name.as_str()?));
                let (composite, metric): (Vec<&Value>, Vec<&Value>) =
                    found.partition(|alarm| alarm.get("AlarmRule").is_some());
                json!({"MetricAlarms": metric, "CompositeAlarms": composite})
            }
            other => panic!("{other} is not among the calls that the function makes"),
        }
    }

    fn query(&self, operation: &str, form: &BTreeMap<String, String>) -> HttpResponse {
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

fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let decode = |text: &str| text.replace("%3A", ":").replace("%2F", "/").replace('+', " ");
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}

fn cbor(status: u16, body: &Value) -> HttpResponse {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).expect("CBOR");
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(bytes));
    response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
    response
}

fn xml(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body))
}
