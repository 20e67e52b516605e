//! How soon the rule of a composite alarm can become true: `OR` takes the faster side, `AND` the slower one. What asks for no ALARM,
//! such as `NOT ALARM(x)` and `OK(x)`, is taken to be true from the beginning.

use ecs_auto_rollback::rule::{split, unquoted, within_parentheses};

/// The deepest nesting that is read.
const DEEPEST: usize = 50;

/// The time after which the rule can become true, by the time that each alarm needs. `None` if the rule is not understood, or the
/// time of an alarm that decides is not known.
pub(super) fn fires_after(rule: &str, needs: &impl Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut reader = Reader { rest: rule.trim(), needs, depth: 0 };
    let found = reader.either()?;
    reader.rest.is_empty().then_some(found)?
}

/// The name of an alarm given by name or ARN.
pub(super) fn name(alarm: &str) -> &str {
    alarm.split_once(":alarm:").filter(|_| alarm.starts_with("arn:")).map_or(alarm, |(_, name)| name)
}

/// Reads a rule. The outer `None`: it is not understood; the inner one: the time is not known.
struct Reader<'a, F> {
    rest: &'a str,
    needs: &'a F,
    depth: usize,
}

type Time = Option<i64>;

impl<'a, F: Fn(&str) -> Time> Reader<'a, F> {
    fn either(&mut self) -> Option<Time> {
        let mut fastest = self.both()?;
        while self.takes("OR") {
            fastest = faster(fastest, self.both()?);
        }
        Some(fastest)
    }

    fn both(&mut self) -> Option<Time> {
        let mut slowest = self.one()?;
        while self.takes("AND") {
            slowest = slower(slowest, self.one()?);
        }
        Some(slowest)
    }

    fn one(&mut self) -> Option<Time> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = self.term();
        self.depth -= 1;
        found
    }

    fn term(&mut self) -> Option<Time> {
        if self.takes("NOT") {
            self.one()?;
            return Some(Some(0));
        }
        for (word, time) in [("TRUE", Some(0)), ("FALSE", None)] {
            if self.takes(word) {
                return Some(time);
            }
        }
        if self.takes("(") {
            let found = self.either()?;
            return self.takes(")").then_some(found);
        }
        if self.takes("AT_LEAST") {
            return at_least(self.arguments()?, self.needs);
        }
        for (word, is_trouble) in [("ALARM", true), ("OK", false), ("INSUFFICIENT_DATA", false)] {
            if self.takes(word) {
                let alarm = unquoted(self.arguments()?);
                return Some(if is_trouble { (self.needs)(&alarm) } else { Some(0) });
            }
        }
        None
    }

    /// Takes a word, if it is next.
    fn takes(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let is_whole = !word.ends_with(char::is_alphanumeric)
            || !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        if is_whole {
            self.rest = rest.trim_start();
        }
        is_whole
    }

    /// Takes the text between the parenthesis that is next and the one that closes it.
    fn arguments(&mut self) -> Option<&'a str> {
        let (arguments, rest) = within_parentheses(self.rest.strip_prefix('(')?)?;
        self.rest = rest.trim_start();
        Some(arguments)
    }
}

/// The time after which enough of several alarms are in ALARM: that of the slowest that is needed.
fn at_least(arguments: &str, needs: &impl Fn(&str) -> Time) -> Option<Time> {
    let [count, state, list] = split(arguments)[..] else { return None };
    if state.trim() != "ALARM" {
        return Some(Some(0));
    }
    let list = list.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut times: Vec<Time> = split(list).into_iter().map(|alarm| needs(&unquoted(alarm))).collect();
    times.sort_by_key(|time| time.unwrap_or(i64::MAX));
    let count = count.trim();
    let wanted = match count.strip_suffix('%') {
        Some(percent) => (times.len() * percent.trim().parse::<usize>().ok()?).div_ceil(100),
        None => count.parse().ok()?,
    };
    times.get(wanted.checked_sub(1)?).copied()
}

fn faster(one: Time, other: Time) -> Time {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn slower(one: Time, other: Time) -> Time {
    Some(one?.max(other?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn or_takes_the_fastest_child_and_and_the_slowest() {
        let needs = |alarm: &str| match name(alarm) {
            "fast" => Some(60),
            "slow (p99)" => Some(600),
            "slowest" => Some(900),
            _ => None,
        };
        for (rule, expected) in [
            ("ALARM(fast)", Some(60)),
            ("ALARM(\"slow (p99)\") OR ALARM(fast)", Some(60)),
            ("ALARM(\"slow (p99)\") AND ALARM(fast)", Some(600)),
            ("ALARM(slowest) OR ALARM(fast) AND ALARM(\"slow (p99)\")", Some(600)),
            ("(ALARM(slowest) OR ALARM(fast)) AND ALARM(\"slow (p99)\")", Some(600)),
            ("ALARM(fast) AND NOT ALARM(maintenance)", Some(60)),
            ("ALARM(fast) AND OK(slowest)", Some(60)),
            ("ALARM(gone) OR ALARM(fast)", Some(60)),
            ("ALARM(gone) AND ALARM(fast)", None),
            ("AT_LEAST(2, ALARM, (fast, \"slow (p99)\", slowest))", Some(600)),
            ("AT_LEAST(100%, ALARM, (fast, slowest))", Some(900)),
            ("AT_LEAST(3, ALARM, (fast, slowest))", None),
            ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:fast)", Some(60)),
            ("FALSE OR ALARM(fast)", Some(60)),
            ("ALARM(fast) XOR ALARM(slowest)", None),
            ("ALARM(fast", None),
            ("", None),
        ] {
            assert_eq!(fires_after(rule, &needs), expected, "{rule}");
        }
        assert_eq!(fires_after(&"(".repeat(10_000), &needs), None);
    }
}
