//! The mock over raw HTTP and through the client, each answer held against the document.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bad_input;
mod cases;
mod catalogue;
mod client;
mod contract;
mod every_operation;
mod faults;
mod harness;
mod idempotency;
mod isolation;
mod laws;
mod oauth;
mod queries;
mod reads;
mod refusals;
mod samples;
mod wire;
mod writes;
