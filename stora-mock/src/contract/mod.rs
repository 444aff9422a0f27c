//! What the document says about every call: its operations, its events and its scopes as static rows, and the way from a
//! request to its operation.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod csv;
pub(crate) mod error;
pub(crate) mod idempotency;
pub(crate) mod limits;
mod method;
mod operation;
mod params;
pub(crate) mod query;
pub(crate) mod request_id;
mod route;

pub use error::Code;
pub use method::Method;
pub use operation::{EventType, Expand, Filter, Header, Operation, Page, RequestBody, Scope, Sort};
pub use params::Params;
pub use request_id::RequestId;
pub use route::{Match, RouteError, route};

pub use crate::generated::{DOCUMENT, EVENTS, EventId, OPERATIONS, OperationId, SCOPES};
