//! A typed client for the public API of Stora, self-storage software, version 2025-09. Independent of Stora and not endorsed by it.
//!
//! Everything in [`types`] and [`builder`] is generated from one OpenAPI document, which says of every item whether it is
//! documented or inferred; the mark is repeated here.
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! use stora_client::types::{ContactId, ContactStatus};
//! use stora_client::{Client, Nullable, Page};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::from_env()?;
//!
//!     let mut next = Some(1);
//!     while let Some(number) = next {
//!         let page = client.contact_list().status([ContactStatus::Lead]).limit(100).page(number).send().await?;
//!         for contact in page.items() {
//!             println!("{} {}", contact.id, contact.email);
//!         }
//!         next = page.next_page();
//!     }
//!
//!     // An absent property stays as it is; `Nullable::Null` clears it.
//!     let id: ContactId = "con_5f2b8c".parse()?;
//!     let change = client.contact_update().contact_id(&id).body_map(|body| body.phone_number(Nullable::Null));
//!     match change.send().await {
//!         Ok(changed) => println!("{} has no phone number now", changed.contact.email),
//!         Err(error) if error.status().is_some_and(|status| status == 404) => println!("there is no {id}"),
//!         Err(error) => return Err(error.into()),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Start from these:
//! - [`Client`]: one method per operation, such as [`Client::contact_list`]. A call is filled through setters and sent with
//!   `send()`. What does not convert into the type of an argument fails there, before any request, naming the argument.
//! - [`types`]: what the service sends and takes. Ids are types of their own, one per kind; sets of values are enums with an arm
//!   for what is new; a request body has a builder.
//! - [`Expandable`]: a reference to another resource, shown in full where the call asked for it.
//! - [`Nullable`]: a property that may be left out, be null, or hold a value. In a change the three differ.
//! - [`types::Event`]: what arrives at a webhook endpoint. With the feature `webhook`, the module `webhook` verifies that it
//!   was sent by Stora.
//!
//! Answers decode whatever the service adds: properties go to `extra` and back, values and events to the arm `Unknown`.
//!
//! Without default features and with `types`, the crate is the models alone, with neither an HTTP client nor an async runtime.

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
pub use reference::Reference;
#[cfg(feature = "client")]
pub use response::{RateLimit, Response};
#[cfg(feature = "client")]
pub use retry::RetryPolicy;
pub use secret::Secret;
#[cfg(feature = "client")]
pub use {http, reqwest};
