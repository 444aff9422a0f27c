//! What goes wrong between a client and the service, and what the client makes of it: the requests that go out, the time that
//! passes between them, and the errors that come back.
//!
//! Time is paused where waits are measured. While a paused runtime has nothing to do but wait for a socket, its clock leaps
//! to the next timer; so the clients of those tests have no timers of their own: no timeouts, no pool of connections.

#![cfg(feature = "client")]
#![allow(clippy::needless_pass_by_value, reason = "a script reads best without borrows")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is to fail")]

#[path = "faults/documents.rs"]
mod documents;
#[path = "faults/errors.rs"]
mod errors;
#[path = "faults/overrides.rs"]
mod overrides;
#[path = "faults/paging.rs"]
mod paging;
#[path = "faults/raw.rs"]
mod raw;
#[path = "faults/retries.rs"]
mod retries;
#[path = "faults/sequences.rs"]
mod sequences;
#[path = "faults/server.rs"]
mod server;
#[path = "faults/setup.rs"]
mod setup;
#[path = "faults/waits.rs"]
mod waits;
