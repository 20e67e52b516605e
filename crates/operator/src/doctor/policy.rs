//! Reads resource policies, as far as the checks need it.

use serde_json::Value;

/// The statements of a policy that allow something.
pub(super) fn allowing(policy: &Value) -> impl Iterator<Item = &Value> {
    list(&policy["Statement"]).filter(|statement| statement["Effect"] == "Allow")
}

/// Checks that a statement is about this service, or about everybody.
pub(super) fn is_for(statement: &Value, service: &str) -> bool {
    let principal = &statement["Principal"];
    principal == "*"
        || list(&principal["AWS"]).any(|one| one == "*")
        || list(&principal["Service"]).any(|one| one == service)
}

/// Checks that a statement is about this action, in upper or lower case.
pub(super) fn is_about(statement: &Value, action: &str) -> bool {
    let (prefix, _) = action.split_once(':').unwrap_or((action, ""));
    let all = format!("{prefix}:*");
    let fits = |one: &str| one == "*" || one.eq_ignore_ascii_case(action) || one.eq_ignore_ascii_case(&all);
    list(&statement["Action"]).filter_map(Value::as_str).any(fits)
}

/// The values of a condition key, whose name has no case.
pub(super) fn condition<'a>(statement: &'a Value, key: &str) -> Vec<&'a str> {
    let operators = statement["Condition"].as_object().into_iter().flat_map(|all| all.values());
    let pairs = operators.filter_map(Value::as_object).flatten();
    pairs
        .filter(|(name, _)| name.eq_ignore_ascii_case(key))
        .flat_map(|(_, value)| list(value))
        .filter_map(Value::as_str)
        .collect()
}

/// A value or a list of values, which a policy does not tell apart.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Value::Null => (None, None),
        Value::Array(many) => (None, Some(many.iter())),
        one => (Some(one), None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_counts_like_a_list_of_one() {
        let statement = json!({
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["SNS:Publish"],
            "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
        });
        assert!(is_for(&statement, "cloudwatch.amazonaws.com") && !is_for(&statement, "sns.amazonaws.com"));
        assert!(is_about(&statement, "sns:Publish") && !is_about(&statement, "sns:Subscribe"));
        assert_eq!(condition(&statement, "aws:SourceAccount"), ["123456789012"]);
        assert_eq!(allowing(&json!({"Statement": statement})).count(), 1);
    }

    #[test]
    fn everybody_includes_every_service() {
        for principal in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["*"]})] {
            assert!(is_for(&json!({"Principal": principal}), "cloudwatch.amazonaws.com"));
        }
    }
}
