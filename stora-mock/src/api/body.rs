//! What bodies say: ids, references and instants that may be left out or null.

use stora_client::{Nullable, Reference};

use crate::domain::ids::{AnyId, Id};
use crate::domain::refusal::{Fault, Refusal};
use crate::domain::time::Timestamp;

/// The id that a body names. One that no record can have is as unknown as one that none has.
///
/// # Errors
/// 422 with the pointer.
pub(crate) fn body_id<I: Id>(text: &str, pointer: &str) -> Result<I, Refusal> {
    I::parse(text).ok_or_else(|| unknown(I::KIND.noun(), text, pointer))
}

/// The id that a body names where records of more than one kind can stand.
///
/// # Errors
/// 422 with the pointer.
pub(super) fn body_any_id(text: &str, pointer: &str) -> Result<AnyId, Refusal> {
    AnyId::parse(text).ok_or_else(|| unknown("record", text, pointer))
}

/// What a body says of a member that it may leave out or set to null, with its value read.
pub(super) fn member<T, U>(
    given: Nullable<T>,
    read: impl FnOnce(T) -> Result<U, Refusal>,
) -> Result<Option<Option<U>>, Refusal> {
    given.into_option().map(|value| value.map(read).transpose()).transpose()
}

/// What a body says of a reference that it may leave out or set to null. The pointer is the one of its id.
///
/// # Errors
/// 422 with the pointer.
pub(super) fn reference<I: Id>(
    given: Nullable<Reference<impl AsRef<str>>>,
    pointer: &str,
) -> Result<Option<Option<I>>, Refusal> {
    member(given, |given| body_id(given.id.as_ref(), pointer))
}

/// The instant that a body may name, or null, or leave out.
pub(super) fn instant(given: Nullable<chrono::DateTime<chrono::Utc>>) -> Option<Option<Timestamp>> {
    given.into_option().map(|given| given.map(Timestamp::from))
}

fn unknown(noun: &str, text: &str, pointer: &str) -> Refusal {
    Refusal::Invalid(vec![Fault::unknown(pointer, noun, text)])
}
