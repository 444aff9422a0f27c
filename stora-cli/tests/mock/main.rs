//! The commands that talk to the mock: the real program, a real mock as a process of its own, and real receivers.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acts;
mod harness;
mod listen;
mod server;
mod spec;
mod trigger;
