//! The data that an alarm judged, from the sentence that gives its reason. Alarms on many time series and log alarms bring no
//! other, and alarms by SNS none that is for programs.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    run::{Comparison, Datapoint, Judged, Run, Window},
    signal::Signal,
};

/// The least time between two results of the scheduled query of a log alarm.
const BETWEEN_RESULTS: SignedDuration = SignedDuration::from_mins(1);

/// The longest that data of short periods may be older than the alarm that evaluates them.
const MOST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// The run of breaching datapoints that the sentence of a signal shows. `None` if it shows none.
pub(super) fn run(signal: &Signal) -> Option<Run> {
    let (sentence, at) = (signal.explanation.as_deref()?, signal.began?);
    if let Some(count) = all_results(sentence) {
        let back = |results: i32| at.checked_sub(BETWEEN_RESULTS.checked_mul(results)?).ok();
        return Some(Run::in_window(Window { start: back(count)?, end: back(count - 1)? }, at));
    }
    let period = signal.clues.queries.iter().filter_map(|query| query.period).max()?;
    let judged = Judged {
        period: SignedDuration::from_secs(period.into()),
        at: Some(at),
        threshold: Some(between(sentence, "the threshold (", ")")?.parse().ok()?),
        comparison: Comparison::of_sentence(sentence),
        missing_breaches: sentence.contains("treated as [Breaching]"),
    };
    let listed = between(sentence, "datapoints [", "]").or_else(|| between(sentence, "datapoint [", "]"))?;
    let datapoints: Option<Vec<Datapoint>> = listed.split(", ").map(|point| datapoint(point, at)).collect();
    // A sentence about another time than the alarm's is not read correctly, or is not CloudWatch's own.
    Run::of(datapoints?, &judged)
        .filter(|run| run.ended.duration_until(at) <= judged.period.saturating_mul(5).max(MOST_DELAY))
}

/// The number of the last results of a log alarm's query, if all of them breached.
fn all_results(sentence: &str) -> Option<i32> {
    let (before, _) = sentence.split_once(" query results were")?;
    let (breaching, last) = before.rsplit_once(": ")?.1.split_once(" out of the last ")?;
    let count = breaching.parse().ok()?;
    (breaching == last && (1..=MOST_RESULTS).contains(&count)).then_some(count)
}

/// More than any alarm evaluates.
const MOST_RESULTS: i32 = 1_440;

/// Reads `9.0 (01/06/26 11:54:00)`. The day comes first in most examples of AWS and the month in some: the date is the last one
/// before the alarm.
fn datapoint(text: &str, alarm: Timestamp) -> Option<Datapoint> {
    let (value, time) = text.strip_suffix(')')?.split_once(" (")?;
    let (date, time) = time.split_once(' ')?;
    let [first, second, year] = date.split('/').map(|part| part.parse::<i8>().ok()).collect::<Option<Vec<_>>>()?[..]
    else {
        return None;
    };
    let time = time.parse().ok()?;
    let start = |(day, month)| {
        let date = Date::new(2000 + i16::from(year), month, day).ok()?;
        Some(date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let starts = [(first, second), (second, first)].into_iter().filter_map(start);
    let start = starts.filter(|start| *start <= alarm).max()?;
    Some(Datapoint { start, value: value.parse().ok(), band: None })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(between, _)| between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Clues, Kind, Query, Reads, Source};

    /// The start and the end of the first window of an alarm on 60 s, at 11:55:10.
    fn read(sentence: &str) -> Option<String> {
        let query = Query {
            id: None,
            account: None,
            period: Some(60),
            returns_data: None,
            reads: Reads::Expression(String::new()),
        };
        let at = "2026-06-01T11:55:10Z".parse().ok();
        let signal = Signal {
            source: Source::CloudWatch,
            name: "web-5xx".to_owned(),
            kind: Kind::Trouble,
            sent: at,
            began: at,
            run: None,
            explanation: Some(sentence.to_owned()),
            threshold: None,
            about: None,
            clues: Clues { queries: vec![query], ..Clues::default() },
        };
        let time = |time: Timestamp| time.to_string()[11..19].to_owned();
        run(&signal).map(|run| format!("{}-{}", time(run.first.start), time(run.first.end)))
    }

    #[test]
    fn a_sentence_shows_the_run_of_breaching_datapoints() {
        for (listed, expected) in [
            (
                "2 out of the last 2 datapoints [9.0 (01/06/26 11:54:00), 8.0 (01/06/26 11:53:00)] were",
                "11:53:00-11:54:00",
            ),
            (
                "2 out of the last 2 datapoints [9.0 (06/01/26 11:54:00), 8.0 (06/01/26 11:53:00)] were",
                "11:53:00-11:54:00",
            ),
            (
                "2 out of the last 3 datapoints [9.0 (01/06/26 11:54:00), 8.0 (01/06/26 11:52:00)] were",
                "11:54:00-11:55:00",
            ),
            ("1 out of the last 1 datapoints [9.0 (01/06/26 11:54:30)] was", "11:54:30-11:55:10"),
        ] {
            let sentence =
                format!("Threshold Crossed: {listed} greater than the threshold (5.0) (minimum 2 datapoints).");
            assert_eq!(read(&sentence).as_deref(), Some(expected), "{sentence}");
        }
    }

    #[test]
    fn query_results_of_which_all_breach_span_at_least_a_minute_each() {
        let results = |count: &str| {
            read(&format!("Threshold Crossed: {count} query results were greater than the threshold (50.0)."))
        };
        assert_eq!(results("3 out of the last 3").as_deref(), Some("11:52:10-11:53:10"));
        assert_eq!(results("1 out of the last 1").as_deref(), Some("11:54:10-11:55:10"));
        assert_eq!(results("2 out of the last 3"), None);
        assert_eq!(results("99999999999 out of the last 99999999999"), None);
    }

    #[test]
    fn other_sentences_show_nothing() {
        for sentence in [
            "",
            "6 out of 6 time series evaluated to ALARM",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
            "2 out of the last 2 datapoints [9.0 (01/06/27 11:54:00)] were greater than the threshold (5.0)",
            "1 out of the last 1 datapoints [9.0 (03/06/15 17:43:27)] was greater than the threshold (5.0)",
            "1 out of the last 1 datapoints [9.0 (01/06/26 11:38:00)] was greater than the threshold (5.0)",
            "1 out of the last 1 datapoints [9.0 (31/31/26 11:54:00)] was greater than the threshold (5.0)",
            "1 out of the last 1 datapoints [9.0 (01/06/26 11:54:00)] was outside the band",
        ] {
            assert_eq!(read(sentence), None, "{sentence}");
        }
    }
}
