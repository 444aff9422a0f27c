//! The generated client against a service over HTTP: what it puts on the wire, and what it makes of the answers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod requests;
mod service;
