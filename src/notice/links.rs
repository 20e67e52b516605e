//! Links into the console of the partition in which a service is, and into the documents.

use judgement::{Arn, Location, Service};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Context, LONGEST_NAME, Notice, graph::Graph};

/// Everything but the unreserved characters of RFC 3986, and ~, which chat clients read as markup: fit for any part of a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The longest graph in a link: chat clients take addresses of about 2,000 characters.
const LONGEST_GRAPH: usize = 1_800;

/// Links to the console and to the documents.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Links {
    /// The service.
    pub(crate) service: Option<String>,
    /// The service deployment.
    pub(crate) service_deployment: Option<String>,
    /// The alarm.
    pub(crate) alarm: Option<String>,
    /// The graph of the alarm's metric, with the deployment's start marked.
    pub(crate) metric: Option<String>,
    /// The function's own log.
    pub(crate) logs: Option<String>,
    /// The page about the reason.
    pub(crate) reason: Option<String>,
}

impl Links {
    pub(super) fn of(notice: &Notice, context: &Context<'_>) -> Self {
        let service = notice.service.as_ref().and_then(service);
        let id = notice.service_deployment_arn.as_deref().and_then(|arn| arn.rsplit('/').next());
        let alarm = notice.alarm.as_ref().and_then(|clues| clues.alarm.as_ref()?.arn.as_deref()).and_then(Arn::parse);
        Self {
            service_deployment: service
                .clone()
                .zip(id)
                .map(|(service, id)| service.replacen('?', &format!("/deployments/{}?", encoded(id)), 1)),
            service: service.map(|service| service.replacen('?', "/health?", 1)),
            alarm: alarm.and_then(|arn| {
                let name = arn.resource.strip_prefix("alarm:").filter(|name| name.len() <= LONGEST_NAME)?;
                let console = console(arn.partition, arn.region)?;
                Some(format!("{console}/cloudwatch/home?region={}#alarmsV2:alarm/{}", arn.region, encoded(name)))
            }),
            metric: metric(notice),
            logs: context.log_group.and_then(|group| {
                let Location { partition, region, .. } = context.home;
                let console = console(partition, region)?;
                // The console reads this part twice: the second time with $ for %.
                let group = encoded(&encoded(group)).replace('%', "$");
                Some(format!("{console}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}"))
            }),
            reason: notice
                .reason
                .map(|reason| format!("{}/reference/reasons.html#{}", context.documentation, reason.as_str())),
        }
    }
}

fn service(service: &Service) -> Option<String> {
    let Service { partition, region, cluster, name, .. } = service;
    let console = console(partition, region)?;
    Some(format!("{console}/ecs/v2/clusters/{}/services/{}?region={region}", encoded(cluster), encoded(name)))
}

fn metric(notice: &Notice) -> Option<String> {
    let signal = notice.signal.as_ref()?;
    let deployment = notice.deployment.as_ref()?;
    let alarm = Arn::parse(signal.alarm_arn.as_deref()?)?;
    let graph = Graph {
        queries: &signal.queries,
        region: alarm.region,
        threshold: signal.threshold,
        started: deployment.started.or(deployment.created)?,
        at: notice.at,
    };
    let console = console(alarm.partition, alarm.region)?;
    // Chat clients would read * as markup, and end a link at a parenthesis.
    let notation = graph.notation().map(|notation| encoded(&notation)).filter(|it| it.len() <= LONGEST_GRAPH)?;
    Some(format!("{console}/cloudwatch/home?region={}#metricsV2:graph={notation}", alarm.region))
}

/// The console of a Region. `None` for a partition whose console is unknown.
fn console(partition: &str, region: &str) -> Option<String> {
    let domain = match partition {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        "aws-eusc" => "console.amazonaws-eusc.eu",
        _ => return None,
    };
    let is_region = !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_region.then(|| format!("https://{region}.{domain}"))
}

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_a_console_of_its_own_and_an_unknown_one_none() {
        let console = |partition| console(partition, "xy-north-1");
        assert_eq!(console("aws").as_deref(), Some("https://xy-north-1.console.aws.amazon.com"));
        assert_eq!(console("aws-cn").as_deref(), Some("https://xy-north-1.console.amazonaws.cn"));
        assert_eq!(console("aws-us-gov").as_deref(), Some("https://xy-north-1.console.amazonaws-us-gov.com"));
        assert_eq!(console("aws-eusc").as_deref(), Some("https://xy-north-1.console.amazonaws-eusc.eu"));
        assert_eq!(console("aws-iso"), None);
    }

    #[test]
    fn a_name_cannot_end_a_link_or_lead_elsewhere() {
        assert_eq!(encoded("a b/ü?#&"), "a%20b%2F%C3%BC%3F%23%26");
        assert_eq!(super::console("aws", "evil.example/"), None);
    }
}
