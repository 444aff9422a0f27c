//! The client against the mock: what integrators do with it, from consent to booking.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod lists;
mod oauth;
mod programs;
