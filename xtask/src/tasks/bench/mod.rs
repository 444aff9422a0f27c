//! Benchmarks of what this workspace makes, in release builds and processes of their own.

mod client;
mod clock;
mod compare;
mod load;
mod mock;
mod server;

pub use client::client;
pub use clock::{Options as ClockOptions, clock};
pub use compare::{Options as CompareOptions, compare};
pub use mock::{Options, mock};
pub(super) use server::Server;
