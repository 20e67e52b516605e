//! Choices, made with the bytes of the input through bolero's `any`. Without further bytes every choice is the plainest one.

use bolero::Any as _;

/// True for one input in `n`.
pub(crate) fn one_in(n: u8) -> bool {
    (0..n).any() == n - 1
}
