//! Lambda on this machine, with this test program as the function: see [`function::function`].

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod function;
mod http;
mod library;
mod program;
