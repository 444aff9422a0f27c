//! A mock of the Stora public API: so far its contract, that is what the document says about every operation, and the router
//! that finds the operation of a request. Independent of Stora and not endorsed by it.
//!
//! ```
//! use stora_mock::contract::{Method, OperationId, RouteError, route};
//!
//! # fn main() -> Result<(), RouteError> {
//! let found = route("GET", "/2025-09/contacts/con_5f2b")?;
//! assert_eq!(found.operation.id, OperationId::ContactShow);
//! assert_eq!(found.params.get("contact_id"), Some("con_5f2b"));
//!
//! let wrong = route("PUT", "/2025-09/contacts");
//! assert_eq!(wrong.unwrap_err(), RouteError::MethodNotAllowed { allow: &[Method::Get, Method::Post] });
//! # Ok(())
//! # }
//! ```
//!
//! Start with [`contract::route`] and [`contract::Operation`].

pub mod contract;
#[rustfmt::skip]
mod generated;
