//! What the document says about every call: its operations, its events and its scopes as static rows, and the way from a
//! request to its operation.

mod method;
mod operation;
mod params;
mod route;

pub use method::Method;
pub use operation::{EventType, Expand, Filter, Header, Operation, Page, RequestBody, Scope, Sort};
pub use params::Params;
pub use route::{Match, RouteError, route};

pub use crate::generated::{EVENTS, EventId, OPERATIONS, OperationId, SCOPES};
