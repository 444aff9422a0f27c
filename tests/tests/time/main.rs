//! The business in time: whole lives of rentals over HTTP and the control API, the clock moving.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod checkout;
mod harness;
mod scenarios;
mod snapshots;
mod zones;
