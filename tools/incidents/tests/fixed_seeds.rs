//! The fixed incidents of `make test`, in which this function does nothing wrong and misses nothing. The bench itself gives the same
//! result every time, and can fail.

use incidents::{Tally, transcript};

/// Incidents of every kind. `make incidents` plays a hundred thousand.
const SEEDS: std::ops::Range<u64> = 0..500;

/// Enough to show the effect of a wrong setting.
const FEW: std::ops::Range<u64> = 0..60;

#[test]
fn nothing_is_wrong_and_nothing_is_missed() {
    let tally = Tally::of_function(SEEDS, 2, &[]);
    assert_eq!(
        (tally.wrong(), tally.missed()),
        (0, 0),
        "replay: cargo run -p incidents -- --seed N, N of {:?}",
        tally.failures()
    );
    assert!(tally.right() > 200, "{}", tally.right());
}

#[test]
fn the_same_incidents_give_the_same_on_any_number_of_threads() {
    let (one, three) = (Tally::of(FEW, 1), Tally::of(FEW, 3));
    assert_eq!(one, three);
    assert_eq!(one.report(&FEW), three.report(&FEW));
    for seed in [0, 17, 84] {
        assert_eq!(transcript(seed, &[]), transcript(seed, &[]), "seed {seed}");
    }
}

#[test]
fn a_clock_skew_of_minutes_rolls_back_good_deployments() {
    let tally = Tally::of_function(0..300, 2, &[("ROLLBACK_CLOCK_SKEW_SECONDS", "300")]);
    assert!(tally.wrong() > 0);
}

#[test]
fn no_limit_of_rollbacks_goes_beyond_it() {
    let tally = Tally::of_function(0..150, 2, &[("ROLLBACK_LIMIT", "0")]);
    assert!(tally.wrong() > 0);
}

#[test]
fn a_function_that_only_observes_misses_everything() {
    let tally = Tally::of_function(FEW, 2, &[("ROLLBACK_MODE", "observe")]);
    assert!(tally.missed() > 20 && tally.right() == 0, "{} missed, {} right", tally.missed(), tally.right());
}
