//! What bodies say: ids, references and instants that may be left out or null.

use stora_client::{Nullable, Reference};

use crate::domain::ids::Id;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;

/// The id that a body names. One that no record can have is as unknown as one that none has.
///
/// # Errors
/// 422 with the pointer.
pub(crate) fn body_id<I: Id>(text: &str, pointer: &str) -> Result<I, Refusal> {
    I::parse(text).ok_or_else(|| {
        Refusal::invalid(pointer, format!("There is no record with the id `{text}` that could stand here."))
    })
}

/// What a body says of a reference that it may leave out or set to null. `read` makes the id of its text.
pub(super) fn reference<I>(
    given: Nullable<Reference<impl AsRef<str>>>,
    read: impl FnOnce(&str) -> Result<I, Refusal>,
) -> Result<Option<Option<I>>, Refusal> {
    given.into_option().map(|given| given.map(|given| read(given.id.as_ref())).transpose()).transpose()
}

/// The instant that a body may name, or null, or leave out.
pub(super) fn instant(given: Nullable<chrono::DateTime<chrono::Utc>>) -> Option<Option<Timestamp>> {
    given.into_option().map(|given| given.map(Timestamp::from))
}
