//! The harnesses: random input in `cargo test`, coverage-guided input in `make fuzz`.

#![expect(clippy::print_stdout, reason = "`--nocapture` shows what the inputs covered")]

use std::collections::BTreeMap;

use bolero::check;
use fuzz::{
    corpus::Corpus,
    handler::{self, Counts},
    oracle::Cause,
    parser::{self, Parsed},
};

mod oracle;

/// The maximum size of an input, enough for all its choices.
const BYTES: usize = 16_384;

#[test]
fn the_parser_accepts_any_input() {
    let corpus = Corpus::read();
    let mut counts: BTreeMap<Parsed, u64> = BTreeMap::new();
    check!().with_iterations(20_000).with_max_len(BYTES).run(|| {
        *counts.entry(parser::try_input(&corpus)).or_default() += 1;
    });
    println!("{counts:?}");
    for kind in [Parsed::NotJson, Parsed::Refused, Parsed::Signals] {
        assert!(counts.get(&kind).is_some_and(|count| *count > 1_000), "{kind:?} is among the inputs: {counts:?}");
    }
}

#[test]
fn every_stop_has_a_cause_and_every_clear_cause_has_a_stop() {
    let corpus = Corpus::read();
    let mut counts = Counts::default();
    check!().with_iterations(1_000).with_max_len(BYTES).run(|| handler::try_input(&corpus, &mut counts));
    println!("{counts:?}");
    for cause in [Cause::Alarm, Cause::Ecs, Cause::Request] {
        assert!(counts.stops.contains_key(&cause), "{cause:?} is among the causes: {counts:?}");
    }
    for count in [counts.failures, counts.faults, counts.required, counts.notices, counts.metrics] {
        assert!(count > 0, "the inputs cover everything: {counts:?}");
    }
}
