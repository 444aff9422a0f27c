//! A typed client for the public API of Stora, self-storage software, version 2025-09. Independent of Stora and not endorsed by it.
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! use stora_client::types::{ContactStatus, ErrorCode, UnitExpand};
//! use stora_client::{Client, Error, Nullable};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // STORA_ACCESS_TOKEN, or STORA_CLIENT_ID and STORA_CLIENT_SECRET; STORA_BASE_URL for a mock.
//!     let client = Client::from_env()?;
//!
//!     // All pages, fetched as they are needed.
//!     let mut leads = client.contact_list().status([ContactStatus::Lead]).limit(100).stream();
//!     while let Some(contact) = leads.next().await {
//!         let contact = contact?;
//!         println!("{} {}", contact.id, contact.email);
//!     }
//!
//!     // References are ids, or whole resources where the call asks for them.
//!     let units = client.unit_list().expand([UnitExpand::UnitType]).limit(5).send().await?;
//!     for unit in &units.units {
//!         println!("{} is a {}", unit.id, unit.unit_type.get().map_or("unit", |unit_type| &unit_type.name));
//!     }
//!     println!("request {:?}", units.request_id());
//!
//!     let new = client.contact_create().body_map(|body| body.email("ada@example.com").full_name("Ada Example"));
//!     let contact = match new.send().await {
//!         Ok(created) => created.into_inner().contact,
//!         Err(Error::Api(fault)) if fault.code == Some(ErrorCode::Conflict) => {
//!             println!("{} (request {:?})", fault.message, fault.request_id);
//!             return Ok(());
//!         }
//!         Err(error) => return Err(error.into()),
//!     };
//!
//!     // An absent property stays as it is; `Nullable::Null` clears it.
//!     client.contact_update().contact_id(&contact.id).body_map(|body| body.full_name(Nullable::Null)).send().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Where to start
//!
//! - [`Client`]: one method per operation, such as [`Client::contact_list`]. A call is filled through setters and sent with
//!   `send()`. What does not convert into the type of an argument fails there, before any request, naming the argument.
//!   [`Client::builder`] sets it up; [`Client::raw`] calls what the document does not describe.
//! - [`types`]: what the service sends and takes. Ids are types of their own, one per kind; sets of values are enums with an arm
//!   for what is new; a request body has a builder.
//! - [`Expandable`]: a reference to another resource, shown in full where the call asked for it.
//! - [`Nullable`]: a property that may be left out, be null, or hold a value. In a change the three differ.
//! - [`Error`]: why a call failed, to match on or to ask.
//!
//! # What does not compile
//!
//! The id of a unit where that of a contact is asked for, or what another list expands:
//!
#![cfg_attr(feature = "client", doc = "```compile_fail,E0277")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! # fn wrong(client: stora_client::Client, unit: stora_client::types::UnitId) {
//! client.contact_show().contact_id(&unit);
//! # }
//! ```
//!
#![cfg_attr(feature = "client", doc = "```compile_fail,E0277")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! # fn wrong(client: stora_client::Client) {
//! client.contract_list().expand([stora_client::types::UnitExpand::UnitType]);
//! # }
//! ```
//!
//! What the document does not name can still be said as a text, and an id that comes as a text is looked at before anything is
//! sent:
//!
#![cfg_attr(feature = "client", doc = "```")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! # fn right(client: stora_client::Client) -> Result<(), stora_client::Error> {
//! client.contract_list().expand(["contact", "tenancy.unit_allocations"]);
//! let error = client.contact_show().contact_id("unit_1").request().unwrap_err();
//! assert!(error.to_string().contains("con_"));
//! # Ok(())
//! # }
//! # right(stora_client::Client::new("token").unwrap()).unwrap();
//! ```
//!
//! # What a call goes through
//!
//! - **Credentials** ([`Credentials`], [`oauth`]): an access token of staff, or an OAuth 2 application. Tokens that end are
//!   fetched when they are first needed and renewed in time, once for all tasks.
//! - **Repeats** ([`RetryPolicy`]): what may pass is tried again, where that does no harm: a `POST` carries one
//!   `Idempotency-Key` through all its attempts. `Retry-After` and `RateLimit-Reset` are heeded. A budget keeps a service that
//!   is down from being flooded.
//! - **Time** ([`ClientBuilder::timeout`]): limits for connecting, for one attempt, and for the call as a whole.
//! - **Rate** (feature `limiter`): `ClientBuilder::rate_limit` keeps to a rate on this side.
//! - **Traces**: with a subscriber of the crate `tracing`, a span per call and an event per attempt, with the field names of
//!   OpenTelemetry for HTTP clients. No secrets; bodies only where [`ClientBuilder::trace_bodies`] asks for them. A [`Tap`] sees
//!   requests and answers whole.
//!
//! Each call can say otherwise for itself: `with_timeout`, `with_retry`, `with_header`, `with_query`.
//!
//! # Ways to send
//!
//! | | |
//! |---|---|
//! | `send()` | the typed answer, in a [`Response`] with status, headers and the id of the request |
//! | `send_raw()` | the bytes of the answer, with the same beside them |
//! | `stream()`, `pages()` | for lists: all items or pages from here on, see [`Items`] and [`Pages`] |
//! | `csv()`, `pdf()` | for calls that offer them: a [`Document`], as bytes or piece by piece |
//! | `request()` | the request itself, to look at |
//!
//! The folder `examples` has whole programs: booking a unit, streaming contacts, keeping a copy up to date, acting for operators
//! by OAuth 2, handling errors. They run against the mock of this workspace.
//!
//! Answers decode whatever the service adds: properties go to `extra` and back, values and events to the arm `Unknown`.
//!
//! # Features
//!
//! | | |
//! |---|---|
//! | `client` (default) | the client, over reqwest |
//! | `rustls` (default), `native-tls` | which TLS it uses |
//! | `limiter` | rate limits on this side |
//! | `webhook` | verifies what arrives at a webhook endpoint; needs no HTTP client |
//! | `types` | the models alone, with neither an HTTP client nor an async runtime |
//!
//! Everything in [`types`] and [`builder`] is generated from one OpenAPI document, which says of every item whether it is
//! documented or inferred; the mark is repeated here.
#![cfg_attr(not(feature = "client"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "client")]
mod auth;
mod body;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod call;
#[cfg(feature = "client")]
mod client;
mod comma_list;
#[cfg(feature = "client")]
mod document;
#[cfg(feature = "client")]
pub mod error;
mod expand;
mod extra;
#[rustfmt::skip]
#[allow(clippy::all, rustdoc::broken_intra_doc_links, rustdoc::bare_urls, rustdoc::invalid_html_tags)]
mod generated;
#[doc(hidden)]
pub mod id;
#[cfg(feature = "limiter")]
mod limiter;
mod nullable;
#[doc(hidden)]
pub mod number;
#[cfg(feature = "client")]
pub mod oauth;
mod open_enum;
mod page;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod paging;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod query;
#[cfg(feature = "client")]
mod raw;
#[cfg(feature = "client")]
mod redirect;
mod reference;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod request;
#[cfg(feature = "client")]
mod response;
#[cfg(feature = "client")]
mod retry;
mod secret;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod status;
#[cfg(feature = "client")]
mod transport;
#[doc(hidden)]
pub mod union;
#[cfg(feature = "webhook")]
pub mod webhook;
#[cfg(feature = "client")]
mod wire;

#[cfg(feature = "client")]
pub use auth::Credentials;
pub use body::BuildError;
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder, ConfigError, PRODUCTION};
pub use comma_list::CommaList;
#[cfg(feature = "client")]
pub use document::{Document, DocumentStream};
#[cfg(feature = "client")]
pub use error::Error;
pub use expand::{Expandable, Resource};
pub use extra::Extra;
pub use generated::types;
#[cfg(feature = "client")]
pub use generated::{SCOPES, builder};
pub use id::IdError;
pub use nullable::Nullable;
pub use page::Page;
#[cfg(feature = "client")]
pub use paging::{Items, Pages};
#[cfg(feature = "client")]
pub use raw::RawCall;
#[cfg(feature = "client")]
pub use redirect::Redirect;
pub use reference::Reference;
#[cfg(feature = "client")]
pub use response::{RateLimit, Response};
#[cfg(feature = "client")]
pub use retry::RetryPolicy;
pub use secret::Secret;
#[cfg(feature = "client")]
pub use wire::Tap;
#[cfg(feature = "client")]
pub use {http, reqwest};
