//! Conformance: everything that is made from the document is held against the document.
//!
//! What must not compile stands here, because only documentation tests can say so. Each refusal comes with the like of it
//! that compiles, so that it fails for the reason given and no other.
//!
//! # An id of one kind does not stand for one of another
//!
//! ```
//! # use stora_client::{Client, types::{ContactId, UnitId}};
//! fn show(client: &Client, id: ContactId) {
//!     let _ = client.contact_show().contact_id(&id).contact_id(id);
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use stora_client::{Client, types::{ContactId, UnitId}};
//! fn show(client: &Client, id: UnitId) {
//!     let _ = client.contact_show().contact_id(&id);
//! }
//! ```
//!
//! Nor in a body:
//!
//! ```
//! # use stora_client::types::{ContactId, DealCreateBody, UnitId};
//! fn fill(contact: ContactId) {
//!     let _ = DealCreateBody::builder().contact(contact);
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use stora_client::types::{ContactId, DealCreateBody, UnitId};
//! fn fill(contact: UnitId) {
//!     let _ = DealCreateBody::builder().contact(contact);
//! }
//! ```
//!
//! Nor is one taken for another by comparison or assignment:
//!
//! ```compile_fail,E0308
//! # use stora_client::types::{ContactId, UnitId};
//! fn convert(id: UnitId) -> ContactId {
//!     id
//! }
//! ```
//!
//! # A filter takes its own values
//!
//! ```
//! # use stora_client::{Client, types::{ContactStatus, InvoiceStatus}};
//! fn list(client: &Client) {
//!     let _ = client.contact_list().status([ContactStatus::Lead]);
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use stora_client::{Client, types::{ContactStatus, InvoiceStatus}};
//! fn list(client: &Client) {
//!     let _ = client.contact_list().status([InvoiceStatus::Open]);
//! }
//! ```
//!
//! # A property is cleared only where the document lets it be null
//!
//! ```
//! # use stora_client::{Nullable, types::{Address, ContactUpdateBody}};
//! let _ = ContactUpdateBody::builder().full_name(Nullable::Null);
//! ```
//!
//! ```compile_fail,E0277
//! # use stora_client::{Nullable, types::{Address, ContactUpdateBody}};
//! let _ = ContactUpdateBody::builder().email(Nullable::<String>::Null);
//! ```
//!
//! # A union or an enum is matched with a way out
//!
//! ```compile_fail,E0004
//! # use stora_client::types::Coupon;
//! fn describe(coupon: &Coupon) -> &str {
//!     match coupon {
//!         Coupon::Percentage(_) => "percentage",
//!         Coupon::Amount(_) => "amount",
//!     }
//! }
//! ```

pub mod answers;
pub mod coverage;
pub mod document;
pub mod examples;
#[rustfmt::skip]
mod generated;
pub mod http;
pub mod json;
pub mod shape;

use std::cell::Cell;
use std::fmt::Debug;

pub use generated::schemas;

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};

/// Decodes a value into a type and encodes it again.
pub type Again = fn(&Value) -> Result<Value, Error>;

thread_local! {
    static CHECK: Cell<Check> = const { Cell::new(Check::Nothing) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Unknown,
    UnknownAndExtra,
}

/// Decodes a value into a type and encodes it again.
///
/// # Errors
/// When the value is not of the type.
pub fn again<T: Serialize + DeserializeOwned + Debug>(value: &Value) -> Result<Value, Error> {
    let decoded = T::deserialize(value)?;
    if CHECK.get() != Check::Nothing
        && let Some(found) = undocumented(&format!("{decoded:?}"), CHECK.get())
    {
        return Err(Error::custom(found));
    }
    serde_json::to_value(decoded)
}

/// As the function does, but a part that decodes as `Unknown` is an error.
///
/// Encoding alone would not tell, because what is unknown goes back as it came.
///
/// # Errors
/// When the value is not of the type, or holds something the type takes for unknown.
pub fn strictly(again: Again, value: &Value) -> Result<Value, Error> {
    checking(Check::Unknown, again, value)
}

/// As [`strictly`], but a property that the type does not name is an error as well: the types name all that the document
/// does.
///
/// # Errors
/// When the value is not of the type, or holds something the type does not name.
pub fn exactly(again: Again, value: &Value) -> Result<Value, Error> {
    checking(Check::UnknownAndExtra, again, value)
}

fn checking(check: Check, again: Again, value: &Value) -> Result<Value, Error> {
    CHECK.set(check);
    let result = again(value);
    CHECK.set(Check::Nothing);
    result
}

/// What the debug form of a value tells about parts that its type does not name.
fn undocumented(debug: &str, check: Check) -> Option<String> {
    let extra = || debug.match_indices("extra: {").map(|(at, _)| at).find(|at| !debug[*at..].starts_with("extra: {}"));
    let unknown = debug.find("Unknown(").or_else(|| debug.find("Unknown {"));
    let at = unknown.or_else(|| if check == Check::UnknownAndExtra { extra() } else { None })?;
    let rest: String = debug[at..].chars().take(120).collect();
    Some(format!("it decodes with {rest}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stora_client::types;

    use super::*;

    #[test]
    fn what_a_type_does_not_name_is_found() {
        let documented = json!({"kind": "open_api", "name": "Extra: {}", "url": "https://a.example"});
        let mut unknown = documented.clone();
        unknown["kind"] = json!("video");
        let mut extra = documented.clone();
        extra["length"] = json!(3);
        let link = again::<types::ErrorLink>;
        for (value, strict, exact) in [(&documented, true, true), (&unknown, false, false), (&extra, true, false)] {
            assert_eq!(&link(value).unwrap(), value);
            assert_eq!(strictly(link, value).is_ok(), strict);
            assert_eq!(exactly(link, value).is_ok(), exact);
        }
    }
}
