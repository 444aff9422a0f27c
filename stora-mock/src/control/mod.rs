//! What staff and customers do, and what only a mock can.
//!
//! [`Control`] has it all as methods, and a server as HTTP below `/_mock`. Both take and give the same types. The operations
//! stand in one table, of which the router and the OpenAPI document at `/_mock/openapi.json` are made.

mod access;
mod catalogue;
mod clock;
mod customers;
mod document;
mod error;
pub mod faults;
mod fill;
mod handle;
mod http;
pub mod journal;
mod loading;
mod operators;
mod page;
mod route;
mod server;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;

pub use access::{
    AccessTokenInfo, AccessTokens, ApplicationInfo, Applications, Consent, ConsentChange, CreateAccessToken,
    CreateApplication, CreatedAccessToken, CreatedApplication, SecretText,
};
pub use catalogue::*;
pub use clock::{ClockState, Pace, SetClock};
pub use customers::{IssueContract, PayOrder, PaymentOutcome};
pub use error::ControlError;
pub use fill::{Fill, Filled};
pub(crate) use handle::Make;
pub use handle::{Control, OperatorControl};
pub(crate) use http::router;
pub use loading::Seeded;
pub(crate) use operators::change as change_settings;
pub use operators::{
    CreateOperator, CreatedOperator, OperatorInfo, OperatorList, SettingsChange, SettingsInfo, StartWith,
};
pub use server::{FaultList, Health, HealthStatus, JournalEntries};
