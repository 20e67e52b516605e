//! The rule of a composite alarm: `ALARM("web 5xx") AND NOT OK(cart) OR AT_LEAST(2, ALARM, (a, "b", arn:…))`.

/// Ten times as many as AWS allows. Further ones would make no difference.
const MOST_CHILDREN: usize = 1_000;

/// The alarms that a rule refers to, by name or ARN, each once, in their order. Their state shows which of them are to blame,
/// not the function around them.
pub(super) fn children(rule: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = rule;
    while let Some((function, after)) = next_function(rest).filter(|_| found.len() < MOST_CHILDREN) {
        let (arguments, after) = within_parentheses(after);
        rest = after;
        let alarms = match function {
            Function::State => vec![arguments],
            // The threshold and the state come first, then the list of alarms.
            Function::AtLeast => split(arguments).into_iter().skip(2).flat_map(|list| split(bare(list))).collect(),
        };
        for alarm in alarms.into_iter().map(unquoted).filter(|alarm| !alarm.is_empty()) {
            if !found.contains(&alarm) {
                found.push(alarm);
            }
        }
    }
    found
}

enum Function {
    State,
    AtLeast,
}

/// The next function of the rule, and what follows its opening parenthesis.
fn next_function(rule: &str) -> Option<(Function, &str)> {
    let mut rest = rule;
    loop {
        let (before, after) = rest.split_once('(')?;
        let word =
            before.trim_end().rsplit(|c: char| c.is_whitespace() || c == '(' || c == ')').next().unwrap_or_default();
        match word {
            "ALARM" | "OK" | "INSUFFICIENT_DATA" => return Some((Function::State, after)),
            "AT_LEAST" => return Some((Function::AtLeast, after)),
            _ => rest = after,
        }
    }
}

/// The text before the parenthesis that closes the one just opened, and the text after it. Quoted ones do not count.
fn within_parentheses(text: &str) -> (&str, &str) {
    let (mut depth, mut quoted, mut escaped) = (1_usize, false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..index], &text[index + 1..]);
        }
    }
    (text, "")
}

/// Splits at commas that stand neither in quotes nor in parentheses.
fn split(list: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut begin) = (0_usize, false, false, 0);
    let mut parts = Vec::new();
    for (index, c) in list.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                parts.push(&list[begin..index]);
                begin = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[begin..]);
    parts
}

fn bare(list: &str) -> &str {
    let list = list.trim();
    list.strip_prefix('(').and_then(|list| list.strip_suffix(')')).unwrap_or(list)
}

fn unquoted(alarm: &str) -> String {
    let alarm = alarm.trim();
    match alarm.strip_prefix('"').and_then(|alarm| alarm.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => alarm.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_its_alarms_by_name_or_arn_quoted_or_not() {
        let arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web 5xx";
        for (rule, expected) in [
            ("ALARM(a)", vec!["a"]),
            ("ALARM(a) OR (ALARM(b) AND NOT OK( c ))", vec!["a", "b", "c"]),
            ("ALARM(\"web 5xx\") AND INSUFFICIENT_DATA(web 4xx)", vec!["web 5xx", "web 4xx"]),
            ("ALARM(\"(a) OR ALARM(b)\")", vec!["(a) OR ALARM(b)"]),
            ("ALARM(\"say \\\"hi\\\"\")", vec!["say \"hi\""]),
            (&format!("ALARM({arn}) OR ALARM(\"{arn}\")"), vec![arn]),
            ("AT_LEAST(2, ALARM, (a, \"b, c\", d)) OR ALARM(a)", vec!["a", "b, c", "d"]),
            ("AT_LEAST(50%, NOT OK, (a, b))", vec!["a", "b"]),
            ("NOT(ALARM(a))", vec!["a"]),
            ("TRUE", vec![]),
            ("", vec![]),
            ("ALARM(", vec![]),
            ("ALARM(a", vec!["a"]),
            (")))((( ALARM", vec![]),
        ] {
            assert_eq!(children(rule), expected, "{rule}");
        }
    }
}
