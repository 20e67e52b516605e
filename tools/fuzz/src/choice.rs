//! Choices, made with the input's bytes by bolero's `any`. Once the bytes are used up, every choice is the simplest one.

use bolero::Any as _;

/// True for one input in `n`.
pub(crate) fn one_in(n: u8) -> bool {
    (0..n).any() == n - 1
}
