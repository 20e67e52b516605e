//! Event patterns of EventBridge, as far as rules for alarms use them. What is not understood is not guessed at.

use serde_json::{Map, Value};

/// The result of comparing an event with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// The event does not fit.
    No,
    /// The pattern is not understood.
    Unknown,
    /// The event fits.
    Yes,
}

/// Compares an event with a pattern. A schedule, which has none, fits no event.
pub(super) fn fits(pattern: &Value, event: &Value) -> Match {
    match pattern {
        Value::Object(fields) if !fields.is_empty() => all(fields, event),
        Value::Null => Match::No,
        _ => Match::Unknown,
    }
}

fn all(fields: &Map<String, Value>, event: &Value) -> Match {
    let fit = |(name, wanted): (&String, &Value)| match (name.as_str(), wanted) {
        ("$or", Value::Array(several)) => several.iter().map(|one| fits(one, event)).max().unwrap_or(Match::Unknown),
        (_, Value::Object(inner)) => all(inner, event.get(name).unwrap_or(&Value::Null)),
        (_, Value::Array(allowed)) => one_of(allowed, event.get(name)),
        _ => Match::Unknown,
    };
    fields.iter().map(fit).min().unwrap_or(Match::Yes)
}

fn one_of(allowed: &[Value], found: Option<&Value>) -> Match {
    let found: Vec<Option<&Value>> = match found {
        Some(Value::Array(several)) => several.iter().map(Some).collect(),
        found => vec![found],
    };
    let each = found.iter().flat_map(|found| allowed.iter().map(|allowed| is(allowed, *found)));
    each.max().unwrap_or(Match::No)
}

fn is(allowed: &Value, found: Option<&Value>) -> Match {
    let Value::Object(operator) = allowed else { return (found == Some(allowed)).into() };
    let Some((name, argument)) = operator.iter().next().filter(|_| operator.len() == 1) else { return Match::Unknown };
    let text = found.and_then(Value::as_str);
    let compare = |compares: fn(&str, &str) -> bool| match argument.as_str() {
        Some(argument) => text.is_some_and(|text| compares(text, argument)).into(),
        None => Match::Unknown,
    };
    match (name.as_str(), argument) {
        ("prefix", _) => compare(|text, prefix| text.starts_with(prefix)),
        ("suffix", _) => compare(|text, suffix| text.ends_with(suffix)),
        ("equals-ignore-case", _) => compare(|text, other| text.to_lowercase() == other.to_lowercase()),
        ("exists", Value::Bool(wanted)) => (found.is_some() == *wanted).into(),
        ("anything-but", Value::Object(_)) => match is(argument, found) {
            Match::Yes => Match::No,
            Match::No => found.is_some().into(),
            Match::Unknown => Match::Unknown,
        },
        ("anything-but", Value::Array(several)) => found.is_some_and(|found| !several.contains(found)).into(),
        ("anything-but", Value::String(_)) => found.is_some_and(|found| found != argument).into(),
        _ => Match::Unknown,
    }
}

impl From<bool> for Match {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_fits_if_every_field_does() {
        let event = json!({
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "resources": ["arn:a"],
            "detail": {"alarmName": "prod-web", "state": {"value": "ALARM"}},
        });
        let named = |name: Value| json!({"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}});
        for (pattern, expected) in [
            (named(json!({"prefix": "prod-"})), Match::Yes),
            (named(json!({"prefix": "test-"})), Match::No),
            (named(json!("prod-web")), Match::Yes),
            (named(json!({"suffix": "web"})), Match::Yes),
            (named(json!({"equals-ignore-case": "PROD-WEB"})), Match::Yes),
            (named(json!({"anything-but": ["prod-web"]})), Match::No),
            (named(json!({"anything-but": {"prefix": "test-"}})), Match::Yes),
            (named(json!({"wildcard": "prod-*"})), Match::Unknown),
            (json!({"source": ["aws.ecs"], "detail": {"alarmName": [{"wildcard": "*"}]}}), Match::No),
            (json!({"resources": ["arn:b", "arn:a"]}), Match::Yes),
            (json!({"detail": {"state": {"value": ["ALARM"], "other": [{"exists": false}]}}}), Match::Yes),
            (json!({"$or": [{"source": ["aws.ecs"]}, {"detail-type": ["CloudWatch Alarm State Change"]}]}), Match::Yes),
            (json!({}), Match::Unknown),
            (json!(null), Match::No),
            (json!({"source": "aws.cloudwatch"}), Match::Unknown),
        ] {
            assert_eq!(fits(&pattern, &event), expected, "{pattern}");
        }
    }
}
