//! A typed client for the Stora self-storage API, version 2025-09.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod comma_list;
mod expand;
mod extra;
#[rustfmt::skip]
#[allow(clippy::all, rustdoc::broken_intra_doc_links, rustdoc::bare_urls, rustdoc::invalid_html_tags)]
mod generated;
#[doc(hidden)]
pub mod id;
mod nullable;
#[doc(hidden)]
pub mod number;
mod open_enum;
mod page;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod query;
mod reference;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod request;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod response;
#[cfg(feature = "client")]
mod transport;
#[doc(hidden)]
pub mod union;

pub use body::BuildError;
pub use comma_list::CommaList;
pub use expand::{Expandable, Resource};
pub use extra::Extra;
pub use generated::types;
#[cfg(feature = "client")]
pub use generated::{Client, builder};
pub use id::IdError;
pub use nullable::Nullable;
pub use page::Page;
#[cfg(feature = "client")]
pub use progenitor_client::{ByteStream, Error, ResponseValue};
pub use reference::Reference;
#[cfg(feature = "client")]
pub use transport::{ClientError, Transport};
