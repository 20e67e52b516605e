//! The operator's program against a simulated account, as a person or a script sees it.

mod account;
mod replay;
mod replay_of_a_day;
