//! Rules on the default bus, and their targets.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::home::Home;
use crate::operation::Operation;
use crate::page::PageRequest;
use crate::wire::ApiError;

/// A rule, as in `[[rule]]` of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its event pattern, as JSON.
    pub pattern: String,
    /// The ARNs of its targets.
    pub targets: Vec<String>,
    /// `true` if it is switched off.
    pub disabled: bool,
}

impl Rule {
    /// A rule that is switched on.
    #[must_use]
    pub fn new(name: &str, pattern: &Value, targets: &[&str]) -> Self {
        let targets = targets.iter().map(|arn| (*arn).to_owned()).collect();
        Self { name: name.to_owned(), pattern: pattern.to_string(), targets, disabled: false }
    }

    /// Is switched off.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    fn shown(&self, home: &Home) -> Value {
        json!({
            "Name": self.name,
            "Arn": home.rule_arn(&self.name),
            "EventPattern": self.pattern,
            "State": if self.disabled { "DISABLED" } else { "ENABLED" },
            "EventBusName": "default",
        })
    }
}

/// Answers a call that reads rules.
pub(super) fn read(rules: &[Rule], operation: Operation, body: &Value, home: &Home) -> Result<Value, ApiError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let bus = text("EventBusName");
    if !["", "default"].contains(&bus) {
        return Err(ApiError::new("ResourceNotFoundException", format!("Event bus {bus} does not exist.")));
    }
    let named = |name: &str| {
        let missing = || ApiError::new("ResourceNotFoundException", format!("Rule {name} does not exist."));
        rules.iter().find(|rule| rule.name == name).ok_or_else(missing)
    };
    let (member, found): (&str, Vec<Value>) = match operation {
        Operation::DescribeRule => return Ok(named(text("Name"))?.shown(home)),
        Operation::ListTargetsByRule => {
            let target = |(number, arn): (usize, &String)| json!({ "Id": format!("Target{number}"), "Arn": arn });
            ("Targets", named(text("Rule"))?.targets.iter().enumerate().map(target).collect())
        }
        Operation::ListRuleNamesByTarget => {
            let arn = text("TargetArn").to_owned();
            let of_target = rules.iter().filter(|rule| rule.targets.contains(&arn));
            ("RuleNames", of_target.map(|rule| rule.name.as_str().into()).collect())
        }
        _ => {
            let with_prefix = rules.iter().filter(|rule| rule.name.starts_with(text("NamePrefix")));
            ("Rules", with_prefix.map(|rule| rule.shown(home)).collect())
        }
    };
    let page = PageRequest {
        list: format!("{operation} {} {}", text("Rule"), text("TargetArn")),
        token: body["NextToken"].as_str(),
        max_results: body["Limit"].as_i64(),
        usual: 100,
        at_most: None,
    };
    let (entries, token) = page.cut(found)?;
    let mut answer = json!({ member: entries });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}
