//! Amazon EventBridge: the rules that send signals.

use aws_config::{Region, SdkConfig};
use aws_sdk_eventbridge::{Client, types::RuleState};
use ecs_auto_rollback::{CallError, ErrorKind};
use judgement::Arn;
use serde_json::Value;

use super::config::patient;

/// The gateway to Amazon EventBridge.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    config: SdkConfig,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Its name.
    pub(crate) name: String,
    /// `true` if it is on.
    pub(crate) is_enabled: bool,
    /// The ARNs of its targets.
    pub(crate) targets: Vec<String>,
    /// Its event pattern; null for one on a schedule.
    pub(crate) pattern: Value,
}

impl Events {
    /// A gateway with the settings of `config`.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { config: patient(config) }
    }

    /// The rule with this ARN. `None` if it does not exist.
    pub(crate) async fn rule(&self, arn: &str) -> Result<Option<Rule>, CallError> {
        let Some(parsed) = Arn::parse(arn) else { return Ok(None) };
        let config = self.config.to_builder().region(Region::new(parsed.region.to_owned())).build();
        let client = Client::new(&config);
        let path = parsed.resource.strip_prefix("rule/").unwrap_or(parsed.resource);
        let (bus, name) = path.rsplit_once('/').map_or((None, path), |(bus, name)| (Some(bus.to_owned()), name));
        let described = client.describe_rule().name(name).set_event_bus_name(bus.clone()).send().await;
        let described = described
            .map_err(|error| CallError::new("events:DescribeRule", format!("describe the rule {name}"), error));
        let (state, pattern) = match described {
            Ok(described) => (described.state, described.event_pattern),
            Err(CallError { kind: ErrorKind::ResourceNotFound, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let listed = client.list_targets_by_rule().rule(name).set_event_bus_name(bus).send().await;
        let listed = listed.map_err(|error| {
            CallError::new("events:ListTargetsByRule", format!("list the targets of the rule {name}"), error)
        })?;
        Ok(Some(Rule {
            name: name.to_owned(),
            is_enabled: state != Some(RuleState::Disabled),
            pattern: pattern.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            targets: listed.targets().iter().map(|target| target.arn().to_owned()).collect(),
        }))
    }

    /// The rules on the default bus that send to the function or queue with this ARN.
    pub(crate) async fn rules_to(&self, target: &str) -> Result<Vec<Rule>, CallError> {
        let Some(Arn { partition, region, account, .. }) = Arn::parse(target) else { return Ok(Vec::new()) };
        let client = Client::new(&self.config);
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = client.list_rule_names_by_target().target_arn(target).set_next_token(token).send().await;
            let page = page.map_err(|error| {
                CallError::new("events:ListRuleNamesByTarget", format!("list the rules that send to {target}"), error)
            })?;
            for name in page.rule_names() {
                found.extend(self.rule(&format!("arn:{partition}:events:{region}:{account}:rule/{name}")).await?);
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}
