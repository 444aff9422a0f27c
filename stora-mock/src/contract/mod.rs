//! What the document says about every call: its operations, its events and its scopes as static rows, and the way from a
//! request to its operation.

pub mod accept;
pub mod body;
pub mod csv;
pub mod error;
pub mod idempotency;
pub mod limits;
mod method;
mod operation;
mod params;
pub mod query;
pub mod request_id;
mod route;

pub use method::Method;
pub use operation::{EventType, Expand, Filter, Header, Operation, Page, RequestBody, Scope, Sort};
pub use params::Params;
pub use route::{Match, RouteError, route};

pub use crate::generated::{DOCUMENT, EVENTS, EventId, OPERATIONS, OperationId, SCOPES};
