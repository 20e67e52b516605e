use super::*;

fn at(time: &str) -> Timestamp {
    format!("2026-06-01T{time}Z").parse().expect("a time of the day")
}

/// An alarm on more than 100 in a period of this many seconds.
fn sums(seconds: i64) -> Judged {
    let period = SignedDuration::from_secs(seconds);
    let comparison = Comparison::of_operator("GreaterThanThreshold");
    Judged { period, at: None, threshold: Some(100.0), comparison, missing_breaches: false }
}

/// The start of the trouble whose window straddles 12:02, by the values of minutes from 11:50 on.
fn closer(values: &[f64], statistic: Statistic) -> Option<(String, bool)> {
    let first = Window { start: at("12:00:00"), end: at("12:05:00") };
    let run = Run { first, ended: first.end, breaching: None, judged: sums(300) };
    let deployed = at("12:02:00");
    let minute = |(minute, value): (usize, &f64)| (at("11:50:00") + MINUTE * i32::try_from(minute).unwrap(), *value);
    let minutes: Vec<_> = values.iter().enumerate().map(minute).collect();
    let closer = run.by_minutes(&minutes, statistic, deployed)?;
    Some((closer.first.start.to_string()[11..19].to_owned(), closer.predates(deployed, SignedDuration::ZERO)))
}

#[test]
fn minutes_show_on_which_side_of_the_deployments_start_the_trouble_began() {
    let (quiet, older, newer) = ([0.0; 10], Some(true), Some(false));
    for (case, since_12_00, statistic, expected) in [
        ("only after the deployment", [0.0, 0.0, 40.0, 50.0, 60.0], Statistic::Count, newer),
        ("already before it", [0.0, 40.0, 40.0, 50.0, 60.0], Statistic::Count, older),
        ("before it, with a pause, and enough for the alarm", [90.0, 20.0, 0.0, 50.0, 60.0], Statistic::Count, older),
        ("noise before it, with a pause", [21.0, 0.0, 40.0, 50.0, 60.0], Statistic::Count, newer),
        ("a level, only after", [50.0, 50.0, 150.0, 150.0, 150.0], Statistic::Level, newer),
        ("a level, before", [50.0, 150.0, 150.0, 150.0, 150.0], Statistic::Level, older),
        ("nothing that breaches", [1.0, 1.0, 1.0, 1.0, 1.0], Statistic::Count, None),
    ] {
        let seen = closer(&[&quiet[..], &since_12_00].concat(), statistic);
        assert_eq!(seen.as_ref().map(|(_, is_older)| *is_older), expected, "{case}: {seen:?}");
    }
}

#[test]
fn a_window_needs_minutes_only_if_it_is_longer_than_one_and_straddles_the_deployments_start() {
    let window = |start, end| Window { start: at(start), end: at(end) };
    let needs = |first: Window, judged: Judged| {
        Run { first, ended: first.end, breaching: None, judged }
            .needs_minutes(at("12:02:00"))
            .map(|window| window.start)
    };
    assert_eq!(needs(window("12:00:00", "12:05:00"), sums(300)), Some(at("11:55:00")));
    assert_eq!(needs(window("12:02:00", "12:07:00"), sums(300)), None);
    assert_eq!(needs(window("11:57:00", "12:02:00"), sums(300)), None);
    assert_eq!(needs(window("12:01:30", "12:02:30"), sums(60)), None);
    assert_eq!(needs(window("11:57:20", "12:02:20"), sums(300)), None, "less than a tenth lies after the beginning");
    assert_eq!(needs(window("12:00:00", "12:05:00"), Judged { threshold: None, ..sums(300) }), None);
}

#[test]
fn trouble_is_older_if_less_than_a_tenth_of_its_first_window_lies_after_the_deployments_start() {
    let deployed = at("11:50:00");
    for (start, end, skew, is_older) in [
        ("11:40:00", "11:49:59", 0, true),
        ("11:40:00", "11:50:00", 0, true),
        ("11:49:00", "11:50:00", 1, true),
        ("11:49:07", "11:50:05", 0, true),
        ("11:49:06", "11:50:06", 0, false),
        ("11:49:00", "11:50:00", 6, false),
        ("11:50:00", "11:51:00", 0, false),
        ("11:50:01", "11:50:01", 0, false),
        ("10:51:30", "11:50:30", 0, true),
        ("10:50:00", "11:56:00", 0, true),
        ("10:50:00", "11:57:00", 0, false),
    ] {
        let first = Window { start: at(start), end: at(end) };
        let run = Run { first, ended: at("11:59:00"), breaching: None, judged: sums(60) };
        let predates = run.predates(deployed, SignedDuration::from_secs(skew));
        assert_eq!(predates, is_older, "{start} to {end} with a skew of {skew}");
    }
}

#[test]
fn extreme_times_do_not_overflow() {
    let ends = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
    for (start, at) in ends.iter().flat_map(|start| ends.map(|at| (*start, at))) {
        for period in [SignedDuration::from_nanos(1), SignedDuration::MAX] {
            let comparison = Comparison::default();
            let judged = Judged { period, at: Some(at), threshold: None, comparison, missing_breaches: true };
            let run = Run::of(vec![Datapoint { start, value: None, band: None }], &judged);
            for (run, deployed) in run.iter().flat_map(|run| ends.map(|at| (run, at))) {
                assert!(run.first.start <= run.first.end);
                let _ = run.predates(deployed, SignedDuration::MAX);
                let _ = run.needs_minutes(deployed);
                let _ = run.by_minutes(&[(start, 1.0)], Statistic::Count, deployed);
            }
        }
    }
}
