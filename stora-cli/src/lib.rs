//! The commands of `stora`: one for every operation of the Stora public API, made from the document. Independent of Stora and
//! not endorsed by it.
//!
//! A command line becomes a [`Call`], which says what to send and sends nothing:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let matches = stora_cli::command().try_get_matches_from(["stora", "contacts", "list", "--limit", "10", "--status", "lead"])?;
//! let call = stora_cli::Call::from_matches(&matches, &mut std::io::stdin())?;
//! assert_eq!(call.operation.id, "contact_list");
//! assert_eq!(call.query, [("limit".to_owned(), "10".to_owned()), ("status".to_owned(), "lead".to_owned())]);
//! # Ok(())
//! # }
//! ```
//!
//! Start with [`command()`] and [`Call`]; [`command`](mod@command) describes the rows that both are made from.
//!
//! [`run`] is the binary `stora`: these commands and others by hand (`login`, `api`, `config` …), with profiles, formats, paging and
//! credentials. It sends calls the way of [`stora_client`], and ends with one of these codes ([`Exit`]):
//!
//! | | |
//! |---|---|
//! | 0 | done |
//! | 1 | the API refused, or something failed on this machine |
//! | 2 | the command line or a setting cannot be used; nothing was sent |
//! | 3 | the request or its answer did not get through |
//! | 4 | no credentials, or they do not count (401), or lack a scope (403) |
//! | 5 | not found (404) |
//! | 130 | interrupted |

mod call;
mod cli;
pub mod command;
mod commands;
mod config;
mod context;
mod control;
mod curl;
mod document;
mod exit;
mod failure;
mod fields;
mod flags;
#[rustfmt::skip]
mod generated;
mod mask;
mod output;
mod pages;
mod progress;
mod report;
mod request;
mod secrets;
mod settings;
mod terminal;
mod tree;
mod value;
mod wire;

pub use call::{Call, CallError};
pub use cli::run;
pub use exit::Exit;
pub use generated::{COMMANDS, CONTROL_COMMANDS, CONTROL_GROUPS, GROUPS};
pub use tree::command;
