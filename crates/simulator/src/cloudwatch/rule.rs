//! The rules of composite alarms, as far as they name other alarms.

/// The names of the alarms in a rule, also those that it names by ARN, in its order.
pub(super) fn names_in(rule: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = rule;
    while let Some((before, after)) = rest.split_once('(') {
        let is_state = ["ALARM", "OK", "INSUFFICIENT_DATA"].iter().any(|state| before.trim_end().ends_with(state));
        let close = end_of(after);
        if let Some(end) = close.filter(|_| is_state) {
            let operand = after[..end].trim().trim_matches(['"', '\'']);
            names.push(operand.split_once(":alarm:").map_or(operand, |(_, name)| name));
            rest = &after[end..];
        } else {
            rest = after;
        }
    }
    names
}

/// The position of the closing parenthesis. A quoted name may contain one.
fn end_of(after: &str) -> Option<usize> {
    let trimmed = after.trim_start();
    let skipped = after.len() - trimmed.len();
    let quote = trimmed.chars().next().filter(|first| ['"', '\''].contains(first));
    let name_ends = match quote {
        Some(quote) => skipped + 1 + trimmed[1..].find(quote)?,
        None => skipped,
    };
    Some(name_ends + after[name_ends..].find(')')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_alarms_with_and_without_quotes_and_by_arn() {
        let rule = r#"(ALARM("web 5xx (prod)") AND NOT OK( cart )) OR
            INSUFFICIENT_DATA('arn:aws:cloudwatch:us-east-1:123456789012:alarm:beat') OR FALSE"#;
        assert_eq!(names_in(rule), ["web 5xx (prod)", "cart", "beat"]);
        assert_eq!(names_in("ALARM(broken"), Vec::<&str>::new());
    }
}
