//! The rule of a composite alarm: `ALARM("web 5xx") AND NOT OK(cart) OR AT_LEAST(2, ALARM, (a, "b", arn:…))`.

use std::mem;

/// Ten times the number of children that AWS allows.
const MOST_CHILDREN: usize = 1_000;

/// An alarm that a rule refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child {
    /// Its name or ARN.
    pub(super) alarm: String,
    /// The states in which the rule wants it.
    pub(super) states: States,
}

/// States of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct States {
    alarm: bool,
    ok: bool,
    insufficient_data: bool,
}

impl States {
    fn of(state: &str) -> Option<Self> {
        match state {
            "ALARM" => Some(Self { alarm: true, ..Self::default() }),
            "OK" => Some(Self { ok: true, ..Self::default() }),
            "INSUFFICIENT_DATA" => Some(Self { insufficient_data: true, ..Self::default() }),
            _ => None,
        }
    }

    fn negated_if(self, is_negated: bool) -> Self {
        let Self { alarm, ok, insufficient_data } = self;
        Self { alarm: alarm != is_negated, ok: ok != is_negated, insufficient_data: insufficient_data != is_negated }
    }

    fn or(self, other: Self) -> Self {
        Self {
            alarm: self.alarm || other.alarm,
            ok: self.ok || other.ok,
            insufficient_data: self.insufficient_data || other.insufficient_data,
        }
    }

    /// Checks that the state is among them.
    pub(super) fn include(self, state: &str) -> bool {
        Self::of(state).is_some_and(|state| {
            (state.alarm && self.alarm) || (state.ok && self.ok) || (state.insufficient_data && self.insufficient_data)
        })
    }

    /// Checks that they exclude ALARM: `OK(a)`, `NOT ALARM(a)`.
    pub(super) fn are_calm(self) -> bool {
        self.ok && !self.alarm
    }
}

/// The alarms that a rule refers to, each once, in order, with the states in which it wants them.
pub(super) fn children(rule: &str) -> Vec<Child> {
    let mut found: Vec<Child> = Vec::new();
    // `true` for each open parenthesis, and for the next term, if it is negated.
    let (mut groups, mut negated) = (vec![false], false);
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next().filter(|_| found.len() < MOST_CHILDREN) {
        let is_in_negated = groups.last().copied().unwrap_or_default();
        let word = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        rest = rest[word.len().max(first.len_utf8())..].trim_start();
        match (first, word) {
            ('(', _) => groups.push(is_in_negated != mem::take(&mut negated)),
            (')', _) if groups.len() > 1 => drop(groups.pop()),
            (_, "NOT") => negated = !negated,
            (_, "ALARM" | "OK" | "INSUFFICIENT_DATA" | "AT_LEAST") if rest.starts_with('(') => {
                let (arguments, after) = within_parentheses(&rest[1..]).unwrap_or((&rest[1..], ""));
                rest = after.trim_start();
                let (state, alarms) = if word == "AT_LEAST" { at_least(arguments) } else { (word, vec![arguments]) };
                let (state, is_negated_within) =
                    state.strip_prefix("NOT").map_or((state, false), |state| (state, true));
                if let Some(states) = States::of(state.trim()) {
                    let is_negated = is_in_negated != mem::take(&mut negated);
                    add(&mut found, alarms, states.negated_if(is_negated != is_negated_within));
                }
            }
            _ => negated = false,
        }
    }
    found
}

/// The state and the alarms of `AT_LEAST`: the threshold comes first, then the state, then the list of alarms.
fn at_least(arguments: &str) -> (&str, Vec<&str>) {
    let mut parts = split(arguments).into_iter().skip(1);
    let state = parts.next().unwrap_or_default().trim();
    (state, parts.flat_map(|list| split(bare(list))).collect())
}

fn add(found: &mut Vec<Child>, alarms: Vec<&str>, states: States) {
    for alarm in alarms.into_iter().map(unquoted).filter(|alarm| !alarm.is_empty()) {
        match found.iter_mut().find(|child| child.alarm == alarm) {
            Some(child) => child.states = child.states.or(states),
            None => found.push(Child { alarm, states }),
        }
    }
}

/// The text before and after the closing parenthesis that matches the one just opened. Quoted parentheses do not count. `None` if it is
/// not closed.
#[must_use]
pub fn within_parentheses(text: &str) -> Option<(&str, &str)> {
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
            return Some((&text[..index], &text[index + 1..]));
        }
    }
    None
}

/// Splits at commas outside quotes and parentheses.
#[must_use]
pub fn split(list: &str) -> Vec<&str> {
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

/// The name or ARN of an alarm, without the quotes in which a rule may have it.
#[must_use]
pub fn unquoted(alarm: &str) -> String {
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
            let alarms: Vec<String> = children(rule).into_iter().map(|child| child.alarm).collect();
            assert_eq!(alarms, expected, "{rule}");
        }
    }
    #[test]
    fn a_rule_asks_for_states_and_negation_turns_them_round() {
        for (rule, expected) in [
            ("ALARM(a)", "a ALARM"),
            ("INSUFFICIENT_DATA(a) AND OK(b)", "a INSUFFICIENT_DATA, b OK"),
            ("NOT ALARM(a)", "a OK INSUFFICIENT_DATA"),
            ("NOT OK(a) OR OK(b)", "a ALARM INSUFFICIENT_DATA, b OK"),
            ("NOT (ALARM(a) AND NOT (OK(b))) OR ALARM(c)", "a OK INSUFFICIENT_DATA, b OK, c ALARM"),
            ("NOT NOT ALARM(a)", "a ALARM"),
            ("ALARM(a) OR INSUFFICIENT_DATA(a)", "a ALARM INSUFFICIENT_DATA"),
            ("AT_LEAST(2, ALARM, (a, b))", "a ALARM, b ALARM"),
            ("AT_LEAST(50%, NOT OK, (a))", "a ALARM INSUFFICIENT_DATA"),
            ("NOT AT_LEAST(1, OK, (a))", "a ALARM INSUFFICIENT_DATA"),
        ] {
            let shown = |child: Child| {
                let states =
                    ["ALARM", "OK", "INSUFFICIENT_DATA"].into_iter().filter(|state| child.states.include(state));
                [child.alarm.as_str()].into_iter().chain(states).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(children(rule).into_iter().map(shown).collect::<Vec<_>>().join(", "), expected, "{rule}");
        }
    }
}
