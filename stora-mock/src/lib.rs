//! A stateful mock of the Stora public API, version 2025-09: one real storage business behind every operation. Independent of
//! Stora and not endorsed by it.
//!
//! ```
//! use stora_mock::MockServer;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockServer::builder().seed(1).start().await?;
//! let client = mock.client();
//!
//! let contacts = client.contact_list().limit(2).send().await?;
//! assert_eq!(contacts.contacts.len(), 2);
//! mock.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Start from these:
//! - [`MockServer`]: a running server, in this process. Any number of them can run at once.
//! - [`Options`]: what a server is started with, made by [`MockServer::builder`].
//! - [`Control`]: what staff and customers do, faults and the journal; over HTTP below `/_mock`.
//! - [`contract`]: what the document says about each operation, and the way from a request to its operation.

// In a private module `pub` says that its neighbours may use an item, as the module is closed already; `pub(crate)` says so only
// where the module is public, in `contract` and `control`.
#![allow(unreachable_pub, reason = "most modules are private: `pub` inside them is for their neighbours")]

mod api;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
pub mod contract;
pub mod control;
mod domain;
#[rustfmt::skip]
mod generated;
mod seed;
mod server;
mod store;
mod view;
mod web;
mod webhooks;

pub use contract::limits::{RateLimit, RateLimitError};
pub use control::Control;
pub use domain::time::Timestamp;
pub use seed::{CLIENT_ID, CLIENT_SECRET, DEMO_TOKEN, READONLY_TOKEN};
pub use server::{MockServer, Options, StartError};

/// The JSON Schema of seed files: documents that describe a business to start with.
pub fn seed_schema() -> serde_json::Value {
    seed::file::schema()
}
