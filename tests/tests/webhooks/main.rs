//! Webhooks of the mock, sent to real receivers on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod control;
mod deliveries;
mod failures;
mod harness;
mod life;
mod streams;
