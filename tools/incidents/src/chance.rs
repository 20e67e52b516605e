//! Weighted choices, beside those that fastrand offers.

use fastrand::Rng;

pub(crate) trait Chance {
    /// True with this probability.
    fn percent(&mut self, chance: i64) -> bool;

    /// One of several, each equally likely.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T;

    /// One of several, each as likely as its weight says.
    fn weighted<T: Copy>(&mut self, choices: &[(T, i64)]) -> T;
}

impl Chance for Rng {
    fn percent(&mut self, chance: i64) -> bool {
        self.i64(0..100) < chance
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.usize(..choices.len())]
    }

    fn weighted<T: Copy>(&mut self, choices: &[(T, i64)]) -> T {
        let mut left = self.i64(0..choices.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in choices {
            left -= weight;
            if left < 0 {
                return *choice;
            }
        }
        choices[0].0
    }
}
