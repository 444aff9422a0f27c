//! The business in time: whole lives of rentals over HTTP and the control API, the clock moving.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../mock/laws/cases.rs"]
mod cases;
mod checkout;
#[path = "../mock/laws/dice.rs"]
mod dice;
mod dunning;
mod harness;
mod lives;
mod rules;
mod scenarios;
mod snapshots;
mod transitions;
mod zones;
